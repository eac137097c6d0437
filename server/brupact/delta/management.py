"""The deltas of the operations on whole graphs (SPARQL 1.1 Update, sections 3.1.3 and 3.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from pyoxigraph import DefaultGraph, Quad, Store

from brupact.delta.delta import Delta, Graph, Name
from brupact.delta.terms import in_graph


def _clear(store: Store, silent: bool, graphs: Sequence[Graph]) -> Delta:
    _require(store, graphs, silent)
    return Delta(removed=_content(store, graphs), targets=frozenset(graphs))


def _drop(store: Store, silent: bool, graphs: Sequence[Graph]) -> Delta:
    delta = _clear(store, silent, graphs)
    there = frozenset(name for name in _names(graphs) if store.contains_named_graph(name))
    return Delta(removed=delta.removed, dropped=there, targets=delta.targets)


def _create(store: Store, silent: bool, graphs: Sequence[Graph]) -> Delta:
    (name,) = _names(graphs)
    is_there = store.contains_named_graph(name)
    if is_there and not silent:
        raise ValueError(f"The graph {name} already exists")
    return Delta(created=frozenset(() if is_there else (name,)), targets=frozenset(graphs))


def _transfer(
    store: Store,
    silent: bool,
    source: Sequence[Graph],
    goal: Sequence[Graph],
    *,
    clears: bool,
    drops: bool,
) -> Delta:
    """ADD, COPY (which clears the goal first) and MOVE (which drops the source, too)."""
    targets = frozenset((*goal, *source) if drops else goal)
    if source == goal or not _require(store, source, silent):
        return Delta(targets=targets)
    content = _content(store, source)
    wanted = frozenset(in_graph(quad, goal[0]) for quad in content)
    removed = _content(store, goal) - wanted if clears else frozenset[Quad]()
    return Delta(
        frozenset(quad for quad in wanted if quad not in store),
        removed | content if drops else removed,
        frozenset(name for name in _names(goal) if not store.contains_named_graph(name)),
        frozenset(_names(source) if drops else ()),
        targets,
    )


def _require(store: Store, graphs: Sequence[Graph], silent: bool) -> bool:
    """Whether all of `graphs` are there.

    :raises ValueError: if one is not, unless that is to be passed over in silence.
    """
    for name in _names(graphs):
        if not store.contains_named_graph(name):
            if silent:
                return False
            raise ValueError(f"The graph {name} does not exist")
    return True


def _content(store: Store, graphs: Iterable[Graph]) -> frozenset[Quad]:
    return frozenset(
        quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph)
    )


def _names(graphs: Iterable[Graph]) -> list[Name]:
    return [graph for graph in graphs if not isinstance(graph, DefaultGraph)]


#: What gives the delta of an operation, by its keyword: from the store, whether it is SILENT, and
#: the graphs of each of its operands. It raises `ValueError` where the operation fails.
ON_GRAPHS: Final[Mapping[str, Callable[..., Delta]]] = {
    "ADD": partial(_transfer, clears=False, drops=False),
    "CLEAR": _clear,
    "COPY": partial(_transfer, clears=True, drops=False),
    "CREATE": _create,
    "DROP": _drop,
    "MOVE": partial(_transfer, clears=True, drops=True),
}
