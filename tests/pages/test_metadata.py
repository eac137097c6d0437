"""What pages say of themselves to programs, and how heavy the first one is."""

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from tests.pages.conftest import Visitor
from tests.pages.test_pages import LANGUAGES, PAGES, SHIFT
from werkzeug.test import TestResponse

from brupact.settings import Settings

HTML = {"Accept": "text/html"}
PUBLIC = Settings().public_url
LINKED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def attribute(page: str, pattern: str) -> str:
    found = re.findall(pattern, page)
    assert len(found) == 1, (pattern, found)
    return str(found[0])


@pytest.mark.parametrize("kind", [kind for kind in PAGES if kind != "failure"])
def test_each_page_says_what_it_is(
    client: FlaskClient, page_of: Callable[[str, str], TestResponse], kind: str
) -> None:
    for language in LANGUAGES:
        answer = page_of(PAGES[kind], language)
        page = answer.text
        canonical = attribute(page, '<link rel="canonical" href="([^"]+)">')
        assert canonical.startswith(PUBLIC)
        for tag in (*LANGUAGES, "x-default"):
            other = attribute(page, f'hreflang="{tag}" href="(http[^"]+)"').replace("&amp;", "&")
            assert ("lang=" in other) == (tag != "x-default"), other
        image = attribute(page, 'property="og:image" content="([^"]+)"')
        with client.get(image.removeprefix(PUBLIC)) as picture:
            assert picture.mimetype == "image/png"
        assert attribute(page, '<meta name="description" content="([^"]{30,})"')
        first, *_ = LINKED.findall(page)
        site, itself = json.loads(first)["@graph"]
        assert (site["@type"], itself["inLanguage"]) == ("WebSite", language)
        way = itself["breadcrumb"]["itemListElement"]
        assert [step["position"] for step in way] == list(range(1, len(way) + 1))
        assert way[-1]["item"] == itself["@id"] == canonical.replace("&amp;", "&")
        for step in way[:-1]:
            assert page_of(step["item"].removeprefix(PUBLIC), language).status_code == 200
        links = ",".join(answer.headers.getlist("Link"))
        for relation in ("license", "type"):
            assert f'rel="{relation}"' in links, relation


def test_a_thing_is_cited_by_its_own_name(client: FlaskClient) -> None:
    path, node = "/doc/person/audrey-henry", "https://w3id.org/brupact/id/person/audrey-henry"
    page = client.get(path, headers=HTML)
    links = ",".join(page.headers.getlist("Link"))
    assert f'<{node}>; rel="cite-as"' in links
    assert f'<{path}.ttl>; rel="describedby"; type="text/turtle"' in links
    assert f'<{PUBLIC}/catalogue>; rel="collection"' in links
    thing = json.loads(LINKED.findall(page.text)[1])
    assert (thing["@type"], thing["@id"]) == ("Person", node)
    data = ",".join(client.get(f"{path}.ttl").headers.getlist("Link"))
    assert f'<{node}>; rel="describes"' in data


def test_the_picture_for_sharing_is_small(client: FlaskClient) -> None:
    for name, most in (("preview.png", 40_000), ("icon-180.png", 10_000)):
        with client.get(f"/static/{name}") as picture:
            assert 500 < len(picture.data) < most


def test_the_first_page_is_light_still_and_alone(browser: Browser, visitor: Visitor) -> None:
    """Over the wire, with an empty cache: all that Chromium's network layer received."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="fr")
    page = context.new_page()
    sizes: list[float] = []
    hosts: set[str] = set()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(visitor.address + "/", wait_until="networkidle")
    assert len(sizes) >= 4
    assert 0 < sum(sizes) < 150_000
    assert hosts == {visitor.address.split("/")[2]}
    assert page.evaluate(SHIFT) == 0
    context.close()


def test_every_page_kind_is_in_the_sitemap(client: FlaskClient) -> None:
    listed = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    paths = {address.removeprefix(PUBLIC) for address in listed}
    unlisted = {"failure", "search", "status", "explorer with ways"}
    assert {k for k, path in PAGES.items() if path not in paths} == unlisted
    assert "Disallow: /search?" in client.get("/robots.txt").text
