"""``/graphs``: the graphs, read and written whole (SPARQL 1.1 Graph Store HTTP Protocol)."""

import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.http import parse_options_header

from brupact.describe import Description, describe, named
from brupact.engine import QueryRefused
from brupact.engine.interface import ChangeRefused
from brupact.namespaces import GRAPH
from brupact.sparql import graphstore
from brupact.sparql.formats import DOCUMENTS, GRAPHS, PAGE
from brupact.sparql.graphstore import DEFAULT, MULTIPART
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import DRY_RUN, UPDATE, ProtocolError
from brupact.vocabulary import said
from brupact.web.bare import bare
from brupact.web.commits import commit, tried, writer
from brupact.web.context import changing_engine, context, engine
from brupact.web.documents import page
from brupact.web.languages import language
from brupact.web.multipart import parts
from brupact.web.problems import problem
from brupact.web.representations import Representation, document, split, write

blueprint = Blueprint("graphstore", __name__)

_READS: Final = ("GET", "HEAD", "OPTIONS")
_WRITES: Final = ("PUT", "POST", "DELETE", "PATCH")


@blueprint.route("/graphs", methods=[*_READS, *_WRITES], provide_automatic_options=False)
def store() -> Response:
    """The graph that `graph` or `default` names; with neither, the list, and POST makes a graph."""
    if request.method == "OPTIONS":
        return _options()
    _refuse_changes()
    also = ("version", DRY_RUN) if context().gated and request.method in _WRITES else ("version",)
    below = f"{context().settings.public_url}/graphs/"
    name = graphstore.asked(request.query_string, below, also)
    if name is not None:
        return _read(name) if request.method in _READS else _WRITE[request.method](name)
    if request.method == "POST":
        return _create()
    return _list()


@blueprint.route(
    "/graphs/<path:reference>", methods=[*_READS, *_WRITES], provide_automatic_options=False
)
def graph(reference: str) -> Response:
    """The content of a named graph; for a browser, the page about it."""
    if request.method == "OPTIONS":
        return _options()
    _refuse_changes()
    graphstore.refuse_parameters(request.query_string)
    if request.method in _READS:
        return _read_below(reference)
    return _WRITE[request.method](graphstore.named(reference))


@blueprint.errorhandler(QueryRefused)
def _refused(error: QueryRefused) -> Response:
    return problem(400, str(error), line=error.line, column=error.column)


def _options() -> Response:
    """What may be done here (RFC 9110, section 9.3.7; RFC 5789, section 3.1)."""
    response = bare()
    takes_changes = context().scratch or context().gated
    response.headers["Allow"] = ", ".join([*_READS, *(_WRITES if takes_changes else ())])
    if takes_changes:
        response.headers["Accept-Patch"] = UPDATE
        response.headers["Accept-Post"] = ", ".join([*(f.media_type for f in GRAPHS), MULTIPART])
    return response


def _refuse_changes() -> None:
    if request.method not in _WRITES:
        return
    if not context().scratch:
        writer()
        return
    if DRY_RUN in request.args:
        raise ProtocolError(
            400, f"a scratch service makes what is sent to its graphs: leave out {DRY_RUN!r}"
        )


def _list() -> Response:
    """The list of the graphs, for a browser."""
    index = best(
        request.headers.get("Accept"), [*((f.media_type,) for f in GRAPHS), ("text/html",)]
    )
    if request.method not in _READS or index != len(GRAPHS):
        raise ProtocolError(400, "say which graph: ?default, ?graph=IRI or /graphs/{name}")
    addresses = {name: _address(name) for name in engine().graphs()}
    described = Description(GRAPH, engine().describe(sorted(addresses)))
    words = {
        name: said(described.tables.get(name, {}), "dcterms:description") for name in addresses
    }
    names = named(engine(), addresses, language())
    page = render_template("graphs.html", addresses=addresses, names=names, words=words)
    return Response(page, headers={"Vary": "Accept"})


def _address(name: str) -> str:
    if name.startswith(GRAPH):
        return url_for("graphstore.graph", reference=unquote(name.removeprefix(GRAPH)))
    return url_for("graphstore.store", graph=name)


def _read(name: str) -> Response:
    """The content of the graph that the parameters name (section 5.2)."""
    if not _known(name):
        abort(404, _absent(name))
    accept = request.headers.get("Accept")
    index = best(accept, [(format.media_type, *format.aliases) for format in DOCUMENTS])
    if index is None:
        abort(
            406, f"Send an Accept header with one of {', '.join(f.media_type for f in DOCUMENTS)}."
        )
    format = DOCUMENTS[index]
    # The default graph of a release is all its graphs.
    names = [name] if name != DEFAULT or context().scratch else engine().graphs()
    body = document(format, [(name, triple) for name in names for triple in engine().graph(name)])
    headers = {"Vary": "Accept"}
    return Response(body, content_type=format.media_type, headers=headers)


def _read_below(reference: str) -> Response:
    """The content of the graph that the path names, or the page about it.

    The end of the path is a suffix only where no graph has the whole as its name.
    """
    whole = engine().has_graph(graphstore.named(reference))
    stem, suffix = (reference, "") if whole else split(reference)
    name = graphstore.named(stem)
    chosen = Representation(stem, suffix, (*GRAPHS, PAGE))
    if not _known(name):
        abort(404, _absent(name))
    triples = engine().graph(name)
    if chosen.is_page:
        return page(describe(engine(), name), chosen, size=len(triples))
    return write(chosen, [(name, triple) for triple in triples])


