"""``/quality``: what is known of how good the data are, and the report of their validation."""

import csv
import io
from typing import Any, Final

from flask import Blueprint, Response, abort, render_template
from pyoxigraph import NamedNode, RdfFormat, parse

from brupact.describe import named
from brupact.inspection import Inspection, NotInspected
from brupact.sparql.formats import GRAPHS, RESULTS, Format
from brupact.web.answers import Row, iris, query_string, rows
from brupact.web.bars import Chart, lines
from brupact.web.context import context, engine
from brupact.web.languages import language
from brupact.web.library import library
from brupact.web.problems import problem
from brupact.web.representations import document
from brupact.web.things import Section, whole

blueprint = Blueprint("quality", __name__)

#: What follows the validation and the languages on the page: sections made of library queries.
SECTIONS: Final = tuple(
    Section(name=name, of=frozenset(), form="table", query=query, columns=columns)
    for name, query, columns in (
        ("link-counts", "link-counts", ("host", "predicate", "links", "targets")),
        ("confidence-counts", "confidence-counts", ("confidence", "predicate", "links")),
        ("slices", "quotation-slices", ("language", "stretches", "exact")),
        ("extraction", "extraction-issues", ("issue", "kind", "reading")),
    )
)
(_CSV,) = (format for format in RESULTS if format.suffix == "csv")
#: What the report of the validation is offered as.
REPORTS: Final[tuple[Format[Any], ...]] = (*GRAPHS, _CSV)
_LABELS: Final = ("with_fr", "with_nl", "with_en")
_COLUMNS: Final = ("severity", "node", "path", "value", "shape", "message")
#: After so many seconds a report that is being made may be there.
_SOON: Final = 10


@blueprint.get("/quality")
def quality() -> Response:
    """Validation, coverage of languages, links to elsewhere, quotations, faults of the source."""
    failure, inspection = "", None
    try:
        inspection = context().inspector.inspection()
    except NotInspected as error:
        failure = str(error)
    sections = [whole(section) for section in SECTIONS]
    missing = _rows("missing-labels")
    charts = [
        _chart("labels", "label-coverage", _LABELS), _chart("quotes", "quote-coverage",
                                                            ("with_quote",)),
    ]  # fmt: skip
    found = inspection.findings if inspection else ()
    wanted = {iri for section in sections for iri in section.iris} | iris(missing)
    wanted |= {iri for chart in charts for iri in chart.iris}
    wanted |= {finding[name] for finding in found for name in ("node", "path", "shape")}
    body = render_template(
        "quality.html", inspection=inspection, failure=failure, sections=sections, missing=missing,
        charts=charts, findings=[(f, *_worded(f)) for f in found], reports=REPORTS,
        nameless=_nameless(), names=named(engine(), wanted, language()),
        gated=context().gated,
    )  # fmt: skip
    response = Response(body)
    if inspection is None and not failure:
        response.cache_control.no_store = True
    return response


@blueprint.get("/quality/report.<suffix>")
def report(suffix: str) -> Response:
    """The report of the validation of the version that is served; 503 while it is being made."""
    chosen = next((format for format in REPORTS if format.suffix == suffix), None)
    if chosen is None:
        known = ", ".join(format.suffix for format in REPORTS)
        abort(404, f"There is no report with the suffix .{suffix}; there is {known}.")
    try:
        inspection = context().inspector.inspection()
    except NotInspected as error:
        abort(404, str(error))
    if inspection is None:
        response = problem(503, "The data are being validated; ask again soon.")
        response.headers["Retry-After"] = str(_SOON)
        return response
    if chosen is _CSV:
        return Response(_table(inspection), content_type="text/csv; charset=utf-8")
    triples = [("", quad.triple) for quad in parse(inspection.report.encode(), RdfFormat.TURTLE)]
    return Response(document(chosen, triples), content_type=chosen.media_type)


def _rows(slug: str) -> list[Row]:
    return rows(library()[slug], language())


def _chart(name: str, slug: str, series: tuple[str, ...]) -> Chart:
    made = lines(_rows(slug), "class", series, "things")
    return Chart(name, slug, query_string(library()[slug]), series, made)


def _nameless() -> list[tuple[str, int]]:
    """The classes whose things have no name in any language, with how many those are."""
    return [
        (row["class"].value, int(row["things"].value))
        for row in _rows("label-coverage")
        if isinstance(row["class"], NamedNode) and all(row[n].value == "0" for n in _LABELS)
    ]


def _worded(finding: dict[str, Any]) -> tuple[str, str]:
    """The message of a result in the language of the page, else in English, and its language."""
    messages = finding["messages"]
    tag = next((tag for tag in (language(), "en", *messages) if tag in messages), "")
    return messages.get(tag, ""), tag


def _table(inspection: Inspection) -> str:
    """The results as CSV, with messages in the language asked for."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for finding in inspection.findings:
        cells = {**finding, "message": _worded(finding)[0]}
        writer.writerow([cells[name] for name in _COLUMNS])
    return buffer.getvalue()
