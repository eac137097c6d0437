"""The catalogue record: DCAT-AP 3.0.1."""

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from brupact.catalogue.record import (
    AUTHORITY,
    DCAT,
    DCATAP,
    DCTERMS,
    FOAF,
    IANA,
    PROV,
    SCHEMA,
    SKOS,
    SPDX,
    VCARD,
    XSD,
    Facts,
    Record,
    Value,
    said_of,
    texts,
)
from brupact.catalogue.void import void
from brupact.dumps import GZIP, WHOLE, Dump

_PUBLIC = AUTHORITY["access-right/PUBLIC"]
_PROTOCOL = URIRef("https://www.w3.org/TR/sparql11-protocol/")
_QUERY_RESULTS = IANA["application/sparql-results+json"]


def catalogue(facts: Facts) -> Graph:
    """The catalogue with its datasets, files and service, and what VoID counts of them."""
    record = Record()
    record.read("authority.ttl", facts.base)
    record.read("record.ttl" if facts.ours else "own-data.ttl", facts.base)
    record.graph += void(facts)
    _agents(record, facts)
    _dataset(record, facts)
    for iri in facts.survey.graphs:
        _named_graph(record, facts, iri)
    if facts.endpoint is not None:
        _service(record, facts, facts.endpoint)
    _catalog(record, facts)
    return record.graph


def _agents(record: Record, facts: Facts) -> None:
    settings = facts.settings
    kind = URIRef(settings.publisher_type) if settings.publisher_type else None
    record.add(
        URIRef(settings.publisher_iri),
        FOAF.Agent,
        (FOAF.name, settings.publisher_name),
        (DCTERMS.type, kind),
    )
    if kind is not None:
        record.add(
            kind, SKOS.Concept,
            (SKOS.prefLabel, Literal(kind.rpartition("/")[2], lang="en")),
            (SKOS.inScheme, URIRef("http://purl.org/adms/publishertype/1.0")),
        )  # fmt: skip
    if settings.publisher_email:
        record.add(
            facts.thing("contact"), VCARD.Kind,
            (VCARD.fn, settings.publisher_name),
            (VCARD.hasEmail, URIRef(f"mailto:{settings.publisher_email}")),
        )  # fmt: skip


def _published(facts: Facts) -> list[tuple[URIRef, Value]]:
    """What all that is in the catalogue has in common."""
    contact = facts.thing("contact") if facts.settings.publisher_email else None
    return [
        (DCTERMS.publisher, URIRef(facts.settings.publisher_iri)),
        (DCAT.contactPoint, contact),
        (DCTERMS.accessRights, _PUBLIC),
        (DCAT.landingPage, _page(facts)),
    ]


def _page(facts: Facts) -> URIRef:
    return facts.url("/catalogue")


def _modified(facts: Facts) -> Node | None:
    day = facts.survey.modified
    return Literal(day, datatype=XSD.date) if day else None


def _licence(facts: Facts, given: Node | None) -> URIRef | None:
    """The licence that the data give, else the one that is set."""
    chosen = given or facts.settings.licence
    return URIRef(str(chosen)) if chosen else None


def _dataset(record: Record, facts: Facts) -> None:
    graph = record.graph
    licence = _licence(facts, graph.value(facts.dataset, DCTERMS.license))
    record.add(
        facts.dataset, DCAT.Dataset, *_published(facts),
        (DCTERMS.identifier, str(facts.dataset)),
        (SCHEMA.sha256, next(d.sha256 for d in facts.dumps if d.name == f"{WHOLE}.nq")),
        (DCAT.version, facts.version if facts.ours else None),
        (DCTERMS.modified, _modified(facts)),
        (DCTERMS.license, licence),
    )  # fmt: skip
    for series in graph.objects(facts.dataset, DCAT.inSeries):
        record.add(
            URIRef(str(series)), DCAT.DatasetSeries,
            *((p, v) for p, v in _published(facts) if p in (DCTERMS.publisher, DCAT.contactPoint)),
            (DCTERMS.modified, _modified(facts)),
        )  # fmt: skip
    rights = graph.value(facts.dataset, DCTERMS.rights)
    for dump in facts.dumps:
        if dump.graph is None:
            _file(record, facts, facts.dataset, dump, licence, rights)
    if facts.endpoint is not None:
        _access(record, facts, facts.endpoint, licence, rights)