def _known(name: str) -> bool:
    """Whether there is a graph `name`; one of a release may be described and hold nothing yet."""
    if engine().has_graph(name):
        return True
    return not context().scratch and describe(engine(), name).known


def _absent(name: str) -> str:
    return f"There is no graph {name}."


def _put(name: str) -> Response:
    """Replace the graph, or make it (section 5.3)."""
    return _changed(name, _document(name))


def _post(name: str) -> Response:
    """Merge what is sent into the graph, or make it (section 5.5)."""
    return _changed(name, _documents(name))


def _changed(name: str, triples: bytes) -> Response:
    existed = engine().has_graph(name)
    _refuse_unexpected(existed)
    action = request.method.lower()
    if not context().scratch:
        return commit(_change(action, name, triples), is_new=not existed)
    changing_engine().change_graph(action, name, triples)
    return bare(204 if existed else 201)


def _change(action: str, name: str, triples: bytes = b"") -> dict[str, object]:
    """The change as the gate is told of it."""
    only_new = request.headers.get("If-None-Match", "").strip() == "*"
    return {"action": action, "name": name, "triples": triples.decode(), "only_new": only_new}


def _refuse_unexpected(existed: bool) -> None:
    """Refuse a change that its preconditions forbid (RFC 9110, section 13).

    Whether there is a graph is all that a scratch service can tell: its data have no versions.
    Where there is a gate, it sees to the rest.
    """
    wanted, unwanted = (request.headers.get(name) for name in ("If-Match", "If-None-Match"))
    scratch = context().scratch
    if wanted is not None and not (existed if wanted.strip() == "*" else not scratch):
        abort(412, "If-Match: there is no graph, or none of that entity tag.")
    if scratch and existed and unwanted is not None and unwanted.strip() == "*":
        abort(412, "If-None-Match: the graph is there.")


def _create() -> Response:
    """Make a graph of what is sent, under a name of our own (section 5.5)."""
    reference = str(uuid.uuid4())
    name = graphstore.named(reference)
    response = _changed(name, _documents(name))
    if response.status_code == 201:
        response.headers["Location"] = f"{context().settings.public_url}/graphs/{reference}"
    return response


def _delete(name: str) -> Response:
    """Remove the graph (section 5.4)."""
    if not engine().has_graph(name):
        abort(404, _absent(name))
    _refuse_unexpected(True)
    if not context().scratch:
        return commit(_change("delete", name))
    changing_engine().change_graph("delete", name, b"")
    return bare()


def _patch(name: str) -> Response:
    """Carry out an update that is confined to the graph (section 5.7)."""
    graphstore.refuse_coding(request.headers.get)
    try:
        graphstore.patch_type(request.headers.get("Content-Type"))
        update, base = request.get_data().decode(), _base(name)
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"the body is not UTF-8 at byte {error.start}") from None
    if not engine().has_graph(name):
        abort(404, _absent(name))
    try:
        return _patched(graphstore.confined(update, name), base)
    except (ProtocolError, QueryRefused):
        _refuse_malformed(update, base)
        raise


def _patched(update: str, base: str) -> Response:
    _refuse_unexpected(True)
    if not context().scratch:
        return commit({"update": update, "base": base})
    changing_engine().update(update, base)
    return bare()


def _refuse_malformed(update: str, base: str) -> None:
    """Refuse `update` as it was written, with the place, if it is not well formed."""
    try:
        if context().scratch:
            changing_engine().update(update, base, dry_run=True)
        else:
            changing_engine().submit(tried({"update": update, "base": base}))
    except ChangeRefused:
        pass
    except QueryRefused as error:
        if error.line is not None:
            raise


_WRITE: Final[dict[str, Callable[[str], Response]]] = {
    "PUT": _put, "POST": _post, "DELETE": _delete, "PATCH": _patch,
}  # fmt: skip


def _base(name: str) -> str:
    """What relative IRIs are resolved against: the graph, or the address of the default graph."""
    return name if name != DEFAULT else f"{context().settings.public_url}/graphs"


def _document(name: str) -> bytes:
    """The document that is sent, as N-Triples."""
    graphstore.refuse_coding(request.headers.get)
    media_type = graphstore.media_type(request.headers.get("Content-Type"))
    return changing_engine().parse(request.get_data(), media_type, _base(name))


def _documents(name: str) -> bytes:
    """The documents that are sent, one or several, merged, as N-Triples."""
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind.lower() != MULTIPART:
        return _document(name)
    graphstore.refuse_coding(request.headers.get)
    parsed = []
    for part, headers, content in parts(request.get_data(), options.get("boundary", "")):
        try:
            graphstore.refuse_coding(headers.get)
            media_type = graphstore.media_type(headers.get("Content-Type"))
            parsed.append(changing_engine().parse(content, media_type, _base(name)))
        except ProtocolError as error:
            raise ProtocolError(error.status, f"part {part}: {error}") from None
        except QueryRefused as error:
            raise QueryRefused(f"part {part}: {error}", error.line, error.column) from None
    if not parsed:
        raise ProtocolError(400, f"the {MULTIPART} has no part")
    return b"".join(parsed)
