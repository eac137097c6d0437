"""What is published beside the data, as it is served: it says what is there, and it is there."""

import gzip
import hashlib
import json
import re
from typing import Any

import pytest
import rdflib
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import RDF, BNode, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from brupact import __version__
from brupact.catalogue import Publication
from brupact.cli import main
from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.namespaces import BASE, GRAPH, graph
from brupact.settings import Settings
from brupact.sparql.formats import DATASETS, DOCUMENTS, GRAPHS, RESULTS
from brupact.web import create_app

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VOID = Namespace("http://rdfs.org/ns/void#")
DATASET = URIRef(BASE + "catalogue#dataset")
PARSERS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.fixture(scope="module")
def ask(engine: LocalEngine) -> Any:
    """The values of the first variable of a query, in rows of text."""

    def rows(query: str) -> list[tuple[str, ...]]:
        answer = engine.query(Query(query, "application/sparql-results+json", None))
        found = json.loads(answer.body)
        names = found["head"]["vars"]
        return [tuple(row[n]["value"] for n in names) for row in found["results"]["bindings"]]

    return rows


@pytest.mark.parametrize("path", ["/catalogue", "/.well-known/void", "/sparql"])
def test_a_document_says_the_same_in_every_format(public: Any, path: str) -> None:
    graphs = []
    for format in GRAPHS:
        answer = public.get(public.url + path, format.media_type)
        assert answer.content_type == format.media_type
        graphs.append(Graph().parse(data=answer.data, format=PARSERS[format.suffix]))
        if path != "/sparql":
            assert public.get(f"{public.url}{path}.{format.suffix}").data == answer.data
    assert len(graphs[0]) > 60
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


@pytest.mark.parametrize("path", ["/catalogue", "/.well-known/void"])
def test_a_dataset_format_names_the_catalogue_as_the_graph(public: Any, path: str) -> None:
    for format in DATASETS:
        answer = public.get(f"{public.url}{path}.{format.suffix}")
        quads = set(parse(answer.data, format=format.engine))
        assert {quad.graph_name for quad in quads} == {NamedNode(BASE + "catalogue")}
        triples = set(parse(public.get(f"{public.url}{path}.nt").data, format=RdfFormat.N_TRIPLES))
        assert {quad.triple for quad in quads} == {quad.triple for quad in triples}
        assert path != "/catalogue" or b"nonNegativeInteger" in answer.data


def test_nothing_in_it_is_a_blank_node(record: Graph, publication: Publication) -> None:
    for made in (record, publication.void, publication.service):
        assert not [term for triple in made for term in triple if isinstance(term, BNode)]


def test_every_address_of_ours_answers(record: Graph, public: Any) -> None:
    addresses = {str(term) for triple in record for term in triple if isinstance(term, URIRef)}
    ours = {iri.partition("#")[0] for iri in addresses if iri.startswith(public.url)}
    assert len(ours) > 80
    assert {iri: s for iri in sorted(ours) if (s := public.get(iri).status_code) != 200} == {}


def test_every_file_has_the_size_and_the_checksum_that_are_claimed(
    record: Graph, public: Any
) -> None:
    files = list(record.subject_objects(DCAT.downloadURL))
    assert len(files) == len({url for _, url in files}) > 80
    for file, url in files:
        answer = public.get(str(url))
        assert record.value(file, DCAT.byteSize) == rdflib.Literal(
            len(answer.data), datatype=rdflib.XSD.nonNegativeInteger
        )
        digest = hashlib.sha256(answer.data).hexdigest()
        checksum = record.value(file, SPDX.checksum)
        assert str(record.value(checksum, SPDX.checksumValue)) == digest
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert answer.headers["ETag"] == f'"{digest}"'
        kind = record.value(file, DCAT.compressFormat) or record.value(file, DCAT.mediaType)
        assert str(kind).endswith("/" + answer.content_type)


