"""The real service in processes of its own, watched from outside: over HTTP and through /proc."""

import contextlib
import fcntl
import http.client
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from brupact.commits.keeper import NAME

#: By how much `make soak` multiplies, see tests/conftest.py.
SOAK: Final = int(os.environ.get("BRUPACT_SOAK", "1"))
#: Whether no other tests run beside: then the figures that are promised are asserted as they are.
ALONE: Final = "PYTEST_XDIST_WORKER" not in os.environ
#: How late the kernel may be on a machine that is busy with other tests, in seconds.
LATE: Final = 0.0 if ALONE else 4.0
#: So many idle readers more or less are no growth: the host keeps a few in store.
SPARE: Final = 4
#: What the memory of all processes may have grown by, in bytes, when all is quiet again.
GROWTH: Final = 96 << 20
MIB: Final = 1 << 20

SUPERVISOR, HOST, READER, WEB, KEEPER = "supervisor", "host", "reader", "web", "keeper"
#: The process that has past versions answered.
ARCHIVIST: Final = "archivist"
#: The figures of a run, for who looks at its output.
Figures = dict[str, object]


def size(few: int, many: int) -> int:
    """`few` in `make test`, `many` in `make soak` with its own 20 times."""
    return few if SOAK == 1 else max(few, many * SOAK // 20)


def show(title: str, **figures: object) -> None:
    """Print what was measured; `pytest -rP` shows it."""
    print(f"{title}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))


@dataclass(frozen=True)
class Reply:
    """A response over HTTP that came whole; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The type of the body without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def __str__(self) -> str:
        return f"{self.status} {self.media_type}\n{self.body.decode(errors='replace')}"


@dataclass(frozen=True)
class Footprint:
    """What the processes of a service hold."""

    processes: int
    #: Open files and sockets of each kind of process; readers come and go, theirs are left out.
    descriptors: Mapping[str, int]
    memory: int
    files: frozenset[str]

    def growth(self, base: "Footprint") -> list[str]:
        """What there is more of than in `base`."""
        found = []
        if self.processes > base.processes + SPARE:
            found.append(f"{base.processes} to {self.processes} processes")
        for kind, number in self.descriptors.items():
            if number > base.descriptors.get(kind, 0) + SPARE:
                found.append(f"{kind}: {base.descriptors.get(kind, 0)} to {number} descriptors")
        if self.memory > base.memory + GROWTH:
            found.append(f"{base.memory // MIB} to {self.memory // MIB} MiB")
        if extra := self.files - base.files:
            found.append(f"files {sorted(extra)}")
        return found

    def __str__(self) -> str:
        """All figures in one line."""
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.descriptors.items()))
        return (
            f"{self.processes} processes, {self.memory // MIB} MiB, descriptors: {kinds}, "
            f"{len(self.files)} files"
        )


@dataclass(frozen=True)
class Service:
    """A service that runs; `folder` is where it puts its temporary files."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    log: Path

    @property
    def address(self) -> str:
        """Its address, without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = 60,
    ) -> Reply:
        """The reply to one request on a connection of its own.

        :raises OSError: where the connection fails.
        :raises http.client.HTTPException: where the reply is visibly broken.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, fields, response.read())

    def query(self, text: str, accept: str = "text/csv", seconds: float = 60) -> Reply:
        """The reply to a query, posted as it stands."""
        headers = {"Content-Type": "application/sparql-query", "Accept": accept}
        return self.send("POST", "/sparql", headers, text.encode(), seconds)

    def get(self, path: str, accept: str = "*/*", **parameters: str) -> Reply:
        """The reply to GET."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.send("GET", path + query, {"Accept": accept})

    def update(self, text: str) -> Reply:
        """The reply to an update, posted as it stands."""
        return self.send(
            "POST", "/sparql", {"Content-Type": "application/sparql-update"}, text.encode()
        )

    def processes(self) -> dict[int, str]:
        """The kind of each process of the service, also of one that has lost its parent."""
        mark = f"TMPDIR={self.folder}".encode()
        found = {}
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):  # It has ended meanwhile.
                if entry.isdigit() and mark in Path(f"/proc/{entry}/environ").read_bytes():
                    found[int(entry)] = self._kind(int(entry))
        return found

    def _kind(self, process: int) -> str:
        """What a process is: the engine, not the rest, has a filter on its system calls."""
        if process == self.process.pid:
            return SUPERVISOR
        if Path(f"/proc/{process}/comm").read_text().strip() == NAME:
            return KEEPER
        status = Path(f"/proc/{process}/status").read_text()
        if "\nSeccomp:\t0" in status:
            return WEB
        if status.startswith("Name:\tbrupact-past\n"):
            return ARCHIVIST if f"\nPPid:\t{self.process.pid}\n" in status else READER
        return HOST if f"\nPPid:\t{self.process.pid}\n" in status else READER

    def of_kind(self, kind: str) -> list[int]:
        """The processes of one kind, in order."""
        return sorted(number for number, other in self.processes().items() if other == kind)

    def memory(self) -> int:
        """The memory of all processes in bytes; what they share counts once (PSS)."""
        total = 0
        for process in self.processes():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{process}/smaps_rollup").read_text()
                found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
                total += int(found[1]) * 1024 if found else 0
        return total

    def footprint(self) -> Footprint:
        """What the processes hold now."""
        processes = self.processes()
        descriptors: Counter[str] = Counter()
        for process, kind in processes.items():
            if kind != READER:
                with contextlib.suppress(OSError):
                    descriptors[kind] += len(os.listdir(f"/proc/{process}/fd"))
        files = frozenset(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))
        return Footprint(len(processes), descriptors, self.memory(), files)

    def settled(self, base: Footprint, seconds: float = 15.0) -> Footprint:
        """What the processes hold once nothing of `base` is exceeded any more, or at the end."""
        late = time.monotonic() + seconds
        while (now := self.footprint()).growth(base) and time.monotonic() < late:
            time.sleep(0.2)
        return now

    def complaints(self) -> list[str]:
        """The parts of the log that tell of a failure that nobody foresaw."""
        text = self.log.read_text(errors="replace")
        return re.findall(r"(?:Traceback|.*panicked at|.*uncaptured)(?:.*\n)+?(?=\S)(?:.*)", text)


@contextmanager
def serving(*options: str, **settings: object) -> Iterator[Service]:
    """``brupact serve`` with `options` and `settings` (in lower case), ended at the end.

    It leaves no process behind and no file.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BRUPACT_")}
    environment |= {f"BRUPACT_{name.upper()}": str(value) for name, value in settings.items()}
    # A short path: the addresses of Unix sockets are.
    with (
        tempfile.TemporaryDirectory(prefix="pact-") as name,
        tempfile.NamedTemporaryFile() as log,
    ):
        environment["TMPDIR"] = name
        command = [str(Path(sys.executable).with_name("brupact")), "serve", "--port", "0", *options]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        try:
            port = _port(process, Path(log.name))
            service = Service(process, port, Path(name), Path(log.name))
            yield service
            if process.poll() is None:
                stop(service)
        finally:
            process.kill()
            process.wait()


def stop(service: Service) -> None:
    """End a service as an operator does, and see that nothing of it is left."""
    before = service.processes()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=15) in (0, -signal.SIGTERM)
    assert within(5, lambda: not service.processes()), (before, service.processes())
    assert os.listdir(service.folder) == []


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port that a service that starts has told, once it is ready."""
    late = time.monotonic() + 60
    while time.monotonic() < late:
        text = log.read_text()
        if found := re.search(r"ready on http://[^\s]*:(\d+)", text):
            return int(found[1])
        if process.poll() is not None:
            raise NotStarted(text)
        time.sleep(0.01)
    raise NotStarted("it did not say 'ready' within a minute")


class NotStarted(Exception):
    """The service ended at once, with what it said."""


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether `condition` holds before `seconds` have passed."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if condition():
            return True
        time.sleep(0.02)
    return False


#: A light query and its answer, on the packaged data and on any other.
THEMES: Final = (
    "SELECT (COUNT(?t) AS ?n) { ?t a <https://w3id.org/brupact/ns#Theme> }", b"n\r\n7\r\n"
)  # fmt: skip
NOTHING: Final = ("SELECT ?x { VALUES ?x { 1 } }", b"x\r\n1\r\n")


@dataclass
class Beside:
    """What became of the light queries that were put beside something else."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """The time within which all but one in twenty were answered."""
        return statistics.quantiles(self.seconds, n=20)[-1] if self.seconds[1:] else math.inf


@contextmanager
def light_queries(
    service: Service, question: tuple[str, bytes] = THEMES, pause: float = 0.005
) -> Iterator[Beside]:
    """Put a light query again and again, no two alike, each on a connection of its own."""
    found, end = Beside(), threading.Event()

    def ask(part: int) -> None:
        number = part
        while not end.wait(pause):
            number += 2
            started = time.monotonic()
            try:
                reply = service.query(f"{question[0]} # {number}", seconds=10)
            except (OSError, http.client.HTTPException) as error:
                found.failures.append(repr(error))
                continue
            if (reply.status, reply.body) != (200, question[1]):
                found.failures.append(f"{reply.status} {reply.body[:300]!r}")
            found.seconds.append(time.monotonic() - started)

    threads = [threading.Thread(target=ask, args=(part,)) for part in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        end.set()
        for thread in threads:
            thread.join()


@contextmanager
def watching(measure: Callable[[], None], pause: float) -> Iterator[None]:
    """Call `measure` again and again."""
    end = threading.Event()

    def work() -> None:
        while not end.wait(pause):
            measure()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Wait until no other test of this folder runs that wants to be `alone`, or none at all."""
    with open(Path(tempfile.gettempdir()) / f"brupact-soak-{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
