"""The dumps of a dataset: a file for each graph and format, and the whole, plain and compressed.

What is written to disk and what is served are the same bytes: both come from here.
"""

import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from brupact.engine import Engine
from brupact.namespaces import GRAPH, PREFIXES
from brupact.skolem import published
from brupact.sparql.formats import DATASETS, GRAPHS, Format

#: The name of the files that hold the whole.
WHOLE: Final = "brupact"
GZIP: Final = "application/gzip"
#: Graphs whose name cannot be that of a file are in the files of the whole only.
_FILE: Final = re.compile(re.escape(GRAPH) + r"([a-z0-9][a-z0-9-]*)")


@dataclass(frozen=True)
class Dump:
    """A file: the content is kept compressed, whether the file itself is or not."""

    name: str
    #: The IRI of the graph that it holds; ``None`` for the whole.
    graph: str | None
    format: Format[RdfFormat]
    compressed: bool
    size: int
    sha256: str
    packed: bytes

    @property
    def body(self) -> bytes:
        """The bytes of the file."""
        return self.packed if self.compressed else gzip.decompress(self.packed)

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        return GZIP if self.compressed else self.format.media_type


def dumps(engine: Engine) -> list[Dump]:
    """The dumps of what `engine` holds, by name; the same data give the same bytes."""
    made: list[Dump] = []
    quads: list[Quad] = []
    for iri in engine.graphs():
        triples = engine.graph(iri)
        quads += (Quad(t.subject, t.predicate, t.object, NamedNode(iri)) for t in triples)
        if (stem := file_stem(iri)) and stem != WHOLE:
            shown = published(NamedNode(iri), triples)
            for format in GRAPHS:
                made += _files(stem, iri, format, _bytes(shown, format.engine))
    quads.sort(key=str)
    for format in DATASETS:
        made += _files(WHOLE, None, format, _bytes(quads, format.engine))
    return sorted(made, key=lambda dump: dump.name)


def file_stem(graph: str) -> str | None:
    """The stem of the files that hold `graph` alone, if its name can be that of a file."""
    match = _FILE.fullmatch(graph)
    return match[1] if match else None


def checksums(files: Iterable[tuple[str, str]]) -> bytes:
    """Names and their SHA-256 in the form that ``sha256sum -c`` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(files)).encode()


def _files(stem: str, graph: str | None, format: Format[RdfFormat], body: bytes) -> Iterator[Dump]:
    packed = gzip.compress(body, mtime=0)
    for compressed, content in ((False, body), (True, packed)):
        name = f"{stem}.{format.suffix}{'.gz' if compressed else ''}"
        digest = hashlib.sha256(content).hexdigest()
        yield Dump(name, graph, format, compressed, len(content), digest, packed)


def _bytes(statements: list[Triple] | list[Quad], format: RdfFormat) -> bytes:
    buffer = io.BytesIO()
    serialize(statements, buffer, format, prefixes=PREFIXES)
    return buffer.getvalue()
