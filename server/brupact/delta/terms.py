"""Terms put in the place of others: solutions into templates, IRIs for blank nodes."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from brupact.namespaces import GENID

Term = NamedNode | BlankNode | Literal | Triple


def rewritten(quads: Iterable[Quad], change: Callable[[Any], Any]) -> Iterator[Quad]:
    """`quads` with `change` of each IRI and blank node in them; those that stay legal.

    `change` gives ``None`` for what has no value (SPARQL 1.1 Update, section 3.1.3).
    """
    for quad in quads:
        name = change(quad.graph_name)
        if isinstance(name, (NamedNode, BlankNode, DefaultGraph)):
            triple = _triple(quad, change)
            if triple is not None:
                yield in_graph(triple, name)


def in_graph(triple: Quad | Triple, name: Any) -> Quad:
    """The statement `triple` in the graph `name`."""
    return Quad(triple.subject, triple.predicate, triple.object, name)


def _triple(triple: Quad | Triple, change: Callable[[Any], Any]) -> Triple | None:
    subject, predicate = change(triple.subject), change(triple.predicate)
    if not isinstance(subject, (NamedNode, BlankNode)) or not isinstance(predicate, NamedNode):
        return None
    if isinstance(triple.object, Triple):
        object: Any = _triple(triple.object, change)
    else:
        object = change(triple.object)
    return None if object is None else Triple(subject, predicate, object)


class Skolem:
    """IRIs for the blank nodes of one request, which no other request has."""

    def __init__(self) -> None:
        """None yet."""
        self._names: dict[BlankNode, NamedNode] = {}

    def rename(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """`quads` with an IRI for each blank node, the same wherever it stands."""
        for quad in quads:
            if any(isinstance(term, (BlankNode, Triple)) for term in quad):
                yield from rewritten((quad,), self._name)
            else:
                yield quad

    def _name(self, term: Any) -> Any:
        if not isinstance(term, BlankNode):
            return term
        if term not in self._names:
            self._names[term] = NamedNode(GENID + uuid.uuid4().hex)
        return self._names[term]
