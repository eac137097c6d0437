"""The modules of the ontology and the terms that each defines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.describe import Description, Table, full
from brupact.namespaces import PACT, RDF_TYPE

#: The kinds of terms, each with the class that tells it; the first that fits counts.
KINDS: Final = {
    "class": full("owl:Class"),
    "relation": full("owl:ObjectProperty"),
    "attribute": full("owl:DatatypeProperty"),
    "annotation": full("owl:AnnotationProperty"),
    "value": full("owl:NamedIndividual"),
}
#: What ties a term to terms of other vocabularies.
MAPPINGS: Final = tuple(
    map(
        full,
        (
            "rdfs:subClassOf", "rdfs:subPropertyOf", "owl:equivalentClass",
            "owl:equivalentProperty", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch",
            "skos:narrowMatch", "skos:relatedMatch", "rdfs:seeAlso",
        ),
    )
)  # fmt: skip
_DEFINED_BY: Final = full("rdfs:isDefinedBy")
_SOURCE: Final = full("owl:annotatedSource")


@dataclass(frozen=True)
class Mapping:
    """How a term relates to one of another vocabulary, and the reason, by language."""

    predicate: str
    other: str
    reasons: dict[str, str]


@dataclass(frozen=True)
class Term:
    """A term with what the ontology says of it; all IRIs are in order."""

    iri: str
    #: One of `KINDS`.
    kind: str
    #: All that is said of it, by predicate.
    table: Table
    #: The terms of ours above and below it, and a property that is its inverse.
    above: tuple[str, ...]
    below: tuple[str, ...]
    inverse: tuple[str, ...]
    #: Of a property: what it is meant for, and its values, as the ontology says.
    domains: tuple[str, ...]
    ranges: tuple[str, ...]
    mappings: tuple[Mapping, ...]

    @property
    def name(self) -> str:
        """The local name, which is also its place on the page."""
        return self.iri.removeprefix(PACT)

    def said(self, predicate: str, language: str) -> str:
        """The text of a predicate, such as ``skos:definition``, in `language`; empty if none."""
        return said(self.table, predicate).get(language, "")


@dataclass(frozen=True)
class Module:
    """A module of the ontology: its IRI, what is said of it, its terms by kind and name."""

    iri: str
    table: Table
    terms: tuple[Term, ...]

    @property
    def stem(self) -> str:
        """The word by which the module is called in addresses."""
        return self.iri.rpartition("/")[2]


def read_modules(ontology: Description) -> dict[str, Module]:
    """The modules that define terms, by stem, in order."""
    tables = ontology.tables
    members: dict[str, list[str]] = {}
    for iri, table in tables.items():
        if iri.startswith(PACT):
            for module in iris(table, _DEFINED_BY):
                members.setdefault(module, []).append(iri)
    known = _Relations(tables)
    modules = [
        Module(iri, tables.get(iri, {}), tuple(sorted(map(known.term, terms), key=_order)))
        for iri, terms in sorted(members.items())
    ]
    return {module.stem: module for module in modules}


class _Relations:
    """What is needed of all terms to tell of one."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables
        self.below = _inverted(tables, "rdfs:subClassOf", "rdfs:subPropertyOf")
        self.inverse = _inverted(tables, "owl:inverseOf")
        self.reasons: dict[tuple[str, str, str], dict[str, str]] = {}
        for table in tables.values():
            for source in iris(table, _SOURCE):
                for predicate in iris(table, full("owl:annotatedProperty")):
                    for target in iris(table, full("owl:annotatedTarget")):
                        reason = said(table, "rdfs:comment")
                        self.reasons[source, predicate, target] = reason

    def term(self, iri: str) -> Term:
        """The term `iri`."""
        table = self.tables[iri]
        types = iris(table, RDF_TYPE.value)
        above = [*iris(table, full("rdfs:subClassOf")), *iris(table, full("rdfs:subPropertyOf"))]
        inverse = {*iris(table, full("owl:inverseOf")), *self.inverse.get(iri, ())}
        return Term(
            iri=iri,
            kind=next((kind for kind, type in KINDS.items() if type in types), "value"),
            table=table,
            above=_ours(above),
            below=_ours(self.below.get(iri, ())),
            inverse=_ours(inverse),
            domains=tuple(sorted(iris(table, full("schema:domainIncludes")))),
            ranges=tuple(sorted(iris(table, full("schema:rangeIncludes")))),
            mappings=tuple(
                Mapping(predicate, other, self.reasons.get((iri, predicate, other), {}))
                for predicate in MAPPINGS
                for other in sorted(iris(table, predicate))
                if not other.startswith(PACT)
            ),
        )


def iris(table: Table, predicate: str) -> list[str]:
    """The IRIs that `predicate` leads to."""
    return [term.value for term, _ in table.get(predicate, ()) if isinstance(term, NamedNode)]


def said(table: Table, predicate: str) -> dict[str, str]:
    """The texts of `predicate`, an IRI or prefixed name, by language."""
    found = table.get(full(predicate), ())
    return {t.language or "": t.value for t, _ in found if isinstance(t, Literal)}


def _inverted(tables: dict[str, Table], *predicates: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for iri, table in tables.items():
        for predicate in predicates:
            for other in iris(table, full(predicate)):
                found.setdefault(other, []).append(iri)
    return found


def _ours(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({iri for iri in found if iri.startswith(PACT)}))


def _order(term: Term) -> tuple[int, str]:
    return list(KINDS).index(term.kind), term.name.lower()
