"""``/charts``: what people would rather look at than read, each with its table and its query."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template

from brupact.describe import named
from brupact.web import timeline
from brupact.web.answers import Row, iris, query_string, rows
from brupact.web.bars import Chart, across, lines
from brupact.web.context import engine
from brupact.web.languages import language
from brupact.web.library import library

blueprint = Blueprint("figures", __name__)


@dataclass(frozen=True)
class _Drawn:
    """A chart: the column that says what a line is about, and those with its numbers."""

    query: str
    about: str
    series: tuple[str, ...]
    #: The column with the number that is the whole of a bar; else the largest is.
    whole: str | None = None
    #: The column that says in which series the one number of a row stands.
    across: str | None = None


#: The charts, in order; their headings are `chart.{name}` in the texts.
CHARTS: Final = {
    "themes": _Drawn("themes", "theme", ("priorities",)),
    "members": _Drawn("member-counts", "member", ("competent", "accountable")),
    "relations": _Drawn("relation-counts", "relation", ("instruments", "parts")),
    "profiles": _Drawn("theme-profiles", "theme", ("count",), across="aspect"),
    "divergences": _Drawn("divergence-counts", "kind", ("divergences",)),
    "texts": _Drawn("text-coverage", "class", ("with_fr", "with_nl"), whole="things"),
}


@blueprint.get("/charts")
def charts() -> Response:
    """Priorities by theme and member, instruments by intention, coverage, the agreement in time."""
    drawn = [chart(name) for name in CHARTS]
    entry = library()["timeline"]
    events = [row for row in rows(entry, language()) if _day(row)]
    names = named(engine(), {iri for c in drawn for iri in c.iris} | iris(events), language())
    body = render_template(
        "charts.html", charts=[c for c in drawn if c.lines], names=names, events=events,
        line=timeline.line(_dated(events)), width=timeline.WIDTH, query=query_string(entry),
    )  # fmt: skip
    return Response(body)


def chart(name: str) -> Chart:
    """The chart that is called `name` in the table."""
    drawn = CHARTS[name]
    entry = library()[drawn.query]
    found, series = rows(entry, language()), drawn.series
    if drawn.across:
        series, made = across(found, drawn.about, drawn.across, series[0])
    else:
        made = lines(found, drawn.about, series, drawn.whole)
    return Chart(name, entry.slug, query_string(entry), series, made)


def _day(row: Row) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(row["date"].value)
    except ValueError:
        return None  # A year, or a month: it has no place of its own on the line.


def _dated(events: Sequence[Row]) -> list[tuple[datetime.date, str]]:
    return [(day, row["kind"].value) for row in events if (day := _day(row))]
