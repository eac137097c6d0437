"""The catalogues of words say the same things, and all that the pages ask for."""

import re
from string import Formatter

import pytest

from brupact.library import LANGUAGES, load_library
from brupact.web.texts import texts
from brupact.web.things import table


def places(words: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(words)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_catalogue_has_the_same_keys_and_places(language: str) -> None:
    mine, english = texts(language).words, texts("en").words
    assert mine.keys() == english.keys()
    assert [key for key in mine if places(mine[key]) != places(english[key])] == []
    assert [key for key, words in mine.items() if not words.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_of_the_table_has_words(language: str) -> None:
    words = texts(language)
    for section in table()[1]:
        assert words.has(f"section.{section.name}"), section
        for column in section.columns:
            assert words.has(f"column.{column}") or section.form in ("responsible", "open"), column


def test_every_section_asks_for_what_its_query_gives() -> None:
    library = load_library()
    for section in table()[1]:
        if section.query is None:
            assert section.outgoing or section.incoming, section
            continue
        entry = library[section.query]
        named = set(re.findall(r"\?(\w+)", entry.text))
        assert set(section.columns) <= named, section
        assert section.where is None or section.where in named
        assert section.bind is None or section.bind in {p.name for p in entry.parameters}


def test_every_tag_of_the_library_has_words() -> None:
    tags = {tag for entry in load_library().values() for tag in entry.tags}
    assert {tag for tag in tags if not texts("fr").has(f"tag.{tag}")} == set()


def test_days_and_plurals_follow_the_language() -> None:
    assert texts("fr").date("2027-06-11") == "11 juin 2027"
    assert texts("nl").date("2027-06-11") == "11 juni 2027"
    assert texts("en").date("2027-06-11") == "11 June 2027"
    assert texts("fr").count("search.found", 0) == "0 résultat"
    assert texts("en").count("search.found", 0) == "0 results"
    assert texts("en").count("search.found", 1) == "1 result"
    assert texts("nl").date("soon") == "soon"
