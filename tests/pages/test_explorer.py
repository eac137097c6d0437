"""The explorer in Chromium: drawing and list in step, by mouse, by touch and by keyboard."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.pages.conftest import Seen, Visitor
from tests.pages.test_hostile import HOSTILE, ID
from tests.pages.test_quality import MODULES
from tests.process import serving

from brupact.web.built import built

PRIORITY = "/explore?iri=priority/2026-2029-13"
#: Where a thing stands on the drawing, in pixels of the page; its state is that of the script.
PLACE = """id => {
  const cy = document.querySelector("#drawing")._cyreg.cy;
  const box = document.querySelector("#drawing").getBoundingClientRect();
  const { x, y } = cy.getElementById(id).renderedPosition();
  return [box.x + x, box.y + y];
}"""
DRAWN = """() => {
  const cy = document.querySelector("#drawing")._cyreg.cy;
  return { things: cy.nodes(".thing").map(n => n.id()), open: cy.nodes(".open").map(n => n.id()),
           lines: cy.edges().map(e => [e.data("relation"), e.style("line-style")]) };
}"""

needs_script = pytest.mark.skipif(
    built("explorer.js") is None, reason="NO NPM: the explorer draws nothing"
)


def drawn(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(DRAWN)
    return found


def listed(page: Page) -> set[str]:
    """The things that the list names."""
    shown = page.locator("#list .around > :not(details) [data-thing], #list .around")
    return set(shown.evaluate_all("all => all.map(e => e.dataset.thing)"))


def assert_in_step(page: Page) -> None:
    """List, data and drawing hold the same things."""
    data = json.loads(page.locator("#drawn").text_content() or "")
    assert {thing["iri"] for thing in data["things"]} == set(drawn(page)["things"]) == listed(page)


def step(page: Page, name: str) -> None:
    """Open or close the thing `name` from the list."""
    page.locator("#list li a[data-step]", has_text=name).first.click()


def click(page: Page, thing: str) -> None:
    """Click a thing on the drawing."""
    page.locator("#drawing").scroll_into_view_if_needed()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.mouse.click(*page.evaluate(PLACE, thing))


def assert_clean(seen: Seen) -> None:
    assert (seen.messages, seen.elsewhere) == ([], [])


@needs_script
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_it_opens_at_a_thing_in_each_language(visitor: Visitor, language: str) -> None:
    words = {"fr": "Zone de basses émissions", "nl": "lage-emissiezone", "en": "Low Emission Zone"}
    for width in (1280, 360):
        with visitor.at(PRIORITY, locale=language, width=width) as seen:
            page = seen.page
            assert_in_step(page)
            text = page.locator("#list").inner_text().casefold()
            assert words[language].casefold() in text
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            box = page.locator("#drawing canvas").first.bounding_box()
            assert box and box["width"] > 300 and box["height"] > 300
            assert_clean(seen)


@needs_script
def test_derived_links_are_dashed(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en") as seen:
        styles = {
            relation.rpartition("#")[2]: style for relation, style in drawn(seen.page)["lines"]
        }
        assert styles["competentMember"] == "dashed"
        assert styles["intendsToApply"] == "solid"


@needs_script
def test_a_click_on_the_drawing_opens_a_thing_and_the_panel_closes_it(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en") as seen:
        page, lez = seen.page, ID + "instrument/lez"
        before = drawn(page)
        click(page, lez)
        page.locator(f'.around[data-thing="{lez}"]').wait_for()
        after = drawn(page)
        assert set(after["open"]) == {*before["open"], lez}
        assert set(before["things"]) < set(after["things"])
        assert parse_qs(urlsplit(page.url).query)["open"] == ["instrument/lez"]
        told = page.locator("#told").inner_text()
        assert re.match(r"\d+ things were added: .*low emission zone", told), told
        assert_in_step(page)
        click(page, lez)
        panel = page.locator("#chosen")
        assert "Low emission zone" in panel.inner_text()
        assert (panel.locator(".page").get_attribute("href") or "").endswith("/doc/instrument/lez")
        panel.get_by_role("link", name="close").click()
        expect(page.locator(".around")).to_have_count(1)
        assert drawn(page) == before
        page.go_back()
        expect(page.locator(".around")).to_have_count(2)
        assert_in_step(page)
        assert_clean(seen)


@needs_script
def test_a_tap_opens_a_thing(browser: Browser, service: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True, locale="fr"
    )
    page = context.new_page()
    page.goto(service + PRIORITY)
    page.locator("#drawing").scroll_into_view_if_needed()
    page.touchscreen.tap(*page.evaluate(PLACE, ID + "theme/environment"))
    expect(page.locator(".around")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@needs_script
def test_the_keyboard_alone_opens_and_closes(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="nl") as seen:
        page = seen.page
        link = page.locator("#list li a[data-step]", has_text="Elke Van den Brandt").first
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".around")).to_have_count(2)
        focused = "document.activeElement.textContent"
        assert page.evaluate(focused) == "Elke Van den Brandt"
        assert "dingen toegevoegd" in page.locator("#told").inner_text()
        assert_in_step(page)
        page.keyboard.press("Enter")
        expect(page.locator(".around")).to_have_count(1)
        assert page.evaluate(focused) == "Elke Van den Brandt"
        assert "weggehaald" in page.locator("#told").inner_text()
        box = page.locator("#legend label", has_text="bevoegd lid").locator("input")
        box.focus()
        page.keyboard.press("Space")
        expect(page.locator("#list h3", has_text="bevoegd lid")).not_to_be_visible()
        assert page.evaluate("document.activeElement.dataset.step").endswith("competentMember")
        assert_in_step(page)
        assert_clean(seen)


@needs_script
def test_relations_and_kinds_are_hidden_and_shown(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en") as seen:
        page = seen.page

        def switch(name: str) -> None:
            page.get_by_role("checkbox", name=re.compile(rf"^{name} \d")).click()

        before = set(drawn(page)["things"])
        switch("competent member")
        expect(page.locator("#list h3", has_text="competent member")).not_to_be_visible()
        assert before - set(drawn(page)["things"]) == {ID + "person/ans-persoons"}
        switch("Theme")
        expect(page.locator("#list li", has_text="Environment")).to_have_count(2)
        assert ID + "theme/environment" not in drawn(page)["things"]
        switch("Kind")
        expect(page.locator('#list li[data-thing$="ns#SharedPriority"]')).to_be_visible()
        assert "https://w3id.org/brupact/ns#SharedPriority" in drawn(page)["things"]
        assert_in_step(page)
        assert_clean(seen)


@needs_script
def test_more_is_one_step_away_on_the_drawing(visitor: Visitor) -> None:
    with visitor.at("/explore", locale="en") as seen:
        page = seen.page
        part = f"more {ID}agreement/2026-2029 in https://w3id.org/brupact/ns#partOf"
        click(page, part)
        expect(page.locator("#list a", has_text="15 more")).to_be_visible()
        assert_in_step(page)
        assert_clean(seen)


@needs_script
def test_a_thing_is_added_and_a_way_to_another_found(visitor: Visitor) -> None:
    with visitor.at("/explore?iri=person/ahmed-laaouej", locale="en") as seen:
        page = seen.page
        page.locator("#words").fill("COBAT")
        page.locator("#words").press("Enter")
        found = page.locator(".found-things li").first
        found.wait_for()
        assert page.evaluate("document.activeElement.id") == "found"
        found.get_by_role("link", name="ways to it").click()
        page.locator(".ways-found li").first.wait_for()
        assert ID + "instrument/cobat" in drawn(page)["things"]
        page.locator("#words").fill("Actiris")
        page.locator("#words").press("Enter")
        page.locator(".found-things a", has_text="add").first.click()
        page.locator(f'.around[data-thing="{ID}organisation/actiris"]').wait_for()
        assert page.locator("#words").input_value() == ""
        assert_clean(seen)


@needs_script
def test_a_shared_address_shows_the_same(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="fr") as seen:
        page = seen.page
        step(page, "Zone de basses émissions")
        expect(page.locator(".around")).to_have_count(2)
        page.locator("#legend label", has_text="vise le groupe").locator("input").click()
        expect(page.locator("#list h3", has_text="vise le groupe")).not_to_be_visible()
        state, address = drawn(page), page.locator("#share").get_attribute("href") or ""
        assert page.url.endswith(address)
        page.goto(visitor.address + address)
        again = drawn(page)
        assert set(again["things"]) == set(state["things"])
        assert set(again["open"]) == set(state["open"])
        for link in page.locator("nav.languages a").all():
            assert "open=" in (link.get_attribute("href") or "")
        assert_clean(seen)


@needs_script
def test_the_picture_and_the_data_are_taken_along(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en") as seen:
        page = seen.page
        with page.expect_download() as download:
            page.locator("#png").click()
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
        for name, media_type in (("Turtle", "text/turtle"), ("CSV", "text/csv"),
                                 ("JSON", "application/json")):  # fmt: skip
            address = page.locator("#take a", has_text=name).get_attribute("href")
            answer = page.request.get(f"{visitor.address}{address}")
            assert (answer.headers["content-type"].partition(";")[0], answer.ok) == (media_type, 1)
        query = page.get_by_role("link", name="The query behind it").get_attribute("href") or ""
        assert query.startswith("/sparql?text=CONSTRUCT")
        assert_clean(seen)


@needs_script
def test_the_tools_zoom_fit_and_arrange(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en") as seen:
        page = seen.page
        zoom = "document.querySelector('#drawing')._cyreg.cy.zoom()"
        first = page.evaluate(zoom)
        page.get_by_role("button", name="Closer").click()
        assert page.evaluate(zoom) > first
        page.get_by_role("button", name="Show all").click()
        assert page.evaluate(zoom) == pytest.approx(first)
        places = (
            f"[...{json.dumps([ID + 'instrument/lez', ID + 'theme/environment'])}].map({PLACE})"
        )
        before = page.evaluate(places)
        page.get_by_role("button", name="Arrange again").click()
        assert page.evaluate(places) == before
        assert_clean(seen)


@needs_script
@pytest.mark.skipif(not MODULES.exists(), reason="NO NPM: the judges of pages are left out")
def test_axe_finds_nothing_once_things_are_open(visitor: Visitor) -> None:
    axe = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for scheme, language in (("light", "nl"), ("dark", "fr")):
        with visitor.at(PRIORITY, color_scheme=scheme, locale=language) as seen:
            page = seen.page
            click(page, ID + "person/elke-van-den-brandt")
            expect(page.locator(".around")).to_have_count(2)
            page.evaluate(axe)
            found = page.evaluate("axe.run().then(results => results.violations)")
            assert [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found] == []


def test_without_javascript_the_list_leads_on(visitor: Visitor) -> None:
    with visitor.at(PRIORITY, locale="en", java_script_enabled=False) as seen:
        page = seen.page
        assert page.locator("#drawing").count() == 0 or not page.locator("#drawing").is_visible()
        assert page.locator("#legend input:visible").count() == 0
        step(page, "Elke Van den Brandt")
        expect(page.locator(".around")).to_have_count(2)
        page.locator(".around a", has_text="close").last.click()
        expect(page.locator(".around")).to_have_count(1)
        page.locator("#words").fill("COBAT")
        page.locator("#words").press("Enter")
        page.locator(".found-things a", has_text="add").first.click()
        expect(page.locator(".around")).to_have_count(2)
        assert_clean(seen)


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Names that are markup, addresses that are scripts, and a thing with very many neighbours."""
    crowd = "".join(f"<{ID}x/{n}> <https://example.org/in> <{ID}hub> .\n" for n in range(2_500))
    links = f"<{ID}person/one> <https://example.org/knows> <javascript:document.title='ran'> .\n"
    data: Path = tmp_path_factory.mktemp("data") / "hostile.ttl"
    data.write_text(HOSTILE + crowd + links, encoding="utf-8")
    with serving("--data", str(data)) as running:
        yield Visitor(browser, running.address)


