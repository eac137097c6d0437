"""What the record needs to know of the live graph, in one pass over it."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from brupact.engine import Engine, Query
from brupact.namespaces import PREFIXES, RDF_TYPE, pact
from brupact.sparql.formats import RESULTS

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

#: Properties that tell of a link and are none: they would count each link twice.
_EVIDENCE: Final = {pact("linkSubject"), pact("linkObject"), pact("linkPredicate")}
_MODIFIED: Final = NamedNode(PREFIXES["dcterms"] + "modified")
_DATE: Final = NamedNode(PREFIXES["xsd"] + "date")


@dataclass(frozen=True)
class Statistics:
    """The counts of VoID (Describing Linked Datasets with the VoID Vocabulary, section 4.6)."""

    triples: int
    subjects: int
    objects: int
    #: Instances of each class, each once.
    classes: dict[str, int]
    #: Triples of each property.
    properties: dict[str, int]
    #: The IRIs of the subjects.
    described: frozenset[str] = field(repr=False)

    def entities(self, space: str = "") -> int:
        """How many things with an IRI that begins with `space` are described."""
        return sum(iri.startswith(space) for iri in self.described)


@dataclass(frozen=True)
class Survey:
    """The counts of the whole and of each graph, and what the data say of the graphs."""

    whole: Statistics
    graphs: dict[str, Statistics]
    #: What is said of each graph, in a fixed order.
    about: dict[str, list[Triple]]
    #: Links to each outside space: by space and property.
    links: dict[tuple[str, str], int]
    #: The latest day on which a part was modified, where one says so.
    modified: str | None


@dataclass(frozen=True)
class Sizes:
    """How many triples there are in all, each once, and in each graph."""

    whole: int
    graphs: dict[str, int]


#: What is known before anything is counted.
NOTHING: Final = Survey(Statistics(0, 0, 0, {}, {}, frozenset()), {}, {}, {}, None)
_WHOLE: Final = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"
_EACH: Final = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"


def sizes(engine: Engine) -> Sizes:
    """How much `engine` holds, counted by itself."""
    (whole,), each = (_rows(engine, text) for text in (_WHOLE, _EACH))
    counts = {
        row["g"]["value"]: int(row["n"]["value"])
        for row in each
        if row.get("g", {}).get("type") == "uri"
    }
    return Sizes(int(whole["n"]["value"]), counts)


def _rows(engine: Engine, text: str) -> list[dict[str, dict[str, str]]]:
    """The bindings that answer `text`, in JSON: the names of graphs may hold any character."""
    answer = json.loads(engine.query(Query(text, RESULTS[0].media_type, None)).body)
    rows: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
    return rows


def survey(engine: Engine, spaces: Iterable[str]) -> Survey:
    """What `engine` holds, and its links to IRIs that begin with one of `spaces`."""
    names = engine.graphs()
    graphs: dict[str, Statistics] = {}
    about: dict[str, list[Triple]] = {name: [] for name in names}
    everything: set[Triple] = set()
    for name in names:
        triples = engine.graph(name)
        graphs[name] = statistics(triples)
        everything.update(triples)
        for triple in triples:
            if isinstance(triple.subject, NamedNode) and triple.subject.value in about:
                about[triple.subject.value].append(triple)
    days = (
        t.object.value
        for t in everything
        if t.predicate == _MODIFIED and isinstance(t.object, Literal) and t.object.datatype == _DATE
    )
    return Survey(
        statistics(everything),
        graphs,
        about,
        _links(everything, tuple(spaces)),
        max(days, default=None),
    )


def statistics(triples: Iterable[Triple]) -> Statistics:
    """The counts of `triples`, each of which is given once."""
    subjects: set[Term] = set()
    objects: set[Term] = set()
    instances: dict[str, set[Term]] = {}
    properties: Counter[str] = Counter()
    for subject, predicate, object in triples:
        subjects.add(subject)
        objects.add(object)
        properties[predicate.value] += 1
        if predicate == RDF_TYPE and isinstance(object, NamedNode):
            instances.setdefault(object.value, set()).add(subject)
    return Statistics(
        triples=properties.total(),
        subjects=len(subjects),
        objects=len(objects),
        classes={name: len(members) for name, members in sorted(instances.items())},
        properties=dict(sorted(properties.items())),
        described=frozenset(s.value for s in subjects if isinstance(s, NamedNode)),
    )


def _links(triples: Iterable[Triple], spaces: tuple[str, ...]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for subject, predicate, object in triples:
        if predicate in _EVIDENCE or not isinstance(object, NamedNode):
            continue
        if object.value.startswith(spaces) and not str(subject)[1:].startswith(spaces):
            space = max((s for s in spaces if object.value.startswith(s)), key=len)
            found[space, predicate.value] += 1
    return dict(sorted(found.items()))
