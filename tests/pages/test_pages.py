"""Every kind of page in three languages, on a desk and in a hand, in Chromium."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser
from tests.pages.conftest import Visitor

#: One page of each kind.
PAGES = {
    "home": "/",
    "agreement": "/doc/agreement/2026-2029",
    "theme": "/doc/theme/economy",
    "priority": "/doc/priority/2026-2029-15",
    "measure": "/doc/measure/2026-2029-3-1",
    "passage": "/doc/passage/2026-2029-3-3",
    "clause": "/doc/commitment/2026-2029-1",
    "person": "/doc/person/audrey-henry",
    "organisation": "/doc/organisation/actiris",
    "party": "/doc/party/2026-2029-government",
    "instrument": "/doc/instrument/cobat",
    "competence": "/doc/competence/employment",
    "place": "/doc/place/audi-site",
    "target group": "/doc/target-group/single-parent-families",
    "signature": "/doc/signature/2026-2029-1",
    "divergence": "/doc/divergence/2026-2029-3-1",
    "code list": "/doc/code-list/status",
    "search": "/search?q=mobilite",
    "explorer": "/explore",
    "explorer with ways": "/explore?iri=person/ahmed-laaouej&to=instrument/cobat&find=emploi",
    "source": "/source",
    "queries": "/queries",
    "index": "/things",
    "query": "/queries/responsible",
    "catalogue": "/catalogue",
    "dumps": "/dumps/",
    "sparql": "/sparql",
    "status": "/status",
    "void": "/.well-known/void",
    "rule": "/rules/competent-member",
    "module": "/ns/priority",
    "graphs": "/graphs",
    "about": "/about",
    "differences": "/differences",
    "figures": "/charts",
    "quality": "/quality",
    "signing": "/doc/summit/2026-06-11",
    "code": "/doc/divergence-kind/scope",
    "failure": "/nowhere",
    # Terms, shapes, the guide for programs, the statement on accessibility.
    "ontology": "/ns",
    "shapes": "/shapes",
    "module of shapes": "/shapes/competence",
    "OWL 2 RL rule": "/rules/prp-spo1",
    "query with choices": "/queries/priorities-of-member",
    "API guide": "/api",
    "accessibility": "/accessibility",
}
LANGUAGES = ("fr", "nl", "en")
#: The width of a page, and on which of them JavaScript is off.
WIDTHS = ((1280, True), (360, False))

#: How far the page moved while it was loaded.
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 20);
})"""


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_each_language_and_width(visitor: Visitor, kind: str, language: str) -> None:
    for width, is_plain in WIDTHS:
        options = {"locale": language, "java_script_enabled": not is_plain}
        with visitor.at(PAGES[kind], width=width, **options) as s:
            missing = kind == "failure"
            assert [m for m in s.messages if not (missing and "404" in m)] == []
            assert s.elsewhere == []
            assert s.page.locator("html").get_attribute("lang") == language
            assert s.page.locator("h1").count() == 1
            assert s.page.evaluate("document.documentElement.scrollWidth") <= width
            assert is_plain or s.page.evaluate(SHIFT) == 0


@pytest.fixture()
def slow(service: str) -> Iterator[str]:
    """The service, as it is met over a line that brings a page in thirty parts."""

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = {"Accept": self.headers["Accept"], "Accept-Language": "nl"}
            with urlopen(Request(service + self.path, headers=wanted)) as answer:
                whole, media_type = answer.read(), answer.headers["Content-Type"]
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            size = len(whole) // (30 if media_type.startswith("text/html") else 1) + 1
            for start in range(0, len(whole), size):
                self.wfile.write(whole[start : start + size])
                time.sleep(0.02)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("kind", ["home", "accessibility", "sparql", "figures"])
def test_a_page_that_arrives_in_parts_does_not_move(browser: Browser, slow: str, kind: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(slow + PAGES[kind])
        assert page.evaluate(SHIFT) == 0


def test_the_address_then_the_cookie_then_the_browser_decide(visitor: Visitor) -> None:
    with visitor.at("/", locale="nl-BE") as seen:
        page = seen.page
        html = page.locator("html")
        assert html.get_attribute("lang") == "nl"
        page.get_by_role("link", name="français").click()
        assert html.get_attribute("lang") == "fr"
        page.get_by_role("link", name="Plan régional de mobilité").first.click()
        assert (html.get_attribute("lang"), "lang=fr" in page.url) == ("fr", True)
        page.goto(visitor.address)
        assert html.get_attribute("lang") == "nl"
        page.locator("footer select[name=lang]").select_option("en")
        page.locator("footer select[name=theme]").select_option("dark")
        page.locator("footer button").click()
        assert html.get_attribute("lang") == "en"
        assert html.get_attribute("data-theme") == "dark"
        page.goto(f"{visitor.address}/doc/theme/economy?lang=fr")
        assert html.get_attribute("lang") == "fr"


def test_a_name_that_is_missing_is_shown_as_missing(visitor: Visitor) -> None:
    with visitor.at("/doc/theme/economy", locale="en") as seen:
        only = seen.page.locator("small.only")
        for name in only.all():
            assert name.inner_text().startswith("only in")
            assert name.locator("xpath=preceding-sibling::a[1]").get_attribute("lang") in (
                "fr", "nl",
            )  # fmt: skip


def test_a_priority_tells_who_is_competent_and_why(visitor: Visitor) -> None:
    with visitor.at("/doc/priority/2026-2029-6", locale="fr") as seen:
        card = seen.page.locator(".card")
        assert "Audrey Henry" in card.first.inner_text()
        assert "Par délégation de Boris Dilliès" in card.first.inner_text()
        assert card.first.get_by_role("link", name="la règle").count() == 1
    with visitor.at("/doc/priority/2026-2029-15", locale="en") as seen:
        assert "Nobody in the text" in seen.page.locator(".card.gap").inner_text()
        assert "Health" in seen.page.locator(".card.gap").inner_text()


def test_both_languages_of_a_text_stand_side_by_side(visitor: Visitor) -> None:
    for language, first in (("nl", "nl"), ("fr", "fr"), ("en", "fr")):
        with visitor.at("/doc/priority/2026-2029-13", locale=language) as seen:
            quotes = seen.page.locator(".quoted blockquote")
            tags = [quote.get_attribute("lang") for quote in quotes.all()]
            assert tags[0] == first
            assert set(tags) == {"fr", "nl"}
            boxes = [quote.bounding_box() for quote in quotes.all()]
            assert boxes[0] and boxes[-1] and boxes[0]["x"] < boxes[-1]["x"]


def test_the_home_page_is_light(visitor: Visitor) -> None:
    with visitor.at("/", locale="de") as seen:
        sizes = seen.page.evaluate(
            "performance.getEntries().map(e => e.transferSize || 0).reduce((a, b) => a + b)"
        )
        assert 0 < sizes < 150_000
