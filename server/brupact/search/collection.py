"""What can be found: each thing with its names, its text and what it belongs to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from brupact.engine import Engine, Query
from brupact.namespaces import BASE, GRAPH, ID, PACT, PREFIXES
from brupact.sparql.formats import RESULTS

#: By what results can be narrowed: the class, and what a thing belongs to.
FACETS: Final = ("type", "theme", "member", "instrument")

_SKOS: Final = PREFIXES["skos"]
_RDFS: Final = PREFIXES["rdfs"]
#: The properties whose values are searched as names, and as text.
_NAMES: Final = (
    _SKOS + "prefLabel", _SKOS + "altLabel", _RDFS + "label", PREFIXES["foaf"] + "name",
    PREFIXES["dcterms"] + "title", _SKOS + "notation",
)  # fmt: skip
_TEXTS: Final = (PACT + "sourceText", _SKOS + "scopeNote", _SKOS + "definition")
#: How much a class counts against others, by its local name; 1 for all else.
_WEIGHTS: Final = {
    "SharedPriority": 1.6, "Theme": 1.5, "Person": 1.5, "Instrument": 1.5, "Measure": 1.3,
    "Agreement": 1.3, "TargetGroup": 1.3, "Sector": 1.3, "Place": 1.3, "Organization": 1.3,
    "OrganisationCategory": 1.3, "Competence": 1.2, "Signature": 0.7, "ExtractionIssue": 0.5,
    "CompetenceAssignment": 0.4, "CompetenceConcern": 0.4, "CompetenceDelegation": 0.6,
    "ExternalLink": 0.2,
}  # fmt: skip
#: The classes that one searches by, the most telling first; then the first that a thing has.
_KINDS: Final = (*_WEIGHTS, "Concept", "ConceptScheme", "LegalResource")

_WORDS: Final = f"""SELECT DISTINCT ?thing ?property ?value {{
  VALUES ?property {{ {" ".join(f"<{iri}>" for iri in (*_NAMES, *_TEXTS))} }}
  ?thing ?property ?value
  FILTER(isIRI(?thing) && isLiteral(?value))
}}"""
_CLASSES: Final = f"""SELECT DISTINCT ?thing ?value {{
  GRAPH ?graph {{ ?thing a ?value }}
  FILTER(isIRI(?value) && ?graph != <{GRAPH}inferred>)
}}"""
_BELONGING: Final = f"""PREFIX pact: <{PACT}>
SELECT DISTINCT ?thing ?property ?value {{
  {{ ?thing pact:inTheme ?value BIND("theme" AS ?property) }}
  UNION {{ ?priority pact:inTheme ?value . ?thing pact:isWithin ?priority
    BIND("theme" AS ?property) }}
  UNION {{ ?thing a pact:Theme BIND(?thing AS ?value) BIND("theme" AS ?property) }}
  UNION {{ ?thing pact:competentMember|pact:accountableMember ?value
    BIND("member" AS ?property) }}
  UNION {{ ?thing pact:namesInstrument ?value BIND("instrument" AS ?property) }}
}}"""


@dataclass
class Findable:
    """A thing that can be found."""

    iri: str
    #: Language tag (or none) and words.
    names: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    #: The classes that are asserted, and after :func:`collect` the most telling one.
    classes: set[str] = field(default_factory=set)
    type: str = ""
    #: By facet: the IRIs of what it belongs to.
    facets: dict[str, set[str]] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """How much it counts against other things that fit as well."""
        return _WEIGHTS.get(_local(self.type), 1.0)


def collect(engine: Engine) -> list[Findable]:
    """All that can be found in what `engine` holds, in the order of their IRIs.

    Parts (fragments) are found by the thing that they belong to; shapes and rules are not what
    people look for. Terms of the ontology are.
    """
    found: dict[str, Findable] = {}
    for row in _rows(engine, _WORDS):
        iri, value = row["thing"]["value"], row["value"]
        if not _is_findable(iri):
            continue
        thing = found.setdefault(iri, Findable(iri))
        words = thing.names if row["property"]["value"] in _NAMES else thing.texts
        words.append((value.get("xml:lang", ""), value["value"]))
    for row in _rows(engine, _CLASSES):
        if (known := found.get(row["thing"]["value"])) is not None:
            known.classes.add(row["value"]["value"])
    for row in _rows(engine, _BELONGING):
        if (known := found.get(row["thing"]["value"])) is not None:
            known.facets.setdefault(row["property"]["value"], set()).add(row["value"]["value"])
    things = [found[iri] for iri in sorted(found)]
    for thing in things:
        thing.type = min(thing.classes, key=_telling, default="")
        thing.facets["type"] = {thing.type} - {""}
    return things


def _is_findable(iri: str) -> bool:
    if iri.startswith(BASE):
        return (iri.startswith(ID) and "#" not in iri) or iri.startswith(PACT)
    return True


def _telling(iri: str) -> tuple[int, str]:
    name = _local(iri)
    return (_KINDS.index(name) if name in _KINDS else len(_KINDS), iri)


def _local(iri: str) -> str:
    return iri.replace("#", "/").rpartition("/")[2]


def _rows(engine: Engine, text: str) -> Iterator[dict[str, Any]]:
    answer = engine.query(Query(text, RESULTS[0].media_type, None))
    content = answer.body
    if answer.file is not None:
        with answer.file as file:
            content = file.read()
    yield from json.loads(content)["results"]["bindings"]
