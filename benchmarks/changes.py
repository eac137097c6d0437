"""What a commit costs over HTTP: until it is acknowledged, and until another connection sees it."""

import http.client
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks import gated
from benchmarks.generate import Data
from brupact import resources
from brupact.access import Access
from brupact.namespaces import ID, PACT, graph
from brupact.validation import ENGINES, data_graph, shapes_graph, validate_graph

#: So many inserts, and as many deletes, are measured, after a few that are not.
COMMITS: Final = 40
WARM: Final = 5
#: Up to so many triples all data are validated by each engine, to compare, for so many seconds.
WHOLE: Final = 200_000
LIMIT: Final = 60.0
_REPORT: Final = f"""<{ID}status-report/bench-{{number}}> a <{PACT}StatusReport> ;
  <{PACT}reportsOn> <{{node}}> ; <{PACT}status> <{ID}status/{{status}}> ;
  <{PACT}statusDate> "2027-01-{{day:02}}"^^<http://www.w3.org/2001/XMLSchema#date> ;
  <{PACT}evidence> <https://example.org/{{number}}> ;
  <http://purl.org/dc/terms/creator> <https://example.org/> ;
  <http://purl.org/dc/terms/description> "Report {{number}}."@en ."""
_FORK: Final = multiprocessing.get_context("fork")
_STATUSES: Final = ("in-preparation", "under-way", "adopted", "done")


def measure(data: Data) -> dict[str, Any]:
    """Milliseconds of commits to a service with `data`, and seconds of full validations of it."""
    priorities = _priorities(data)
    with tempfile.TemporaryDirectory() as folder:
        token = Access(Path(folder)).add("bench", "editor")
        started = time.monotonic()
        with _serving(data, Path(folder)) as port:
            client = _Client(port, token)
            found: dict[str, Any] = {
                "triples": client.count(), "commits": COMMITS, "load": os.getloadavg()[0],
                "seconds_to_first_answer": round(time.monotonic() - started, 1),
            }  # fmt: skip
            found["milliseconds"] = _commits(client, priorities)
    found["full_validation_seconds"] = dict(_whole(data))
    return found


def _priorities(data: Data) -> list[str]:
    """Priorities to report on, anywhere in `data`."""
    draw = random.Random(4)
    references = draw.choices(data.references, k=COMMITS + WARM)
    return [f"{ID}priority/{one}-{draw.randint(1, 17)}" for one in references]


@contextmanager
def _serving(data: Data, state: Path) -> Iterator[int]:
    """The port of the service, ended at the end."""
    command = [sys.executable, "-m", "benchmarks.gated", str(data.quads), "--state", str(state)]
    log = state / "bench.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", "0"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        while (ready := re.search(r"ready on \S+:(\d+)", log.read_text())) is None:
            if process.poll() is not None:
                raise RuntimeError(f"the service did not start: {log.read_text()[-900:]}")
            time.sleep(0.05)
        yield int(ready[1])
    finally:
        process.terminate()
        process.wait()


class _Client:
    """One connection that writes, and one that reads."""

    def __init__(self, port: int, token: str) -> None:
        """Connect."""
        self._writes, self._reads = (
            http.client.HTTPConnection("127.0.0.1", port, timeout=120) for _ in range(2)
        )
        self._headers = {
            "Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}",
        }  # fmt: skip
        self._asked = 0

    def ask(self, text: str) -> str:
        """The one value that a query gives, never from a cache."""
        self._asked += 1
        headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
        self._reads.request("POST", "/sparql", f"{text} # {self._asked}".encode(), headers)
        return self._reads.getresponse().read().decode().split()[-1]

    def count(self) -> int:
        """How many triples there are."""
        return int(self.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))

    def commit(self, form: str, triples: str, seen: str) -> tuple[float, float]:
        """Milliseconds until the change is acknowledged, and until a read shows it."""
        update = f"{form} DATA {{ GRAPH <{graph('follow-up').value}> {{ {triples} }} }}"
        started = time.perf_counter()
        self._writes.request("POST", "/sparql", update.encode(), self._headers)
        answer = self._writes.getresponse()
        body = answer.read()
        acknowledged = time.perf_counter()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body.decode()}")
        wanted = "true" if form == "INSERT" else "false"
        while self.ask(f"SELECT (EXISTS {{ {seen} }} AS ?there) {{}}") != wanted:
            pass
        visible = time.perf_counter()
        return 1000 * (acknowledged - started), 1000 * (visible - started)


def _commits(client: _Client, priorities: list[str]) -> dict[str, dict[str, float]]:
    taken: dict[str, list[tuple[float, float]]] = {"INSERT": [], "DELETE": []}
    for form, found in taken.items():
        for number, node in enumerate(priorities):
            status = _STATUSES[number % len(_STATUSES)]
            triples = _REPORT.format(number=number, node=node, status=status, day=1 + number % 28)
            seen = f"<{ID}status-report/bench-{number}> a <{PACT}StatusReport>"
            found.append(client.commit(form, triples, seen))
    return {
        f"{form.lower()}, {what}": _cuts([pair[place] for pair in found[WARM:]])
        for form, found in taken.items()
        for place, what in enumerate(("acknowledged", "visible"))
    }


def _cuts(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=20)
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}


def _whole(data: Data) -> Iterator[tuple[str, dict[str, float | bool] | None]]:
    """Seconds in which each engine validates everything, or after which it had not `ended`.

    ``None`` for more data than are validated as a whole.
    """
    if data.count > WHOLE:
        yield from ((engine, None) for engine in ENGINES)
        return
    whole, shapes = data_graph(gated.release(data.quads).store), shapes_graph(resources.SHAPES)
    for engine in ENGINES:
        started = time.perf_counter()
        # A fork: nothing else ends an engine that does not come to an end.
        process = _FORK.Process(
            target=validate_graph, args=(whole, shapes), kwargs={"engine": engine}
        )
        process.start()
        process.join(LIMIT)
        seconds, ended = round(time.perf_counter() - started, 2), not process.is_alive()
        process.kill()
        process.join()
        yield engine, {"seconds": seconds, "ended": ended}
