"""The representations of a document: which one a request wants, and the headers that tell of all.

Everything that answers in several RDF formats goes through here (Web Linking, RFC 8288).
"""

import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Response, abort, current_app, g, request
from pyoxigraph import DefaultGraph, NamedNode, Quad, serialize

from brupact import jsonld
from brupact.describe import Statement
from brupact.namespaces import GRAPH, PREFIXES
from brupact.skolem import published
from brupact.sparql.formats import DATASETS, DOCUMENTS, GRAPHS, PAGE, Format
from brupact.sparql.negotiation import best
from brupact.web.context import engine

_OFFERS: tuple[Format[Any], ...] = (PAGE, *DOCUMENTS)
_SUFFIXES: dict[str, Format[Any]] = {format.suffix: format for format in _OFFERS}
_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"


def split(reference: str) -> tuple[str, str]:
    """The stem and the suffix of `reference`; no suffix where its end names no format."""
    stem, dot, suffix = reference.rpartition(".")
    return (stem, suffix) if dot and suffix in _SUFFIXES else (reference, "")


@dataclass(frozen=True)
class Representation:
    """What the request wants of a document: by suffix, else by negotiation, else the page."""

    reference: str
    suffix: str
    #: What may be negotiated, the preferred first.
    offers: tuple[Format[Any], ...] = (PAGE, *GRAPHS)
    format: Format[Any] = field(init=False)
    #: Where the document is, without a suffix.
    path: str = field(init=False)
    #: What follows a suffix in addresses: the version, of one that is past.
    query: str = field(init=False)

    def __post_init__(self) -> None:
        """Choose the format.

        :raises NotFound: for a suffix that names no format.
        """
        if self.suffix and self.suffix not in _SUFFIXES:
            abort(404, f"There is no document with the suffix .{self.suffix} here.")
        chosen = _SUFFIXES.get(self.suffix) or _negotiated(self.offers)
        object.__setattr__(self, "format", chosen)
        path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~")
        object.__setattr__(self, "path", path.removesuffix(f".{self.suffix}"))
        object.__setattr__(self, "query", g.get("version_query", ""))

    @property
    def is_page(self) -> bool:
        """Whether a page for people is wanted."""
        return self.format is PAGE

    def response(self, body: str | bytes) -> Response:
        """`body` with the headers that tell of the other representations."""
        media_type = self.format.media_type
        response = Response(
            body, content_type="text/html; charset=utf-8" if self.is_page else media_type
        )
        response.headers["Vary"] = "Accept"
        response.headers["Content-Location"] = f"{self.path}.{self.format.suffix}{self.query}"
        links = [
            f'<{self.path}.{other.suffix}{self.query}>; rel="alternate"; type="{other.media_type}"'
            for other in _OFFERS
            if other is not self.format
        ]
        links += [f'<{self.path}>; rel="canonical"', f'<{_LICENCE}>; rel="license"']
        response.headers["Link"] = ", ".join(links)
        return response


def tagged(response: Response, sha256: str) -> Response:
    """`response` with a strong entity tag; 304 where the client has it (RFC 9110, section 13)."""
    response.set_etag(sha256)
    response.make_conditional(request)
    return response


def _negotiated(preferred: tuple[Format[Any], ...]) -> Format[Any]:
    """The format that the Accept header prefers; the page where it accepts none of ours.

    A client that gets quads looks in vain for them in its default graph: the formats of a dataset
    are for those who accept nothing else.
    """
    for offers in (preferred, DATASETS):
        index = best(request.headers.get("Accept"), [(f.media_type, *f.aliases) for f in offers])
        if index is not None:
            return offers[index]
    return PAGE


def negotiated(suffix: str, offers: tuple[Format[Any], ...]) -> Format[Any]:
    """The format that the suffix names or the Accept header prefers."""
    if suffix:
        named = next((offer for offer in offers if offer.suffix == suffix), None)
        return named or abort(404, f"There is no format with the suffix .{suffix} here.")
    accept = request.headers.get("Accept")
    index = best(accept, [(offer.media_type, *offer.aliases) for offer in offers])
    if index is None:
        known = ", ".join(offer.media_type for offer in offers)
        abort(406, f"No format that the Accept header names is one of {known}.")
    return offers[index]


def write(chosen: Representation, statements: list[Statement]) -> Response:
    """The RDF document with `statements`, in the chosen format."""
    return chosen.response(document(chosen.format, statements))


def document(format: Format[Any], statements: list[Statement]) -> bytes:
    """`statements` in `format`, one of `DOCUMENTS`."""
    by_graph: dict[NamedNode | DefaultGraph, list[Any]] = {}
    for name, triple in statements:
        by_graph.setdefault(NamedNode(name) if name else DefaultGraph(), []).append(triple)
    quads = [
        Quad(t.subject, t.predicate, t.object, name)
        for name, triples in sorted(by_graph.items(), key=str)
        for t in published(name, triples)
    ]
    if format in DATASETS:
        return _serialised(quads, format)
    triples = list(dict.fromkeys(quad.triple for quad in quads))
    if format.suffix == "jsonld":
        return jsonld.compact(triples, context())
    return _serialised(triples, format)


def _serialised(statements: Any, format: Format[Any]) -> bytes:
    buffer = io.BytesIO()
    serialize(statements, buffer, format.engine, prefixes=PREFIXES)
    return buffer.getvalue()


def context() -> dict[str, Any]:
    """The JSON-LD context of the ontology that is served."""
    if "engine" in g:  # The context of a past version.
        return jsonld.context(engine().graph(GRAPH + "ontology"))
    extensions = current_app.extensions
    if "brupact-context" not in extensions:
        extensions["brupact-context"] = jsonld.context(engine().graph(GRAPH + "ontology"))
    found: dict[str, Any] = extensions["brupact-context"]
    return found
