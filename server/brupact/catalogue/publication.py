"""What is published beside the data, each part made once and when it is first asked for."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize
from rdflib import Graph

from brupact import __version__
from brupact.catalogue.dcat import catalogue
from brupact.catalogue.record import Facts, spaces
from brupact.catalogue.service import service
from brupact.catalogue.survey import NOTHING, sizes, survey
from brupact.catalogue.void import void
from brupact.dumps import Dump, checksums, dumps
from brupact.engine import Engine
from brupact.namespaces import PREFIXES
from brupact.settings import Settings
from brupact.sparql.formats import DATASETS, GRAPHS, Format

Made = TypeVar("Made")

#: How rdflib calls the formats, by suffix.
_WRITERS: Final = {"ttl": "turtle", "nt": "nt11", "rdf": "xml", "jsonld": "json-ld"}


@dataclass(frozen=True)
class Document:
    """A document with the SHA-256 of its content."""

    body: bytes
    sha256: str


class Publication:
    """The record, the counts, the service description and the dumps of one version of the data.

    May be used by several threads.
    """

    def __init__(
        self, engine: Engine, settings: Settings, *, scratch: bool = False, gated: bool = False
    ) -> None:
        """Publish what `engine` holds as `settings` say; nothing is made yet."""
        self._engine, self._settings, self._scratch = engine, settings, scratch
        self._updates = scratch or gated
        self._lock = threading.RLock()
        self._made: dict[object, Any] = {}

    def _once(self, key: object, make: Callable[[], Made]) -> Made:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            made: Made = self._made[key]
            return made

    @property
    def counted(self) -> Facts:
        """What is known without the dumps."""
        return self._once(
            "counted",
            lambda: Facts(
                self._settings,
                __version__,
                survey(self._engine, spaces()),
                scratch=self._scratch,
                updates=self._updates,
            ),
        )

    @property
    def facts(self) -> Facts:
        """All that the record is made from."""
        return self._once("facts", lambda: replace(self.counted, dumps=tuple(self.dumps.values())))

    @property
    def dumps(self) -> dict[str, Dump]:
        """The dumps, by name."""
        return self._once("dumps", lambda: {dump.name: dump for dump in dumps(self._engine)})

    @property
    def checksums(self) -> bytes:
        """The checksums of the dumps, as ``sha256sum -c`` reads them."""
        return checksums((dump.name, dump.sha256) for dump in self.dumps.values())

    @property
    def catalogue(self) -> Graph:
        """The DCAT-AP record."""
        return self._once("catalogue", lambda: catalogue(self.facts))

    @property
    def void(self) -> Graph:
        """The VoID description."""
        return self._once("void", lambda: void(self.facts))

    @property
    def service(self) -> Graph:
        """The description of the SPARQL service."""
        return self._once("service", lambda: service(self._known, sizes(self._engine)))

    @property
    def _known(self) -> Facts:
        """What the service description needs: where data change at any time, nothing is counted."""
        if self._scratch:
            return Facts(self._settings, __version__, NOTHING, scratch=True, updates=True)
        return self.counted

    def document(self, name: str, format: Format[Any]) -> Document:
        """The graph ``catalogue``, ``void`` or ``service`` in `format`."""
        return self._once((name, format.suffix), lambda: self._written(name, format))

    def _written(self, name: str, format: Format[Any]) -> Document:
        body = serialised(getattr(self, name), format, self._known.base)
        return Document(body, hashlib.sha256(body).hexdigest())


def serialised(graph: Graph, format: Format[Any], name: str) -> bytes:
    """`graph` in `format`; in a format of datasets it is called `name`.

    The same graph gives the same bytes.
    """
    if format in DATASETS:
        triples = parse(serialised(graph, GRAPHS[1], name), format=RdfFormat.N_TRIPLES)
        quads = (Quad(t.subject, t.predicate, t.object, NamedNode(name)) for t in triples)
        return serialize(quads, format=format.engine, prefixes=PREFIXES) or b""
    # The simple store keeps the order in which triples were added.
    ordered = Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in graph.namespaces():
        ordered.bind(prefix, namespace, override=True, replace=True)
    for triple in sorted(graph):
        ordered.add(triple)
    text = ordered.serialize(format=_WRITERS[format.suffix])
    return _ORDERED.get(format.suffix, str)(text).encode()


def _lines(text: str) -> str:
    return "".join(sorted(line for line in text.splitlines(keepends=True) if line.strip()))


def _json(text: str) -> str:
    def ordered(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: ordered(value) for key, value in sorted(node.items())}
        if isinstance(node, list):
            return sorted(map(ordered, node), key=json.dumps)
        return node

    return json.dumps(ordered(json.loads(text)), ensure_ascii=False, indent=1)


def _xml(text: str) -> str:
    head, end, rest = text.partition("\n>\n")
    first, root, *namespaces = head.splitlines()
    return "\n".join([first, root, *sorted(namespaces)]) + end + rest


_ORDERED: Final = {"nt": _lines, "jsonld": _json, "rdf": _xml}
