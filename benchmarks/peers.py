"""The servers that are measured: how each is started, filled, asked for its version, stopped."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks import install
from benchmarks.generate import Data

HOST: Final = "127.0.0.1"
#: How long a server may take to load its data and answer, in seconds.
PATIENCE: Final = 900.0


@dataclass(frozen=True)
class Peer:
    """A server: its command from data, port and a folder of its own, and where it answers."""

    name: str
    #: Whether it can be run here.
    there: Callable[[], bool]
    command: Callable[[Data, int, Path], list[str]]
    version: Callable[[], str]
    path: str = "/sparql"
    #: What fills it once it listens, if its command does not.
    fill: Callable[[Data, int, Path], None] | None = None


def _text(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return (done.stdout or done.stderr).strip()


def _version_of(package: str) -> str:
    code = f"from importlib.metadata import version; print(version('{package}'))"
    return _text(install.BIN / "python", "-c", code)


def _post(data: Data, port: int, folder: Path) -> None:
    """Fill Oxigraph through the Graph Store Protocol."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    with data.triples.open("rb") as body:
        headers = {"Content-Type": "application/n-triples"}
        connection.request("POST", "/store?default", body, headers)
        answer = connection.getresponse()
        said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"the data were refused: {answer.status} {said[:200]!r}")


def _virtuoso(data: Data, port: int, folder: Path) -> list[str]:
    """Write the settings that Virtuoso's manual gives for memory, and run in the foreground."""
    settings = f"""
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = {HOST}:{port + 50}
DisableUnixSocket = 1
DirsAllowed = {data.triples.parent}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
MaxClientConnections = 50
MaxSortedTopRows = 2000000000
[HTTPServer]
ServerPort = {HOST}:{port}
ServerThreads = 20
MaxClientConnections = 20
MaxKeepAlives = 100
KeepAliveTimeout = 600
[SPARQL]
ResultSetMaxRows = 100000000
"""
    file = folder / "virtuoso.ini"
    file.write_text(settings)
    return [install.PINNED["virtuoso"]["program"], "-f", "-c", str(file)]


def _fuseki(data: Data, port: int, folder: Path) -> list[str]:
    """Keep Fuseki from writing lines about every request, as it would by itself."""
    (folder / "log4j2.properties").write_text(
        "appender.out.type = Console\nappender.out.name = out\n"
        "rootLogger.level = WARN\nrootLogger.appenderRef.out.ref = out\n"
    )
    return [
        "java", "-jar", str(install.JAR), "--quiet", "--localhost", "--port", str(port),
        f"--file={data.triples}", "/data",
    ]  # fmt: skip