@needs_script
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_hostile_names_and_addresses_are_inert(hostile: Visitor, language: str) -> None:
    with hostile.at("/explore?iri=person/one", width=360, locale=language) as seen:
        page = seen.page
        assert page.title() not in ("ran", "1")
        things = drawn(page)["things"]
        assert "javascript:document.title='ran'" in things
        schemes = page.evaluate("Array.from(document.links, link => link.protocol)")
        assert set(schemes) <= {"http:", "https:"}
        step(page, "an evil name")
        expect(page.locator(".around")).to_have_count(2)
        click(page, "javascript:document.title='ran'")
        expect(page.locator("#chosen")).to_be_visible()
        assert not page.locator("#chosen .page").is_visible()
        assert page.locator("main img, main b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.title() not in ("ran", "1")
        assert seen.elsewhere == []


@needs_script
def test_a_thing_with_thousands_of_neighbours_says_so_and_does_not_freeze(hostile: Visitor) -> None:
    with hostile.at("/explore?iri=hub", locale="en") as seen:
        page = seen.page
        for left in ("2,494", "2,470"):
            more = page.locator("#list a", has_text=f"{left} more")
            expect(more).to_be_visible()
            more.click()
        assert len(drawn(page)["things"]) < 100
        page.goto(f"{hostile.address}/explore?iri=hub&more=hub|in|https://example.org/in|200")
        assert len(drawn(page)["things"]) == 201
        whole = page.locator("#list a", has_text="2,300 more: the whole list")
        answer = page.request.get(
            f"{hostile.address}{whole.get_attribute('href')}", headers={"Accept": "text/csv"}
        )
        assert len(answer.text().splitlines()) == 2_501
        assert_clean(seen)
