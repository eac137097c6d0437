"""Quads as lines: sorted N-Quads in the normal form of the store, without blank nodes.

The store rewrites datatypes (``nonNegativeInteger`` to ``integer``, ``1.50`` to ``1.5``); what has
passed through it is what a query will see, so that is what is hashed and kept. A line is one
statement of canonical N-Quads with its full stop and without the end of the line.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

import zstandard
from pyoxigraph import BlankNode, Quad, RdfFormat, Store, Triple, parse

from brupact.commits.errors import HasBlankNode

#: Level 3 packs N-Quads to a tenth at 200 MB a second; more gains little.
_LEVEL: Final = 3


def normal(quads: Iterable[Quad]) -> tuple[bytes, ...]:
    """The lines of `quads`, each once, in the order of their bytes.

    :raises HasBlankNode: at a quad with a blank node, also inside a triple term.
    """
    store = quads if isinstance(quads, Store) else Store()
    if store is not quads:
        store.extend(quads)
    content = store.dump(format=RdfFormat.N_QUADS) or b""
    if b"_:" in content:  # Perhaps inside a literal.
        for quad in store:
            if any(map(_is_blank, (quad.subject, quad.object, quad.graph_name))):
                raise HasBlankNode(quad)
    return tuple(sorted(split(content)))


def _is_blank(term: object) -> bool:
    if isinstance(term, Triple):
        return _is_blank(term.subject) or _is_blank(term.object)
    return isinstance(term, BlankNode)


def split(content: bytes) -> list[bytes]:
    """The lines of an N-Quads document that was written by `join`."""
    return content.split(b"\n")[:-1]


def join(lines: Iterable[bytes]) -> bytes:
    """The N-Quads document of `lines`."""
    return b"".join(line + b"\n" for line in lines)


def quads(lines: Iterable[bytes]) -> list[Quad]:
    """The quads that `lines` stand for."""
    return list(parse(join(lines), format=RdfFormat.N_QUADS))


def pack(lines: Iterable[bytes]) -> bytes:
    """`lines` as they are stored: N-Quads in a zstd frame (RFC 8878)."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(join(lines))


def unpack(frame: bytes) -> tuple[bytes, ...]:
    """The lines in a stored frame.

    :raises zstandard.ZstdError: if it is broken.
    """
    return tuple(split(zstandard.ZstdDecompressor().decompress(frame)))


def graph_key(iri: str) -> int:
    """Under what the index knows that a commit changed something in the graph `iri`."""
    return _key(b"g<" + iri.encode() + b">")


def subject_key(iri: str) -> int:
    """Under what the index knows that a commit changed a statement about `iri`."""
    return _key(b"s<" + iri.encode() + b">")


def object_key(iri: str) -> int:
    """Under what the index knows that a commit changed a statement that leads to `iri`."""
    return _key(b"o<" + iri.encode() + b">")


def keys(lines: Iterable[bytes]) -> set[int]:
    """All keys of the index under which a commit with `lines` is found."""
    return {_key(term) for term in {term for line in lines for term in _terms(line)}}


def subject_keys(lines: Iterable[bytes]) -> set[int]:
    """The keys of the subjects of `lines`."""
    return {_key(term) for term in {next(_terms(line)) for line in lines}}


def graph(line: bytes) -> bytes | None:
    """The graph of a line, in angle brackets; ``None`` in the default graph."""
    return next((term[1:] for term in _terms(line) if term.startswith(b"g")), None)


def _terms(line: bytes) -> Iterator[bytes]:
    """Subject, object (if an IRI) and graph of a line, each after the letter of its role."""
    subject, _, rest = line.split(b" ", 2)
    yield b"s" + subject
    if rest.startswith(b"<") and not rest.startswith(b"<<"):
        object, _, rest = rest.partition(b" ")
        yield b"o" + object
    *_, last, _ = (b" " + rest).rsplit(b" ", 2)
    # The end of a literal in the default graph has a quotation mark, which no IRI has.
    if last.startswith(b"<") and last.endswith(b">") and b'"' not in last:
        yield b"g" + last


def _key(term: bytes) -> int:
    return int.from_bytes(hashlib.sha256(term).digest()[:8], signed=True)
