from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.commits.given import AGENT, Editor, graph, linked, node, said

from brupact.commits import history, lines
from brupact.commits.errors import RevertConflict, UnknownVersion

A, B, C = said("a", "1"), said("b", "2"), linked("c", "a")


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(tmp_path, A)
    editor.commit([B, C], agent=AGENT + "-2")
    editor.commit([said("d", "4", "agreement")], [A])
    editor.commit([A], [B])
    yield editor
    editor.log.close()


def numbers(editor: Editor, **filters: object) -> list[int]:
    return [entry.number for entry in history.entries(editor.log, **filters)]  # type: ignore[arg-type]


def test_entries_are_found_by_what_they_touch(editor: Editor) -> None:
    assert numbers(editor) == [0, 1, 2, 3]
    assert numbers(editor, agent=AGENT + "-2") == [1]
    assert numbers(editor, graph=graph("agreement").value) == [2]
    assert numbers(editor, subject=node("a").value) == [0, 2, 3]
    assert numbers(editor, touching=node("a").value) == [0, 1, 2, 3]
    assert numbers(editor, subject=node("a").value, graph=graph("agreement").value) == [2]
    assert numbers(editor, subject=node("nobody").value) == []


def test_entries_are_found_by_time(editor: Editor) -> None:
    now = datetime.now(UTC)
    assert numbers(editor, since=now + timedelta(seconds=1)) == []
    assert numbers(editor, until=now - timedelta(hours=1)) == []
    exact = datetime.fromisoformat(editor.log.entry(0).time)
    assert 0 in numbers(editor, since=exact, until=exact)


def test_all_that_was_ever_said_of_a_thing(editor: Editor) -> None:
    assert history.statements(editor.log, node("a").value) == {A, C}
    assert history.statements(editor.log, node("b").value) == {B}


@pytest.mark.parametrize("old", range(4))
@pytest.mark.parametrize("new", range(4))
def test_the_difference_of_any_two_versions(editor: Editor, old: int, new: int) -> None:
    added, removed = history.diff(editor.log, old, new).quads()
    assert set(added) == editor.versions[new] - editor.versions[old]
    assert set(removed) == editor.versions[old] - editor.versions[new]


def test_a_difference_from_nothing(editor: Editor) -> None:
    assert set(history.between(editor.log, -1, 1).quads()[0]) == {A, B, C}
    with pytest.raises(UnknownVersion):
        history.diff(editor.log, 0, 9)


def test_a_revert_undoes_a_commit(editor: Editor) -> None:
    delta = history.revert(editor.log, 3, editor.data)
    added, removed = delta.quads()
    assert (added, removed) == ([B], [A])
    editor.commit(added, removed)
    assert editor.versions[-1] == editor.versions[2]


def test_a_revert_names_what_is_in_its_way(editor: Editor) -> None:
    with pytest.raises(RevertConflict) as caught:
        history.revert(editor.log, 1, editor.data)
    assert (caught.value.present, caught.value.absent) == ((), (B,))
    with pytest.raises(RevertConflict) as caught:
        history.revert(editor.log, 2, editor.data)
    assert (caught.value.present, caught.value.absent) == ((A,), ())


def test_what_was_removed_and_erased_does_not_come_back(editor: Editor) -> None:
    editor.redact(B)
    with pytest.raises(RevertConflict) as caught:
        history.revert(editor.log, 3, editor.data)
    assert caught.value.erased == 1
    # What was added and erased is gone already: the rest can be undone.
    delta = history.revert(editor.log, 1, editor.data)
    assert delta == history.Delta(removed=frozenset(lines.normal([C])))
