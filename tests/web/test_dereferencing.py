"""Every IRI of ours answers, as a page and as data, and says the same in every format."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    RdfFormat,
    Store,
    Triple,
    parse,
)
from tests.process import SOAK

from brupact.engine.local import LocalEngine
from brupact.namespaces import BASE, ID
from brupact.release import Release
from brupact.sparql.formats import DOCUMENTS, GRAPHS
from brupact.web import create_app

FORMATS = {format.suffix: format for format in GRAPHS}
#: `make test` asks a part of them in all formats, which changes from day to day; `make soak` all.
SLICE = 1 if SOAK > 1 else 4


def ours(release: Release) -> list[str]:
    """Every IRI of ours in the release, without its fragment."""
    terms = (t for q in release.store for t in (q.subject, q.predicate, q.object, q.graph_name))
    iris = {t.value.partition("#")[0] for t in terms if isinstance(t, NamedNode)}
    return sorted(iri for iri in iris if iri.startswith(BASE))


def get(client: FlaskClient, path: str, accept: str = "*/*") -> tuple[int, str, bytes]:
    """Status, media type and body, redirects followed."""
    response = client.get(path, headers={"Accept": accept}, follow_redirects=True)
    return response.status_code, response.mimetype or "", response.data


def triples(body: bytes, format: RdfFormat) -> set[Triple]:
    return {quad.triple for quad in parse(body, format)}


@pytest.mark.soak
def test_every_iri_answers_in_every_format(client: FlaskClient, release: Release) -> None:
    iris = ours(release)
    assert len(iris) > 1_200
    iris = iris[date.today().toordinal() % SLICE :: SLICE]
    wrong = [problem for iri in iris for problem in faults(client, "/" + iri.removeprefix(BASE))]
    assert wrong == []


def faults(client: FlaskClient, path: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the answers at `path`."""
    status, media_type, page = get(client, path, "text/html")
    if (status, media_type) != (200, "text/html") or b"<h1" not in page:
        yield path, f"page: {status} {media_type}"
    said = {}
    for suffix, format in FORMATS.items():
        status, media_type, body = get(client, path, format.media_type)
        if (status, media_type) != (200, format.media_type):
            yield path, f"{suffix}: {status} {media_type}"
            return
        said[suffix] = triples(body, format.engine)
    if not said["nt"] and path != "/graph/follow-up":
        yield path, "says nothing"
    if path.split("/")[1] in ("ns", "shapes"):
        return  # Blank nodes: compared below.
    yield from ((path, f"{s} differs from nt") for s in said if said[s] != said["nt"])


@pytest.mark.parametrize("path", ["/ns", "/shapes", "/ns/competence", "/ns/0.1.0/competence"])
def test_documents_with_blank_nodes_are_isomorphic(client: FlaskClient, path: str) -> None:
    first, *others = (
        canonical(client.get(f"{path}.{suffix}").data, format.engine)
        for suffix, format in FORMATS.items()
    )
    assert len(list(first)) > 50
    assert all(first == other for other in others)


def canonical(body: bytes, format: RdfFormat) -> Dataset:
    """The graph in `body` with blank nodes named by RDFC-1.0."""
    dataset = Dataset(parse(body, format))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def test_a_document_says_what_it_is_and_where_its_others_are(client: FlaskClient) -> None:
    response = client.get("/doc/theme/mobility", headers={"Accept": "text/turtle"})
    links = response.headers["Link"]
    for format in DOCUMENTS:
        if format.suffix != "ttl":
            part = f'<{response.request.path}.{format.suffix}>; rel="alternate"'
            assert f'{part}; type="{format.media_type}"' in links
    assert '</doc/theme/mobility>; rel="canonical"' in links
    assert 'rel="license"' in links
    assert response.headers["Content-Location"] == "/doc/theme/mobility.ttl"
    assert response.headers["Vary"] == "Accept"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_thing_says_where_it_is_described(client: FlaskClient) -> None:
    response = client.get("/id/theme/mobility")
    assert response.headers["Link"] == '</doc/theme/mobility>; rel="describedby"'


def test_the_document_holds_the_parts_of_the_thing(client: FlaskClient) -> None:
    body = client.get("/doc/priority/2026-2029-13.nt").text
    assert f"<{ID}priority/2026-2029-13#quote-nl-exact-2>" in body


def test_the_graph_of_each_statement_is_kept(client: FlaskClient) -> None:
    for suffix in ("nq", "trig"):
        body = client.get(f"/doc/priority/2026-2029-13.{suffix}").data
        format = RdfFormat.from_extension(suffix)
        assert format is not None
        names = {q.graph_name.value for q in parse(body, format)}
        assert {name.rpartition("/")[2] for name in names} >= {"agreement", "inferred", "context"}


def test_a_page_quotes_the_sentence(client: FlaskClient) -> None:
    page = client.get("/doc/priority/2026-2029-13", headers={"Accept": "text/html"}).text
    assert "<p>voor de meest kwetsbare categorieën" in page


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/n-quads, application/trig;q=0.9, text/turtle;q=0.5", "text/turtle"),
        ("application/trig", "application/trig"),
    ],
)
def test_quads_are_for_those_who_accept_nothing_else(
    client: FlaskClient, accept: str, media_type: str
) -> None:
    assert get(client, "/doc/theme/mobility", accept)[1] == media_type


def test_an_unknown_format_is_a_page(client: FlaskClient) -> None:
    assert get(client, "/doc/theme/mobility", "image/png")[1] == "text/html"


GONE = f"""
<{ID}instrument/old> <http://www.w3.org/2002/07/owl#deprecated> true ;
  <http://purl.org/dc/terms/isReplacedBy> <{ID}instrument/new> .
<{ID}instrument/odd%20name> a <http://example.org/<script>> .
""".replace("/<script>", "/script")


@pytest.fixture()
def other() -> FlaskClient:
    store = Store()
    store.load(GONE.encode(), RdfFormat.TURTLE, to_graph=NamedNode(BASE + "graph/data"))
    return create_app(LocalEngine(store)).test_client()


@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_what_once_was_is_gone_and_says_where_it_went(other: FlaskClient, accept: str) -> None:
    response = other.get("/doc/instrument/old", headers={"Accept": accept})
    assert response.status_code == 410
    assert f'<{ID}instrument/new>; rel="successor-version"' in response.headers["Link"] + "".join(
        response.headers.getlist("Link")
    )
    assert "instrument/new" in response.text


def test_a_percent_encoded_iri_keeps_its_encoding(other: FlaskClient) -> None:
    location = other.get("/id/instrument/odd%20name").headers["Location"]
    assert urlsplit(location).path == "/doc/instrument/odd%20name"
    assert other.get("/doc/instrument/odd%20name.nt").status_code == 200


def test_the_context_is_published(client: FlaskClient) -> None:
    response = client.get("/context.jsonld")
    assert response.content_type == "application/ld+json"
    assert "SharedPriority" in response.get_json(force=True)["@context"]
