"""A change that is only tried is judged as one that is made, and leaves nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner
from tests.editing import FOLLOW_UP, PREFIXES, REPORT, STATUS, Editor, insert, tokens
from tests.process import Service, serving

from brupact.cli import main
from brupact.commits import state as states
from brupact.commits.log import Log

UPDATE, FORM, TURTLE = (
    "application/sparql-update", "application/x-www-form-urlencoded", "text/turtle"
)  # fmt: skip
PATH = "/graphs/follow-up"
NAMED = f"/graphs?graph={quote(FOLLOW_UP, safe='')}"
EVERYTHING = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"


def turtle(name: str, status: str) -> str:
    report = REPORT.format(name=name, status=status)
    return PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n") + report


def patch(name: str, status: str) -> str:
    return f"{PREFIXES}INSERT DATA {{ {REPORT.format(name=name, status=status)} }}"


def multipart(name: str, status: str) -> str:
    return (
        '--x\r\nContent-Disposition: form-data; name="a"; filename="a.ttl"\r\n'
        f"Content-Type: text/turtle\r\n\r\n{turtle(name, status)}\r\n--x--\r\n"
    )


def form(name: str, status: str) -> str:
    return urlencode({"update": insert(name, status)})


Write = Callable[[str, str], str]
#: How a status report is sent: method, path, media type, and the body for a name and a status.
WAYS: dict[str, tuple[str, str, str, Write]] = {
    "update": ("POST", "/sparql", UPDATE, insert),
    "form": ("POST", "/sparql", FORM, form),
    "in-form": ("POST", "/sparql", FORM, form),
    "put": ("PUT", PATH, TURTLE, turtle),
    "put-named": ("PUT", NAMED, TURTLE, turtle),
    "post": ("POST", PATH, TURTLE, turtle),
    "post-several": ("POST", PATH, "multipart/form-data; boundary=x", multipart),
    "post-new": ("POST", "/graphs", TURTLE, turtle),
    "patch": ("PATCH", PATH, UPDATE, patch),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def editor(state: Path) -> Iterator[Editor]:
    made = tokens(state)
    with serving("--state", str(state)) as service:
        editor = Editor(service, made)
        # PATCH wants a graph that is there.
        assert editor.update(insert("before")).status == 200
        yield editor


def all_there(editor: Editor, state: Path) -> tuple[object, ...]:
    """What is logged, what the log says the data are, and what is served."""
    with Log(state, create=False) as log:
        entries = [entry.name for entry in log.entries()]
        data = states.at(log, entries[-1]).rdfc()
    served = editor.service.query(EVERYTHING)
    return entries, data, served.body, served.headers["brupact-version"], editor.reports()


@pytest.mark.parametrize("name", WAYS)
def test_a_request_that_is_tried_leaves_nothing(editor: Editor, state: Path, name: str) -> None:
    method, path, media_type, write = WAYS[name]
    before = all_there(editor, state)
    for status, code in ((STATUS, 200), ("", 422)):
        target, body, key = path, write(name, status), f"{name}-{code}"
        if name == "in-form":
            body += "&dry-run="
        else:
            target += "&dry-run" if "?" in path else "?dry-run"
        told = editor.send(method, target, media_type, body, "admin", Idempotency_Key=key)
        assert told.status == code, told
        if code == 200:
            assert any(f"/{name}>" in quad for quad in told.json["added"])  # type: ignore[attr-defined]
        else:
            shapes = {finding["shape"] for finding in told.json["findings"]}  # type: ignore[attr-defined]
            assert "https://w3id.org/brupact/shapes#StatusReport-status" in shapes
    assert all_there(editor, state) == before
    # What was tried is then made, under the same key.
    body, key = write(name, STATUS), f"{name}-200"
    told = editor.send(method, path, media_type, body, "admin", Idempotency_Key=key)
    assert told.status in (200, 201) and told.json["status"] == "done", told
    assert name in editor.reports()


def test_deletion_is_tried(editor: Editor, state: Path) -> None:
    before = all_there(editor, state)
    for path in (f"{PATH}?dry-run", f"{NAMED}&dry-run"):
        told = editor.send("DELETE", path, who="admin")
        assert told.status == 200 and told.json["removed"], told
    refused = editor.send("DELETE", "/graphs/editorial?dry-run", who="admin")
    assert refused.status == 422, refused
    assert all_there(editor, state) == before


def test_commands_are_tried(editor: Editor, state: Path, tmp_path: Path) -> None:
    made = editor.update(insert("made"))
    before = all_there(editor, state)
    path = tmp_path / "tried.ttl"
    tries = [
        (["commit", "--add", str(path)], STATUS, 0, "/tried> "),
        (["commit", "--add", str(path)], "", 1, "StatusReport-status"),
        (["revert", str(made.json["number"])], "", 0, "- <https://w3id.org/brupact/id/status-"),
    ]
    for arguments, status, code, words in tries:
        path.write_text(turtle("tried", status))
        told = CliRunner().invoke(main, [*arguments, "--dry-run", "--state", str(state)])
        assert told.exit_code == code and words in told.output, told.output
    assert all_there(editor, state) == before


@pytest.fixture(scope="module")
def scratch() -> Iterator[Service]:
    with serving("--scratch") as service:
        yield service


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/sparql?dry-run", UPDATE, "INSERT DATA { <x:a> <x:b> 1 }"),
        ("/sparql?dry-run", FORM, urlencode({"update": "INSERT DATA { <x:a> <x:b> 1 }"})),
        ("/sparql", FORM, urlencode({"update": "INSERT DATA { <x:a> <x:b> 1 }", "dry-run": ""})),
    ],
)
def test_a_scratch_service_tries_updates(
    scratch: Service, path: str, media_type: str, body: str
) -> None:
    there = "SELECT ?o { <x:a> <x:b> ?o }"
    headers = {"Content-Type": media_type}
    assert scratch.send("POST", path, headers, body.encode()).status == 204
    assert scratch.query(there).body == b"o\r\n"
    malformed = body.replace("INSERT", "INSRT")
    assert scratch.send("POST", path, headers, malformed.encode()).status == 400
    twice = "/sparql?dry-run&dry-run"
    assert scratch.send("POST", twice, {"Content-Type": UPDATE}, b"CLEAR ALL").status == 400


@pytest.mark.parametrize(
    "path", ["/graphs/a?dry-run", "/graphs?dry-run", "/graphs?default&dry-run"]
)
@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_a_scratch_service_tries_no_graphs(scratch: Service, method: str, path: str) -> None:
    assert scratch.update("INSERT DATA { GRAPH <x:kept> { <x:a> <x:b> 2 } }").status == 204
    body = "INSERT DATA { <x:a> <x:b> 1 }" if method == "PATCH" else "<x:a> <x:b> 1 ."
    headers = {"Content-Type": UPDATE if method == "PATCH" else TURTLE}
    told = scratch.send(method, path, headers, body.encode())
    assert told.status == 400 and b"dry-run" in told.body, told
    found = scratch.query("SELECT ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")
    assert found.body == b"o\r\n2\r\n"
