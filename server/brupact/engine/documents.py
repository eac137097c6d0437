"""RDF documents that clients send, as triples.

What others wrote is parsed where a process may die of it: in a reader.
"""

import io
import secrets
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse, serialize

from brupact.engine.interface import QueryRefused
from brupact.sparql.formats import GRAPHS

_FORMATS: Final = {format.media_type: format.engine for format in GRAPHS}


def n_triples(document: bytes, media_type: str, base: str) -> bytes:
    """`document` as N-Triples, with blank nodes that no other document has.

    `media_type` is one of `GRAPHS`. Nothing is fetched: a JSON-LD document carries its context.

    :raises QueryRefused: for what is malformed, holds a named graph, or is not RDF 1.1.
    """
    format, written = _FORMATS[media_type], io.BytesIO()
    try:
        serialize(_triples(document, format, base), written, RdfFormat.N_TRIPLES)
    except SyntaxError as error:
        line, column = error.lineno, error.offset
        if line is None and format is RdfFormat.RDF_XML:
            line, column = _place_in_xml(document)
        raise QueryRefused(error.msg, line, column) from None
    return written.getvalue()


def _triples(document: bytes, format: RdfFormat, base: str) -> Iterator[Triple]:
    # Readers are forks of one process, so the parser's own random names are the same in all.
    own = f"d{secrets.token_hex(16)}"
    for quad in parse(document, format, base_iri=base, without_named_graphs=True):
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            raise QueryRefused("a triple stands in the place of a term: only RDF 1.1 is taken")
        object = _owned(quad.object, own) if isinstance(quad.object, BlankNode) else quad.object
        yield Triple(_owned(quad.subject, own), quad.predicate, object)


def _owned(subject: NamedNode | BlankNode, own: str) -> NamedNode | BlankNode:
    return BlankNode(own + subject.value) if isinstance(subject, BlankNode) else subject


def _place_in_xml(document: bytes) -> tuple[int | None, int | None]:
    """Where `document` stops to be XML, which the RDF/XML parser does not say."""
    try:
        expat.ParserCreate().Parse(document, True)
    except expat.ExpatError as error:
        return error.lineno, error.offset + 1
    return None, None
