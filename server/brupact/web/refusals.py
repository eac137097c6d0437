"""A change that the gate refuses: problem details, a page in the reader's language, or the report.

The report of the validation (SHACL, section 3.6) comes in every RDF format that we write.
"""

from typing import Any, Final

from flask import Response, render_template, request
from pyoxigraph import RdfFormat, parse

from brupact.engine.interface import ChangeRefused
from brupact.sparql.formats import GRAPHS
from brupact.sparql.negotiation import best
from brupact.web.problems import OFFERS, problem
from brupact.web.representations import document

#: What a refusal by the gate is in HTTP.
STATUS: Final = {
    "stale": 412, "contact": 403, "unwritable": 422, "inconsistent": 422, "invalid": 422,
    "busy": 503, "unwritten": 503,
}  # fmt: skip
#: The languages of the shapes, the first for whoever reads none of them.
_LANGUAGES: Final = ("en", "nl", "fr")
#: The words of the page.
_WORDS: Final = {
    "en": {
        "title": "The change is refused", "nothing": "Nothing was changed.",
        "node": "Node", "path": "Path", "value": "Value", "shape": "Shape",
        "component": "Constraint", "engine": "What the engine says",
        "writable": "Graphs that you may write",
    },
    "nl": {
        "title": "De wijziging is geweigerd", "nothing": "Er is niets gewijzigd.",
        "node": "Knoop", "path": "Pad", "value": "Waarde", "shape": "Vorm",
        "component": "Beperking", "engine": "Wat de engine zegt",
        "writable": "Grafen waarin u mag schrijven",
    },
    "fr": {
        "title": "La modification est refusée", "nothing": "Rien n’a été modifié.",
        "node": "Nœud", "path": "Chemin", "value": "Valeur", "shape": "Forme",
        "component": "Contrainte", "engine": "Ce que dit le moteur",
        "writable": "Graphes que vous pouvez écrire",
    },
}  # fmt: skip


def refusal(error: ChangeRefused) -> Response:
    """The refusal in the form and the language that the client prefers."""
    status, details = STATUS[error.kind], error.details
    report = details.get("report")
    formats = GRAPHS if report else ()
    offers = [*OFFERS, *((format.media_type, *format.aliases) for format in formats)]
    index = best(request.headers.get("Accept"), offers) or 0
    language = request.accept_languages.best_match(_LANGUAGES) or _LANGUAGES[0]
    findings = [_worded(finding, language) for finding in details.get("findings", ())]
    if report and index >= len(OFFERS):
        format = formats[index - len(OFFERS)]
        triples = [("", quad.triple) for quad in parse(report.encode(), RdfFormat.TURTLE)]
        response = Response(document(format, triples), status, content_type=format.media_type)
    elif index == 1:
        page = render_template("refused.html", words=_WORDS[language], language=language,
                               detail=str(error), findings=findings, details=details)  # fmt: skip
        response = Response(page, status)
    else:
        inner = ("status", "reason", "report", "findings")
        members = {name: value for name, value in details.items() if name not in inner}
        response = problem(status, str(error), kind=error.kind, findings=findings or None,
                           **members)  # fmt: skip
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    return response


def _worded(finding: dict[str, Any], language: str) -> dict[str, Any]:
    """`finding` with its message in `language`, and the language that it is in."""
    messages = finding["messages"]
    order = [language, *_LANGUAGES, *messages]
    tag = next((tag for tag in order if tag in messages), "")
    return finding | {"message": messages.get(tag, ""), "language": tag}
