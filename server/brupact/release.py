"""A release: the data as published, closed under the rules, and what is written to disk of it."""

import gzip
import hashlib
import io
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import (
    CanonicalizationAlgorithm,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
    serialize,
)

from brupact import reasoning
from brupact.dataset import Dataset, graph_names, load_files
from brupact.namespaces import INFERRED, PREFIXES, graph
from brupact.skolem import published
from brupact.sparql.formats import DATASETS, GRAPHS
from brupact.validation import Report

_NAME: Final = "brupact"


@dataclass(frozen=True)
class Release:
    """The closed dataset, with how long each step took in seconds."""

    dataset: Dataset
    seconds: dict[str, float]

    @property
    def store(self) -> Store:
        """All quads, derived ones included."""
        return self.dataset.store


def make(files: Iterable[tuple[NamedNode, Path]], rules: Path) -> Release:
    """Load `files`, each with its default graph, and close them under the rules in `rules`.

    :raises BrokenInput: at the first file that cannot be read.
    :raises Inconsistent: if the data contradict the ontology.
    """
    started = time.perf_counter()
    dataset = load_files(files)
    loaded = time.perf_counter()
    known = reasoning.load_rules(rules)
    dataset.store.extend(reasoning.rule_quads(known))
    reasoning.closure(dataset.store, known, INFERRED).require_consistent()
    closed = time.perf_counter()
    return Release(dataset, {"load": loaded - started, "reason": closed - loaded})


def write(release: Release, report: Report, target: Path) -> list[Path]:
    """Write the dumps of `release`, their checksums and `report` into the folder `target`.

    One file a graph and format, the whole as N-Quads and TriG, each also compressed with gzip;
    ``SHA256SUMS`` can be checked with ``sha256sum -c``. The same release gives the same bytes.
    """
    target.mkdir(parents=True, exist_ok=True)
    written, counts = [], {}
    for name in graph_names(release.store):
        triples = graph_triples(release.store, name)
        counts[name] = len(triples)
        for format in GRAPHS:
            written.append(_put(target / f"{name}.{format.suffix}", _bytes(triples, format.engine)))
    quads = sorted(release.store, key=str)
    for format in DATASETS:
        written.append(_put(target / f"{_NAME}.{format.suffix}", _bytes(quads, format.engine)))
    written += [
        _put(path.with_name(path.name + ".gz"), gzip.compress(path.read_bytes(), mtime=0))
        for path in written.copy()
    ]
    summary = {"conforms": report.conforms, "triples": counts}
    written.append(_put(target / "validation-report.ttl", _canonical(report.turtle)))
    written.append(_put(target / "summary.json", json.dumps(summary, indent=2).encode()))
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in sorted(written)]
    return [*written, _put(target / "SHA256SUMS", "".join(sums).encode())]


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _bytes(statements: list[Triple] | list[Quad], format: RdfFormat) -> bytes:
    buffer = io.BytesIO()
    serialize(statements, buffer, format, prefixes=PREFIXES)
    return buffer.getvalue()


def graph_triples(store: Store, name: str) -> list[Triple]:
    """The triples of a graph in a fixed order, as its document shows them."""
    quads = store.quads_for_pattern(None, None, None, graph(name))
    return published(graph(name), (quad.triple for quad in quads))


def _canonical(turtle: str) -> bytes:
    """The graph in `turtle` with blank nodes and triples in the order of RDFC-1.0."""
    graph_ = pyoxigraph.Dataset(parse(turtle, RdfFormat.TURTLE))
    graph_.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return _bytes(sorted((quad.triple for quad in graph_), key=str), RdfFormat.TURTLE)
