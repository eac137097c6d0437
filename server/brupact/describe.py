"""What the graph says about one thing, grouped as a page or an RDF document needs it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from brupact.engine import Engine
from brupact.namespaces import BASE, GRAPH, ID, PREFIXES, RULES


@dataclass
class Description:
    """The triples about a thing, with the name of the graph in which each stands."""

    node: str
    #: By predicate: the objects, each with its graph.
    outgoing: dict[str, list[tuple[NamedNode | Literal, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: By predicate: the subjects, each with its graph.
    incoming: dict[str, list[tuple[NamedNode, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @property
    def known(self) -> bool:
        """Whether the graph says anything of the thing itself."""
        return bool(self.outgoing)

    def label(self, languages: Iterable[str]) -> str:
        """The label in the first of `languages` that has one, else the short form of the IRI."""
        names = [
            term
            for predicate in ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name")
            for term, _ in self.outgoing.get(full(predicate), ())
            if isinstance(term, Literal)
        ]
        for tag in languages:
            for term in names:
                if term.language == tag:
                    return term.value
        return shorten(self.node)


def describe(engine: Engine, node: str) -> Description:
    """What `engine` holds about `node`: what is said of it, and what points to it."""
    description = Description(node)
    for graph_name, triple in engine.describe([node]):
        subject, predicate, object = triple
        if isinstance(subject, NamedNode) and isinstance(object, NamedNode | Literal):
            if subject.value == node:
                description.outgoing[predicate.value].append((object, graph_name))
            if object.value == node and isinstance(object, NamedNode):
                description.incoming[predicate.value].append((subject, graph_name))
    return description


def document(engine: Engine, node: str) -> list[Triple]:
    """The triples of the RDF document about `node`: those with it as subject or object."""
    return list(dict.fromkeys(triple for _, triple in engine.describe([node])))


def shorten(iri: str) -> str:
    """`iri` as a reader knows it: our own without the base, others with a known prefix."""
    for base in (ID, GRAPH, RULES):
        if iri.startswith(base):
            return iri.removeprefix(ID if base == ID else BASE)
    fitting = [(base, name) for name, base in PREFIXES.items() if iri.startswith(base)]
    if not fitting:
        return iri
    base, name = max(fitting, key=lambda pair: len(pair[0]))
    return f"{name}:{iri.removeprefix(base)}"


def full(term: str) -> str:
    """The IRI that `term` stands for: an IRI, a prefixed name, or a path below ``id/``."""
    prefix, colon, name = term.partition(":")
    if colon:
        return PREFIXES[prefix] + name if prefix in PREFIXES else term
    return ID + term
