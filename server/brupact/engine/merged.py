"""The dataset that a query is about, with a default graph that is a set.

A default graph made of several graphs is their merge, in which a triple that two of them hold
stands once (SPARQL 1.1 Query, section 13.2). pyoxigraph reads such graphs one after the other, so
the triple counts twice. Where that would happen, the merge is made in a store of its own, and the
query is evaluated there. Published data keep a triple in one graph, so it seldom happens; finding
that out costs about 1.5 µs a triple, the merge about 5 µs for each triple of the default graph and
of the named graphs, and the memory of a copy.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from brupact.engine.interface import Query
from brupact.namespaces import INFERRED
from brupact.sparql.dataset import Clauses, clauses

Graph = NamedNode | BlankNode | DefaultGraph
Name = NamedNode | BlankNode

_DEFAULT: Final = DefaultGraph()
_IN_TWO_NAMED: Final = "ASK { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(?g != ?h) }"
_IN_DEFAULT_TOO: Final = "ASK { ?s ?p ?o GRAPH ?g { ?s ?p ?o } }"


class _Described(NamedTuple):
    """A dataset: the graphs whose merge is the default graph, and the named graphs."""

    default: tuple[Graph, ...]
    named: tuple[Name, ...]


class Datasets:
    """Says for each query in which store, and with which graphs, it is to be evaluated.

    It may be used by several threads. What it finds out holds as long as the store does not change.
    """

    def __init__(self, store: Store, *, union: bool) -> None:
        """Queries over `store`; with `union` its default graph is the merge of all its graphs."""
        self._store, self._union = store, union
        self._lock = threading.Lock()
        self._overlap: bool | None = None
        self._whole: Store | None = None
        self._last: tuple[_Described, Store | None] | None = None

    def after(self, stays_apart: bool) -> "Datasets":
        """The same after a change of the store.

        With `stays_apart` no triple stands in two graphs then, if none did before.
        """
        changed = Datasets(self._store, union=self._union)
        changed._overlap = False if stays_apart and self._overlap is False else None
        return changed

    def over(self, store: Store) -> "Datasets":
        """The same for `store`, which holds the same quads."""
        changed = Datasets(store, union=self._union)
        changed._overlap = self._overlap
        return changed

    def prepare(self) -> None:
        """Find out now what the first query would have to wait for.

        Processes that are forked afterwards share it. Only of use for a store that does not change.
        """
        if self._union and self._overlapping():
            self._merge_of_all()

    def of(self, query: Query) -> tuple[Store, Mapping[str, Any]]:
        """The store to evaluate `query` in, and the dataset as arguments of `Store.query`.

        The parameters of the protocol win over the text (SPARQL 1.1 Protocol, section 2.1.4), and
        both win over `Query.infer`.

        :raises ValueError: if a graph that the parameters name has no IRI for a name.
        """
        if query.default_graphs or query.named_graphs:
            default, named = map(_nodes, (query.default_graphs, query.named_graphs))
            return self._evaluation(_Described(default, named))
        if found := clauses(query.text):
            return self._of_text(found, query.base)
        if not query.infer and self._store.contains_named_graph(INFERRED):
            return self._evaluation(self._asserted())
        if not self._union:
            return self._store, {}
        if self._overlapping():
            return self._merge_of_all(), {}
        return self._store, {"use_default_graph_as_union": True}

    def _of_text(self, found: Clauses, base: str | None) -> tuple[Store, Mapping[str, Any]]:
        """The engine reads the clauses itself, as long as there is nothing to merge."""
        if len(found.default) < 2:
            return self._store, {}
        try:
            default, named = (
                _resolved(found.prologue, iris, base) for iris in (found.default, found.named)
            )
        except SyntaxError:
            return self._store, {}  # The engine says what is wrong with the query.
        return self._evaluation(_Described(default, named))

    def _asserted(self) -> _Described:
        """All graphs but that of the inferred triples."""
        named = tuple(graph for graph in self._store.named_graphs() if graph != INFERRED)
        return _Described((_DEFAULT, *named) if self._union else (_DEFAULT,), named)

    def _evaluation(self, described: _Described) -> tuple[Store, Mapping[str, Any]]:
        if merged := self._merged(described):
            # The text may name another dataset than the parameters, which win.
            return merged, {"default_graph": [_DEFAULT], "named_graphs": list(described.named)}
        return self._store, {
            "default_graph": list(described.default),
            "named_graphs": list(described.named),
        }

    def _merged(self, described: _Described) -> Store | None:
        """A store that holds the merge, where one is needed; the last is kept."""
        if len(described.default) < 2 or self._overlap is False:
            return None
        with self._lock:
            if self._last is None or self._last[0] != described:
                needed = overlap(self._store, described.default)
                store = merge(self._store, described.default, described.named) if needed else None
                self._last = described, store
            return self._last[1]

    def _overlapping(self) -> bool:
        """Whether any triple stands in two graphs of the store."""
        with self._lock:
            if self._overlap is None:
                self._overlap = overlap(self._store)
            return self._overlap

    def _merge_of_all(self) -> Store:
        with self._lock:
            if self._whole is None:
                names = list(self._store.named_graphs())
                self._whole = merge(self._store, (_DEFAULT, *names), names)
            return self._whole


def overlap(store: Store, graphs: Sequence[Graph] | None = None) -> bool:
    """Whether any triple stands in two of `graphs`; in two of all graphs, if none are given."""
    if graphs is None:  # Without a list of graphs the engine is three times as fast.
        return bool(store.query(_IN_TWO_NAMED)) or bool(store.query(_IN_DEFAULT_TOO))
    names = [graph for graph in graphs if not isinstance(graph, DefaultGraph)]
    with_default = len(names) < len(graphs)
    return bool(store.query(_IN_TWO_NAMED, named_graphs=names)) or (
        with_default and bool(store.query(_IN_DEFAULT_TOO, named_graphs=names))
    )


def merge(store: Store, default: Iterable[Graph], named: Iterable[Name]) -> Store:
    """A store whose default graph is the merge of `default`, with the graphs `named` as they are.

    Blank nodes that two graphs share are one node, as in the store.
    """
    merged = Store()
    for graph in default:
        quads = store.quads_for_pattern(None, None, None, graph)
        merged.bulk_extend(Quad(*quad.triple) for quad in quads)
    for name in named:
        if store.contains_named_graph(name):
            merged.add_graph(name)
            merged.bulk_extend(store.quads_for_pattern(None, None, None, name))
    return merged


def _nodes(iris: Iterable[str]) -> tuple[NamedNode, ...]:
    return tuple(NamedNode(iri) for iri in dict.fromkeys(iris))


def _resolved(prologue: str, iris: Iterable[str], base: str | None) -> tuple[NamedNode, ...]:
    """The graphs that `iris` are with `prologue`, each once; read by the engine itself.

    :raises SyntaxError: if the engine cannot read them.
    """
    text = f"{prologue}\nSELECT ?g {{ VALUES ?g {{ {' '.join(iris)} }} }}"
    rows = Store().query(text, base_iri=base)
    assert isinstance(rows, QuerySolutions)
    return tuple(dict.fromkeys(row[0] for row in rows if isinstance(row[0], NamedNode)))
