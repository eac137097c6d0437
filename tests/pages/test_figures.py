"""Differences, figures, quality, follow-up show what the data and their queries say."""

import csv
import io
import time
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser
from tests.pages.conftest import Visitor
from tests.process import serving

from brupact.library import load_library
from brupact.web.figures import CHARTS


def table(visitor: Visitor, path: str) -> list[dict[str, str]]:
    """The rows of the CSV at `path`."""
    with visitor.at("/") as seen:
        answer = seen.page.request.get(visitor.address + path)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text())))


def test_every_difference_stands_with_both_wordings_in_their_passage(visitor: Visitor) -> None:
    rows = table(visitor, "/queries/divergences.csv")
    with visitor.at("/differences", locale="nl", java_script_enabled=False) as seen:
        found = seen.page.locator("article.difference")
        assert found.count() == len(rows) == 34
        for article in found.all():
            tags = [b.get_attribute("lang") for b in article.locator("blockquote").all()]
            assert tags[0] == "nl"
            assert set(tags) == {"fr", "nl"}
        marked = {mark.inner_text() for mark in seen.page.locator("blockquote mark").all()}
        words = {row[f"text_{tag}"] for row in rows for tag in ("fr", "nl")}
        assert words <= marked
        before = seen.page.locator("blockquote", has_text="omkaderen van").filter(
            has=seen.page.locator("mark", has_text="de begeleiding van werkzoekenden")
        )
        assert before.count() == 1
        before.locator("a").click()
        target = seen.page.locator("mark:target")
        assert target.inner_text() == "de begeleiding van werkzoekenden"


def test_what_stands_in_one_language_alone_is_listed(visitor: Visitor) -> None:
    rows = table(visitor, "/queries/single-language-texts.csv")
    with visitor.at("/differences", locale="fr") as seen:
        items = seen.page.locator("details ul > li")
        assert items.count() == len(rows) > 50
        tags = {q.get_attribute("lang") for q in items.locator("blockquote").all()}
        assert tags == {"fr", "nl"}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_shows_the_numbers_of_its_query(visitor: Visitor, name: str) -> None:
    drawn = CHARTS[name]
    rows = table(visitor, f"/queries/{drawn.query}.csv")
    expected = sorted(int(row[column]) for row in rows for column in drawn.series)
    with visitor.at("/charts", locale="en", java_script_enabled=False) as seen:
        section = seen.page.locator(f"section:has(h2#{name})")
        cells = section.locator("td")
        numbers = [int(c.locator(".number").inner_text().replace(",", "")) for c in cells.all()]
        assert sorted(numbers) == expected
        lengths = [
            float(bar.get_attribute("width") or "") for bar in cells.locator("rect.part").all()
        ]
        assert len(lengths) == len(numbers)
        assert max(lengths) == 100
        assert all(
            (number == 0) == (length == 0) for number, length in zip(numbers, lengths, strict=True)
        )
        links = section.locator(".take a")
        assert drawn.query in (links.nth(0).get_attribute("href") or "")


def test_the_line_of_time_has_a_mark_for_each_row_of_its_table(visitor: Visitor) -> None:
    with visitor.at("/charts", locale="fr") as seen:
        svg = seen.page.locator("svg[role=img]")
        rows = seen.page.locator("section:has(h2#time) tbody tr")
        assert svg.locator("circle").count() == rows.count() == 2
        assert "11 juin 2026" in (svg.locator("desc").text_content() or "")
        assert "11 juin 2027" in rows.nth(1).inner_text()


