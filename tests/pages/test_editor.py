"""The editor of ``/sparql`` in Chromium, against the real service."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.pages.conftest import Seen, Visitor
from tests.pages.test_pages import LANGUAGES
from tests.pages.test_quality import MODULES
from tests.process import serving

from brupact.web.built import built

pytestmark = pytest.mark.skipif(
    built("editor.js") is None, reason="NO NPM: the query editor is left out"
)

PACT = "PREFIX pact: <https://w3id.org/brupact/ns#>\n"
MEMBERS = f"""{PACT}SELECT ?number ?priority ?member ?text {{
  ?priority a pact:SharedPriority ; pact:number ?number ; pact:sourceText ?text
  OPTIONAL {{ ?priority pact:competentMember ?member }}
}} ORDER BY ?number"""
THEMES = f"""{PACT}SELECT ?theme (COUNT(?priority) AS ?priorities) {{
  ?priority a pact:SharedPriority ; pact:inTheme ?theme
}} GROUP BY ?theme ORDER BY DESC(?priorities) ?theme"""
DESCRIBED = "DESCRIBE <https://w3id.org/brupact/id/priority/2026-2029-6>"
#: Past any deadline: only ended from outside.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
#: Parts of third parties that cannot be mended, by selector, each with its issue: axe-core passes
#: over them.
EXCLUDED: dict[str, str] = {}
#: What the browser itself says of an answer that is a failure.
REFUSED = re.compile(r"Failed to load resource: .* status of 400")


@contextmanager
def opened(
    visitor: Visitor, text: str = "", *, lang: str = "en", width: int = 1280,
    scheme: str = "light", **said: str,
) -> Iterator[Seen]:  # fmt: skip
    """The editor at an address that says the query and what else, run if there is a query."""
    values = {"text": text, "run": "", **said} if text else said
    with visitor.at("/about", width=width, color_scheme=scheme) as seen:
        seen.page.goto(f"{visitor.address}/sparql?lang={lang}#{urlencode(values)}")
        seen.page.locator(".CodeMirror").wait_for()
        yield seen
        assert [m for m in seen.messages if not REFUSED.match(m)] == []
        assert seen.elsewhere == []


def write(page: Page, text: str) -> None:
    """Type `text` in the place of what the editor holds."""
    page.locator(".CodeMirror-lines").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


def value(page: Page) -> str:
    """The query that the form would send."""
    return page.locator("#query").input_value()


def view(page: Page, name: str) -> None:
    page.locator(".views").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_a_query_gives_a_table_a_chart_and_a_graph(visitor: Visitor, lang: str, width: int) -> None:
    with opened(visitor, THEMES, lang=lang, width=width) as seen:
        page = seen.page
        economy = {"fr": "Économie", "nl": "Economie", "en": "Economy"}[lang]
        rows = page.locator(".view tbody tr")
        expect(rows).to_have_count(7)
        expect(rows.first.locator("a")).to_have_text(economy)
        assert rows.first.locator("a").get_attribute("lang") == lang
        assert rows.first.locator("td").nth(1).inner_text() == "5"
        names = page.locator(".views button").all_inner_texts()
        assert len(names) == len(set(names)) == 5
        view(page, names[1])
        bars = page.locator(".view rect.part")
        expect(bars).to_have_count(7)
        assert bars.first.get_attribute("width") == "100"
        expect(page.locator(".view tbody th").first).to_have_text(economy)
        page.locator(".view select").nth(2).select_option("line")
        expect(page.locator(".view svg[role=img] circle")).to_have_count(7)
        view(page, names[2])
        expect(page.locator(".drawing")).to_have_attribute("aria-label", re.compile(r"^7 .* 0 "))
        page.locator(".drawing canvas").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        view(page, names[3])
        expect(page.locator(".view pre")).to_contain_text('"vars"')


def test_what_is_typed_is_run_by_its_keys_and_the_result_told(visitor: Visitor) -> None:
    with opened(visitor) as seen:
        page = seen.page
        write(page, "SELECT ?n { VALUES ?n { 3 1 2 } } LIMIT 2")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".said")).to_have_text(re.compile(r"^2 rows in [\d,]+ ms$"))
        # What the service warns of is shown.
        expect(page.locator(".warned")).to_contain_text("LIMIT or OFFSET without ORDER BY")
        assert "run=" in page.url and "LIMIT" in page.url


def test_a_table_is_sorted_narrowed_and_turned(visitor: Visitor) -> None:
    with opened(visitor, MEMBERS, lang="nl") as seen:
        page = seen.page
        cells = page.locator(".view tbody tr td:first-child")
        expect(cells.first).to_have_text("1")
        head = page.locator(".view th")
        head.nth(0).locator("button").click()
        expect(cells.first).to_have_text("1")
        head.nth(0).locator("button").click()
        expect(head.nth(0)).to_have_attribute("aria-sort", "descending")
        expect(cells.first).to_have_text("17")
        page.locator(".view input[type=search]").fill("laaouej")
        expect(page.locator(".view tbody tr").first).to_contain_text("Ahmed Laaouej")
        assert {"15", "16", "17"} == set(cells.all_inner_texts())
        page.locator(".view input[type=checkbox]").uncheck()
        expect(page.locator(".view tbody a").nth(1)).to_have_text("person/ahmed-laaouej")
        texts = page.locator(".view tbody td:nth-child(4) > span").all()
        tags = {text.get_attribute("lang") for text in texts}
        assert tags == {"fr", "nl"}
    with opened(visitor, "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 120") as seen:
        page = seen.page
        rows = page.locator(".view tbody tr")
        expect(rows).to_have_count(50)
        page.get_by_role("button", name="next").click()
        page.get_by_role("button", name="next").click()
        expect(rows).to_have_count(20)
        expect(page.locator(".view [role=status]")).to_have_text("Rows 101 to 120 of 120")
        page.locator(".view select").select_option("200")
        expect(rows).to_have_count(120)


def test_a_described_thing_is_a_graph_and_a_table(visitor: Visitor) -> None:
    with opened(visitor, DESCRIBED, lang="fr") as seen:
        page = seen.page
        expect(page.locator(".said")).to_contain_text("triplets")
        graph = page.locator(".drawing")
        expect(graph).to_have_attribute("aria-label", re.compile(r"nœuds et \d+ arcs"))
        drawn = int(re.findall(r"\d+", graph.get_attribute("aria-label") or "")[0])
        page.locator(".view input[type=checkbox]").check()
        expect(graph).not_to_have_attribute("aria-label", re.compile(rf"^{drawn} "))
        view(page, "Tableau")
        link = page.locator(".view tbody a", has_text="Audrey Henry").first
        assert link.get_attribute("href") == "/doc/person/audrey-henry?lang=fr"
        view(page, "Texte")
        expect(page.locator(".view pre")).to_contain_text("@prefix")


def test_triples_as_terms_and_escapes_are_read(visitor: Visitor) -> None:
    made = (
        "CONSTRUCT { <x:s> <x:p> ?text ; <x:q> <<( <x:a> <x:b> <<( <x:c> <x:d> 4 )>> )>> } "
        r'{ BIND("a \"quoted\" tab\t. <x> \\ \n end"@fr-BE AS ?text) }'
    )
    with opened(visitor, made, view="table") as seen:
        rows = seen.page.locator(".view tbody tr")
        expect(rows).to_have_count(2)
        text = rows.filter(has_text="x:p").locator("td").nth(2)
        expect(text.locator("span")).to_have_text('a "quoted" tab\t. <x> \\ \n end')
        assert text.locator("span").get_attribute("lang") == "fr-be"
        triple = rows.filter(has_text="x:q").locator("td").nth(2)
        expect(triple).to_have_text("x:a x:b x:c x:d 4")


def test_two_clicks_on_a_node_open_its_page(visitor: Visitor) -> None:
    one = "SELECT ?thing { VALUES ?thing { <https://w3id.org/brupact/id/theme/economy> } }"
    with opened(visitor, one, view="graph") as seen:
        page = seen.page
        page.locator(".drawing canvas").first.wait_for()
        expect(page.locator(".drawing")).to_have_attribute("aria-label", re.compile("^1 "))
        # What is drawn knows where it stands a frame after the page was moved.
        page.locator(".drawing").hover()
        page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        page.locator(".drawing").dblclick()
        page.wait_for_url("**/doc/theme/economy?lang=en")


def test_a_syntax_error_is_marked_at_its_line(visitor: Visitor) -> None:
    with opened(visitor, "SELECT * {\n  ?s ?p ?o .\n  FILTR(?o > 3)\n}") as seen:
        page = seen.page
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("expected")
        place = alert.get_by_role("button")
        expect(place).to_have_text(re.compile(r"line 3, column \d+"))
        marked = page.locator(".CodeMirror-code > div").nth(2)
        assert "wrong-line" in (marked.get_attribute("class") or "")
        # While one writes, the grammar marks a line, too.
        assert page.locator(".doubtful").count() == 1
        place.click()
        assert page.locator(".CodeMirror-focused").count() == 1
        page.keyboard.type(" ")
        expect(page.locator(".wrong-line")).to_have_count(0)


def test_our_terms_and_things_are_suggested_with_their_names(visitor: Visitor) -> None:
    with opened(visitor, lang="fr") as seen:
        page = seen.page
        hints = page.locator(".CodeMirror-hint")
        write(page, "SELECT * WHERE { ?mesure pact:competentM")
        # The prefix is declared by itself.
        assert value(page).startswith("PREFIX pact: <https://w3id.org/brupact/ns#>\n")
        expect(hints.first).to_contain_text("pact:competentMember")
        expect(hints.first).to_contain_text("membre compétent")
        page.keyboard.press("Enter")
        assert value(page).endswith("?mesure pact:competentMember")
        # By its name, in the language of the page.
        write(page, "SELECT * WHERE { ?priorité a instrum")
        expect(hints.filter(has_text="pact:Instrument").first).to_be_visible()
        write(page, "SELECT * WHERE { ?measure pact:competentMember laaou")
        person = hints.filter(has_text="id/person/ahmed-laaouej>")
        expect(person).to_be_visible()
        person.click()
        assert value(page).endswith("<https://w3id.org/brupact/id/person/ahmed-laaouej>")
        expect(page.locator(".CodeMirror-focused")).to_have_count(1)
        page.keyboard.type(" . fil")
        expect(hints.filter(has_text="FILTER")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.type("ter(?mea")
        expect(hints).to_have_text(["?measure"])


def test_a_question_of_the_library_fills_the_editor_and_runs(visitor: Visitor) -> None:
    with opened(visitor, lang="nl") as seen:
        page = seen.page
        page.locator("#examples summary").click()
        page.locator("#examples-filter").fill("gedelegeerd")
        shown = page.locator("#examples li a:visible")
        expect(shown.filter(has_text="Gedelegeerde bevoegdheden").first).to_be_visible()
        assert shown.count() < page.locator("#examples li a").count() / 4
        page.locator("#examples-filter").fill("")
        page.locator("#examples a[href*='/queries/themes?']").first.click()
        expect(page.locator(".said")).to_have_text(re.compile(r"^7 rijen in"))
        assert '"nl"' in value(page)


def test_a_link_opens_the_query_with_its_options(visitor: Visitor) -> None:
    text = f"{PACT}SELECT ?theme {{ ?theme a pact:Theme }} ORDER BY ?theme"
    with opened(visitor, text, labels="fr", infer="off", timeout="7", view="text") as seen:
        page = seen.page
        expect(page.locator(".view pre")).to_contain_text("themeLabel")
        assert not page.locator("[data-option=infer]").is_checked()
        assert page.locator("[data-option=timeout]").input_value() == "7"
        page.locator("#share").click()
        expect(page.locator("#shared")).not_to_be_empty()
        again = page.url
        page.goto(f"{visitor.address}/about")
        page.goto(again)
        expect(page.locator(".view pre")).to_contain_text("themeLabel")
        assert value(page) == text
        for link in page.locator(".take a").all():
            answer = page.request.get(visitor.address + (link.get_attribute("href") or ""))
            assert answer.status == 200
            assert "infer=off" in answer.url
            name = link.inner_text().lower()
            assert {"tsv": "tab-separated"}.get(name, name) in answer.headers["content-type"]
            assert "themeLabel" in answer.text()


def test_queries_that_were_run_are_kept_by_the_browser(visitor: Visitor) -> None:
    with opened(visitor, "ASK { ?one ?two ?three }") as seen:
        page = seen.page
        expect(page.locator(".said")).to_have_text("Yes: there is such a thing.")
        page.locator("#recent summary").click()
        kept = page.locator("#recent li button")
        expect(kept.first).to_have_text("ASK { ?one ?two ?three }")
        write(page, "ASK { ?four ?five 6 }")
        page.keyboard.press("Control+Enter")
        expect(kept.first).to_have_text("ASK { ?four ?five 6 }")
        kept.nth(1).click()
        assert value(page) == "ASK { ?one ?two ?three }"
        page.locator("#recent .note button").click()
        expect(kept).to_have_count(0)


def test_an_answer_is_cited_and_asked_of_a_version(browser: Browser, tmp_path: Path) -> None:
    with serving("--state", str(tmp_path / "state")) as running:
        kept = Visitor(browser, running.address)
        with opened(kept, THEMES, version="0") as seen:
            page = seen.page
            expect(page.locator(".view tbody tr")).to_have_count(7)
            assert page.locator("[data-option=version]").input_value() == "0"
            page.locator("#result details summary").click()
            cited = page.locator("#result details a").get_attribute("href") or ""
            assert "version=" in cited
            answer = page.request.get(cited, headers={"Accept": "text/csv"})
            assert len(answer.text().splitlines()) == 8
            page.locator("[data-option=version]").fill("99")
            page.get_by_role("button", name="Run").click()
            expect(page.get_by_role("alert")).to_contain_text("99")
            seen.messages.clear()  # What the browser says of 404.


def test_pages_lead_into_the_editor_with_their_query(visitor: Visitor) -> None:
    with visitor.at("/queries/responsible?lang=fr") as seen:
        page = seen.page
        page.get_by_role("link", name="Ouvrir dans l’éditeur de requêtes").click()
        page.locator(".CodeMirror").wait_for()
        assert "?priority" in value(page)
        page.get_by_role("button", name="Exécuter").click()
        expect(page.locator(".view tbody tr").first).to_be_visible()
    with visitor.at("/doc/theme/economy?lang=en") as seen:
        seen.page.get_by_role("link", name="Query this").click()
        seen.page.locator(".CodeMirror").wait_for()
        assert value(seen.page) == "DESCRIBE <https://w3id.org/brupact/id/theme/economy>"


def test_a_query_is_stopped(visitor: Visitor) -> None:
    with opened(visitor, LONG, timeout="20") as seen:
        page = seen.page
        stop = page.locator("#stop")
        expect(stop).to_be_enabled()
        stop.click()
        expect(page.locator(".said")).to_have_text("Stopped.")
        expect(stop).to_be_disabled()


def test_the_keyboard_is_not_caught_in_the_text(visitor: Visitor) -> None:
    with opened(visitor) as seen:
        page = seen.page
        before = value(page)
        for keys in (("Tab",), ("Escape", "Tab"), ("Shift+Tab",)):
            page.locator(".CodeMirror-lines").click()
            for key in keys:
                page.keyboard.press(key)
            expect(page.locator(".CodeMirror-focused")).to_have_count(0)
        assert value(page) == before


@pytest.mark.skipif(not MODULES.exists(), reason="NO NPM: the judges of pages are left out")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_any_view(visitor: Visitor, scheme: str) -> None:
    axe = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found: dict[str, Any] = {}

    def judge(page: Page, name: str) -> None:
        outside = json.dumps({"exclude": [[selector] for selector in EXCLUDED]})
        if not page.evaluate("typeof axe !== 'undefined'"):
            page.evaluate(axe)
        violations = page.evaluate(f"axe.run({outside}).then(results => results.violations)")
        found[name] = [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in violations]

    with opened(visitor, THEMES, scheme=scheme) as seen:
        page = seen.page
        page.locator(".view tbody tr").first.wait_for()
        page.locator("#examples summary").click()
        page.locator(".keys summary").click()
        for name in page.locator(".views button").all_inner_texts():
            view(page, name)
            judge(page, name)
        write(page, "SELECT * { ?thing pact:compet")
        page.locator(".CodeMirror-hint").first.wait_for()
        judge(page, "suggestions")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+Enter")
        page.get_by_role("alert").wait_for()
        judge(page, "failure")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_form_works_without_javascript(visitor: Visitor) -> None:
    with visitor.at("/sparql", locale="fr", java_script_enabled=False) as seen:
        page = seen.page
        assert page.locator(".scripted:visible").count() == 0
        page.locator("#query").fill("ASK { ?any a <https://w3id.org/brupact/ns#Theme> }")
        page.get_by_label("Format").select_option("json")
        page.get_by_role("button", name="Exécuter").click()
        page.wait_for_url("**/sparql?*&as=json")
        assert json.loads(page.locator("pre").inner_text())["boolean"] is True


def test_no_other_page_loads_the_editor(visitor: Visitor) -> None:
    for path in ("/", "/queries/themes", "/doc/theme/economy"):
        with visitor.at(path) as seen:
            loaded = seen.page.evaluate("performance.getEntries().map(entry => entry.name)")
            assert [name for name in loaded if "/built/" in name and ".woff2" not in name] == []


def test_the_editor_is_no_heavier_than_it_must_be(browser: Browser, service: str) -> None:
    with Visitor(browser, service).at("/sparql", locale="de") as seen:
        page = seen.page
        page.locator(".CodeMirror").wait_for()
        entries = "performance.getEntries().map(entry => [entry.name, entry.transferSize || 0])"
        loaded = dict(page.evaluate(entries))
        # The typefaces are those of every page: the first page is weighed with them.
        mine = [size for name, size in loaded.items() if not name.endswith(".woff2")]
        assert 0 < sum(mine) < 230_000
        assert not [name for name in loaded if "/built/graph" in name]
        write(page, DESCRIBED)
        page.keyboard.press("Control+Enter")
        page.locator(".drawing canvas").first.wait_for()
        loaded = dict(page.evaluate(entries))
        assert [name for name in loaded if "/built/graph" in name]
