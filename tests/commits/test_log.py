import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, Store
from tests.commits.given import AGENT, SAID, Editor, graph, node, said

from brupact.commits import Draft, Log, Version, database, parse_version, state
from brupact.commits.errors import (
    Busy,
    HasBlankNode,
    Inexact,
    KeyReused,
    NoLog,
    Stale,
    UnknownVersion,
)
from brupact.commits.verify import verify

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(tmp_path, said("a", "1"))
    yield editor
    editor.log.close()


def test_entries_say_who_when_and_why(editor: Editor) -> None:
    first = editor.log.entry(0)
    draft = replace(editor.draft([said("b", "2")], [said("a", "1")]), rules="r", shapes="s")
    receipt = editor.log.append(draft, editor.data)
    entry = receipt.entry
    assert not receipt.repeated and entry == editor.log.head() == editor.log.entry(1)
    assert (entry.previous, entry.agent, entry.message) == (first.name, AGENT, "a reason")
    assert (entry.rules, entry.shapes, entry.additions, entry.removals) == ("r", "s", 1, 1)
    assert (first.previous, first.kind, first.number) == (None, "release", 0)
    assert list(editor.log.entries()) == [first, entry]
    assert datetime.now(UTC) - datetime.fromisoformat(entry.time) < timedelta(minutes=1)


def test_a_commit_is_on_disk_when_it_is_acknowledged(editor: Editor) -> None:
    (mode,) = editor.log.connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = editor.log.connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, synchronous) == ("wal", 2)
    assert editor.log.path.stat().st_mode & 0o777 == 0o600


def test_what_builds_on_an_older_commit_is_refused(editor: Editor) -> None:
    stale = editor.draft([said("c", "3")])
    editor.commit([said("b", "2")])
    with pytest.raises(Stale) as caught:
        editor.log.append(stale, editor.data)
    head = editor.log.head()
    assert head and (caught.value.previous, caught.value.head) == (stale.previous, head.name)
    assert head.number == 1 and verify(editor.log).problem is None


def test_an_inexact_delta_is_refused(editor: Editor) -> None:
    there, missing = said("a", "1"), said("z", "9")
    with pytest.raises(Inexact) as caught:
        editor.log.append(editor.draft([there], [missing]), editor.data)
    assert (caught.value.present, caught.value.absent) == ((there,), (missing,))
    with pytest.raises(Inexact):
        Log(editor.log.path.parent / "other").append(Draft(None, AGENT, "", (), [there]), ())
    assert [entry.number for entry in editor.log.entries()] == [0]


def test_blank_nodes_and_agents_without_an_iri_are_refused(editor: Editor) -> None:
    with pytest.raises(HasBlankNode):
        editor.commit([Quad(BlankNode(), NamedNode(SAID), node("a"), graph())])
    with pytest.raises(ValueError, match="IRI"):
        editor.commit([said("b", "2")], agent="the editor")
    assert [entry.number for entry in editor.log.entries()] == [0]


def test_a_commit_that_is_sent_again_is_made_once(editor: Editor) -> None:
    draft = replace(editor.draft([said("b", "2")]), key="k1")
    first = editor.log.append(draft, editor.data)
    again = editor.log.append(draft, editor.data | {said("b", "2")})
    assert (first.repeated, again.repeated) == (False, True) and first.entry == again.entry
    for other in (
        replace(draft, added=[said("b", "3")]),
        replace(draft, agent=AGENT + "2"),
        replace(draft, message="another"),
    ):
        with pytest.raises(KeyReused):
            editor.log.append(other, editor.data)
    assert len(list(editor.log.entries())) == 2


def test_a_store_is_committed_as_it_stands(tmp_path: Path) -> None:
    store = Store()
    store.extend([said("a", "1"), said("b", "2")])
    with Log(tmp_path / "new" / "folder") as log:
        log.append(Draft(None, AGENT, "release", store, kind="release"), ())
        assert set(state.at(log, 0).store()) == set(store)


