"""RDF documents that clients send, as triples.

What others wrote is parsed where a process may die of it: in a reader.
"""

import io
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from pyoxigraph import RdfFormat, Triple, parse, serialize

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
    quads = parse(
        document, format, base_iri=base, without_named_graphs=True, rename_blank_nodes=True
    )
    for quad in quads:
        if isinstance(quad.object, Triple):
            raise QueryRefused("a triple stands in the place of a term: only RDF 1.1 is taken")
        yield quad.triple


def _place_in_xml(document: bytes) -> tuple[int | None, int | None]:
    """Where `document` stops to be XML, which the RDF/XML parser does not say."""
    try:
        expat.ParserCreate().Parse(document, True)
    except expat.ExpatError as error:
        return error.lineno, error.offset + 1
    return None, None
