"""``/explore``: things and what they are linked with, to be explored onwards; page or data."""

import csv
import io
from typing import Any, Final

from flask import Blueprint, Response, abort, json, render_template, request
from pyoxigraph import NamedNode, Triple

from brupact.library import BadParameter
from brupact.namespaces import RDF_TYPE
from brupact.sparql.formats import GRAPHS, LISTING, PAGE, RESULTS, Format
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import single_values
from brupact.web.answers import rows
from brupact.web.built import built
from brupact.web.context import context, engine
from brupact.web.drawing import Drawing, groups
from brupact.web.exploring import KNOWN, State
from brupact.web.languages import PARAMETER, language
from brupact.web.library import library
from brupact.web.representations import document, negotiated

blueprint = Blueprint("explore", __name__)

_TURTLE: Final = GRAPHS[0]
_CSV: Final = next(format for format in RESULTS if format.suffix == "csv")
#: What the explorer is offered as, the default first.
FORMATS: Final[tuple[Format[Any], ...]] = (PAGE, LISTING, _TURTLE, _CSV)
#: The columns of the links as CSV.
_COLUMNS: Final = ("subject", "subject_label", "relation", "relation_label", "object",
                   "object_label", "derived")  # fmt: skip


@blueprint.get("/explore")
@blueprint.get("/explore.<suffix>")
def explore(suffix: str = "") -> Response:
    """What a thing, and each that was opened after it, is linked with: a list and a drawing."""
    values = single_values(request.query_string)
    if unknown := values.keys() - {*KNOWN, PARAMETER}:
        raise BadParameter(min(unknown), "does not exist here", KNOWN)
    state = State.read(values)
    if not state.iri:
        state = _at_the_start(state)
    drawing = Drawing(engine(), state, language(), context().search)
    if drawing.unknown:
        abort(404, f"{drawing.unknown} is not described here.")
    response = _written(drawing, _wanted(suffix))
    response.vary.update(["Accept", "Accept-Language", "Cookie"])
    return response


def _at_the_start(state: State) -> State:
    """The agreement, where there is one."""
    found = rows(library()["agreement"], language())
    return State.read({**state.parameters, "iri": found[0]["agreement"].value}) if found else state


def _wanted(suffix: str) -> Format[Any]:
    """The format that the suffix or the Accept header names; the page where it accepts none."""
    if suffix:
        return negotiated(suffix, FORMATS)
    offers = [(format.media_type, *format.aliases) for format in FORMATS]
    return FORMATS[best(request.headers.get("Accept"), offers) or 0]


def _written(drawing: Drawing, chosen: Format[Any]) -> Response:
    if chosen is PAGE:
        shown = {"drawing": drawing, "state": drawing.state, "names": drawing.names}
        return Response(
            render_template("explore.html", **shown, groups=groups(), script=built("explorer.js"))
        )
    if chosen is LISTING:
        body: str | bytes = json.dumps(drawing.content, ensure_ascii=False)
    else:
        body = _csv(drawing) if chosen is _CSV else document(chosen, _triples(drawing))
    return Response(body, content_type=f"{chosen.media_type}; charset=utf-8"
                    if chosen is _CSV else chosen.media_type)  # fmt: skip


def _triples(drawing: Drawing) -> list[tuple[str, Triple]]:
    """The links that are drawn, and of which kind the things are."""
    ends = [(thing.iri, RDF_TYPE.value, thing.kind) for thing in drawing.things if thing.kind]
    links = [(link.subject, link.relation, link.object) for link in drawing.links]
    return [("", Triple(*map(NamedNode, triple))) for triple in [*links, *ends]]


def _csv(drawing: Drawing) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for link in drawing.links:
        cells = [
            cell
            for iri in (link.subject, link.relation, link.object)
            for cell in (iri, drawing.word(iri))
        ]
        writer.writerow([*cells, "true" if link.is_derived else "false"])
    return text.getvalue().encode()
