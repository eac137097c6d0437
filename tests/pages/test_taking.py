"""Every page and list offers its data as CSV, and the query that gives them."""

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser
from tests.pages.test_pages import LANGUAGES, PAGES
from werkzeug.test import TestResponse

#: Pages that show nothing of the data: words, forms, the state of the service.
WITHOUT = frozenset({"failure", "about", "accessibility", "API guide", "sparql", "status"})


@pytest.mark.parametrize("kind", [kind for kind in PAGES if kind not in WITHOUT])
def test_every_page_offers_its_data_and_its_query(
    client: FlaskClient, page_of: Callable[[str, str], TestResponse], kind: str
) -> None:
    for language in LANGUAGES:
        tree = LexborHTMLParser(page_of(PAGES[kind], language).text)
        links = [str(a.attributes["href"]) for a in tree.css("main .take a")]
        tables = [link for link in links if urlsplit(link).path.endswith(".csv")]
        assert tables, (kind, language)
        filled = 0
        for link in dict.fromkeys(tables if language == "fr" else ()):  # The same but for names.
            answer = client.get(link)
            assert (answer.status_code, answer.mimetype) == (200, "text/csv"), link
            head, *rows = csv.reader(io.StringIO(answer.text))
            assert all(len(row) == len(head) for row in rows), link
            filled += bool(rows)
        assert filled or language != "fr"
        queries = [link for link in links if asks(link)] + own_query(tree)
        assert queries, (kind, language)
        assert client.get(queries[0], headers={"Accept": "text/html"}).status_code == 200


def asks(link: str) -> bool:
    """Whether a link leads to a query of the library, or to one in the editor."""
    parts = urlsplit(link)
    if parts.path == "/sparql":
        (text,) = parse_qs(parts.query).get("text", [""])
        return re.search(r"SELECT|DESCRIBE|CONSTRUCT", text) is not None
    return re.fullmatch(r"/queries/[a-z-]+(\.html)?", parts.path) is not None


def own_query(tree: LexborHTMLParser) -> list[str]:
    """The page of a query shows it, and leads to the editor with it."""
    return [str(a.attributes["href"]) for a in tree.css("main a[href*='/sparql?']")]
