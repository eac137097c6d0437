"""Each question that people ask of the agreement has its query, found by its tag."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from brupact.library import LANGUAGES, Entry, Type

#: The question, the tag under which its query stands, and the query.
QUESTIONS = (
    ("Who is responsible, since when, and by whose delegation?", "responsibility", "responsible"),
    ("What is the status history, with evidence?", "status-history", "status-history"),
    ("Which sub-promises are there apart from the headline?", "sub-promises", "sub-promises"),
    ("What is the deadline, also when there is none?", "deadline", "deadlines-and-funding"),
    ("What is the funding, also when there is none?", "funding", "deadlines-and-funding"),
    ("How do two themes compare?", "comparison", "compare-themes"),
    ("Can I take everything about a priority with me?", "export", "all-about-priority"),
    ("Was it withdrawn, or did it fall silent?", "silence", "abandoned-or-silent"),
    ("On what has there been no news since a date?", "silence", "no-news-since"),
    ("How sure is this?", "confidence", "external-links"),
    ("What do both languages say?", "bilingual", "text-in-both-languages"),
    ("Where do French and Dutch differ?", "divergence", "divergences"),
    ("Which sentence says so?", "sentence", "sentences-of-node"),
    ("Which sentence is behind this triple?", "sentence", "sentence-behind-statement"),
    ("Who signed for which organisation?", "signatures", "signatures"),
    ("Which competences are delegated, by whom, to whom?", "delegation", "delegated-competences"),
    ("Which priorities concern a theme?", "theme", "priorities-of-theme"),
    ("Which instruments would be reformed, replaced, evaluated?", "instruments",
     "instruments-by-relation"),
    ("Which priorities name an organisation?", "organisations", "priorities-by-organisation"),
    ("Which target groups are named, and where?", "target-groups", "target-groups"),
    ("Which deliverables are promised?", "deliverables", "deliverables"),
    ("Which clauses speak of funding?", "funding", "funding-clauses"),
    ("Which priorities have no deadline and no stated lead?", "absence", "no-lead-no-deadline"),
    ("Which assertions are stated, inferred, external?", "assertion-kind", "assertion-kinds"),
    ("When is the agreement to be evaluated?", "evaluation", "evaluation-due"),
    ("What has changed since a date?", "changes", "changes"),
    ("Which milestones were due by a date, and reached?", "milestones", "milestones-due"),
    ("What do the indicators say?", "indicators", "indicator-series"),
    ("Which act fulfilled what was promised?", "acts", "acts"),
    ("How was a priority adapted?", "versions", "versions-of-priority"),
    ("Who held a competence on a date?", "competences", "competence-on-date"),
)  # fmt: skip


@pytest.mark.parametrize(("question", "tag", "slug"), QUESTIONS)
def test_each_question_has_its_query(
    library: Mapping[str, Entry], question: str, tag: str, slug: str
) -> None:
    assert tag in library[slug].tags, question


def test_every_header_is_whole_in_every_language(library: Mapping[str, Entry]) -> None:
    assert len(library) >= 35
    for entry in library.values():
        texts = [entry.titles, entry.summaries, *(p.descriptions for p in entry.parameters)]
        for text in texts:
            assert list(text) == list(LANGUAGES), entry.slug
            assert all(words.strip() for words in text.values()), entry.slug
        assert len(set(entry.summaries.values())) == len(LANGUAGES), entry.slug


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_told_apart(library: Mapping[str, Entry], language: str) -> None:
    titles = [entry.titles[language] for entry in library.values()]
    assert len(set(titles)) == len(titles)


def test_labels_come_in_the_language_asked_for(library: Mapping[str, Entry]) -> None:
    """Whatever shows a label lets one choose its language."""
    for entry in library.values():
        if "label" in entry.text and "?label_fr" not in entry.text:
            assert "lang" in {parameter.name for parameter in entry.parameters}, entry.slug


def test_no_query_asks_what_day_it_is(library: Mapping[str, Entry]) -> None:
    for entry in library.values():
        for volatile in ("NOW(", "RAND(", "UUID(", "BNODE(", "SERVICE "):
            assert volatile not in entry.text.upper(), entry.slug


def test_the_documentation_lists_every_query(library: Mapping[str, Entry]) -> None:
    rows = []
    for entry in library.values():
        names = ", ".join(f"`{parameter.name}`" for parameter in entry.parameters) or "–"
        rows.append(f"| `{entry.slug}` | {entry.titles['en']} | {names} |")
    text = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
    listed = text.partition("## All queries")[2].strip().splitlines()[2:]
    assert listed == rows


def test_the_documentation_names_every_type() -> None:
    text = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
    for type in Type:
        assert f"| `{type}" in text, type
