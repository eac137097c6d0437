"""The graph that a part of the record is written to, and the names in it.

No blank node: what depends on another thing is a fragment of the catalogue's IRI.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from pyoxigraph import Literal as EngineLiteral
from pyoxigraph import NamedNode, Triple
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from brupact import resources
from brupact.catalogue.survey import Survey
from brupact.dumps import Dump, file_stem
from brupact.namespaces import BASE, PREFIXES
from brupact.settings import NO_ENDPOINT, Settings

DCAT: Final = Namespace(PREFIXES["dcat"])
DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
DCTERMS: Final = Namespace(PREFIXES["dcterms"])
FOAF: Final = Namespace(PREFIXES["foaf"])
PROV: Final = Namespace(PREFIXES["prov"])
SCHEMA: Final = Namespace(PREFIXES["schema"])
SD: Final = Namespace(PREFIXES["sd"])
SKOS: Final = Namespace(PREFIXES["skos"])
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
VOID: Final = Namespace(PREFIXES["void"])
XSD: Final = Namespace(PREFIXES["xsd"])

AUTHORITY: Final = Namespace("http://publications.europa.eu/resource/authority/")
#: W3C's IRIs of formats (Unique URIs for File Formats).
FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
IANA: Final = Namespace("https://www.iana.org/assignments/media-types/")

_PREFIXES: Final = {
    **PREFIXES,
    "dcatap": str(DCATAP),
    "spdx": str(SPDX),
    "vcard": str(VCARD),
}

Value: TypeAlias = Node | str | Iterable[Node] | None


@dataclass(frozen=True)
class Facts:
    """All that the record is made from."""

    settings: Settings
    version: str
    survey: Survey
    dumps: tuple[Dump, ...] = ()
    #: Whether the default graph stands apart from the others.
    scratch: bool = False
    #: Whether the service takes updates, from anyone or from whoever has a token.
    updates: bool = False

    @property
    def ours(self) -> bool:
        """Whether the agreement is served, rather than a publisher's own data."""
        return BASE + "id/agreement/2026-2029" in self.survey.whole.described

    @property
    def base(self) -> str:
        """The IRI of the catalogue."""
        return BASE + "catalogue" if self.ours else self.settings.public_url + "/catalogue"

    def thing(self, name: str) -> URIRef:
        """The IRI of what the catalogue calls `name`."""
        return URIRef(f"{self.base}#{name}")

    @property
    def endpoint(self) -> URIRef | None:
        """Where queries are answered; ``None`` if nowhere."""
        address = self.settings.endpoint_url
        if address == NO_ENDPOINT:
            return None
        return URIRef(address) if address else self.url("/sparql")

    def url(self, path: str) -> URIRef:
        """Where the public reaches `path`."""
        return URIRef(self.settings.public_url + path)

    @property
    def dataset(self) -> URIRef:
        """The IRI of the dataset as a whole."""
        return self.thing("dataset")

    def graph(self, iri: str) -> URIRef:
        """The IRI of the dataset that is the graph `iri` alone."""
        return self.thing(f"graph-{file_stem(iri) or short_hash(iri)}")


class Record:
    """A graph that is written subject by subject."""

    def __init__(self) -> None:
        """Begin with nothing but the prefixes."""
        self.graph = Graph(bind_namespaces="none")
        for prefix, namespace in _PREFIXES.items():
            self.graph.bind(prefix, namespace)

    def add(self, subject: URIRef, kind: URIRef | None, *said: tuple[URIRef, Value]) -> URIRef:
        """Say of `subject` that it is a `kind` and what else is `said`; nothing for ``None``."""
        if kind is not None:
            self.graph.add((subject, RDF.type, kind))
        for predicate, value in said:
            for term in _terms(value):
                self.graph.add((subject, predicate, term))
        return subject

    def read(self, name: str, base: str) -> None:
        """Add what the packaged file `name` says; its relative IRIs are below `base`."""
        path: Path = resources.RECORDS / name
        self.graph.parse(path, format="turtle", publicID=base)


def _terms(value: Value) -> Iterable[Node]:
    if value is None:
        return ()
    if isinstance(value, Node):
        return (value,)
    return (Literal(value),) if isinstance(value, str) else value


def number(value: int) -> Literal:
    """A count."""
    return Literal(str(value), datatype=XSD.integer)


def texts(**by_language: str) -> list[Node]:
    """The same said in several languages."""
    return [Literal(text, lang=language) for language, text in by_language.items()]


def short_hash(text: str) -> str:
    """A name for what has none that could stand in an IRI."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def said_of(triples: list[Triple], predicate: URIRef) -> Iterator[Node]:
    """The values of `predicate` in `triples`, as rdflib has them."""
    for triple in triples:
        if triple.predicate.value != str(predicate):
            continue
        if isinstance(triple.object, NamedNode):
            yield URIRef(triple.object.value)
        elif isinstance(triple.object, EngineLiteral):
            yield Literal(triple.object.value, lang=triple.object.language)


def spaces() -> list[str]:
    """Where the IRIs of the outside datasets begin that links may lead to."""
    record = Record()
    record.read("authority.ttl", BASE)
    return sorted(str(space) for space in record.graph.objects(None, VOID.uriSpace))
