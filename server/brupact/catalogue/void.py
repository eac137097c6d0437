"""VoID: what is in the dataset, counted (W3C Interest Group Note, 3 March 2011)."""

from rdflib import Graph, URIRef

from brupact.catalogue.record import (
    DCTERMS,
    FOAF,
    FORMATS,
    VOID,
    Facts,
    Record,
    Value,
    number,
    short_hash,
)
from brupact.catalogue.survey import Statistics
from brupact.namespaces import PREFIXES
from brupact.sparql.formats import DATASETS


def void(facts: Facts) -> Graph:
    """The document at ``/.well-known/void`` (section 7.2)."""
    record = Record()
    record.read("authority.ttl", facts.base)
    outside = {space: dataset for dataset, space in record.graph.subject_objects(VOID.uriSpace)}
    record.read("record.ttl" if facts.ours else "own-data.ttl", facts.base)
    kept = Record()
    for triple in record.graph.triples((facts.dataset, None, None)):
        kept.graph.add(triple)
    _whole(kept, facts)
    for iri, counted in facts.survey.graphs.items():
        _subset(kept, facts, iri, counted)
    for (space, predicate), count in facts.survey.links.items():
        target = next(node for known, node in outside.items() if str(known) == space)
        for said in record.graph.triples((target, None, None)):
            kept.graph.add(said)
        _linkset(kept, facts, URIRef(str(target)), predicate, count)
    return kept.graph


def _whole(record: Record, facts: Facts) -> None:
    settings, counted = facts.settings, facts.survey.whole
    space = record.graph.value(facts.dataset, VOID.uriSpace)
    record.add(
        facts.url("/.well-known/void"),
        VOID.DatasetDescription,
        (DCTERMS.title, "VoID"),
        (DCTERMS.publisher, URIRef(settings.publisher_iri)),
        (FOAF.primaryTopic, facts.dataset),
    )
    record.add(
        facts.dataset,
        VOID.Dataset,
        (DCTERMS.publisher, URIRef(settings.publisher_iri)),
        (FOAF.homepage, facts.url("/")),
        (VOID.sparqlEndpoint, facts.endpoint),
        (VOID.dataDump, [facts.url(f"/dumps/{d.name}") for d in facts.dumps if d.graph is None]),
        (VOID.feature, [FORMATS[format.w3c] for format in DATASETS]),
        (VOID.vocabulary, [URIRef(name) for name in vocabularies(counted)]),
        *_counts(counted, str(space or "")),
    )
    for name, count in counted.classes.items():
        part = facts.thing(f"class-{_stem(name)}")
        record.add(
            part, VOID.Dataset, (VOID["class"], URIRef(name)), (VOID.entities, number(count))
        )
        record.add(facts.dataset, None, (VOID.classPartition, part))
    for name, count in counted.properties.items():
        part = facts.thing(f"property-{_stem(name)}")
        record.add(part, VOID.Dataset, (VOID.property, URIRef(name)), (VOID.triples, number(count)))
        record.add(facts.dataset, None, (VOID.propertyPartition, part))


def _subset(record: Record, facts: Facts, iri: str, counted: Statistics) -> None:
    files = [facts.url(f"/dumps/{dump.name}") for dump in facts.dumps if dump.graph == iri]
    part = record.add(
        facts.graph(iri), VOID.Dataset, (VOID.dataDump, list(files)), *_counts(counted, "")
    )
    record.add(facts.dataset, None, (VOID.subset, part))


def _linkset(record: Record, facts: Facts, target: URIRef, predicate: str, count: int) -> None:
    links = record.add(
        facts.thing(f"links-{short_hash(target)}-{_stem(predicate)}"),
        VOID.Linkset,
        (VOID.subjectsTarget, facts.dataset),
        (VOID.objectsTarget, target),
        (VOID.linkPredicate, URIRef(predicate)),
        (VOID.triples, number(count)),
    )
    record.add(facts.dataset, None, (VOID.subset, links))


def _counts(counted: Statistics, space: str) -> list[tuple[URIRef, Value]]:
    counts = {
        VOID.triples: counted.triples,
        VOID.entities: counted.entities(space),
        VOID.classes: len(counted.classes),
        VOID.properties: len(counted.properties),
        VOID.distinctSubjects: counted.subjects,
        VOID.distinctObjects: counted.objects,
    }
    return [(name, number(count)) for name, count in counts.items()]


def vocabularies(counted: Statistics) -> list[str]:
    """The namespaces of the classes and properties in use, as far as they have a prefix."""
    used = {_namespace(name) for name in (*counted.classes, *counted.properties)}
    return sorted(name for name in used if name is not None)


def _namespace(iri: str) -> str | None:
    return max((n for n in PREFIXES.values() if iri.startswith(n)), key=len, default=None)


def _stem(iri: str) -> str:
    """A name for the part about the term `iri`: prefix and local name, else a hash."""
    namespace = _namespace(iri)
    local = iri.removeprefix(namespace or "")
    if namespace is None or not local.replace("-", "").replace("_", "").isalnum():
        return short_hash(iri)
    prefix = next(prefix for prefix, known in PREFIXES.items() if known == namespace)
    return f"{prefix}-{local}"