def validated(visitor: Visitor, seconds: float = 120) -> str:
    """The page on quality once the validation is over."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        with visitor.at("/quality", locale="en") as seen:
            if seen.page.locator("#validation ~ [role=status]").count() == 0:
                return seen.page.locator("section:has(h2#validation)").inner_text()
        time.sleep(0.5)
    raise AssertionError("the validation does not end")


def test_the_validation_that_is_shown_is_that_of_the_data(visitor: Visitor) -> None:
    shown = validated(visitor)
    assert "The data conform to the shapes." in shown
    assert "pyshacl" in shown
    rows = table(visitor, "/quality/report.csv?lang=fr")
    assert f"{len(rows)} results" in shown
    assert {row["severity"].rpartition("#")[2] for row in rows} <= {"Warning", "Info"}
    assert all("graphe nommé" in row["message"] for row in rows)
    with visitor.at("/") as seen:
        report = seen.page.request.get(f"{visitor.address}/quality/report.ttl").text()
        assert "ValidationReport" in report
        assert report.count("resultSeverity") == len(rows)
        assert seen.page.request.get(f"{visitor.address}/quality/report.doc").status == 404


def test_each_quotation_is_where_the_data_say(visitor: Visitor) -> None:
    for row in table(visitor, "/queries/quotation-slices.csv"):
        assert row["stretches"] == row["exact"] != "0"


def test_who_signed_stands_by_side_in_the_order_of_the_source(visitor: Visitor) -> None:
    rows = table(visitor, "/queries/signatures.csv")
    for path in ("/doc/summit/2026-06-11", "/doc/agreement/2026-2029"):
        with visitor.at(path, locale="fr", java_script_enabled=False) as seen:
            names = seen.page.locator(".signed strong").all_inner_texts()
            assert names == [row["name"] for row in rows]
            assert seen.page.locator("section.side").count() == 2
            assert seen.page.locator("ol.signed").count() == 3


@pytest.fixture(scope="module")
def example(browser: Browser) -> Iterator[Visitor]:
    with serving("--example") as running:
        yield Visitor(browser, running.address)


def test_follow_up_reads_in_time_and_says_that_it_is_made_up(example: Visitor) -> None:
    for language, words in (("fr", "inventé"), ("nl", "verzonnen"), ("en", "made up")):
        with example.at("/doc/priority/2026-2029-13", width=360, locale=language) as seen:
            assert words in seen.page.locator("[role=note]").inner_text()
            status = seen.page.locator("section", has=seen.page.locator("h2#status"))
            steps = status.locator("li")
            assert steps.count() == 2
            assert steps.nth(1).get_attribute("class") == "latest"
            assert steps.nth(0).locator("a", has_text="minutes").count() == 1
            assert seen.page.locator("section:has(h2#time) .milestone-reached").count() == 1
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
            assert seen.messages == []


def test_the_release_says_nothing_of_an_example(visitor: Visitor) -> None:
    with visitor.at("/doc/priority/2026-2029-13", locale="en") as seen:
        assert seen.page.locator("[role=note]").count() == 0
        assert seen.page.locator("h2#status, h2#time, h2#versions").count() == 0


#: Pages with sections of all kinds.
SECTIONED = (
    "/doc/priority/2026-2029-3",
    "/doc/commitment/2026-2029-1",
    "/doc/divergence-kind/term",
)


@pytest.mark.parametrize("path", SECTIONED)
def test_every_section_leads_to_its_data_and_its_query(visitor: Visitor, path: str) -> None:
    known = load_library()
    with visitor.at(path, locale="nl") as seen:
        page = seen.page
        sections = page.locator("article > section:not(.quoted)")
        assert sections.count() > 1
        for section in sections.all():
            first = section.locator(".take").last
            links = {
                a.inner_text(): a.get_attribute("href") or "" for a in first.locator("a").all()
            }
            assert "CSV" in links, section.inner_text()[:80]
            slug = links["CSV"].partition("/queries/")[2].partition(".csv")[0]
            assert slug in known
            assert page.request.get(visitor.address + links["CSV"]).status == 200
            for words, href in links.items():
                if words != "CSV" and "/sparql" in href and "SELECT" in href:
                    text = unquote(href.partition("text=")[2]).replace("+", " ")
                    answer = page.request.get(
                        f"{visitor.address}/sparql", params={"query": text},
                        headers={"Accept": "text/csv"},
                    )  # fmt: skip
                    assert answer.status == 200
                    assert len(answer.text().splitlines()) > 1