def _access(record: Record, facts: Facts, endpoint: URIRef, licence: Value, rights: Value) -> None:
    """The data, by query."""
    access = record.add(
        facts.thing("distribution-sparql"), DCAT.Distribution,
        (DCTERMS.title, texts(fr="Service SPARQL", nl="SPARQL-dienst", en="SPARQL service")),
        (DCTERMS.description, texts(fr="Les données, par requête.", nl="De data, per zoekvraag.",
                                    en="The data, by query.")),
        (DCAT.accessURL, endpoint), (DCAT.accessService, facts.thing("sparql")),
        (DCAT.mediaType, _QUERY_RESULTS), (DCTERMS["format"], AUTHORITY["file-type/JSON"]),
        (DCTERMS.license, licence), (DCTERMS.rights, rights),
        (DCATAP.availability, AUTHORITY["planned-availability/AVAILABLE"]),
    )  # fmt: skip
    _formats(record, "file-type/JSON", "application/sparql-results+json")
    record.add(facts.dataset, None, (DCAT.distribution, access))


def _named_graph(record: Record, facts: Facts, iri: str) -> None:
    """The dataset that is one named graph, if it has files of its own."""
    files = [dump for dump in facts.dumps if dump.graph == iri]
    if not files:
        return
    about = facts.survey.about[iri]
    whole = record.graph
    licence = _licence(facts, next(said_of(about, DCTERMS.license), None))
    titles = list(said_of(about, DCTERMS.title)) or [Literal(f"Graph {iri}", lang="en")]
    descriptions = list(said_of(about, DCTERMS.description)) or list(titles)
    inherited = [
        (p, list(whole.objects(facts.dataset, p)))
        for p in (DCAT.keyword, DCAT.theme, DCTERMS.spatial, DCTERMS.temporal, DCTERMS.language,
                  DCTERMS.accrualPeriodicity, DCTERMS.issued, DCTERMS.rights)
    ]  # fmt: skip
    part = record.add(
        facts.graph(iri), DCAT.Dataset, *_published(facts), *inherited,
        (DCTERMS.title, titles),
        (DCTERMS.description, descriptions),
        (DCTERMS.identifier, iri),
        (DCTERMS.isPartOf, facts.dataset),
        (DCAT.version, facts.version if facts.ours else None),
        (DCTERMS.modified, _modified(facts)),
        (DCTERMS.license, licence),
        (PROV.wasDerivedFrom, list(said_of(about, DCTERMS.source))),
    )  # fmt: skip
    record.add(facts.dataset, None, (DCTERMS.hasPart, part))
    rights = whole.value(facts.dataset, DCTERMS.rights)
    for dump in files:
        _file(record, facts, part, dump, licence, rights)