def test_versions_have_many_names(editor: Editor) -> None:
    times = iter([NOON, NOON, NOON + timedelta(seconds=1), NOON - timedelta(hours=1)])
    log = Log(editor.log.path.parent / "timed", clock=lambda: next(times, NOON.replace(year=2030)))
    names: list[str] = []
    for number in range(4):
        draft = Draft(names[-1] if names else None, AGENT, "", [said("a", str(number))])
        names.append(log.append(draft, ()).entry.name)
    found: dict[Version, int] = {
        2: 2,
        names[1]: 1,
        names[1][:8]: 1,
        NOON: 1,
        NOON + timedelta(milliseconds=999): 1,
        # The clock went back: a commit is not older than the one before it.
        NOON + timedelta(seconds=1): 3,
        NOON + timedelta(days=1): 3,
    }
    assert {version: log.entry(version).number for version in found} == found
    wrong: list[Version] = [4, -1, names[1][:7], "0" * 64, names[1].upper(), names[1] + "0"]
    wrong += [NOON - timedelta(seconds=1), NOON.replace(tzinfo=None), NOON.replace(year=2031)]
    for version in wrong:
        with pytest.raises(UnknownVersion):
            log.entry(version)
    log.close()


def test_a_prefix_of_two_names_is_refused(editor: Editor) -> None:
    name = editor.commit([said("b", "2")]).name
    prefix = bytes.fromhex(name[:8])
    values = (prefix + b"\0" * 28, 0)
    editor.log.connection.execute("UPDATE commits SET name = ? WHERE number = ?", values)
    with pytest.raises(UnknownVersion, match="several"):
        editor.log.entry(name[:8])
    assert editor.log.entry(name).number == 1


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0", 0),
        ("1234567", 1234567),
        ("12345678", "12345678"),
        ("a" * 64, "a" * 64),
        ("2026-06-11", datetime(2026, 6, 11, 23, 59, 59, 999_999, UTC)),
        ("2026-06-11T12:00:00Z", NOON),
        ("2026-06-11T14:00:00.000+02:00", NOON),
    ],
)
def test_versions_are_read_from_text(text: str, version: Version) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    "text",
    ["", "-1", "abc", "ABCDEFAB", "a" * 65, "2026-06-31", "2026-06-11T12:00:00", "12345678 ", "٣"],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UnknownVersion):
        parse_version(text)


def test_readers_read_while_a_writer_writes(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with Log(editor.log.path.parent) as reader, Log(editor.log.path.parent) as second:
        with reader.reading():
            before = reader.head()
            editor.commit([said("b", "2")])
            assert reader.head() == before
        assert reader.head() != before
        with editor.log.writing():
            assert state.at(reader, 1).lines
            with pytest.raises(Busy), second.writing():
                pass


def test_a_missing_log_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(NoLog):
        Log(tmp_path / "typo", create=False)
    assert not list(tmp_path.iterdir())


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / database.FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(NoLog):
        Log(tmp_path)
    (tmp_path / database.FILE).unlink()
    connection = sqlite3.connect(tmp_path / database.FILE)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(NoLog):
        Log(tmp_path)


def test_several_processes_may_make_the_log_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from brupact.commits import Log;"
        "sys.stdin.read(1); Log(Path(sys.argv[1])).close()"
    )
    makers = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE)
        for _ in range(4)
    ]
    for maker in makers:
        maker.communicate(b"x", timeout=60)
    assert [maker.returncode for maker in makers] == [0] * 4
    with Log(tmp_path, create=False) as log:
        assert log.head() is None and verify(log).problem is None


def test_a_log_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoLog, match="no log can be made here: Not a directory"):
        Log(tmp_path / "file" / "state")
    (tmp_path / database.FILE).touch()
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> sqlite3.Connection:
        found: sqlite3.Connection = connect(f"file:{path}?mode=ro", uri=True, **options)
        return found

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(NoLog, match="cannot be written: attempt to write a readonly database"):
        Log(tmp_path)
