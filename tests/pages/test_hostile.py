"""Data of others may hold anything: nothing of it runs, and no page breaks."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect
from tests.pages.conftest import Visitor
from tests.process import serving

from brupact.web.built import built

ID = "https://w3id.org/brupact/id/"
#: Literals and IRIs that a page must show as they are, and no more.
HOSTILE = f"""
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix pact: <https://w3id.org/brupact/ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<{ID}person/one> a foaf:Person, pact:SharedPriority, pact:Theme, <javascript:alert(2)> ;
  foaf:name "<script>document.title='ran'</script>" ;
  skos:prefLabel "<img src=x onerror=\\"document.title='ran'\\">"@fr ,
    "\\u202Egnihton \\u2067 si siht"@nl , "{"w" * 1_000_000}"@en ;
  skos:altLabel "</title><script>document.title='ran'</script>"@en , "{{{{ 7 * 7 }}}}"@en ;
  pact:number "<b>1</b>" ;
  pact:sourceText "' onmouseover='document.title=1'"@fr ;
  foaf:homepage <javascript:document.title='ran'>, <data:text/html,x>, <vbscript:x> ;
  foaf:page <https://example.org/?q="onclick=x> .
<{ID}person/one%22%3E%3Cscript%3E> a foaf:Person ; foaf:name "two"@x-klingon .
<javascript:document.title='ran'> a foaf:Person ; skos:prefLabel "an evil name"@en .
""".replace('?q="onclick', "?q=%22onclick")

PATHS = (
    "/", "/doc/person/one", "/doc/person/one%22%3E%3Cscript%3E", "/search?q=script",
    "/search?q=evil", "/search?q=<script>document.title='ran'</script>", "/queries/statements-about"
    "?node=person/one", "/catalogue", "/.well-known/void", "/graphs", "/queries/priorities",
    "/source", "/doc/<script>", "/explore", "/explore?find=<script>document.title='ran'</script>",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    data: Path = tmp_path_factory.mktemp("data") / "hostile.ttl"
    data.write_text(HOSTILE, encoding="utf-8")
    with serving("--data", str(data)) as running:
        yield Visitor(browser, running.address)


CASES = [(path, "fr") for path in PATHS] + [("/doc/person/one", "nl"), ("/doc/person/one", "en")]


@pytest.mark.parametrize(("path", "language"), CASES)
def test_nothing_runs_and_nothing_breaks(hostile: Visitor, path: str, language: str) -> None:
    with hostile.at(path, width=360, locale=language) as seen:
        page = seen.page
        assert page.title() not in ("ran", "1")
        assert page.locator("h1").count() == 1
        assert page.locator("h1").inner_text() != "Something went wrong"
        assert seen.elsewhere == []
        assert page.locator("main script:not([type]), main img, main b").count() == 0
        schemes = page.evaluate("Array.from(document.links, link => link.protocol)")
        assert set(schemes) <= {"http:", "https:"}
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.mouse.move(100, 300)
        assert page.title() not in ("ran", "1")


@pytest.mark.skipif(built("editor.js") is None, reason="NO NPM: the query editor is left out")
@pytest.mark.parametrize("text", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_the_editor_shows_what_is_hostile_and_runs_nothing(hostile: Visitor, text: str) -> None:
    with hostile.at("/about", width=360, locale="fr") as seen:
        page = seen.page
        page.goto(
            f"{hostile.address}/sparql#{urlencode({'text': text, 'run': '', 'view': 'table'})}"
        )
        page.locator(".view tbody tr").first.wait_for()
        expect(page.locator(".view tbody")).to_contain_text("<img src=x onerror=")
        expect(page.locator(".view tbody code[title^='javascript:']").first).to_be_visible()
        views = page.locator(".views button")
        for name in views.all_inner_texts():
            views.filter(has_text=name).click()
            page.locator(".view > *").last.wait_for()
            assert page.locator("main script:not([type]), main img, main b").count() == 0
            schemes = page.evaluate("Array.from(document.links, link => link.protocol)")
            assert set(schemes) <= {"http:", "https:"}
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".drawing canvas, .view pre").first.wait_for()
        assert page.title() not in ("ran", "1")
        assert (seen.messages, seen.elsewhere) == ([], [])


def test_a_name_that_turns_the_text_around_keeps_to_itself(hostile: Visitor) -> None:
    with hostile.at("/doc/person/one", locale="nl") as seen:
        assert seen.page.locator("h1").get_attribute("dir") == "auto"
        assert "49" not in seen.page.locator("main").inner_text()
