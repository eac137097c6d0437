"""The pages that search engines are told of (sitemaps.org, protocol 0.90)."""

import json
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from brupact.engine import Engine, Query
from brupact.namespaces import ID

#: As many addresses as one file may hold.
LIMIT: Final = 50_000
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
#: Where crawlers find nothing new: answers to queries, searches, forms.
_BARRED: Final = ("/sparql?", "/search?", "/explore?", "/api/try", "/preferences")
#: What is described and is no part (fragment) of another thing.
THINGS: Final = f"""SELECT DISTINCT ?thing {{
  ?thing ?predicate ?value
  FILTER(STRSTARTS(STR(?thing), "{ID}") && !CONTAINS(STR(?thing), "#"))
}} ORDER BY ?thing"""
_PAGES: Final = (
    "/", "/things", "/source", "/differences", "/charts", "/explore", "/quality", "/queries",
    "/ns", "/shapes", "/catalogue", "/dumps/", "/graphs", "/.well-known/void", "/sparql", "/api",
    "/about", "/accessibility",
)  # fmt: skip


def addresses(engine: Engine, public_url: str, more: Iterable[str] = ()) -> list[str]:
    """The address of each page: those that are always there, `more` paths, and each thing's."""
    return [public_url + path for path in (*_PAGES, *more)] + [
        f"{public_url}/doc/{quote(iri.removeprefix(ID), safe='/:@!$&()*+,;=~-._%')}"
        for iri in things(engine)
    ]


def things(engine: Engine) -> list[str]:
    """The IRI of each thing that is described and is no part of another, in order."""
    answer = engine.query(Query(THINGS, "application/sparql-results+json", None))
    rows = json.loads(answer.body)["results"]["bindings"]
    return [row["thing"]["value"] for row in rows]


def sitemap(addresses: list[str], public_url: str, limit: int = LIMIT) -> bytes:
    """The file at ``/sitemap.xml``: the addresses, or the list of the files that hold them."""
    if len(addresses) <= limit:
        return _file("urlset", "url", addresses)
    parts = range(1, -(-len(addresses) // limit) + 1)
    return _file("sitemapindex", "sitemap", [f"{public_url}/sitemap-{n}.xml" for n in parts])


def part(addresses: list[str], number: int, limit: int = LIMIT) -> bytes | None:
    """The file `number`, counted from 1; ``None`` if there is none."""
    here = addresses[(number - 1) * limit : number * limit] if number > 0 else []
    return _file("urlset", "url", here) if here else None


def _file(root: str, element: str, addresses: list[str]) -> bytes:
    entries = "".join(f"<{element}><loc>{escape(a)}</loc></{element}>\n" for a in addresses)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{root} xmlns="{_NAMESPACE}">\n{entries}</{root}>\n'.encode()


def robots(public_url: str) -> str:
    """What crawlers may do (RFC 9309): see every page, run no query."""
    path = urlsplit(public_url).path
    barred = "".join(f"Disallow: {path}{start}\n" for start in _BARRED)
    return f"User-agent: *\n{barred}\nSitemap: {public_url}/sitemap.xml\n"