def _file(
    record: Record, facts: Facts, dataset: URIRef, dump: Dump, licence: Value, rights: Value
) -> None:
    name = dump.name.replace(".", "-")
    checksum = record.add(
        facts.thing(f"checksum-{name}"), SPDX.Checksum,
        (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (SPDX.checksumValue, Literal(dump.sha256, datatype=XSD.hexBinary, normalize=False)),
    )  # fmt: skip
    packed = " (gzip)" if dump.compressed else ""
    title = f"{dump.format.label}{packed}"
    file = record.add(
        facts.thing(f"distribution-{name}"), DCAT.Distribution,
        (DCTERMS.title, texts(fr=f"{dump.name} : {title}", nl=f"{dump.name}: {title}",
                              en=f"{dump.name}: {title}")),
        (DCTERMS.description, texts(fr=f"Le contenu au format {title}.",
                                    nl=f"De inhoud als {title}.",
                                    en=f"The content as {title}.")),
        (DCAT.accessURL, facts.url("/dumps/")),
        (DCAT.downloadURL, facts.url(f"/dumps/{dump.name}")),
        (DCAT.mediaType, IANA[dump.format.media_type]),
        (DCTERMS["format"], AUTHORITY[dump.format.file_type]),
        (DCAT.compressFormat, IANA[GZIP] if dump.compressed else None),
        (DCAT.byteSize, Literal(str(dump.size), datatype=XSD.nonNegativeInteger)),
        (SPDX.checksum, checksum),
        (DCTERMS.license, licence), (DCTERMS.rights, rights),
        (DCTERMS.modified, _modified(facts)),
        (DCATAP.availability, AUTHORITY["planned-availability/AVAILABLE"]),
    )  # fmt: skip
    _formats(record, dump.format.file_type, dump.format.media_type)
    record.add(IANA[GZIP], DCTERMS.MediaType)
    record.add(dataset, None, (DCAT.distribution, file))


def _formats(record: Record, file_type: str, media_type: str) -> None:
    """Say what the codes of a format are."""
    record.add(
        AUTHORITY[file_type], DCTERMS.MediaTypeOrExtent, (SKOS.inScheme, AUTHORITY["file-type"])
    )
    record.add(IANA[media_type], DCTERMS.MediaType)


def _service(record: Record, facts: Facts, endpoint: URIRef) -> None:
    graph = record.graph
    record.add(
        facts.thing("sparql"), DCAT.DataService, *_published(facts),
        (DCTERMS.title, texts(fr="Service SPARQL", nl="SPARQL-dienst", en="SPARQL service")),
        (DCTERMS.description, texts(
            fr="Interroger les données selon le protocole SPARQL 1.1.",
            nl="De data bevragen volgens het SPARQL 1.1-protocol.",
            en="Query the data by the SPARQL 1.1 Protocol.")),
        (DCAT.keyword, texts(fr="SPARQL", nl="SPARQL", en="SPARQL")),
        (DCAT.endpointURL, endpoint),
        (DCAT.endpointDescription, endpoint),
        (DCAT.servesDataset, [facts.dataset, *_parts(record, facts)]),
        (DCAT.theme, list(graph.objects(facts.dataset, DCAT.theme))),
        (DCTERMS.license, graph.value(facts.dataset, DCTERMS.license)),
        (DCTERMS.conformsTo, _PROTOCOL),
    )  # fmt: skip


def _parts(record: Record, facts: Facts) -> list[Node]:
    return sorted(record.graph.objects(facts.dataset, DCTERMS.hasPart), key=str)


def _catalog(record: Record, facts: Facts) -> None:
    graph, node = record.graph, URIRef(facts.base)
    record.add(_page(facts), FOAF.Document)
    record.add(facts.url("/"), FOAF.Document)
    record.add(
        node, DCAT.Catalog,
        (DCTERMS.publisher, URIRef(facts.settings.publisher_iri)),
        (FOAF.homepage, facts.url("/")),
        (DCTERMS.language, [AUTHORITY[f"language/{c}"] for c in ("FRA", "NLD", "ENG")]),
        (DCTERMS.license, AUTHORITY["licence/CC0"]),
        (DCTERMS.spatial, list(graph.objects(facts.dataset, DCTERMS.spatial))),
        (DCTERMS.modified, _modified(facts)),
        (DCAT.themeTaxonomy, AUTHORITY["data-theme"]),
        (DCAT.dataset, [facts.dataset, *_parts(record, facts)]),
        (DCAT.service, facts.thing("sparql") if facts.endpoint is not None else None),
    )  # fmt: skip