def test_the_files_of_a_graph_hold_the_graph(publication: Publication, ask: Any) -> None:
    for name, counted in publication.counted.survey.graphs.items():
        stem = name.removeprefix(GRAPH)
        sizes = {
            len(set(parse(publication.dumps[f"{stem}.{format.suffix}"].body, format=format.engine)))
            for format in GRAPHS
        }
        assert sizes == {counted.triples}
        assert ask(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}") == [
            (str(counted.triples),)
        ]


def test_the_whole_is_the_sorted_quads_and_its_hash_names_the_data(
    engine: LocalEngine, record: Graph, publication: Publication
) -> None:
    lines = publication.dumps["brupact.nq"].body.decode().splitlines()
    assert lines == sorted(lines) and len(set(lines)) == len(lines)
    assert len(lines) == publication.counted.survey.whole.triples
    packed = publication.dumps["brupact.nq.gz"].body
    assert gzip.decompress(packed).decode().splitlines() == lines
    name = URIRef("http://schema.org/sha256")
    assert str(record.value(DATASET, name)) == publication.dumps["brupact.nq"].sha256


def test_a_file_is_sent_once(public: Any) -> None:
    url = f"{public.url}/dumps/agreement.ttl"
    tag = public.get(url).headers["ETag"]
    for path, headers in (("/dumps/agreement.ttl", {}), ("/catalogue", {"Accept": "text/turtle"})):
        tag = public.client.get(path, headers=headers).headers["ETag"]
        assert not tag.startswith("W/")
        again = public.client.get(path, headers=headers | {"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_what_is_built_is_what_is_served(
    client: FlaskClient, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BRUPACT_PUBLIC_URL", raising=False)
    result = CliRunner().invoke(main, ["build", "--engine", "turbo", str(tmp_path)])
    assert result.exit_code == 0, result.output
    sums = (tmp_path / "SHA256SUMS").read_text().splitlines()
    served = client.get("/dumps/SHA256SUMS").text.splitlines()
    assert len(served) > 80 and set(served) < set(sums)
    for line in served:
        name = line.split()[1]
        assert client.get(f"/dumps/{name}").data == (tmp_path / name).read_bytes()
    for name in ("catalogue.ttl", "catalogue.rdf", "catalogue.jsonld", "catalogue.nt"):
        assert client.get(f"/{name}").data == (tmp_path / name).read_bytes()
    assert client.get("/.well-known/void.ttl").data == (tmp_path / "void.ttl").read_bytes()


def test_the_record_says_who_what_when_and_where(record: Graph) -> None:
    for predicate in (DCTERMS.title, DCTERMS.description):
        for node in (DATASET, URIRef(BASE + "catalogue"), URIRef(BASE + "catalogue#series")):
            tags = sorted(t.language or "" for t in record.objects(node, predicate))  # type: ignore[attr-defined]
            assert tags == ["en", "fr", "nl"]
    assert str(record.value(DATASET, DCAT.version)) == __version__
    assert str(record.value(DATASET, DCTERMS.publisher)) == "https://example.org/id/region"
    assert len(list(record.objects(DATASET, DCTERMS.spatial))) == 4
    parts = set(record.objects(DATASET, DCTERMS.hasPart))
    catalogued = set(record.objects(URIRef(BASE + "catalogue"), DCAT.dataset))
    assert catalogued == parts | {DATASET} == set(record.subjects(RDF.type, DCAT.Dataset))
    assert catalogued == set(record.objects(URIRef(BASE + "catalogue#sparql"), DCAT.servesDataset))


def test_every_subject_of_the_record_is_one_of_the_agreement(record: Graph, ask: Any) -> None:
    known = {
        iri
        for (iri,) in ask(
            "PREFIX dcterms: <http://purl.org/dc/terms/> "
            f"SELECT ?s {{ <{BASE}id/agreement/2026-2029> dcterms:subject ?s }}"
        )
    }
    subjects = {str(s) for s in record.objects(DATASET, DCTERMS.subject)}
    assert len(subjects) == 5 and subjects <= known


def test_void_counts_what_sparql_counts(record: Graph, ask: Any) -> None:
    def counts(node: URIRef) -> dict[str, str]:
        names = ("triples", "distinctSubjects", "distinctObjects", "properties", "classes")
        return {name: str(record.value(node, VOID[name])) for name in names}

    def asked(where: str) -> dict[str, str]:
        query = """SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects)
          (COUNT(DISTINCT ?o) AS ?distinctObjects) (COUNT(DISTINCT ?p) AS ?properties)
          (COUNT(DISTINCT ?c) AS ?classes) { %s BIND(IF(?p = rdf:type, ?o, ?none) AS ?c) }"""
        prefix = "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
        (row,) = ask(prefix + query % where)
        names = ("triples", "distinctSubjects", "distinctObjects", "properties", "classes")
        return dict(zip(names, row, strict=True))

    assert counts(DATASET) == asked("?s ?p ?o")
    subsets = [
        s for s in record.objects(DATASET, VOID.subset) if (s, RDF.type, VOID.Linkset) not in record
    ]
    assert len(subsets) == len(ask("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"))
    for subset in subsets:
        name = str(subset).partition("#graph-")[2]
        assert counts(URIRef(str(subset))) == asked(f"GRAPH <{GRAPH}{name}> {{ ?s ?p ?o }}")
    entities = (
        f'SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{BASE}id/")) }}'
    )
    assert [(str(record.value(DATASET, VOID.entities)),)] == ask(entities)


def test_void_partitions_are_what_sparql_counts(record: Graph, ask: Any) -> None:
    def parts(link: URIRef, key: URIRef, count: URIRef) -> dict[str, str]:
        return {
            str(record.value(part, key)): str(record.value(part, count))
            for part in record.objects(DATASET, link)
        }

    classes = parts(VOID.classPartition, VOID["class"], VOID.entities)
    properties = parts(VOID.propertyPartition, VOID.property, VOID.triples)
    assert len(classes) > 60 and len(properties) > 150
    assert classes == dict(ask("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c"))
    assert properties == dict(ask("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"))


def test_void_links_are_what_sparql_counts(record: Graph, ask: Any) -> None:
    linksets = list(record.subjects(RDF.type, VOID.Linkset))
    assert len(linksets) > 15
    for links in linksets:
        predicate = record.value(links, VOID.linkPredicate)
        target = record.value(links, VOID.objectsTarget)
        space = record.value(target, VOID.uriSpace)
        query = f"""SELECT (COUNT(*) AS ?n) {{ ?s <{predicate}> ?o
          FILTER(STRSTARTS(STR(?o), "{space}") && !STRSTARTS(STR(?s), "{space}")) }}"""
        assert ask(query) == [(str(record.value(links, VOID.triples)),)], links
    eurovoc = URIRef("http://eurovoc.europa.eu/")
    assert len([x for x in linksets if (x, VOID.objectsTarget, eurovoc) in record]) >= 4


def test_the_service_description_says_what_is_served(public: Any, ask: Any) -> None:
    described = Graph().parse(data=public.get(f"{public.url}/sparql").data, format="turtle")
    (service,) = described.subjects(RDF.type, SD.Service)
    assert str(described.value(service, SD.endpoint)) == f"{public.url}/sparql"
    said = {str(f).rpartition("/")[2] for f in described.objects(service, SD.resultFormat)}
    assert said == {format.w3c for format in (*RESULTS, *DOCUMENTS)}
    graphs = (DOCUMENTS, "DESCRIBE <x:y>")
    for formats, query in ((RESULTS, "SELECT * { ?s ?p ?o } LIMIT 1"), graphs):
        for format in formats:
            url = f"/sparql?query={query}"
            answer = public.client.get(url, headers={"Accept": format.media_type})
            assert answer.content_type == format.media_type
    dataset = described.value(service, SD.defaultDataset)
    names = {str(described.value(g, SD.name)) for g in described.objects(dataset, SD.namedGraph)}
    assert names == {g for (g,) in ask("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    whole = described.value(described.value(dataset, SD.defaultGraph), VOID.triples)
    assert [(str(whole),)] == ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert {*described.objects(service, SD.feature)} == {SD.UnionDefaultGraph}
    assert {*described.objects(service, SD.supportedLanguage)} == {SD.SPARQL11Query}


@pytest.mark.parametrize(
    ("kind", "allowed", "features"),
    [({"gated": True}, "https://h.example", {SD.UnionDefaultGraph, SD.BasicFederatedQuery}),
     ({"scratch": True}, "", set())],
)  # fmt: skip
def test_the_service_description_says_what_may_be_done(
    kind: dict[str, bool], allowed: str, features: set[URIRef]
) -> None:
    settings = Settings(service_hosts=allowed)
    described = Publication(LocalEngine(Store()), settings, **kind).service
    assert {*described.objects(None, SD.feature)} == features
    languages = {*described.objects(None, SD.supportedLanguage)}
    assert languages == {SD.SPARQL11Query, SD.SPARQL11Update}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/turtle"),
        ("*/*", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/rdf+xml, text/html;q=0.5", "application/rdf+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_the_bare_endpoint_describes_itself(
    public: Any, accept: str | None, media_type: str
) -> None:
    answer = public.get(f"{public.url}/sparql", accept)
    assert answer.content_type.partition(";")[0] == media_type


def test_the_page_tells_search_engines_what_the_record_says(public: Any, record: Graph) -> None:
    page = public.get(f"{public.url}/catalogue", "text/html").text
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    (described,) = (d for d in map(json.loads, found) if d.get("@type") == "Dataset")
    assert described["version"] == __version__
    assert described["temporalCoverage"] == "2026/2029"
    titles = {str(t) for t in record.objects(DATASET, DCTERMS.title)}
    assert titles == {described["name"], *described["alternateName"]}
    for file in described["distribution"]:
        digest = hashlib.sha256(public.get(file["contentUrl"]).data).hexdigest()
        assert digest == file["sha256"]
    assert described["creditText"] in page
    assert "Example Region (2026). Brussels protocol agreement" in page


def test_pages_show_the_counts_and_the_files(public: Any, publication: Publication) -> None:
    void = public.get(f"{public.url}/.well-known/void", "text/html").text
    assert f"{publication.counted.survey.whole.triples:,} triples" in void
    listing = public.get(f"{public.url}/dumps/").text
    for dump in publication.dumps.values():
        assert f'href="/brupact/dumps/{dump.name}"' in listing and dump.sha256 in listing


@pytest.mark.parametrize("path", ["/dumps/none.ttl", "/catalogue.xls", "/sitemap-2.xml"])
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def own_data() -> LocalEngine:
    store = Store()
    thing, says = NamedNode("http://example.org/a"), NamedNode("http://example.org/p")
    for name in (graph("data"), NamedNode("http://example.org/graph")):
        store.add(Quad(thing, says, Literal("x"), name))
    return LocalEngine(store)


def test_a_publishers_own_data_have_a_record_of_their_own() -> None:
    settings = Settings(public_url="https://example.org", licence="")
    published = Publication(own_data(), settings)
    record = published.catalogue
    dataset = URIRef("https://example.org/catalogue#dataset")
    assert (dataset, RDF.type, DCAT.Dataset) in record
    assert not [t for t in record.subjects() if str(t).startswith(BASE + "catalogue")]
    assert not list(record.objects(dataset, DCTERMS.license))
    assert not [t for t in record.objects(None, DCTERMS.title) if "rotocol" in str(t)[:9]]
    assert {d.name for d in published.dumps.values() if d.graph} == {
        f"data.{format.suffix}{gz}" for format in GRAPHS for gz in ("", ".gz")
    }
    assert published.counted.survey.whole.triples == 1
    client = create_app(own_data(), settings).test_client()
    for path in ("/catalogue", "/.well-known/void", "/dumps/"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 200
