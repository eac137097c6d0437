"""Linked-data documents: ``/id`` to ``/doc``, the ontology, the shapes, the rules."""

from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, Response, abort, json, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from brupact.describe import Description, Table, describe, named, referred
from brupact.namespaces import BASE, DOC, GENID, GRAPH, ID, PACT, RULES, SHAPES
from brupact.sparql.formats import DOCUMENTS
from brupact.web import representations, vocabulary
from brupact.web.context import engine
from brupact.web.languages import carried_query, language
from brupact.web.representations import Representation, split, write
from brupact.web.structured import structured
from brupact.web.things import classes, kind, shown

blueprint = Blueprint("documents", __name__)


@blueprint.get("/id/<path:reference>")
def thing(reference: str) -> BaseResponse:
    """Send whoever asks for a thing to the document about it (303, W3C Cool URIs)."""
    return _see_other("/doc/", reference)


@blueprint.get("/context.jsonld")
def context() -> Response:
    """The JSON-LD context in which our documents are written."""
    document = {"@context": representations.context()}
    response = Response(
        json.dumps(document, ensure_ascii=False), content_type="application/ld+json"
    )
    return response


@blueprint.get("/graph/<path:reference>")
def graph(reference: str) -> BaseResponse:
    """Send whoever asks for a graph to its content."""
    return _see_other("/graphs/", reference)


@blueprint.get("/doc/<path:reference>")
def doc(reference: str) -> Response:
    """The document about a thing, in the format that the suffix or the Accept header names."""
    return _about(ID, reference)


@blueprint.get("/rules/<path:reference>")
def rule(reference: str) -> Response:
    """The document about a rule."""
    return _about(RULES, reference)


@blueprint.get("/.well-known/genid/<reference>")
def skolem(reference: str) -> Response:
    """The document about what stands in the place of a blank node."""
    return _about(GENID, reference)


@blueprint.get("/ns/<path:reference>")
def module(reference: str) -> Response:
    """The document about a module of the ontology, with its terms."""
    return _about(PACT.removesuffix("#") + "/", reference)


@blueprint.get("/shapes/<path:reference>")
def shapes_module(reference: str) -> Response:
    """The document about a module of the shapes."""
    return _about(SHAPES.removesuffix("#") + "/", reference)


@blueprint.get("/ns")
@blueprint.get("/ns.<suffix>")
def ontology(suffix: str = "") -> Response:
    """The ontology, whole."""
    return _vocabulary("ontology", PACT, suffix)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes(suffix: str = "") -> Response:
    """The shapes, whole."""
    return _vocabulary("shapes", SHAPES, suffix)


def _see_other(place: str, reference: str) -> BaseResponse:
    address = request.script_root + place + quote(reference)
    response = redirect(address + carried_query(), 303)
    response.headers["Link"] = f'<{address}>; rel="describedby"'
    response.headers["Vary"] = "Accept"
    return response


def _about(base: str, reference: str) -> Response:
    """The document about the node `reference` below `base`; 410 for what once was."""
    stem, suffix = split(reference)
    chosen = Representation(stem, suffix)
    # The server has decoded the path once: an IRI that is percent-encoded is tried second.
    candidates = (describe(engine(), base + name) for name in dict.fromkeys((stem, quote(stem))))
    description = next((found for found in candidates if found.known), None)
    if description is None:
        abort(404, f"{base}{stem} is not described here.")
    if chosen.is_page:
        own = vocabulary.page(description, chosen)
        response = page(description, chosen) if own is None else chosen.response(own)
    else:
        response = write(chosen, description.statements)
    if chosen.is_page:
        response.headers.add("Link", f'<{description.node}>; rel="cite-as"')
        data = f"{chosen.path}.ttl{chosen.query}"
        response.headers.add("Link", f'<{data}>; rel="describedby"; type="text/turtle"')
    else:
        response.headers.add("Link", f'<{description.node}>; rel="describes"')
    if description.gone:
        response.status_code = 410
        for iri in description.successors:
            response.headers.add("Link", f'<{iri}>; rel="successor-version"')
    return response


def _vocabulary(name: str, base: str, suffix: str) -> Response:
    """All terms below `base`, on one page, or the graph that declares them."""
    stem = request.path.removesuffix(f".{suffix}").lstrip("/")
    chosen = Representation(stem, suffix)
    statements = [(GRAPH + name, triple) for triple in engine().graph(GRAPH + name)]
    if not chosen.is_page:
        return write(chosen, statements)
    return chosen.response(vocabulary.whole(name, Description(base[:-1], statements), chosen))


def page(description: Description, chosen: Representation, size: int | None = None) -> Response:
    """The page about a thing; `size` is the number of triples of a graph."""
    sections = shown(description)
    iris = {iri for section in sections for iri in section.iris} | classes(description)
    tables = (description.outgoing, description.incoming)
    return _rendered("thing.html", description, chosen, tables=tables, iris=iris, size=size,
                     sections=sections, kind=kind(description),
                     structured=structured(description, chosen.path))  # fmt: skip


def _rendered(
    template: str,
    thing: Description,
    chosen: Representation,
    *,
    tables: Iterable[Table],
    iris: Iterable[str] = (),
    **more: object,
) -> Response:
    names = named(engine(), {thing.node, *iris, *referred(tables)}, language())
    body = render_template(template, thing=thing, title=names.get(thing.node), names=names,
                           formats=DOCUMENTS, path=chosen.path, query=chosen.query,
                           **more)  # fmt: skip
    return chosen.response(body)


def local(iri: str) -> str | None:
    """Where a link to `iri` leads from a page: our own server for our IRIs, else the web.

    ``None`` for an IRI that is no address of the web: it is shown, not linked.
    """
    iri = str(iri)  # A term of rdflib has methods of its own.
    if not iri.startswith(BASE):
        return iri if iri.startswith(("http://", "https://")) else None
    for base in (ID, DOC):  # The document itself: one redirection less.
        if iri.startswith(base):
            iri = DOC + iri.removeprefix(base)
    address, _, fragment = iri.removeprefix(BASE).partition("#")
    return f"{request.script_root}/{address}{carried_query()}{'#' if fragment else ''}{fragment}"
