"""``/source``: the whole signed text, with each quotation marked and linked both ways."""

from typing import Final

from flask import Blueprint, Response, abort, render_template

from brupact.describe import describe, named
from brupact.namespaces import PACT
from brupact.web.answers import rows
from brupact.web.context import engine
from brupact.web.highlights import KINDS, Mark, lines
from brupact.web.languages import language
from brupact.web.library import library

blueprint = Blueprint("source", __name__)

_CONTENT: Final = PACT + "sourceContent"


@blueprint.get("/source")
def source() -> Response:
    """The text of the agreement, with what is quoted of it."""
    found = rows(library()["quotations"], language())
    iri = found[0]["source"].value if found else ""
    content = describe(engine(), iri).outgoing.get(_CONTENT, ()) if iri else ()
    text = content[0][0].value if content else abort(404, "No source text is published here.")
    marks = [
        Mark(
            int(row["start"].value),
            int(row["end"].value),
            row["node"].value,
            row["quote"].value,
            int(row["position"].value),
        )
        for row in found
        if row["source"].value == iri
    ]
    names = named(engine(), {iri, *(mark.node for mark in marks)}, language())
    body = render_template(
        "source.html", lines=lines(text, marks), names=names, source=iri,
        kind_of=lambda piece: KINDS[type(piece)],
    )  # fmt: skip
    return Response(body)
