"""What the log of commits costs: ``python -m benchmarks.commits [QUADS …]``."""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.commits import Draft, Log, history, redaction, state
from brupact.commits.backup import backup
from brupact.commits.verify import verify
from brupact.namespaces import ID, PACT, graph

AGENT = ID + "account/bench"
APPENDS = 1000


def quad(number: int, folder: str = "agreement") -> Quad:
    """One of eight statements about a thing."""
    thing = NamedNode(f"{ID}priority/2026-2029-{number // 8}")
    name = NamedNode(f"{PACT}property{number % 8}")
    text = Literal(f"Une priorité partagée, numéro {number}", language="fr")
    value = text if number % 3 else NamedNode(f"{ID}theme/{number % 97}")
    return Quad(thing, name, value, graph(folder))


@contextmanager
def timed(title: str) -> Iterator[None]:
    """Print how long the block took."""
    started = time.perf_counter()
    yield
    print(f"  {title:42}{(time.perf_counter() - started) * 1000:10.1f} ms", flush=True)


def run(size: int, folder: Path) -> None:
    """Measure a log whose first commit has `size` quads."""
    print(f"{size} quads")
    store = Store()
    store.bulk_extend(quad(number) for number in range(size))
    log = Log(folder)
    with timed("commit 0"):
        log.append(Draft(None, AGENT, "release", store, kind="release"), ())
    seconds = []
    for number in range(APPENDS):
        head = log.head()
        added = [quad(8 * number + place, "follow-up") for place in range(6)]
        removed = [quad(number)]
        draft = Draft(head.name if head else None, AGENT, "a report", added, removed)
        started = time.perf_counter()
        log.append(draft, store)
        seconds.append(time.perf_counter() - started)
        store.extend(added)
        store.remove(removed[0])
    cuts = [1000 * cut for cut in quantiles(seconds, n=100)]
    print(f"  append: p50 {cuts[49]:.2f}, p95 {cuts[94]:.2f}, p99 {cuts[98]:.2f} ms")
    for version in (0, APPENDS // 2, APPENDS):
        with timed(f"lines at {version}, without a snapshot"):
            state.at(log, version)
    with timed("snapshot of the head"):
        state.snapshot(log, APPENDS)
    for version in (APPENDS - 10, APPENDS):
        with timed(f"lines at {version}, from the snapshot"):
            found = state.at(log, version)
    with timed("a store of them"):
        found.store()
    with timed("their canonical hash"):
        found.rdfc()
    with timed(f"difference of 0 and {APPENDS}"):
        history.diff(log, 0, APPENDS)
    subject = quad(8 * APPENDS - 8).subject
    with timed("commits that touched a subject"):
        assert isinstance(subject, NamedNode) and list(history.entries(log, subject=subject.value))
    print(f"  {log.path.stat().st_size / 2**20:.1f} MiB with the snapshot")
    with timed("backup"), tempfile.TemporaryDirectory() as target:
        backup(log, Path(target))
    with timed("verify"):
        assert not verify(log).problem
    head = log.head()
    for title, gone in (("a report", quad(8, "follow-up")), ("of commit 0", quad(size - 1))):
        head = log.head()
        draft = Draft(head.name if head else None, AGENT, "erased", (), [gone])
        with timed(f"redaction of a quad {title}"):
            redaction.redact(log, draft, store)
        store.remove(gone)
    log.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {peak:.0f} MiB at most, the store of the data among it", flush=True)


if __name__ == "__main__":
    for argument in sys.argv[1:] or ["10000", "100000", "1000000"]:
        with tempfile.TemporaryDirectory(dir=".") as name:
            run(int(argument), Path(name))
