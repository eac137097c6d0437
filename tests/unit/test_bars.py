"""Bars and lines of time are as long as their numbers say."""

import datetime

from pyoxigraph import Literal, NamedNode

from brupact.web.answers import runs
from brupact.web.bars import across, lines
from brupact.web.timeline import line

A, B = NamedNode("https://example.org/a"), NamedNode("https://example.org/b")


def row(**cells: NamedNode | str | int) -> dict[str, NamedNode | Literal]:
    return {k: v if isinstance(v, NamedNode) else Literal(v) for k, v in cells.items()}


def lengths(found: object) -> list[list[float]]:
    return [[bar.length for bar in one.bars] for one in found]  # type: ignore[attr-defined]


def test_the_longest_bar_is_that_of_the_largest_number() -> None:
    found = lines([row(who=A, x=8, y=0), row(who=B, x=3, y=2), row(x=9, y=9)], "who", ("x", "y"))
    assert lengths(found) == [[100, 0], [37.5, 25]]
    assert [one.about for one in found] == [A, B]


def test_a_share_is_of_the_whole_of_its_row() -> None:
    rows = [row(who=A, x=1, all=3), row(who=B, x=0, all=0)]
    assert lengths(lines(rows, "who", ("x",), "all")) == [[33.3], [0]]


def test_nothing_gives_no_line_and_all_zeros_no_bar() -> None:
    assert lines([], "who", ("x",)) == ()
    assert lengths(lines([row(who=A, x=0)], "who", ("x",))) == [[0]]


def test_each_series_across_rows_has_a_scale_of_its_own() -> None:
    rows = [row(who=A, what="x", n=4), row(who=A, what="y", n=1), row(who=B, what="x", n=2)]
    names, found = across(rows, "who", "what", "n")
    assert names == ("x", "y")
    assert lengths(found) == [[100, 100], [50, 0]]


def test_a_line_of_time_spans_whole_years_and_hides_no_mark() -> None:
    days = [datetime.date(2026, 6, 11), datetime.date(2026, 6, 12), datetime.date(2028, 1, 1)]
    made = line([(day, "status") for day in days])
    assert [year.number for year in made.years] == [2026, 2027, 2028, 2029]
    assert [(mark.number, mark.row) for mark in made.marks] == [(1, 0), (2, 1), (3, 0)]
    assert made.marks[2].place == made.years[2].place
    assert made.rows == 2
    assert line([]).rows == 0


def test_rows_that_follow_one_another_run_together() -> None:
    rows = [row(side=A, n=1), row(side=A, n=2), row(n=3), row(side=A, n=4)]
    assert [(term, len(run)) for term, run in runs(rows, "side")] == [(A, 2), (None, 1), (A, 1)]
