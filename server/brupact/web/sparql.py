"""``/sparql``: the SPARQL 1.1 Protocol for queries."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from brupact.engine import Query, QueryRefused
from brupact.engine.interface import NotAcceptable
from brupact.sparql import formats, protocol
from brupact.sparql.federation import contacts
from brupact.sparql.negotiation import best
from brupact.sparql.using import with_dataset
from brupact.web.context import changing_engine, context
from brupact.web.problems import problem
from brupact.web.representations import tagged

blueprint = Blueprint("sparql", __name__)

#: Readers on other sites may ask (Fetch standard, CORS protocol); nothing here is secret.
CORS = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Carry out the operation that is asked for; without one, say what the service is."""
    asked = protocol.read(
        request.method,
        request.query_string,
        request.headers.get("Content-Type"),
        request.get_data(),
    )
    if asked.update is not None:
        return _update(asked, asked.update)
    if asked.query is not None:
        return _query(asked, asked.query)
    return _bare()


def _query(asked: protocol.Request, text: str) -> Response:
    """Answer a query (SPARQL 1.1 Protocol, section 2.1)."""
    accept = request.headers.get("Accept")
    query = Query(
        text,
        results=_negotiated(accept, formats.RESULTS),
        graphs=_negotiated(accept, formats.GRAPHS),
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        infer=asked.infer,
        base=_base(),
        seconds=asked.seconds,
    )
    try:
        found = context().answers.query(query)
    except QueryRefused as error:
        return _refused(error, text)
    except NotAcceptable as error:
        return problem(406, f"No format that the Accept header names fits {error}.")
    if wanted := _contact(text):
        return wanted
    response = Response(found.answer.body, content_type=found.answer.media_type, headers=CORS)
    if found.sha256 is None:
        response.headers["Cache-Control"] = "no-store"
        return response
    # It may be kept, and must be asked for anew each time: the data may have changed.
    response.headers["Cache-Control"] = "no-cache"
    return tagged(response, found.sha256)


def _update(asked: protocol.Request, text: str) -> Response:
    """Carry out an update (SPARQL 1.1 Protocol, section 2.2)."""
    if not context().scratch:
        return problem(403, "This service takes no updates.")
    wanted = _contact(text)
    update = with_dataset(text, asked.using_graphs, asked.using_named_graphs)
    try:
        # What wants to reach another host is only tried: to tell the malformed from the forbidden.
        changing_engine().update(update, _base(), dry_run=wanted is not None)
    except QueryRefused as error:
        return _refused(error, text)
    return wanted or _done()


def _done() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _refused(error: QueryRefused, text: str) -> Response:
    """What is malformed, or failed since it wanted to reach another host, or cannot be done."""
    if error.line is None and (wanted := _contact(text)):
        return wanted
    return problem(400, str(error), line=error.line, column=error.column)


def _contact(text: str) -> Response | None:
    """The refusal of a text that wants to reach another host and does not say SILENT."""
    for keyword, address in contacts(text):
        return problem(403, f"{keyword} {address}: this service contacts no other host.")
    return None


def _base() -> str:
    """The address of the endpoint: what relative IRIs are resolved against (RFC 3986, 5.1.3)."""
    return f"{context().settings.public_url}/sparql"


def _bare() -> Response:
    """What a request without an operation gets: the form, or the service description.

    RDF for whoever names no type (SPARQL 1.1 Service Description, section 2); a browser names HTML.
    """
    offers = [*((f.media_type, *f.aliases) for f in formats.GRAPHS), ("text/html",)]
    index = best(request.headers.get("Accept"), offers)
    if request.method == "POST" or index is None:
        return problem(400, "The parameter 'query' is missing.")
    if index == len(formats.GRAPHS):
        return Response(render_template("sparql.html"), headers={"Vary": "Accept"})
    format = formats.GRAPHS[index]
    document = context().publication.document("service", format)
    response = Response(document.body, content_type=format.media_type, headers=CORS)
    return tagged(response, document.sha256)


def _negotiated(accept: str | None, offers: tuple[formats.Format[Any], ...]) -> str | None:
    index = best(accept, [(offer.media_type, *offer.aliases) for offer in offers])
    return None if index is None else offers[index].media_type
