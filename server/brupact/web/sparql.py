"""``/sparql``: the SPARQL 1.1 Protocol, for any WSGI server."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, jsonify, request
from msgspec.structs import replace
from werkzeug.wsgi import FileWrapper

from brupact import cache, endpoint
from brupact.cache import Tagged
from brupact.engine import Query, QueryRefused
from brupact.errors import BrupactError
from brupact.sparql import formats, protocol
from brupact.sparql.canonical import is_volatile
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import ProtocolError
from brupact.sparql.using import with_dataset
from brupact.web import editor
from brupact.web.bare import bare
from brupact.web.commits import commit
from brupact.web.context import changing_engine, context, engine
from brupact.web.representations import tagged
from brupact.web.versions import ask_version

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Carry out the operation that is asked for; without one, say what the service is."""
    asked = protocol.read(
        request.method,
        request.query_string,
        request.headers.get("Content-Type"),
        request.get_data(),
        request.headers.get("Content-Encoding"),
    )
    if asked.update is not None:
        return _update(asked, asked.update)
    if asked.query is not None:
        return _query(asked, asked.query)
    return _bare()


def base() -> str:
    """The address of the endpoint: what relative IRIs are resolved against (RFC 3986, 5.1.3)."""
    return f"{context().settings.public_url}/sparql"


def _query(asked: protocol.Request, text: str) -> Response:
    """Answer a query (SPARQL 1.1 Protocol, section 2.1)."""
    query = endpoint.query(asked, text, request.headers.get("Accept"), base())
    past = None if asked.version is None else ask_version(asked.version)
    if asked.explain != "off":
        return _explained(query, run=asked.explain == "run")
    warnings: Sequence[str] = ()
    try:
        if past is not None:
            if endpoint.may_contact(text) and is_volatile(text):
                raise ProtocolError(400, "A query of a past version contacts no other service.")
            warnings = past.warnings
            found = cache.tagged(query, engine().query(query))
        elif endpoint.may_contact(text) and is_volatile(text):
            # What others answer may be another next time, though nothing of SERVICE is left then.
            resolved = context().federation.resolve(text, base(), asked.seconds)
            warnings = resolved.warnings
            found = Tagged(engine().query(replace(query, text=resolved.text)), None)
        else:
            found = context().answers.query(query)
    except BrupactError as error:
        raise endpoint.failure(error, text) from None
    headers = endpoint.headers(found, query, warnings)
    return _answered(found, headers | past.of_answer(found, text) if past else headers)


def _explained(query: Query, *, run: bool) -> Response:
    """The algebra of a query, and with `run` what its evaluation took."""
    index = best(request.headers.get("Accept"), (("text/plain",), ("application/json",)))
    if index is None:
        raise ProtocolError(406, "An explanation is text/plain or application/json.")
    try:
        explanation = engine().explain(query, run=run)
    except QueryRefused as error:
        raise endpoint.failure(error, query.text) from None
    response = jsonify(explanation.json()) if index else Response(explanation.text())
    response.content_type = "application/json" if index else "text/plain; charset=utf-8"
    response.headers.update({"Vary": "Accept", "Cache-Control": "no-store"})
    return response


def _answered(found: Tagged, headers: Mapping[str, str]) -> Response:
    answer = found.answer
    if answer.file is None:
        response = Response(answer.body)
    else:
        response = Response(FileWrapper(answer.file), direct_passthrough=True)
        response.content_length = answer.size
    response.headers.update(headers)
    return response if found.sha256 is None else tagged(response, found.sha256)


def _update(asked: protocol.Request, text: str) -> Response:
    """Carry out an update (SPARQL 1.1 Protocol, section 2.2)."""
    if not context().scratch:
        return commit({"update": text, "base": base(), "using": asked.using_graphs,
                       "using_named": asked.using_named_graphs,
                       "dry_run": asked.dry_run, "seconds": asked.seconds})  # fmt: skip
    refused = endpoint.forbidden(text)
    update = with_dataset(text, asked.using_graphs, asked.using_named_graphs)
    try:
        # What wants to reach another host is only tried: to tell the malformed from the forbidden.
        changing_engine().update(
            update,
            base(),
            dry_run=asked.dry_run or refused is not None,
            seconds=asked.seconds,
        )
    except QueryRefused as error:
        raise endpoint.failure(error, text) from None
    if refused:
        raise refused
    return bare()


def _bare() -> Response:
    """What a request without an operation gets: the form, or the service description.

    RDF for whoever names no type (SPARQL 1.1 Service Description, section 2); a browser names HTML.
    """
    offers = [*((f.media_type, *f.aliases) for f in formats.GRAPHS), ("text/html",)]
    index = best(request.headers.get("Accept"), offers)
    if request.method == "POST" or index is None:
        raise ProtocolError(400, "The parameter 'query' is missing.")
    if index == len(formats.GRAPHS):
        return Response(editor.page(request.args.get("text")), headers={"Vary": "Accept"})
    format = formats.GRAPHS[index]
    document = context().publication.document("service", format)
    response = Response(document.body, content_type=format.media_type, headers={"Vary": "Accept"})
    return tagged(response, document.sha256)
