import hashlib
import sqlite3
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from brupact.access import FILE, ROLES, Access, AccessFailure
from brupact.cli import main
from brupact.engine.local import LocalEngine
from brupact.settings import Settings
from brupact.web import create_app
from brupact.web.access import require


@pytest.fixture()
def state(tmp_path: Path) -> Path:
    return tmp_path / "new" / "state"


@pytest.fixture()
def access(state: Path) -> Access:
    return Access(state)


def test_a_token_is_known_until_it_is_removed(access: Access, state: Path) -> None:
    token = access.add("ann", "editor")
    found = Access(state).holder(token)
    assert found is not None
    assert (found.name, found.role, found.ending) == ("ann", "editor", token[-4:])
    assert access.holder(token[:-1]) is None and access.holder("") is None
    Access(state).remove("ann")
    assert access.holder(token) is None


def test_only_a_hash_is_stored_and_nobody_else_may_read_it(access: Access, state: Path) -> None:
    token = access.add("ann", "admin")
    assert len(token) > 43 and access.add("bob", "admin") != token
    for path in state.iterdir():
        assert token.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    with sqlite3.connect(state / FILE) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        (known,) = database.execute("SELECT hash FROM token WHERE name = 'ann'").fetchone()
    database.close()
    assert known == hashlib.sha256(token.encode()).digest()


def test_a_directory_that_is_there_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Access(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_role_may_do_what_those_below_may(access: Access) -> None:
    holders = {role: access.holder(access.add(role, role)) for role in ROLES}
    may = {r: [h.may(role) for role in ROLES] for r, h in holders.items() if h}
    assert may == {
        "reader": [True, False, False],
        "editor": [True, True, False],
        "admin": [True, True, True],
    }


@pytest.mark.parametrize("name", ["", " ann", "a\nb", "x" * 101])
def test_a_name_must_fit_in_a_line(access: Access, name: str) -> None:
    with pytest.raises(AccessFailure, match="a name is one line"):
        access.add(name, "reader")


def test_what_cannot_be_used_is_said(access: Access, state: Path, tmp_path: Path) -> None:
    access.add("ann", "reader")
    with pytest.raises(AccessFailure, match="ann has a token already"):
        access.add("ann", "admin")
    with pytest.raises(AccessFailure, match="bob has no token"):
        access.remove("bob")
    with pytest.raises(ValueError):
        access.add("bob", "king")
    (tmp_path / "file").write_text("")
    with pytest.raises(AccessFailure, match="file"):
        Access(tmp_path / "file")
    (state / FILE).write_bytes(b"no database, but long enough to look like one" * 100)
    with pytest.raises(AccessFailure, match=FILE):
        access.holder("x")


class TestCommand:
    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["token", *map(str, arguments)])

    def test_a_new_token_stands_alone_on_the_last_line(self, state: Path) -> None:
        made = self.run("add", "ann", "--role", "admin", "--state", state)
        assert made.exit_code == 0
        token = made.output.splitlines()[-1]
        assert made.stdout == f"{token}\n"
        found = Access(state).holder(token)
        assert found is not None and found.role == "admin"

    def test_tokens_are_listed_and_removed(self, state: Path) -> None:
        token = self.run("add", "ann", "--role", "reader", "--state", state).stdout.strip()
        listed = self.run("list", "--state", state).output
        assert listed.startswith("ann\treader\t20") and listed.endswith(f"…{token[-4:]}\n")
        assert token not in listed
        assert self.run("remove", "ann", "--state", state).exit_code == 0
        assert self.run("list", "--state", state).output == ""
        assert self.run("remove", "ann", "--state", state).exit_code == 2
        assert self.run("add", "ann", "--role", "king", "--state", state).exit_code == 2

    def test_the_environment_says_where(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("BRUPACT_STATE", raising=False)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
        assert self.run("add", "ann", "--role", "reader").exit_code == 0
        assert (tmp_path / "home" / "brupact" / FILE).exists()
        monkeypatch.setenv("BRUPACT_STATE", str(tmp_path / "ours"))
        assert self.run("add", "ann", "--role", "reader").exit_code == 0
        assert (tmp_path / "ours" / FILE).exists()


class TestHeader:
    """The table of RFC 6750, section 3.1, at a handler that asks for an editor."""

    @pytest.fixture()
    def app(self, engine: LocalEngine, state: Path) -> Flask:
        app = create_app(engine, Settings(state=str(state)))

        @app.get("/for-editors")
        def handler() -> str:
            return require("editor").name

        return app

    @pytest.fixture()
    def client(self, app: Flask) -> FlaskClient:
        return app.test_client()

    def ask(self, client: FlaskClient, header: str | None) -> TestResponse:
        return client.get("/for-editors", headers={"Authorization": header} if header else {})

    @pytest.mark.parametrize(
        ("header", "status", "error"),
        [
            (None, 401, None),
            ("Basic YW5uOmI=", 401, None),
            ("Bearers x", 401, None),
            ("Bearer", 400, "invalid_request"),
            ("Bearer a b", 400, "invalid_request"),
            ("Bearer a,Bearer b", 400, "invalid_request"),
            ("Bearer é", 400, "invalid_request"),
            ("Bearer unknown", 401, "invalid_token"),
            ("Bearer READER", 403, "insufficient_scope"),
        ],
    )
    def test_what_is_refused(
        self, client: FlaskClient, access: Access, header: str | None, status: int,
        error: str | None,
    ) -> None:  # fmt: skip
        header = header and header.replace("READER", access.add("bob", "reader"))
        response = self.ask(client, header)
        assert response.status_code == status
        assert response.json is not None and response.json["status"] == status
        challenge = response.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="brupact"')
        assert ("error=" in challenge) == (error is not None)
        assert error is None or f'error="{error}"' in challenge
        assert response.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("role", ["editor", "admin"])
    def test_what_is_allowed(self, client: FlaskClient, access: Access, role: str) -> None:
        token = access.add("ann", role)
        for scheme in ("Bearer", "bearer"):
            assert self.ask(client, f"{scheme} {token}").text == "ann"
        access.remove("ann")
        assert self.ask(client, f"Bearer {token}").status_code == 401

    def test_without_a_state_directory_nobody_is_known(self, engine: LocalEngine) -> None:
        app = create_app(engine)
        with app.test_request_context(headers={"Authorization": "Bearer x"}):
            with pytest.raises(HTTPException) as caught:
                require("reader")
            assert caught.value.get_response().status_code == 401
