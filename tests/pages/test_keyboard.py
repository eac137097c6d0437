"""The keyboard alone reaches everything, in order, and one sees where one is."""

import pytest
from tests.pages.conftest import Visitor
from tests.pages.test_pages import PAGES

#: So many stops are walked at most: the longest pages have more of the same.
STOPS = 250
#: Notes each element that gets the focus: its place among those that can have it, and whether that
#: is seen: on the element itself, on the words of a drawing, on the frame of an editor.
WATCH = """() => {
  const able = "a[href], :is(button, input:not([type=hidden]), select, textarea):enabled, " +
    "summary, [tabindex]";
  window.able = Array.from(document.querySelectorAll(able)).filter(
    e => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}));
  window.stops = [];
  document.addEventListener("focusin", event => {
    const e = event.target;
    const mark = e instanceof SVGElement ? e.querySelector("text") : e.closest(".CodeMirror") ?? e;
    const style = getComputedStyle(mark);
    window.stops.push([window.able.indexOf(e), parseFloat(style.outlineWidth) >= 2 &&
      style.outlineStyle !== "none", e.outerHTML.slice(0, 80)]);
  });
}"""


@pytest.mark.parametrize("kind", PAGES)
def test_tab_reaches_everything(visitor: Visitor, kind: str) -> None:
    with visitor.at(PAGES[kind], locale="fr") as seen:
        page = seen.page
        page.evaluate(WATCH)
        able = page.evaluate("window.able.length")
        assert able > 10
        assert page.evaluate("window.able.every(e => e.tabIndex === 0)")
        for _ in range(min(able, STOPS)):
            page.keyboard.press("Tab")
        stops = page.evaluate("window.stops")
        assert [place for place, *_ in stops] == list(range(min(able, STOPS)))
        assert [words for _, is_seen, words in stops if not is_seen] == []


def test_the_first_stop_leads_to_the_content(visitor: Visitor) -> None:
    with visitor.at("/doc/priority/2026-2029-15", locale="nl") as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = page.locator(".skip").bounding_box()
        assert box and box["y"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
