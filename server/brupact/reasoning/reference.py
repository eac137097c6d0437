"""The closure by owlrl, the reference implementation of OWL 2 RL in Python.

Slow, and by another hand: it says whether our own rules derive what they should.
"""

import io
from collections.abc import Iterable
from typing import Final

import owlrl
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from brupact.namespaces import BASE, INFERRED, PREFIXES, RDF_TYPE, graph
from brupact.reasoning.fixpoint import ClosureReport, closure
from brupact.reasoning.rules import Kind, Rule

#: Where the work in hand stands; nothing of it is left at the end.
_OURS: Final = graph("by-domain-rules")
_THEIRS: Final = graph("by-owlrl")
#: What owlrl says of everything there is.
_OF_EVERYTHING: Final = {
    NamedNode(PREFIXES["owl"] + "Thing"),
    NamedNode(PREFIXES["rdfs"] + "Resource"),
}
_SAME_AS: Final = NamedNode(PREFIXES["owl"] + "sameAs")


def closure_by_owlrl(store: Store, rules: Iterable[Rule]) -> ClosureReport:
    """As `closure`, with owlrl in the place of our OWL 2 RL rules.

    Domain rules and owlrl take turns until neither finds more. Of what owlrl derives, what is said
    of things under our base IRI is kept, but for what it says of everything there is.
    """
    rules = list(rules)
    domain = [rule for rule in rules if rule.kind is not Kind.OWL_RL]
    store.remove_graph(INFERRED)
    work = Store()
    work.bulk_extend(store)
    while True:
        report = closure(work, domain, _OURS)
        known = {quad.triple for quad in work}
        new = {triple for triple in expanded(known) if _worth_keeping(triple)} - known
        if not new:
            break
        work.extend(Quad(t.subject, t.predicate, t.object, _THEIRS) for t in new)
    derived = frozenset(
        quad.triple
        for name in (_OURS, _THEIRS)
        for quad in work.quads_for_pattern(None, None, None, name)
    )
    store.extend(Quad(t.subject, t.predicate, t.object, INFERRED) for t in derived)
    return ClosureReport(derived, frozenset(), report.violations)


def expanded(triples: Iterable[Triple]) -> set[Triple]:
    """`triples` with all that owlrl derives, but for what has a literal as its subject."""
    buffer = io.BytesIO()
    serialize(triples, buffer, RdfFormat.N_TRIPLES)
    closed = rdflib.Graph().parse(data=buffer.getvalue(), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    for row in [row for row in closed if not isinstance(row[0], rdflib.URIRef)]:
        closed.remove(row)
    text = closed.serialize(format="nt", encoding="utf-8")
    return {quad.triple for quad in parse(text, RdfFormat.N_TRIPLES)}


def _worth_keeping(triple: Triple) -> bool:
    subject = triple.subject
    return (
        isinstance(subject, NamedNode)
        and subject.value.startswith(BASE)
        and triple.object not in _OF_EVERYTHING
        and not (triple.predicate == _SAME_AS and subject == triple.object)
        and not (triple.predicate == RDF_TYPE and not isinstance(triple.object, NamedNode))
    )
