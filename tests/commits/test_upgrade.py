from pathlib import Path

from pyoxigraph import Quad
from tests.commits.given import Editor, graph, said

from brupact.commits import Log, state
from brupact.commits.upgrade import upgrade

OLD = {said("a", "old", "agreement"), said("b", "same", "agreement"), said("c", "x", "gone")}
NEW = {said("a", "new", "agreement"), said("b", "same", "agreement"), said("d", "y", "fresh")}
EDITED = {said("r", "report"), said("e", "editor's", "own-graph")}


def apply(editor: Editor, release: set[Quad]) -> None:
    added, removed = upgrade(editor.log, release).delta.quads()
    editor.commit(added, removed, kind="release")


def test_a_release_fills_its_graphs_and_leaves_the_others_alone(tmp_path: Path) -> None:
    editor = Editor(tmp_path, *OLD)
    editor.commit(EDITED)
    apply(editor, NEW | {said("r", "the release's", "follow-up")})
    assert editor.data == NEW | EDITED
    assert set(state.at(editor.log, 0).store()) == OLD
    apply(editor, OLD)
    assert editor.data == OLD | EDITED
    assert upgrade(editor.log, OLD).delta.quads() == ([], [])
    editor.log.close()


def test_an_upgrade_tells_what_it_takes_back(tmp_path: Path) -> None:
    editor = Editor(tmp_path, *OLD)
    mine = said("a", "an admin's", "agreement")
    editor.commit([mine, *EDITED], [said("b", "same", "agreement")])
    found = upgrade(editor.log, NEW)
    assert found.undone.quads() == ([said("b", "same", "agreement")], [mine])
    apply(editor, NEW)
    assert editor.data == NEW | EDITED
    assert upgrade(editor.log, OLD).undone.quads() == ([], [])
    editor.log.close()


def test_the_same_release_again_leaves_what_others_changed(tmp_path: Path) -> None:
    editor = Editor(tmp_path, *OLD)
    mine, same = said("a", "an admin's", "agreement"), said("b", "same", "agreement")
    new = said("n", "new", "another")
    for added, removed in (([mine, *EDITED], [same]), ([new], [])):
        editor.commit(added, removed)
        found = upgrade(editor.log, OLD)
        assert not found.delta.quads()[0] and not found.delta.quads()[1]
    # Another release may begin with what others wrote.
    found = upgrade(editor.log, OLD | {mine})
    assert found.delta.quads() == ([same], []) and found.undone.quads() == ([same], [])
    editor.log.close()


def test_a_release_takes_over_a_graph_that_others_made(tmp_path: Path) -> None:
    editor = Editor(tmp_path, *OLD)
    editor.commit([said("x", "mine", "fresh")])
    added, removed = upgrade(editor.log, NEW).delta.quads()
    assert said("d", "y", "fresh") in added and said("x", "mine", "fresh") in removed
    editor.log.close()


def test_the_first_release_is_all_new(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        found = upgrade(log, NEW, editors=[graph("fresh")])
        assert set(found.delta.quads()[0]) == {q for q in NEW if q.graph_name != graph("fresh")}
        assert not found.delta.removed
