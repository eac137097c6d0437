"""Every link within the pages leads somewhere, also to the place on the page that it names."""

from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser
from tests.pages.test_pages import PAGES

#: Every page is looked at in the first language, one of each kind in all.
LANGUAGES = ("fr", "nl", "en")
START = tuple(
    f"{path}{'&' if '?' in path else '?'}lang={tag}"
    for path in PAGES.values()
    if path != PAGES["failure"]
    for tag in LANGUAGES
)


class Anchors:
    """The addresses that a page links to, and the names of its places."""

    def __init__(self, page: str) -> None:
        tree = LexborHTMLParser(page)
        names = [str(node.attributes["id"]) for node in tree.css("[id]")]
        self.names = set(names)
        assert len(names) == len(self.names), f"two places have one name: {names}"
        found = [node.attributes.get("href") or node.attributes.get("src")
                 for node in tree.css("[href], [src]")]  # fmt: skip
        self.links = {link for link in found if link}


def test_every_link_answers(client: FlaskClient) -> None:
    todo, broken = list(START), []
    names: dict[str, set[str]] = {}
    wanted: dict[str, str] = {}
    seen = set(START)
    while todo:
        path = todo.pop()
        response = client.get(path, headers={"Accept": "text/html"})
        response.get_data()
        response.close()
        if response.status_code not in (200, 303):
            broken.append((path, response.status_code, wanted.get(path)))
            continue
        if response.mimetype != "text/html":
            continue
        page = Anchors(response.text)
        names[path] = page.names
        for link in page.links:
            address, fragment = urldefrag(urljoin(path, link))
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not worth_following(address):
                continue
            wanted.setdefault(address, path)
            if fragment:
                wanted[f"{address}#{fragment}"] = path
            if address not in seen:
                seen.add(address)
                todo.append(address)
    assert broken == []
    assert len(names) > 600
    lost = [
        (link, source)
        for link, source in wanted.items()
        if "#" in link
        and (target := link.partition("#")[0]) in names
        and unquote(link.partition("#")[2]) not in names[target]
    ]
    assert sorted(lost) == []


def worth_following(address: str) -> bool:
    """Not each data file, nor the same query, search or editor with every value there is."""
    path, query = urlsplit(address).path, urlsplit(address).query
    if any(f"lang={tag}" in query for tag in LANGUAGES[1:]):
        return False
    if path.startswith(("/sparql", "/preferences", "/dumps/", "/graphs")) and path != "/dumps/":
        return False
    if path.startswith("/explore") and query not in ("", *(f"lang={t}" for t in LANGUAGES)):
        return False
    if path.startswith("/search"):
        return "type=" not in query and "theme=" not in query
    is_page = "." not in path.rpartition("/")[2] or path.endswith((".html", ".css", ".svg"))
    is_again = path.startswith("/queries/") and query not in ("", *(f"lang={t}" for t in LANGUAGES))
    return is_page and not is_again
