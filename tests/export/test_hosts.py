"""nginx and Apache serve an export as the service itself would: negotiation, languages, types."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.export.hosts import APACHE, NGINX, Host, apache, nginx

_HOSTS = {"nginx": (NGINX, nginx), "apache": (APACHE, apache)}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
THING = "priority/2026-2029-13"
IRI = f"https://w3id.org/brupact/id/{THING}"


@pytest.fixture(scope="module", params=_HOSTS)
def host(request: pytest.FixtureRequest, exported: Path) -> Iterator[Host]:
    program, running = _HOSTS[request.param]
    if program is None:
        pytest.skip(f"NO {request.param.upper()}: the tests of an export behind it are left out")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running(exported, folder) as started:
            yield started


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("text/turtle;q=0.9, application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.2, text/turtle; q=0.9, */*;q=0.1", "text/turtle; charset=utf-8"),
        ("application/n-triples;q=0.5, text/html;q=0.4", "application/n-triples"),
        ("text/html;q=0, application/rdf+xml;q=0.001", "application/rdf+xml"),
        ("text/turtle;charset=utf-8;q=0.8, text/html;q=0.7", "text/turtle; charset=utf-8"),
        ("text/turtle, */*", "text/turtle; charset=utf-8"),
        ("application/n-quads", "application/n-quads"),
        ("image/png", "text/html; charset=utf-8"),
    ],
)
def test_a_thing_leads_to_its_document_in_the_format_that_is_preferred(
    host: Host, accept: str, media_type: str
) -> None:
    sent = host.get(f"/id/{THING}", Accept=accept)
    assert sent.status == 303
    assert urlsplit(sent.headers["location"]).path == f"/doc/{THING}"
    found = host.get(f"/doc/{THING}", Accept=accept)
    assert (found.status, found.headers["content-type"].lower()) == (200, media_type)
    assert {"accept", "accept-language"} <= set(
        found.headers["vary"].lower().replace(" ", "").split(",")
    )


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("fr-BE,fr;q=0.9,en;q=0.8", "fr"),
        ("de, nl;q=0.3, en;q=0.2", "nl"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
@pytest.mark.parametrize("path", ["/", f"/doc/{THING}", "/queries", "/ns", "/dumps/"])
def test_a_page_speaks_the_language_that_is_preferred(
    host: Host, path: str, wanted: str, language: str
) -> None:
    page = host.get(path, Accept=BROWSER, Accept_Language=wanted)
    assert page.status == 200
    assert f'<html lang="{language}"' in page.text


def test_an_address_of_a_language_is_that_language(host: Host) -> None:
    page = host.get(f"/doc/{THING}.nl.html", Accept_Language="fr")
    assert (page.status, '<html lang="nl"' in page.text) == (200, True)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/ns.ttl", "text/turtle; charset=utf-8"),
        ("/catalogue.jsonld", "application/ld+json"),
        ("/queries/responsible.json", "application/sparql-results+json"),
        ("/queries/responsible.xml", "application/sparql-results+xml"),
        ("/queries/responsible.fr.csv", "text/csv; charset=utf-8"),
        ("/queries.json", "application/json"),
        ("/sitemap.xml", "application/xml"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
        ("/dumps/brupact.nq.gz", "application/gzip"),
        ("/.well-known/void.ttl", "text/turtle; charset=utf-8"),
    ],
)
def test_a_file_has_its_media_type(host: Host, path: str, media_type: str) -> None:
    found = host.get(path)
    assert found.status == 200
    assert found.headers["content-type"].lower().removesuffix("; charset=utf-8") == (
        media_type.removesuffix("; charset=utf-8")
    )
    assert "charset=utf-8" in found.headers["content-type"].lower() or not media_type.startswith(
        ("text/turtle", "text/csv", "text/css")
    )
    assert "content-encoding" not in found.headers


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/doc/priority/2026-2029-99", "/doc/priority", "/doc/", "/id", "/.htaccess"],
)
def test_what_is_not_there_says_so_in_the_language_of_the_reader(host: Host, path: str) -> None:
    page = host.get(path, Accept=BROWSER, Accept_Language="nl")
    if path == "/.htaccess":
        assert page.status in (403, 404)
        return
    assert page.status == 404
    assert '<html lang="nl"' in page.text
    assert 'href="/static/style.css"' in page.text


def test_pages_and_data_are_told_what_the_service_tells_them(host: Host) -> None:
    page, data = host.get("/"), host.get("/ns.ttl")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert data.headers["content-security-policy"].startswith("default-src 'none'")
    for reply in (page, data):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["access-control-allow-origin"] == "*"


def test_a_graph_leads_to_its_content(host: Host) -> None:
    sent = host.get("/graph/agreement")
    assert sent.status == 303
    assert urlsplit(sent.headers["location"]).path == "/graphs/agreement"
    assert IRI in host.get("/graphs/agreement", Accept="application/n-triples").text
