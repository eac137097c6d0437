"""The delta of a change that says what is to be, not what is to be done."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from brupact.dataset import load_files
from brupact.delta.delta import Delta, Graph, Name, difference, normal
from brupact.delta.terms import Skolem, in_graph
from brupact.skolem import skolemise

#: What gives IRIs to the blank nodes of a document, by what is done with it.
_RENAMED: Final[Mapping[str, Callable[[Iterable[Quad]], Iterable[Quad]]]] = {
    "put": skolemise,
    "post": lambda quads: Skolem().rename(quads),
    "delete": lambda quads: (),
}


def of_graph(
    store: Store, action: str, name: str, triples: Iterable[Triple] = (), *, keep: bool = False
) -> Delta:
    """What it does to replace (``put``), add to (``post``) or drop (``delete``) the graph `name`.

    (SPARQL 1.1 Graph Store HTTP Protocol, sections 5.3 to 5.5; the empty name is that of the
    default graph.) An IRI stands for each blank node of `triples` unless these are to be kept
    (`keep`): what is added has IRIs of its own; what replaces has those of `skolemise`, so that the
    same document put again changes nothing.

    :raises KeyError: for another action.
    """
    graph = NamedNode(name) if name else DefaultGraph()
    quads: Iterable[Quad] = [in_graph(triple, graph) for triple in triples]
    if not keep:
        quads = _RENAMED[action](quads)
    old = () if action == "post" else store.quads_for_pattern(None, None, None, graph)
    delta = difference(store, old, quads, {graph})
    names = frozenset[Name]() if isinstance(graph, DefaultGraph) else frozenset[Name]({graph})
    there = frozenset(name for name in names if store.contains_named_graph(name))
    if action == "delete":
        return replace(delta, dropped=there)
    return replace(delta, created=names - there)


def of_quads(store: Store, added: Iterable[Quad], removed: Iterable[Quad]) -> Delta:
    """What it does to take `removed` out, as far as it is there, and to put `added` in."""
    added, removed = list(added), list(removed)
    return difference(store, removed, added, {quad.graph_name for quad in (*added, *removed)})


def of_files(store: Store, files: Iterable[tuple[NamedNode, Path]]) -> Delta:
    """What it does to let the graphs that `files` fill hold what these hold, and no more.

    Each file comes with the graph for those of its triples that name none.

    :raises BrokenInput: at the first file that cannot be read.
    """
    content = load_files(files).store
    targets = frozenset[Graph](content.named_graphs())
    there = (quad for name in targets for quad in store.quads_for_pattern(None, None, None, name))
    return difference(store, there, content, targets)


def of_states(before: Iterable[Quad], after: Iterable[Quad]) -> Delta:
    """What it takes from one state of all data to another, in the time that reading both takes.

    A graph is there if it holds a quad, or if it is one of a store.
    """
    old, new = normal(before), normal(after)
    was, will = _names(before, old), _names(after, new)
    targets = frozenset(quad.graph_name for quad in old ^ new) | (was ^ will)
    return Delta(new - old, old - new, will - was, was - will, targets)


def _names(state: Iterable[Quad], quads: Iterable[Quad]) -> frozenset[Name]:
    if isinstance(state, Store):
        return frozenset(state.named_graphs())
    names = (quad.graph_name for quad in quads)
    return frozenset(name for name in names if isinstance(name, (NamedNode, BlankNode)))
