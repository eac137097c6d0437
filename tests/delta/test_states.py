"""The delta of a change that says what is to be."""

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, Triple, parse
from tests.delta.given import EX, PREFIX, content, copied, holding, node

from brupact.delta import of_files, of_graph, of_states
from brupact.errors import BrokenInput
from brupact.namespaces import GENID

DATA = ":a :p 1 . :g { :a :p 1 . :b :p 1.5 } :h { :c :q :d }"
DOCUMENT = ":b :p 1.50 . :n :p [ :q 1 ] ."


def triples(text: str = DOCUMENT) -> list[Triple]:
    return [quad.triple for quad in parse(PREFIX + text, RdfFormat.TURTLE)]


@pytest.mark.parametrize(
    ("action", "name", "added", "removed"),
    [
        ("put", EX + "g", 2, 1), ("put", EX + "n", 3, 0), ("put", "", 3, 1),
        ("post", EX + "g", 2, 0), ("post", EX + "n", 3, 0), ("post", "", 3, 0),
        ("delete", EX + "g", 0, 2), ("delete", EX + "n", 0, 0), ("delete", "", 0, 1),
    ],
)  # fmt: skip
def test_a_graph_is_changed(action: str, name: str, added: int, removed: int) -> None:
    store = holding(DATA)
    before = content(store)
    delta = of_graph(store, action, name, triples() if action != "delete" else ())
    assert (len(delta.added), len(delta.removed)) == (added, removed)
    graph = NamedNode(name) if name else DefaultGraph()
    assert delta.targets == {graph}
    assert content(store) == before
    delta.apply(store)
    names = {str(name) for name in (node("g"), node("h"), graph) if name != DefaultGraph()}
    assert content(store)[1] == names - ({str(graph)} if action == "delete" else set())
    delta.inverse().apply(store)
    assert content(store) == before


def test_an_empty_document_makes_an_empty_graph() -> None:
    for action in ("put", "post"):
        assert of_graph(Store(), action, EX + "n").created == {node("n")}


def test_the_same_document_put_again_changes_nothing_and_posted_again_adds_new_nodes() -> None:
    store = Store()
    of_graph(store, "put", EX + "n", triples()).apply(store)
    assert "_:" not in "".join(map(str, store)) and GENID in "".join(map(str, store))
    assert not of_graph(store, "put", EX + "n", triples())
    assert len(of_graph(store, "post", EX + "n", triples()).added) == 2


def test_blank_nodes_are_kept_if_that_is_asked() -> None:
    delta = of_graph(Store(), "put", EX + "n", triples(), keep=True)
    assert "_:" in "".join(map(str, delta.added))


def test_files_replace_the_graphs_that_they_fill(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(PREFIX + ":b :p 1.50 . :n :p 1 .")
    (tmp_path / "b.trig").write_text(PREFIX + ":h { :x :p 1 }")
    store = holding(DATA)
    files = [(node("g"), tmp_path / "a.ttl"), (node("g"), tmp_path / "b.trig")]
    delta = of_files(store, files)
    assert delta.targets == {node("g"), node("h")}
    assert {str(quad.subject) for quad in delta.removed} == {f"<{EX}a>", f"<{EX}c>"}
    assert {str(quad.subject) for quad in delta.added} == {f"<{EX}n>", f"<{EX}x>"}
    with pytest.raises(BrokenInput):
        of_files(store, [(node("g"), tmp_path / "none.ttl")])


def test_one_state_becomes_another() -> None:
    old, new = holding(DATA), holding(":g { :b :p 1.50, 2 } :i { :c :q :d }")
    delta = of_states(old, new)
    assert delta.targets == {DefaultGraph(), node("g"), node("h"), node("i")}
    changed = copied(old)
    delta.apply(changed)
    assert content(changed) == content(new)
    assert of_states(list(old), list(new)) == delta
    assert not of_states(old, copied(old))
