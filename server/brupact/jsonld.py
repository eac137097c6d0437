"""JSON-LD in short names (JSON-LD 1.1): the published context, and documents compacted with it."""

import json
from collections.abc import Iterable
from typing import Any, Final

from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from brupact.namespaces import PACT, PREFIXES, RDF_TYPE

_OWL: Final = PREFIXES["owl"]
_XSD: Final = PREFIXES["xsd"]
_KINDS: Final = {
    _OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
}
_RANGE: Final = NamedNode(PREFIXES["schema"] + "rangeIncludes")

#: Names for terms of others that stand in most documents; the value says how it is written.
_FREQUENT: Final[dict[str, dict[str, str]]] = {
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "altLabel": {"@id": "skos:altLabel", "@container": "@language"},
    "definition": {"@id": "skos:definition", "@container": "@language"},
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "title": {"@id": "dcterms:title", "@container": "@language"},
    "description": {"@id": "dcterms:description", "@container": "@language"},
    "source": {"@id": "dcterms:source", "@type": "@id"},
    "subject": {"@id": "dcterms:subject", "@type": "@id"},
    "date": {"@id": "dcterms:date", "@type": "xsd:date"},
    "seeAlso": {"@id": "rdfs:seeAlso", "@type": "@id"},
}
#: Our properties whose values are texts with a language.
_TEXTS: Final = {"sourceText", "subtitle", "rationale", "reading"}


def context(ontology: Iterable[Triple]) -> dict[str, Any]:
    """The context for the terms that `ontology` declares (JSON-LD 1.1, section 4.1)."""
    kinds: dict[str, str] = {}
    ranges: dict[str, set[str]] = {}
    for triple in ontology:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            if triple.predicate == RDF_TYPE and triple.object.value in _KINDS:
                kinds[triple.subject.value] = triple.object.value.removeprefix(_OWL)
            elif triple.predicate == _RANGE:
                ranges.setdefault(triple.subject.value, set()).add(triple.object.value)
    terms: dict[str, Any] = {"id": "@id", "type": "@type", **PREFIXES, **_FREQUENT}
    for iri, kind in sorted(kinds.items()):
        if iri.startswith(PACT):
            name = iri.removeprefix(PACT)
            terms[name] = _definition(name, kind, ranges.get(iri, set()))
    return terms


def _definition(name: str, kind: str, ranges: set[str]) -> dict[str, str]:
    definition = {"@id": f"pact:{name}"}
    datatypes = [iri for iri in ranges if iri.startswith(_XSD)]
    if kind == "ObjectProperty":
        definition["@type"] = "@id"
    elif name in _TEXTS:
        definition["@container"] = "@language"
    elif kind == "DatatypeProperty" and len(ranges) == len(datatypes) == 1:
        definition["@type"] = "xsd:" + datatypes[0].removeprefix(_XSD)
    return definition


def compact(triples: Iterable[Triple], terms: dict[str, Any]) -> bytes:
    """`triples` as a JSON-LD document in the names of `terms`.

    The document carries the part of the context that it uses, so that nobody has to fetch one.
    """
    expanded = json.loads(serialize(triples, format=RdfFormat.JSON_LD) or b"[]")
    for node in expanded:
        if types := [v["@id"] for v in node.get(RDF_TYPE.value, ()) if "@id" in v]:
            node["@type"] = types
            others = [v for v in node.pop(RDF_TYPE.value) if "@id" not in v]
            node |= {RDF_TYPE.value: others} if others else {}
    document = jsonld.compact(
        expanded, terms, {"documentLoader": _refuse, "graph": True, "omitGraph": False}
    )
    used = set(_names(document["@graph"]))
    used |= {value.partition(":")[0] for value in used}
    for name in list(used & terms.keys()):
        definition = terms[name] if isinstance(terms[name], dict) else {}
        used |= {str(value).partition(":")[0] for value in definition.values()}
    document["@context"] = {name: terms[name] for name in terms if name in used}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _names(node: Any) -> Iterable[str]:
    """Every key and every string of a document: one of them may be a name of the context."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)
    elif isinstance(node, str):
        yield node


def _refuse(url: str, options: Any = None) -> Any:
    raise ValueError(f"{url}: no context is fetched")
