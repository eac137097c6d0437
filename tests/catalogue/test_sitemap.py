from typing import Any
from xml.etree import ElementTree

import pytest

from brupact.catalogue.sitemap import part, robots, sitemap

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def locations(body: bytes, root: str, element: str) -> list[str]:
    """The addresses in a file, which is nothing but a list of them."""
    tree = ElementTree.fromstring(body)
    assert tree.tag == SPACE + root
    assert {entry.tag for entry in tree} == {SPACE + element}
    assert {child.tag for entry in tree for child in entry} == {SPACE + "loc"}
    return [entry[0].text or "" for entry in tree]


def test_every_page_it_names_is_there(public: Any) -> None:
    answer = public.get(f"{public.url}/sitemap.xml")
    assert answer.content_type == "application/xml"
    addresses = locations(answer.data, "urlset", "url")
    assert 400 < len(addresses) == len(set(addresses)) < 50_000
    assert f"{public.url}/doc/priority/2026-2029-13" in addresses
    assert not [a for a in addresses if "#" in a]
    failing = {a: s for a in addresses if (s := public.get(a, "text/html").status_code) != 200}
    assert failing == {}


def test_many_pages_stand_in_several_files() -> None:
    pages = [f"https://example.org/{n}?a&b" for n in range(5)]
    names = locations(sitemap(pages, "https://example.org", 2), "sitemapindex", "sitemap")
    assert names == [f"https://example.org/sitemap-{n}.xml" for n in (1, 2, 3)]
    found = [locations(part(pages, n, 2) or b"", "urlset", "url") for n in (1, 2, 3)]
    assert sum(found, []) == pages
    assert part(pages, 4, 2) is part(pages, 0, 2) is None
    assert locations(sitemap(pages, "https://example.org", 5), "urlset", "url") == pages


@pytest.mark.parametrize(
    ("public_url", "path"),
    [("https://example.org", ""), ("https://example.org/brupact", "/brupact")],
)
def test_crawlers_run_no_query(public_url: str, path: str) -> None:
    lines = robots(public_url).splitlines()
    assert [line for line in lines if line.startswith("Disallow")] == [
        f"Disallow: {path}{start}"
        for start in ("/sparql?", "/search?", "/explore?", "/api/try", "/preferences")
    ]
    assert lines[-1] == f"Sitemap: {public_url}/sitemap.xml"


def test_robots_are_served(public: Any) -> None:
    answer = public.get(f"{public.url}/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == robots(public.url)
