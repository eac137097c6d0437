"""What a past version costs: until it first answers, then, and in memory.

``python -m benchmarks.versions`` prints it for data of several sizes, 200 commits after the first.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.archive import Archive
from brupact.commits.log import Draft, Log
from brupact.commits.redaction import redact
from brupact.engine import Query
from brupact.engine.supervisor import Limits, Supervisor
from brupact.namespaces import graph

COMMITS: Final = 200
_EXAMPLE: Final = "https://example.org/"
_ONE: Final = Query(f"SELECT ?o {{ <{_EXAMPLE}s/7> ?p ?o }}", "text/csv", None, canonical=True)


def quads(first: int, count: int) -> Iterator[Quad]:
    """`count` quads in the graph of editors, eight of a subject."""
    for n in range(first, first + count):
        subject = NamedNode(f"{_EXAMPLE}s/{n // 8}")
        predicate = NamedNode(f"{_EXAMPLE}p/{n % 8}")
        yield Quad(subject, predicate, Literal(f"value {n}"), graph("follow-up"))


@click.command()
@click.argument("sizes", type=int, nargs=-1)
def main(sizes: tuple[int, ...]) -> None:
    """Measure with data of so many quads."""
    for size in sizes or (30_000, 1_000_000):
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), size)


def measure(folder: Path, size: int) -> None:
    """Print the figures for data of `size` quads."""
    store = Store()
    store.bulk_extend(quads(0, size))
    with Log(folder) as log:
        head = log.append(Draft(None, _EXAMPLE, "", store, kind="release"), frozenset[Quad]())
        names = [head.entry.name]
        for n in range(COMMITS):
            added = list(quads(size + 8 * n, 8))
            names.append(log.append(Draft(names[-1], _EXAMPLE, "", added), store).entry.name)
            store.extend(added)
    service = Supervisor(store, Limits(), versions=Archive(folder, COMMITS))
    service.start()
    try:
        cold = [ask(service, names[n]) for n in range(0, COMMITS, 20)]
        warm = [ask(service, names[n]) for n in range(0, COMMITS, 20) for _ in range(5)]
        print(f"{size} quads: cold {told(cold)}, warm {told(warm)}, {private()} MiB a version")
        with Log(folder) as log:
            redact(log, Draft(names[-1], _EXAMPLE, "", (), list(quads(0, 1))), store)
        print(f"  after an erasure: cold {told([ask(service, names[5])])}, {private()} MiB")
    finally:
        service.stop()


def ask(service: Supervisor, name: str) -> float:
    """How many seconds it takes to ask one thing of the version `name`."""
    started = time.perf_counter()
    service.engine.at(name).query(_ONE)
    return time.perf_counter() - started


def told(seconds: list[float]) -> str:
    """The median and the greatest, in milliseconds."""
    return f"{statistics.median(seconds) * 1e3:.1f} ms (at most {max(seconds) * 1e3:.1f})"


def private() -> int:
    """The MiB that the largest reader of a past version shares with nobody."""
    found = [0]
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "comm").read_text() == "brupact-past\n":
                rollup = (path / "smaps_rollup").read_text()
                found.append(sum(map(int, re.findall(r"Private_\w+:\s+(\d+)", rollup))))
        except OSError:
            continue
    return max(found) >> 10


if __name__ == "__main__":
    main()
