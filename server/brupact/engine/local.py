"""An engine in this process: pyoxigraph on a store in memory."""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import lru_cache
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
    Store,
    Triple,
    Variable,
)

from brupact.engine.figures import measure
from brupact.engine.interface import Answer, Query, QueryRefused
from brupact.engine.merged import Datasets
from brupact.engine.writing import writer
from brupact.namespaces import LABELS
from brupact.sparql.canonical import completed
from brupact.sparql.explain import Explanation, NotExplained, explain
from brupact.sparql.joins import hashed
from brupact.sparql.labelled import FUNCTION, choose, order, wrapped

#: How the engine's parser begins its messages.
_PLACE = re.compile(r"error at (\d+):(\d+): ")


class LocalEngine:
    """Answers from `store`.

    The default graph is the union of all graphs, and a set (SPARQL 1.1 Query, 13.2; see
    `Datasets`). Without `union` it stands apart from them.
    """

    def __init__(self, store: Store, *, union: bool = True) -> None:
        """Serve the quads of `store`."""
        self._store, self._datasets = store, Datasets(store, union=union)
        self._datasets.prepare()
        self._counts = _counts(store)

    def over(self, store: Store) -> "LocalEngine":
        """The engine over `store` in the place of its own."""
        changed = copy(self)
        changed._store, changed._datasets = store, self._datasets.over(store)
        changed._datasets.prepare()
        return changed

    def after(self, stays_apart: bool) -> "LocalEngine":
        """The engine after a change of the store; see `Datasets.after`."""
        changed = copy(self)
        changed._datasets = self._datasets.after(stays_apart)
        changed._datasets.prepare()
        return changed

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
        return writer(result, query)

    def _evaluate(self, query: Query) -> QuerySolutions | QueryBoolean | QueryTriples:
        bound: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
            Variable(name): term for name, term in query.bindings.items()
        }
        store, dataset = self._datasets.of(query)
        if query.labels is None and not query.canonical:
            if not bound and (joined := hashed(query.text, self._counts)) is not None:
                # The place of an error is one in the text that was sent.
                with suppress(SyntaxError):
                    return store.query(joined, base_iri=query.base, **dataset)
            return store.query(query.text, base_iri=query.base, substitutions=bound, **dataset)
        # Over no data: it costs next to nothing, and says what the columns of SELECT * are.
        read = self._store.query(
            query.text, base_iri=query.base, substitutions=bound, default_graph=[], named_graphs=[]
        )
        names = [v.value for v in read.variables] if isinstance(read, QuerySolutions) else []
        text = completed(query.text, names) if query.canonical else query.text
        if query.labels is None:
            return store.query(text, base_iri=query.base, substitutions=bound, **dataset)
        return store.query(
            wrapped(text, names),
            base_iri=query.base,
            substitutions=bound,
            custom_functions={FUNCTION: self._label(query.labels)},
            **dataset,
        )

    def _label(self, language: str) -> Callable[..., Literal | None]:
        languages = order(language)

        @lru_cache(maxsize=1 << 16)
        def label(term: object) -> Literal | None:
            if not isinstance(term, NamedNode):
                return None
            return choose(self.labels([term.value]).get(term.value, ()), languages)

        return label

    def explain(self, query: Query, *, run: bool = False) -> Explanation:
        """What `query` means; with `run` also what evaluating it takes. See `Engine`."""
        try:
            # Over no data: this engine says where a query is malformed, rdflib seldom does.
            Store().query(query.text, base_iri=query.base)
            explanation = explain(query.text, query.base)
        except SyntaxError as error:
            raise QueryRefused(error.msg, *place(error.msg)) from None
        except NotExplained as error:
            raise QueryRefused(str(error), error.line, error.column) from None
        return replace(explanation, figures=measure(self.open, query)) if run else explanation

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


def _counts(store: Store) -> dict[str, int]:
    """How many triples each predicate has, at least about."""
    rows = store.query(
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p", use_default_graph_as_union=True
    )
    assert isinstance(rows, QuerySolutions)
    return {row["p"].value: int(row["n"].value) for row in rows}


def _name(quad: Quad) -> str:
    """The name of the graph of `quad`; the default graph has none."""
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _nodes(iris: Sequence[str]) -> list[NamedNode]:
    """`iris` as terms, without what is no IRI (RFC 3987): nothing is said of that."""
    nodes = []
    for iri in iris:
        with suppress(ValueError):
            nodes.append(NamedNode(iri))
    return nodes