def _bulk(data: Data, port: int, folder: Path) -> None:
    """Fill Virtuoso with its bulk loader."""
    graph = "https://w3id.org/brupact/graph/data"
    steps = f"ld_dir('{data.triples.parent}', '{data.triples.name}', '{graph}');"
    steps += " rdf_loader_run(); checkpoint;"
    login = ("isql-vt", f"{HOST}:{port + 50}", "dba", "dba")
    subprocess.run(
        [*login, f"exec={steps}"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
    )  # fmt: skip


PEERS: Final = {
    peer.name: peer
    for peer in (
        Peer(
            "brupact",
            lambda: True,
            lambda data, port, folder: [
                str(Path(sys.executable).parent / "brupact"), "serve",
                "--data", str(data.quads), "--port", str(port),
            ],
            lambda: _text(Path(sys.executable).parent / "brupact", "--version").split()[-1],
        ),
        Peer(
            "oxigraph",
            lambda: (install.BIN / "oxigraph").exists(),
            lambda data, port, folder: [
                str(install.BIN / "oxigraph"), "serve", "--bind", f"{HOST}:{port}",
            ],
            lambda: _text(install.BIN / "oxigraph", "--version").split()[-1],
            path="/query",
            fill=_post,
        ),
        Peer(
            "rdflib-endpoint",
            lambda: (install.BIN / "rdflib-endpoint").exists(),
            lambda data, port, folder: [
                str(install.BIN / "rdflib-endpoint"), "serve", "--host", HOST,
                "--port", str(port), str(data.triples),
            ],
            lambda: f"{_version_of('rdflib-endpoint')} (rdflib {_version_of('rdflib')})",
            path="/",
        ),
        Peer(
            "virtuoso",
            lambda: bool(shutil.which(install.PINNED["virtuoso"]["program"])),
            _virtuoso,
            lambda: install.PINNED["virtuoso"]["version"],
            fill=_bulk,
        ),
        Peer(
            "fuseki",
            lambda: install.JAR.exists() and bool(shutil.which("java")),
            _fuseki,
            lambda: install.PINNED["fuseki"]["artifact"].rpartition(":")[2],
            path="/data/sparql",
        ),
    )
}  # fmt: skip
OURS: Final = "brupact"


@dataclass
class Server:
    """A peer that runs, with `data` in it."""

    peer: Peer
    data: Data
    port: int
    folder: Path = field(init=False)
    process: "subprocess.Popen[bytes]" = field(init=False)
    command: str = field(init=False)
    #: From the start to the first answer about the data, in seconds.
    first_answer: float = field(init=False)

    def __enter__(self) -> "Server":
        """Start it, fill it, wait for its first answer."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"brupact-bench-{self.peer.name}-"))
        command = self.peer.command(self.data, self.port, self.folder)
        self.command = " ".join(command)
        started = time.perf_counter()
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=os.environ | {"FUSEKI_BASE": str(self.folder)}, start_new_session=True,
            )  # fmt: skip
        try:
            whole = f"https://w3id.org/brupact/id/agreement/{self.data.references[-1]}"
            ask = f"ASK {{ <{whole}> a <https://w3id.org/brupact/ns#Agreement> }}"
            if self.peer.fill:
                self._await(ask, lambda status, body: status < 500)
                self.peer.fill(self.data, self.port, self.folder)
            self._await(ask, lambda status, body: status == 200 and boolean(json.loads(body)))
        except BaseException:
            self.__exit__()
            raise
        self.first_answer = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, harder and harder, and remove its folder."""
        for number, patience in ((signal.SIGINT, 10), (signal.SIGTERM, 10), (signal.SIGKILL, 30)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        shutil.rmtree(self.folder, ignore_errors=True)

    def _await(self, query: str, good: Callable[[int, bytes], bool]) -> None:
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline:
            if self.process.poll() is not None:
                said = (self.folder / "log").read_text(errors="replace").strip()[-500:]
                raise RuntimeError(f"ended with {self.process.returncode}: {said}")
            try:
                status, body = self.get(query, "application/sparql-results+json", 30)
                if good(status, body):
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise RuntimeError("not ready in time")

    def target(self, query: str) -> str:
        """The path and query string that ask `query` (SPARQL 1.1 Protocol, section 2.1.1)."""
        return f"{self.peer.path}?query={urllib.parse.quote(query, safe='')}"

    def get(self, query: str, accept: str, timeout: float) -> tuple[int, bytes]:
        """Status and body of one answer.

        :raises OSError: if none comes within `timeout` seconds.
        """
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request("GET", self.target(query), headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def memory(self) -> int:
        """The proportional set size of the process and all below it, in bytes."""
        return sum(_pss(number) for number in tree(self.process.pid))


def boolean(answer: dict[str, Any]) -> bool:
    """What an answer to ASK says; Virtuoso 7.2.5 gives it as a row or none, not as the standard."""
    if "boolean" in answer:
        return bool(answer["boolean"])
    return bool(answer["results"]["bindings"])


def tree(root: int) -> Iterator[int]:
    """The process `root` and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        yield (number := waiting.pop())
        waiting += children.get(number, [])


def _pss(number: int) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
