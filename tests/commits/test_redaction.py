from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.commits.given import Editor, linked, node, said
from tests.commits.traces import traces

from brupact.commits import Log, database, history, lines, state
from brupact.commits.chain import SALT, commitment
from brupact.commits.database import Database
from brupact.commits.errors import Busy, NothingToErase, Stale
from brupact.commits.redaction import redact
from brupact.commits.verify import verify

SECRET = b"0470 12 34 56"
PHONE = said("jan", SECRET.decode())
LINK = linked("report", "jan")
KEPT = said("a", "kept")


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """The number is there in versions 1, 2 and 4, and in a snapshot."""
    editor = Editor(tmp_path, said("a", "1"))
    editor.commit([PHONE, KEPT, LINK])
    state.snapshot(editor.log, 1)
    editor.commit([said("b", "2")])
    editor.commit([], [PHONE, said("b", "2")])
    editor.commit([PHONE])
    yield editor
    editor.log.close()


def test_the_text_is_gone_from_all_files(editor: Editor, tmp_path: Path) -> None:
    found = traces(tmp_path, SECRET)
    assert {"commits.added", "commits.removed", "snapshots.quads"} <= set(found)
    assert any("packed" in place for place in found)
    editor.redact(PHONE)
    assert traces(tmp_path, SECRET) == []
    assert editor.log.connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    # What is freed between times is overwritten too.
    assert editor.log.connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert traces(tmp_path, b'"kept"') != []


def test_a_name_that_is_not_packed_goes_too(editor: Editor, tmp_path: Path) -> None:
    """Short texts are hardly compressed, so they can be read in the raw file."""
    assert [e.number for e in history.entries(editor.log, touching=node("jan").value)] == [1, 3, 4]
    editor.redact(PHONE, LINK)
    assert traces(tmp_path, b"jan") == []
    assert not list(history.entries(editor.log, touching=node("jan").value))
    assert [e.number for e in history.entries(editor.log, touching=node("a").value)] == [0, 1]


def test_the_past_is_without_it_and_says_so(editor: Editor) -> None:
    entry = editor.redact(PHONE)
    assert (entry.number, entry.kind, entry.removals, entry.erased) == (5, "redaction", 0, 1)
    expected = {0: {}, 1: {5: 1}, 2: {5: 1}, 3: {}, 4: {5: 1}, 5: {}}
    for number, redactions in expected.items():
        found = state.at(editor.log, number)
        assert (found.redactions, number) == (redactions, number)
        assert set(lines.quads(found.lines)) == editor.versions[number]
        assert PHONE not in editor.versions[number]


def test_names_stay_and_the_chain_verifies(editor: Editor) -> None:
    before = [entry.name for entry in editor.log.entries()]
    editor.redact(PHONE, LINK, messages=[2])
    assert [entry.name for entry in editor.log.entries()][:5] == before
    report = verify(editor.log)
    assert (report.problem, report.commits) == (None, 6)
    editor.commit([said("c", "3")])
    editor.redact(KEPT)
    assert verify(editor.log).problem is None


def test_a_message_can_be_erased(editor: Editor, tmp_path: Path) -> None:
    assert len(traces(tmp_path, b"a reason")) > 0
    number = editor.redact(messages=range(5)).number
    assert [entry.message for entry in editor.log.entries()] == [None] * 5 + ["a reason"]
    assert state.at(editor.log, 1).redactions == {}
    assert verify(editor.log).problem is None
    editor.redact(messages=[number])
    assert traces(tmp_path, b"a reason") != []  # The latest redaction's own.


def test_nothing_that_is_left_lets_one_try_guesses(editor: Editor) -> None:
    record = editor.log.record(1)
    (row,) = [row for row in record.rows() if SECRET in row]
    (old,) = {commitment(salt, row) for salt, other in record.salted() if other == row}
    editor.redact(PHONE)
    assert old in editor.log.gone(1)
    left = editor.log.record(1)
    assert left.seed is None and left.salts and len(left.salts) == SALT * len(left.rows())
    for at in range(len(left.salts)):
        assert commitment(left.salts[at : at + SALT], row) != old
    # The order of the rows that are left tells nothing of where it stood.
    assert sorted(editor.log.gone(1)) == editor.log.gone(1)


def test_what_is_in_no_commit_cannot_be_erased(editor: Editor) -> None:
    with pytest.raises(NothingToErase):
        editor.redact(said("nobody", "x"))
    with pytest.raises(Stale):
        redact(editor.log, replace(editor.draft(removed=[PHONE]), previous="0" * 64), ())
    with pytest.raises(ValueError, match="adds nothing"):
        redact(editor.log, editor.draft([KEPT], [PHONE]), editor.data)
    head = editor.log.head()
    assert head and head.number == 4 and traces(editor.log.path.parent, SECRET)


def test_it_can_be_said_again_and_erased_again(editor: Editor, tmp_path: Path) -> None:
    editor.redact(PHONE)
    editor.commit([PHONE])
    assert state.at(editor.log, 6).redactions == {}
    editor.redact(PHONE)
    assert state.at(editor.log, 6).redactions == {7: 1}
    assert state.at(editor.log, 4).redactions == {5: 1}
    assert traces(tmp_path, SECRET) == [] and verify(editor.log).problem is None


def test_a_redaction_that_is_sent_again_is_made_once(editor: Editor) -> None:
    draft = replace(editor.draft(removed=[PHONE]), key="k")
    first, again = (redact(editor.log, draft, editor.data) for _ in range(2))
    assert (first.repeated, again.repeated) == (False, True) and first.entry == again.entry


def test_a_snapshot_under_way_does_not_bring_it_back(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing = lines.pack
    held: list[bool] = []

    def pack(given: Iterable[bytes]) -> bytes:
        if not held:
            held.append(True)
            editor.redact(PHONE)
        return packing(given)

    with Log(tmp_path) as other:
        monkeypatch.setattr(lines, "pack", pack)
        state.snapshot(other, 4)
        assert held
        assert PHONE not in lines.quads(state.read_snapshot(other, 4))
    assert traces(tmp_path, SECRET) == []


def test_a_reader_that_holds_on_delays_the_erasing_only(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with Log(tmp_path) as writer, Log(tmp_path) as reader:
        with reader.reading():
            assert reader.head()
            with pytest.raises(Busy):
                redact(writer, editor.draft(removed=[PHONE]), editor.data)
        assert traces(tmp_path, SECRET) != []
        writer.scrub()
        assert traces(tmp_path, SECRET) == []


def test_a_redaction_cut_short_is_finished_when_the_log_is_opened(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Database, "scrub", _interrupted)
        editor.redact(PHONE)
    assert traces(tmp_path, SECRET) != []
    Log(tmp_path).close()
    assert traces(tmp_path, SECRET) == []


def _interrupted(database: Database) -> None:
    raise KeyboardInterrupt
