"""The export of the packaged data: every link leads to a file, and to the place that it names."""

import hashlib
import posixpath
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from rdflib import Graph
from selectolax.lexbor import LexborHTMLParser
from tests.export.conftest import BASE_URL

from brupact.engine.local import LocalEngine
from brupact.export.folder import LIST
from brupact.library import load_library
from brupact.namespaces import ID
from brupact.sparql.formats import GRAPHS
from brupact.web import create_app

LANGUAGES = ("", ".fr", ".nl")
#: Where the browser is sent by an element of a page.
ATTRIBUTES = ("href", "src", "action", "data", "data-suggest", "srcset", "poster")


class Page(NamedTuple):
    """The names of the places on a page, and what it leads to."""

    names: frozenset[str]
    links: frozenset[str]


@cache
def read(path: Path) -> Page:
    tree = LexborHTMLParser(path.read_text("utf-8"))
    names = [str(node.attributes["id"]) for node in tree.css("[id]")]
    assert len(names) == len(set(names)), path
    links = {
        value
        for attribute in ATTRIBUTES
        for node in tree.css(f"[{attribute}]")
        if (value := node.attributes[attribute])
    }
    return Page(frozenset(names), frozenset(links))


@pytest.fixture(scope="module")
def pages(exported: Path) -> list[Path]:
    return sorted(exported.rglob("*.html"))


def test_every_link_of_every_page_leads_to_a_file_and_to_its_place(
    exported: Path, pages: list[Path]
) -> None:
    assert len(pages) > 4000
    broken = []
    followed = 0
    for page in pages:
        here = page.relative_to(exported).as_posix()
        for link in read(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                # An IRI of ours is linked to as a file, but for what only is said to be elsewhere.
                if link.startswith("https://w3id.org/brupact"):
                    broken.append((here, link))
                continue
            followed += 1
            if parts.path.startswith("/"):
                assert here.startswith("404"), (here, link)
                name = unquote(parts.path[1:])
            else:
                folder = posixpath.dirname(here)
                name = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
            target = exported / (name if parts.path else here)
            if parts.query or not target.is_file():
                broken.append((here, link))
            elif parts.fragment and target.suffix == ".html":
                if unquote(parts.fragment) not in read(target).names:
                    broken.append((here, link))
    assert broken == []
    assert followed > 100_000


def test_every_page_is_there_in_each_language(exported: Path, pages: list[Path]) -> None:
    names = {page.relative_to(exported).as_posix() for page in pages}
    stems = {re.sub(r"(\.fr|\.nl)?\.html$", "", name) for name in names}
    assert names == {f"{stem}{tag}.html" for stem in stems for tag in LANGUAGES}


def test_everything_that_is_described_has_its_page_and_data(
    exported: Path, engine: LocalEngine
) -> None:
    client = create_app(engine).test_client()
    addresses = re.findall(r"<loc>[^<]*?/doc/([^<]*)</loc>", client.get("/sitemap.xml").text)
    assert len(addresses) > 600
    for address in addresses:
        for suffix in ("html", *(format.suffix for format in GRAPHS)):
            assert (exported / "doc" / f"{unquote(address)}.{suffix}").is_file(), address


def test_a_data_file_says_what_the_service_says(exported: Path, engine: LocalEngine) -> None:
    client = create_app(engine).test_client()
    for path in ("doc/priority/2026-2029-13.ttl", "ns.jsonld", "graphs/follow-up.nt",
                 "queries/responsible.csv", "dumps/SHA256SUMS"):  # fmt: skip
        assert (exported / path).read_bytes() == client.get(f"/{path}").data, path
    french = client.get("/queries/responsible.csv?lang=fr").data
    assert (exported / "queries/responsible.fr.csv").read_bytes() == french


def test_every_query_of_the_library_has_its_answer(exported: Path) -> None:
    for slug in load_library():
        for suffix in ("html", "csv", "json", "xlsx", "rq", "ttl"):
            assert (exported / "queries" / f"{slug}.{suffix}").is_file(), (slug, suffix)


def test_the_catalogue_names_files_that_are_there_and_no_endpoint(exported: Path) -> None:
    for name in ("catalogue.ttl", ".well-known/void.ttl"):
        graph = Graph().parse(exported / name)
        ours = {str(o) for o in graph.objects() if str(o).startswith(BASE_URL)}
        assert len(ours) > 3
        for address in ours - {f"{BASE_URL}/"}:
            path = unquote(urlsplit(address).path[1:])
            assert (
                (exported / path).is_file()
                or (exported / f"{path}.html").is_file()
                or (exported / path / "index.html").is_file()
            ), address
        assert not [o for o in graph.objects() if "sparql" in str(o) and BASE_URL in str(o)]
        assert not [p for p in graph.predicates() if "endpoint" in str(p).lower()]


def test_the_sitemap_names_every_page_but_that_of_what_is_not_there(
    exported: Path, pages: list[Path]
) -> None:
    text = (exported / "sitemap.xml").read_text("utf-8")
    named = {unquote(place) for place in re.findall(rf"<loc>{BASE_URL}/([^<]*)</loc>", text)}
    there = {re.sub(r"(^|/)index\.html$", r"\1", p.relative_to(exported).as_posix()) for p in pages}
    assert named == {name for name in there if not name.startswith("404")}
    assert f"Sitemap: {BASE_URL}/sitemap.xml" in (exported / "robots.txt").read_text("utf-8")


def test_a_page_says_its_own_address_and_those_of_the_other_languages(exported: Path) -> None:
    text = (exported / "doc/theme/economy.fr.html").read_text("utf-8")
    assert f'<link rel="canonical" href="{BASE_URL}/doc/theme/economy.fr.html">' in text
    for tag, name in (("fr", "economy.fr"), ("nl", "economy.nl"), ("en", "economy")):
        assert f'hreflang="{tag}" href="{BASE_URL}/doc/theme/{name}.html"' in text


def test_what_needs_a_service_is_left_out_and_the_page_says_so(exported: Path) -> None:
    text = (exported / "doc/priority/2026-2029-13.html").read_text("utf-8")
    tree = LexborHTMLParser(text)
    assert tree.css("form") == []
    footer = tree.css("footer")[0].text()
    assert "This is a copy without a service" in footer
    assert "Status" not in footer and "·\n" not in footer
    (index,) = tree.css(".find a")
    assert index.attributes["href"] == "../../things.html"
    assert not (exported / "sparql.html").exists()
    assert not (exported / "search.html").exists()


def test_the_index_names_everything(exported: Path, engine: LocalEngine) -> None:
    listed = {
        posixpath.normpath(link)
        for link in read(exported / "things.html").links
        if link.startswith("doc/")
    }
    rows = engine.describe([f"{ID}theme/economy"])
    assert rows
    assert "doc/theme/economy.html" in listed
    assert len(listed) > 600


def test_every_file_is_listed_with_its_checksum(exported: Path) -> None:
    lines = (exported / LIST).read_text("utf-8").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {p.relative_to(exported).as_posix() for p in exported.rglob("*") if p.is_file()}
    assert there - {LIST} == listed.keys()
    for name in list(listed)[::50]:
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == listed[name]
