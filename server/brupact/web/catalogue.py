"""The catalogue record, VoID, the dumps, and what crawlers are told."""

import hashlib

from flask import Blueprint, Response, abort, render_template

from brupact.catalogue import citation, sitemap
from brupact.catalogue.record import DCTERMS
from brupact.dumps import WHOLE
from brupact.namespaces import GRAPH
from brupact.sparql.formats import GRAPHS
from brupact.web.context import context
from brupact.web.library import library
from brupact.web.representations import Representation, tagged

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/catalogue")
@blueprint.get("/catalogue.<suffix>")
def catalogue(suffix: str = "") -> Response:
    """The DCAT-AP record of the dataset, its files and its service."""
    return _document("catalogue", suffix)


@blueprint.get("/.well-known/void")
@blueprint.get("/.well-known/void.<suffix>")
def void(suffix: str = "") -> Response:
    """What the dataset holds, counted (VoID, section 7.2)."""
    return _document("void", suffix)


def _document(name: str, suffix: str) -> Response:
    published = context().publication
    chosen = Representation(name, suffix)
    if not chosen.is_page:
        document = published.document(name, chosen.format)
        return tagged(chosen.response(document.body), document.sha256)
    graph, facts = published.catalogue, published.facts
    page = render_template(
        f"{name}.html", facts=facts, record=graph, said=citation.said, dcterms=DCTERMS,
        path=chosen.path, formats=GRAPHS, citation=citation.citation(graph, facts), base=GRAPH,
        structured_data=citation.structured_data(graph, facts),
    )  # fmt: skip
    return chosen.response(page)


@blueprint.get("/dumps/")
def dumps() -> Response:
    """The list of the dumps, with their sizes and checksums."""
    files = context().publication.dumps.values()
    return Response(render_template("dumps.html", files=files, whole=WHOLE))


@blueprint.get("/dumps/<file>")
def dump(file: str) -> Response:
    """A dump, or the checksums of all of them."""
    published = context().publication
    if file == "SHA256SUMS":
        return _file(published.checksums, "text/plain; charset=utf-8", None)
    found = published.dumps.get(file) or abort(404, f"There is no dump {file}; see /dumps/.")
    return _file(found.body, found.media_type, found.sha256)


def _file(body: bytes, media_type: str, sha256: str | None) -> Response:
    response = Response(body, content_type=media_type)
    return tagged(response, sha256 or hashlib.sha256(body).hexdigest())


@blueprint.get("/sitemap.xml")
def sitemap_file() -> Response:
    """The pages, or the list of the files that name them."""
    public_url = context().settings.public_url
    return _file(sitemap.sitemap(_addresses(), public_url), "application/xml", None)


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """A part of the pages, where one file cannot name all."""
    body = sitemap.part(_addresses(), number)
    return _file(body or abort(404, f"There is no part {number}."), "application/xml", None)


def _addresses() -> list[str]:
    here = context()
    known = here.vocabularies.of(here.engine)
    more = [
        *(f"/queries/{slug}" for slug in library()),
        *(f"/ns/{stem}" for stem in known.modules),
        *(f"/shapes/{stem}" for stem in known.shapes_by_module if stem),
        *(f"/rules/{name}" for name in known.rules),
    ]
    return sitemap.addresses(here.engine, here.settings.public_url, more)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may do (RFC 9309)."""
    return _file(
        sitemap.robots(context().settings.public_url).encode(), "text/plain; charset=utf-8", None
    )
