"""A release: the data as published, closed under the rules, and what is written to disk of it."""

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import (
    NamedNode,
    Store,
)

from brupact import library, reasoning
from brupact.catalogue import Publication
from brupact.dataset import Dataset, load_files
from brupact.dumps import checksums
from brupact.namespaces import GRAPH
from brupact.sparql.formats import GRAPHS
from brupact.validation import Report


@dataclass(frozen=True)
class Release:
    """The closed dataset, with how long each step took in seconds."""

    dataset: Dataset
    seconds: dict[str, float]

    @property
    def store(self) -> Store:
        """All quads, derived ones included."""
        return self.dataset.store


def make(
    files: Iterable[tuple[NamedNode, Path]], rules: Path, reasoner: str = "brupact"
) -> Release:
    """Load `files`, each with its default graph, and close them under the rules in `rules`.

    `reasoner` is one of `reasoning.REASONERS`.

    :raises BrokenInput: at the first file that cannot be read.
    :raises Inconsistent: if the data contradict the ontology.
    """
    started = time.perf_counter()
    dataset = load_files(files)
    loaded = time.perf_counter()
    known = reasoning.load_rules(rules)
    dataset.store.extend(reasoning.rule_quads(known))
    dataset.store.extend(library.library_quads(library.load_library().values()))
    reasoning.REASONERS[reasoner](dataset.store, known).require_consistent()
    closed = time.perf_counter()
    return Release(dataset, {"load": loaded - started, "reason": closed - loaded})


def write(publication: Publication, report: Report, target: Path) -> list[Path]:
    """Write what `publication` publishes, its checksums and `report` into the folder `target`.

    The dumps, the DCAT-AP record as ``catalogue.*`` and VoID as ``void.ttl``; ``SHA256SUMS`` can be
    checked with ``sha256sum -c``. The same release and settings give the same bytes.
    """
    target.mkdir(parents=True, exist_ok=True)
    written = [_put(target / dump.name, dump.body) for dump in publication.dumps.values()]
    for name, format in [*(("catalogue", format) for format in GRAPHS), ("void", GRAPHS[0])]:
        document = publication.document(name, format)
        written.append(_put(target / f"{name}.{format.suffix}", document.body))
    graphs = publication.counted.survey.graphs
    counts = {name.removeprefix(GRAPH): counted.triples for name, counted in graphs.items()}
    summary = {"conforms": report.conforms, "triples": counts}
    written.append(_put(target / "validation-report.ttl", report.canonical))
    written.append(_put(target / "summary.json", json.dumps(summary, indent=2).encode()))
    sums = checksums((p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in written)
    return [*written, _put(target / "SHA256SUMS", sums)]


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
