"""What people search for is found."""

import pytest
from tests.pages.conftest import Visitor

#: Words, and what must be among the first results.
WORDS = {
    "knelpuntberoepen": "sector/shortage-occupations",
    "COBAT": "instrument/cobat",
    "BWRO": "instrument/cobat",
    "mobilite": "theme/mobility",
    "Laaouej": "person/ahmed-laaouej",
    "alleenstaande ouders": "target-group/single-parent-families",
    "knelpuntberoppen": "priority/2026-2029-5",
    "laouej": "person/ahmed-laaouej",
}


@pytest.mark.parametrize("words", WORDS)
def test_what_people_look_for_comes_first(visitor: Visitor, words: str) -> None:
    with visitor.at("/", locale="fr") as seen:
        page = seen.page
        page.locator("#find").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?*")
        links = page.locator(".results h2 a").all()[:2]
        assert any((link.get_attribute("href") or "").endswith(WORDS[words]) for link in links)


def test_results_are_narrowed_by_facets(visitor: Visitor) -> None:
    with visitor.at("/search?q=emploi", locale="fr") as seen:
        page = seen.page
        before = page.locator(".results > li").count()
        page.get_by_role("link", name="Priorité partagée").click()
        kinds = page.locator(".results .kind").all_inner_texts()
        assert 0 < len(kinds) < before
        assert set(kinds) == {"Priorité partagée"}


def test_names_are_suggested_while_one_types(visitor: Visitor) -> None:
    with visitor.at("/", locale="nl") as seen:
        field, options = seen.page.locator("#find"), seen.page.locator(".suggestions [role=option]")
        field.press_sequentially("knelpunt")
        options.first.wait_for()
        assert "knelpuntberoepen" in options.all_inner_texts()
        assert field.get_attribute("aria-expanded") == "true"
        seen.page.keyboard.press("ArrowDown")
        chosen = seen.page.locator("[role=option][aria-selected=true]")
        assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        assert field.input_value() == chosen.inner_text()
        seen.page.keyboard.press("ArrowUp")
        assert (chosen.count(), field.input_value()) == (0, "knelpunt")
        seen.page.keyboard.press("ArrowUp")
        assert field.input_value() == options.last.inner_text()
        seen.page.keyboard.press("Escape")
        assert (options.count(), field.input_value()) == (0, "knelpunt")
        assert field.get_attribute("aria-expanded") == "false"
        assert (seen.messages, seen.elsewhere) == ([], [])


def test_a_suggestion_is_searched_with_enter(visitor: Visitor) -> None:
    with visitor.at("/", locale="nl") as seen:
        seen.page.locator("#find").press_sequentially("knelpuntber")
        seen.page.locator("[role=option]").first.wait_for()
        seen.page.keyboard.press("ArrowDown")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/search?*")
        assert "knelpuntberoepen" in seen.page.url.lower()


def test_a_program_gets_the_results_as_json(visitor: Visitor) -> None:
    with visitor.at("/", locale="fr") as seen:
        api = seen.page.request
        answer = api.get(
            f"{visitor.address}/search?q=BWRO&limit=1&lang=fr",
            headers={"Accept": "application/json"},
        )
        (first,) = answer.json()["results"]
        assert first["iri"] == "https://w3id.org/brupact/id/instrument/cobat"
        assert first["label"] == "Code bruxellois de l’aménagement du territoire"
        assert first["type"] == "https://w3id.org/brupact/ns#Instrument"
        refused = api.get(f"{visitor.address}/search?q=x&colour=red")
        assert refused.status == 400
