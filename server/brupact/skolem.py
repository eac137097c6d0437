"""IRIs in the place of blank nodes (RDF 1.1 Concepts, section 3.5), the same at every load."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    Triple,
)

from brupact.namespaces import GENID, graph

#: Graphs whose files use blank nodes; their documents and dumps have them again.
WITH_BLANK_NODES: Final = frozenset({graph("ontology"), graph("shapes")})


def published(name: NamedNode | DefaultGraph, triples: Iterable[Triple]) -> list[Triple]:
    """The triples of the graph `name` as its document has them, in a fixed order."""
    if name in WITH_BLANK_NODES:
        triples = (Triple(_blank(t.subject), t.predicate, _blank(t.object)) for t in triples)
    return sorted(set(triples), key=str)


def _blank(term: Any) -> Any:
    """`term`, or the blank node in whose place it stands."""
    if isinstance(term, NamedNode) and term.value.startswith(GENID):
        # RDF/XML wants a name that starts with a letter.
        return BlankNode("b" + term.value.removeprefix(GENID))
    return term


def skolemise(quads: Iterable[Quad]) -> list[Quad]:
    """`quads` with each blank node replaced by an IRI.

    A blank node that is part of one thing only, as Turtle's ``[ … ]`` and ``( … )`` write it, is
    named by the path from the named node above and by what stands below: its IRI stays when other
    parts of the file change. One that is shared or stands in a cycle makes RDFC-1.0 name all of
    `quads`.
    """
    quads = list(quads)
    below: dict[BlankNode, list[Quad]] = defaultdict(list)
    above: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.subject, BlankNode):
            below[quad.subject].append(quad)
        if isinstance(quad.object, BlankNode):
            above[quad.object].append(quad)
    if not below and not above:
        return quads
    content = _contents(below, above)
    if len(content) < len(below.keys() | above.keys()) or any(len(q) > 1 for q in above.values()):
        return _canonical(quads)
    names: dict[BlankNode, NamedNode] = {}
    for node in reversed(content):
        owner = "".join(f"{_named(quad.subject, names)} {quad.predicate} " for quad in above[node])
        names[node] = _name(owner + content[node])
    return [_renamed(quad, names) for quad in quads]


def _contents(
    below: dict[BlankNode, list[Quad]], above: dict[BlankNode, list[Quad]]
) -> dict[BlankNode, str]:
    """A hash of what stands below each blank node, children first; not for nodes in a cycle."""
    waiting = {
        node: sum(isinstance(quad.object, BlankNode) for quad in below[node])
        for node in [*below, *above]
    }
    free = [node for node, children in waiting.items() if not children]
    content: dict[BlankNode, str] = {}
    for node in free:
        rows = (
            f"{q.predicate} {content[q.object] if isinstance(q.object, BlankNode) else q.object}"
            for q in below[node]
        )
        content[node] = _digest("\n".join(sorted(rows)))
        for quad in above[node]:
            if isinstance(parent := quad.subject, BlankNode):
                waiting[parent] -= 1
                if not waiting[parent]:
                    free.append(parent)
    return content


def _canonical(quads: list[Quad]) -> list[Quad]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    whole = _digest("\n".join(sorted(map(str, dataset))))
    nodes = {t for q in dataset for t in (q.subject, q.object) if isinstance(t, BlankNode)}
    names = {node: _name(f"{whole} {node}") for node in nodes}
    return [_renamed(quad, names) for quad in dataset]


def _renamed(quad: Quad, names: dict[BlankNode, NamedNode]) -> Quad:
    subject, object = _named(quad.subject, names), _named(quad.object, names)
    return Quad(subject, quad.predicate, object, quad.graph_name)


def _named(term: Any, names: dict[BlankNode, NamedNode]) -> Any:
    return names[term] if isinstance(term, BlankNode) else term


def _name(text: str) -> NamedNode:
    return NamedNode(GENID + _digest(text)[:32])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
