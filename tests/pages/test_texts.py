"""The catalogues of words say the same things, and all that the pages ask for."""

import re
from string import Formatter

import pytest

from brupact.describe import shorten
from brupact.library import LANGUAGES, load_library
from brupact.reasoning import Kind
from brupact.vocabulary.shapes import WORDS
from brupact.vocabulary.terms import KINDS, MAPPINGS
from brupact.web.status import LIMITS
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
    assert texts("fr").moment("2026-11-24T05:41:32+01:00") == "24 novembre 2026 04:41 UTC"
    assert texts("nl").moment("soon") == "soon"
    assert texts("fr").moment("0001-01-01T00:00:00+14:00") == "0001-01-01T00:00:00+14:00"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_limit_and_every_constraint_has_words(language: str) -> None:
    words = texts(language)
    assert [name for name in LIMITS if not words.has(f"status.limit.{name}")] == []
    constraints = {word for word in WORDS.values()} | {"one-language"}
    assert [word for word in constraints if not words.has(f"vocabulary.limit.{word}")] == []
    assert [kind for kind in KINDS if not words.has(f"vocabulary.kind.{kind}")] == []
    mappings = map(shorten, MAPPINGS)
    assert [name for name in mappings if not words.has(f"vocabulary.mapping.{name}")] == []
    assert [kind for kind in Kind if not words.has(f"rule.kind.{kind}")] == []
