import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat
from tests.commits.given import Editor, said

from brupact.commits import lines, state
from brupact.commits.errors import Damaged, UnknownVersion


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(tmp_path, *(said("a", str(number)) for number in range(20)))
    for number in range(20, 40):
        editor.commit([said("a", str(number))], [said("a", str(number - 20))])
    yield editor
    editor.log.close()


def snapshots(editor: Editor) -> list[int]:
    query = "SELECT number FROM snapshots ORDER BY number"
    return [number for (number,) in editor.log.connection.execute(query)]


def check(editor: Editor) -> None:
    for number, expected in enumerate(editor.versions):
        found = state.at(editor.log, number)
        assert set(lines.quads(found.lines)) == expected, number
        assert set(found.store()) == expected
        assert (found.entry.number, found.redactions) == (number, {})


def test_any_version_with_and_without_snapshots(editor: Editor) -> None:
    check(editor)
    for number in (13, 19, 0):
        state.snapshot(editor.log, number)
    assert snapshots(editor) == [0, 13, 19]
    check(editor)


def test_the_nearest_snapshot_is_used_from_both_sides(editor: Editor) -> None:
    state.snapshot(editor.log, 19)
    frame, other = lines.pack([b"<x:x> <x:x> <x:x> ."]), lines.normal([said("a", "38")])
    with editor.log.writing():
        state.put_snapshot(editor.log, 19, frame, 1)
    mark = b"<x:x> <x:x> <x:x> ."
    assert mark in state.at(editor.log, 18).lines and mark in state.at(editor.log, 20).lines
    assert mark not in state.at(editor.log, 3).lines
    assert not state.at(editor.log, 18).lines.intersection(other)


def test_snapshots_are_made_when_they_are_due(editor: Editor) -> None:
    assert state.compact(editor.log, commits=21, quads=41) is None
    assert state.compact(editor.log, commits=20, quads=1000) == 20
    assert state.compact(editor.log, commits=1, quads=1) is None
    editor.commit([said("b", "1"), said("b", "2")])
    assert state.compact(editor.log, commits=10, quads=3) is None
    assert state.compact(editor.log, commits=10, quads=2) == 21
    assert snapshots(editor) == [20, 21]
    check(editor)


def test_an_empty_log_has_no_version(editor: Editor) -> None:
    with pytest.raises(UnknownVersion):
        state.at(editor.log, 99)


def test_a_changed_snapshot_is_not_served(editor: Editor) -> None:
    state.snapshot(editor.log, 20)
    editor.log.connection.execute("UPDATE snapshots SET size = size + 1")
    with pytest.raises(Damaged, match="snapshot 20"):
        state.at(editor.log, 20)


def test_the_canonical_form_is_the_sorted_lines(editor: Editor) -> None:
    found = state.at(editor.log, 5)
    content = found.nquads()
    assert found.rdfc() == hashlib.sha256(content).hexdigest()
    dumped = found.store().dump(format=RdfFormat.N_QUADS) or b""
    assert content.splitlines() == sorted(dumped.splitlines())
