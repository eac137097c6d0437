"""Validation of the version that is served, whole and in the background, for those who read.

Every change passes the gate; this asks once more, of all data at once, and keeps what came of it as
long as the data are the same. It is done in a process of its own that gives way to all others.
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, serialize

from brupact import resources
from brupact.catalogue.survey import sizes
from brupact.engine import Engine
from brupact.engine.limits import die_with_parent
from brupact.errors import BrupactError

#: Data with more triples than this are not inspected: their operator runs ``brupact check``.
MOST: Final = 200_000
#: It is given up after so many seconds.
_LONGEST: Final = 600.0
#: How far the process gives way to others (nice(2)).
_NICE: Final = 15
#: The SHACL engines as their packages are called.
_PACKAGES: Final = {"pyshacl": "pyshacl", "turbo": "pyshacl-turbo"}


@dataclass(frozen=True)
class Inspection:
    """What came of the validation of one version."""

    #: The number of the version, as the engine counts.
    version: int
    #: When it was finished (ISO 8601, UTC), and what it took, in seconds; empty where unsaid.
    time: str
    seconds: float
    #: The SHACL engine with its version.
    engine: str
    conforms: bool
    triples: int
    #: How many shapes (nodes, properties), checks of the named graphs and rules there are.
    counts: dict[str, int]
    #: By severity, focus node, path, value, shape and messages by language: each result.
    findings: tuple[dict[str, Any], ...]
    #: The report of the SHACL engine (SHACL, section 3.6) in Turtle.
    report: str


class Inspector:
    """Has the data of an engine inspected, a version once; may be used by several threads."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is inspected until somebody asks."""
        self._engine = engine
        self._lock = threading.Lock()
        self._found: Inspection | None = None
        #: The version that is being inspected, and that whose inspection failed and why.
        self._working: int | None = None
        self._failed: tuple[int, str] | None = None

    def inspection(self) -> Inspection | None:
        """What came of the inspection of the version that is served, if it is over.

        Else it is begun, and there is more to be had later.

        :raises NotInspected: if it cannot be done.
        """
        version = self._engine.version
        with self._lock:
            if self._found is not None and self._found.version == version:
                return self._found
            if self._failed is not None and self._failed[0] == version:
                raise NotInspected(self._failed[1])
            if self._working is None:
                self._working = version
                threading.Thread(target=self._work, args=(version,), daemon=True).start()
        return None

    def settle(self) -> None:
        """Inspect the version that is served, and wait for what comes of it.

        Without its time, so that whatever is made of it is the same for the same data.
        """
        self._work(self._engine.version)
        if self._found is not None:
            self._found = replace(self._found, time="", seconds=0.0)

    def _work(self, version: int) -> None:
        found, failed = None, None
        try:
            found = _inspected(self._engine, version)
        except BrupactError as error:
            failed = version, str(error)
        finally:
            with self._lock:
                self._working = None
                # Of data that were changed meanwhile, nothing is known.
                if self._engine.version == version:
                    self._found, self._failed = found, failed


class NotInspected(BrupactError):
    """The data cannot be inspected here; the message says why."""


def _inspected(engine: Engine, version: int) -> Inspection:
    """What comes of the validation of what `engine` holds."""
    if (triples := sizes(engine).whole) > MOST:
        raise NotInspected(f"{triples} triples are more than the {MOST} that are validated here")
    data = serialize(
        (
            Quad(t.subject, t.predicate, t.object, NamedNode(name) if name else DefaultGraph())
            for name in ("", *engine.graphs())
            for t in engine.graph(name)
        ),
        format=RdfFormat.N_QUADS,
    )
    assert data is not None  # Without a file to write to.
    found = validated(data)
    return Inspection(version=version, triples=triples, findings=tuple(found.pop("findings")),
                      **found)  # fmt: skip


def validated(data: bytes) -> dict[str, Any]:
    """What a process of its own finds out about the N-Quads `data`.

    :raises NotInspected: if it finds out nothing.
    """
    command = [sys.executable, "-P", "-m", "brupact.inspection", str(os.getpid())]
    try:
        run = subprocess.run(command, input=data, capture_output=True, timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        raise NotInspected(f"the validation took longer than {_LONGEST:g} s") from None
    if run.returncode != 0:
        last = run.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotInspected(f"the validation ended with code {run.returncode}: {last}")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _main() -> None:
    """Validate the N-Quads on standard input, and write what came of it as JSON."""
    die_with_parent(int(sys.argv[1]))
    os.nice(_NICE)
    # Not above: the processes that speak HTTP do without it.
    from rdflib.namespace import RDF, SH

    from brupact import reasoning
    from brupact.validation import fastest, load_checks, shapes_graph, validate

    store, engine, shapes = Store(), fastest(), shapes_graph(resources.SHAPES)
    store.bulk_load(sys.stdin.buffer.read(), RdfFormat.N_QUADS)
    started = datetime.now(UTC)
    report = validate(store, resources.SHAPES, engine=engine)
    ended = datetime.now(UTC)
    package = _PACKAGES[engine]
    found = {
        "time": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 1),
        "engine": f"{package} {version_of(package)}",
        "conforms": report.conforms,
        "counts": {
            "nodes": len(set(shapes.subjects(RDF.type, SH.NodeShape))),
            "properties": len(set(shapes.subjects(RDF.type, SH.PropertyShape))),
            "checks": len(load_checks(resources.SHAPES / "dataset")),
            "rules": len(reasoning.load_rules()),
        },
        "findings": [
            {
                "severity": finding.severity,
                "node": finding.focus_node,
                "path": finding.path,
                "value": finding.value,
                "shape": finding.shape,
                "messages": dict(finding.messages),
            }
            for finding in report.findings
        ],
        "report": report.canonical.decode(),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main()
