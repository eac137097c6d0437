"""``/sparql``: the SPARQL 1.1 Protocol for queries."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from brupact.engine import Query, QueryRefused
from brupact.engine.interface import NotAcceptable
from brupact.sparql import formats, protocol
from brupact.sparql.negotiation import best
from brupact.web.context import engine
from brupact.web.problems import problem

blueprint = Blueprint("sparql", __name__)

#: Readers on other sites may ask (Fetch standard, CORS protocol); nothing here is secret.
CORS = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, show the form to write it in."""
    asked = protocol.read(
        request.method,
        request.query_string,
        request.headers.get("Content-Type"),
        request.get_data(),
    )
    if asked.update is not None:
        return problem(403, "This service takes no updates.")
    if asked.query is None:
        if request.method == "GET" and best(request.headers.get("Accept"), [["text/html"]]) == 0:
            return Response(render_template("sparql.html"))
        return problem(400, "The parameter 'query' is missing.")
    accept = request.headers.get("Accept")
    try:
        answer = engine().query(
            Query(
                asked.query,
                results=_negotiated(accept, formats.RESULTS),
                graphs=_negotiated(accept, formats.GRAPHS),
                default_graphs=asked.default_graphs,
                named_graphs=asked.named_graphs,
                infer=asked.infer,
            )
        )
    except QueryRefused as error:
        return problem(400, str(error), line=error.line, column=error.column)
    except NotAcceptable as error:
        return problem(406, f"No format that the Accept header names fits {error}.")
    return Response(answer.body, content_type=answer.media_type, headers=CORS)


def _negotiated(accept: str | None, offers: tuple[formats.Format[Any], ...]) -> str | None:
    index = best(accept, [(offer.media_type, *offer.aliases) for offer in offers])
    return None if index is None else offers[index].media_type
