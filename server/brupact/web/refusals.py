"""A change that the gate refuses: problem details, a page in the reader's language, or the report.

The report of the validation (SHACL, section 3.6) comes in every RDF format that we write.
"""

from typing import Any, Final

from flask import Response, render_template, request
from pyoxigraph import RdfFormat, parse

from brupact.engine.interface import ChangeRefused
from brupact.sparql.formats import GRAPHS
from brupact.sparql.negotiation import best
from brupact.web.languages import language
from brupact.web.problems import OFFERS, problem
from brupact.web.representations import document

#: What a refusal by the gate is in HTTP.
STATUS: Final = {
    "stale": 412, "contact": 403, "unwritable": 422, "inconsistent": 422, "invalid": 422,
    "reused": 422,    "busy": 503, "unwritten": 503,
}  # fmt: skip
#: The languages of the shapes, the first for whoever reads none of them.
_LANGUAGES: Final = ("en", "nl", "fr")


def refusal(error: ChangeRefused) -> Response:
    """The refusal in the form and the language that the client prefers."""
    status, details = STATUS[error.kind], error.details
    report = details.get("report")
    formats = GRAPHS if report else ()
    offers = [*OFFERS, *((format.media_type, *format.aliases) for format in formats)]
    index = best(request.headers.get("Accept"), offers) or 0
    findings = [_worded(finding, language()) for finding in details.get("findings", ())]
    if report and index >= len(OFFERS):
        format = formats[index - len(OFFERS)]
        triples = [("", quad.triple) for quad in parse(report.encode(), RdfFormat.TURTLE)]
        response = Response(document(format, triples), status, content_type=format.media_type)
    elif index == 1:
        page = render_template("refused.html", detail=str(error), findings=findings,
                               details=details)  # fmt: skip
        response = Response(page, status)
    else:
        inner = ("status", "reason", "report", "findings")
        members = {name: value for name, value in details.items() if name not in inner}
        response = problem(status, str(error), kind=error.kind, findings=findings or None,
                           **members)  # fmt: skip
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    response.headers["Cache-Control"] = "no-store"
    return response


def _worded(finding: dict[str, Any], wanted: str) -> dict[str, Any]:
    """`finding` with its message in `wanted`, and the language that it is in."""
    messages = finding["messages"]
    order = [wanted, *_LANGUAGES, *messages]
    tag = next((tag for tag in order if tag in messages), "")
    return finding | {"message": messages.get(tag, ""), "language": tag}
