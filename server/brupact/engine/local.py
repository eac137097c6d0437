"""An engine in this process: pyoxigraph on a store in memory."""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    Variable,
    serialize,
)

from brupact.engine.interface import Answer, NotAcceptable, Query, QueryRefused
from brupact.namespaces import INFERRED, LABELS, PREFIXES
from brupact.sparql.formats import GRAPHS, RESULTS

#: How the engine's parser begins its messages.
_PLACE = re.compile(r"error at (\d+):(\d+): ")
_RESULTS = {format.media_type: format for format in RESULTS}
_GRAPHS = {format.media_type: format for format in GRAPHS}


class LocalEngine:
    """Answers from `store`.

    Published data have every triple in one graph only: the default graph is the union of all
    graphs, and a set (SPARQL 1.1 Query, 13.2). Without `union` it stands apart from them.
    """

    def __init__(self, store: Store, *, union: bool = True) -> None:
        """Serve the quads of `store`."""
        self._store, self._union = store, union
        self._asserted: list[NamedNode | BlankNode | DefaultGraph] = [
            g for g in store.named_graphs() if g != INFERRED
        ]

    @property
    def version(self) -> int:
        """The data of this engine do not change."""
        return 0

    def query(self, query: Query) -> Answer:
        """The answer to `query`; see `Engine`."""
        media_type, write = self.open(query)
        buffer = io.BytesIO()
        write(buffer)
        return Answer(media_type, buffer.getvalue())

    def open(self, query: Query) -> tuple[str, Callable[[Any], object]]:
        """The media type of the answer to `query`, and what writes it to a file as it is found.

        Raises as `query`; writing raises `QueryRefused` where evaluation fails half-way.
        """
        try:
            result = self._evaluate(query)
        except SyntaxError as error:
            raise QueryRefused(error.msg, *place(error.msg)) from None
        except ValueError as error:
            raise QueryRefused(str(error)) from None
        if isinstance(result, QueryTriples):
            if query.graphs is None:
                raise NotAcceptable("a result of CONSTRUCT or DESCRIBE")
            out = _GRAPHS[query.graphs]
            return out.media_type, partial(_write_graph, result, out.engine)
        if query.results is None:
            raise NotAcceptable("a result of SELECT or ASK")
        format = _RESULTS[query.results]
        if isinstance(result, QueryBoolean) and format.suffix in ("csv", "tsv"):
            raise NotAcceptable("the result of ASK, which has no CSV or TSV form")
        return format.media_type, partial(result.serialize, format=format.engine)

    def _evaluate(self, query: Query) -> QuerySolutions | QueryBoolean | QueryTriples:
        bound: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
            Variable(name): term for name, term in query.bindings.items()
        }
        if query.default_graphs or query.named_graphs:
            return self._store.query(
                query.text,
                default_graph=[NamedNode(iri) for iri in query.default_graphs],
                named_graphs=[NamedNode(iri) for iri in query.named_graphs],
                base_iri=query.base,
                substitutions=bound,
            )
        if not query.infer:
            return self._store.query(
                query.text,
                default_graph=self._asserted,
                named_graphs=[g for g in self._asserted if isinstance(g, NamedNode)],
                base_iri=query.base,
                substitutions=bound,
            )
        return self._store.query(
            query.text,
            use_default_graph_as_union=self._union,
            base_iri=query.base,
            substitutions=bound,
        )

    def describe(self, nodes: Sequence[str]) -> list[tuple[str, Triple]]:
        """All with one of `nodes`, or a fragment of one, as subject or object, and its graph."""
        quads: dict[Quad, None] = {}
        waiting, bases = _nodes(nodes), tuple(f"{node}#" for node in nodes)
        seen = set(waiting)
        for node in waiting:
            found = [
                *self._store.quads_for_pattern(node, None, None),
                *self._store.quads_for_pattern(None, None, node),
            ]
            quads |= dict.fromkeys(found)
            for term in (term for quad in found for term in (quad.subject, quad.object)):
                if isinstance(term, NamedNode) and term.value.startswith(bases):
                    if term not in seen:
                        seen.add(term)
                        waiting.append(term)
        return [(_name(quad), quad.triple) for quad in quads]

    def labels(self, nodes: Sequence[str]) -> dict[str, list[Literal]]:
        """The labels of those of `nodes` that have one, in all languages."""
        found: dict[str, list[Literal]] = {}
        for node in _nodes(nodes):
            for predicate in LABELS:
                quads = self._store.quads_for_pattern(node, predicate, None)
                names = [q.object for q in quads if isinstance(q.object, Literal)]
                if names:
                    found[node.value] = names
                    break
        return found

    def graph(self, name: str) -> list[Triple]:
        """The triples of the graph `name`, in a fixed order."""
        graphs: Sequence[NamedNode | DefaultGraph] = _nodes([name]) if name else [DefaultGraph()]
        quads = (
            quad
            for graph in graphs
            for quad in self._store.quads_for_pattern(None, None, None, graph)
        )
        return sorted({quad.triple for quad in quads}, key=str)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, in order."""
        return sorted(g.value for g in self._store.named_graphs() if isinstance(g, NamedNode))

    def has_graph(self, name: str) -> bool:
        """Whether there is a graph `name`, be it empty."""
        return not name or any(self._store.contains_named_graph(n) for n in _nodes([name]))

    def ready(self) -> bool:
        """Whether a query would be answered now."""
        return bool(self._store.query("ASK {}"))


def place(message: str) -> tuple[int | None, int | None]:
    """The line and the column that a message of the engine's parser names."""
    found = _PLACE.match(message)
    return (int(found[1]), int(found[2])) if found else (None, None)


def _name(quad: Quad) -> str:
    """The name of the graph of `quad`; the default graph has none."""
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _write_graph(triples: QueryTriples, format: RdfFormat, output: Any) -> None:
    """Write a constructed graph: a set, whatever the number of solutions that gave a triple."""
    serialize(dict.fromkeys(triples), output, format, prefixes=PREFIXES)


def _nodes(iris: Sequence[str]) -> list[NamedNode]:
    """`iris` as terms, without what is no IRI (RFC 3987): nothing is said of that."""
    nodes = []
    for iri in iris:
        with suppress(ValueError):
            nodes.append(NamedNode(iri))
    return nodes
