"""Linked-data documents: ``/id`` to ``/doc``, the ontology, the shapes, the rules, the graphs."""

import io
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request
from pyoxigraph import NamedNode, Triple, serialize
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from brupact.describe import describe, document
from brupact.namespaces import BASE, GRAPH, ID, PREFIXES, RULES
from brupact.sparql.formats import GRAPHS
from brupact.sparql.negotiation import best
from brupact.web.context import engine
from brupact.web.problems import problem

blueprint = Blueprint("documents", __name__)

_SUFFIXES = {"html": None, **{format.suffix: format for format in GRAPHS}}
_OFFERS = (("text/html", "application/xhtml+xml"), *((f.media_type, *f.aliases) for f in GRAPHS))


@blueprint.get("/id/<path:reference>")
def thing(reference: str) -> BaseResponse:
    """Send whoever asks for a thing to the document about it (303, W3C Cool URIs)."""
    return redirect(f"{request.script_root}/doc/{quote(reference)}", 303)


@blueprint.get("/graph/<name>")
def graph(name: str) -> BaseResponse:
    """Send whoever asks for a graph to its content."""
    return redirect(f"{request.script_root}/graphs/{quote(name)}", 303)


@blueprint.get("/doc/<path:reference>")
def doc(reference: str) -> Response:
    """The document about a thing, in the format that the suffix or the Accept header names."""
    return _about(ID, reference)


@blueprint.get("/rules/<reference>")
def rule(reference: str) -> Response:
    """The document about a rule."""
    return _about(RULES, reference)


def _about(base: str, reference: str) -> Response:
    stem, suffix = _split(reference)
    node = base + stem
    description = describe(engine(), node)
    if not description.known:
        raise NotFound(f"{node} is not described here.")
    if suffix == "html":
        page = render_template(
            "thing.html", thing=description, formats=GRAPHS, path=request.path.removesuffix(".html")
        )
        return Response(page, headers={"Vary": "Accept"})
    return _document(document(engine(), node), suffix)


@blueprint.get("/ns")
@blueprint.get("/ns.<suffix>")
def ontology(suffix: str = "") -> Response:
    """The ontology, whole."""
    return _graph("ontology", suffix)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes(suffix: str = "") -> Response:
    """The shapes, whole."""
    return _graph("shapes", suffix)


@blueprint.get("/graphs/<reference>")
def graph_content(reference: str) -> Response:
    """The content of a named graph."""
    return _graph(*_split(reference, negotiated=""))


def _graph(name: str, suffix: str) -> Response:
    triples = engine().graph(GRAPH + name)
    if not triples:
        raise NotFound(f"There is no graph {GRAPH}{name}.")
    offers = _OFFERS[1:]
    if not suffix:
        index = best(request.headers.get("Accept"), offers)
        suffix = "ttl" if index is None else GRAPHS[index].suffix
    return _document(triples, suffix)


def _split(reference: str, negotiated: str | None = None) -> tuple[str, str]:
    """The stem and the suffix of `reference`; without one, that of the negotiated format."""
    stem, dot, suffix = reference.rpartition(".")
    if dot and suffix in _SUFFIXES:
        return stem, suffix
    if negotiated is not None:
        return reference, negotiated
    index = best(request.headers.get("Accept"), _OFFERS)
    if index is None:
        return reference, "html"
    return reference, list(_SUFFIXES)[index]


def _document(triples: list[Triple], suffix: str) -> Response:
    format = _SUFFIXES.get(suffix)
    if format is None:
        return problem(404, f"There is no document with the suffix .{suffix} here.")
    buffer = io.BytesIO()
    serialize(triples, buffer, format.engine, prefixes=PREFIXES)
    headers = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}
    return Response(buffer.getvalue(), content_type=format.media_type, headers=headers)


def local(term: NamedNode | str) -> str | None:
    """Where a link to `term` leads from a page: our own server for our IRIs, else the web.

    ``None`` for an IRI that is no address of the web: it is shown, not linked.
    """
    iri = term if isinstance(term, str) else term.value
    if iri.startswith(BASE):
        return f"{request.script_root}/{iri.removeprefix(BASE)}"
    return iri if iri.startswith(("http://", "https://")) else None
