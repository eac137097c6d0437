"""The engine as those who ask see it when it runs in processes of its own."""

import json
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from pyoxigraph import Literal, RdfFormat, Triple, parse

from brupact.engine.host import Board
from brupact.engine.interface import (
    Answer,
    NotAcceptable,
    OutOfTime,
    Query,
    QueryRefused,
    TooComplex,
    Unavailable,
)
from brupact.engine.reader import term
from brupact.engine.wire import DATA, END, Broken, Channel

#: An answer is kept until it is whole; one larger than this, in bytes, is given up.
LARGEST: Final = 1 << 28
#: How long the host is given to say how a reader ended, in seconds.
_PATIENCE: Final = 0.5
#: How often a question is put again that met a reader of a version before.
_RETRIES: Final = 20


class HostedEngine:
    """Puts its questions to the readers of a host; see `Engine`."""

    def __init__(self, questions: str, changes: str, board: Board, seconds: float) -> None:
        """Ask at the Unix socket `questions`, change at `changes`; `seconds` is the deadline."""
        self._questions, self._changes = questions, changes
        self._board, self._seconds = board, seconds

    @property
    def version(self) -> int:
        """The number of the version that is current; it grows with each change."""
        return self._board.version

    def query(self, query: Query) -> Answer:
        """The answer to `query`, whole."""
        request = asdict(query) | {
            "bindings": {name: str(value) for name, value in query.bindings.items()}
        }
        seconds = min(request.pop("seconds") or self._seconds, self._seconds)
        head, body, _ = self._ask("query", request, seconds)
        return Answer(head["media_type"], body)

    def describe(self, nodes: Sequence[str]) -> list[tuple[str, Triple]]:
        """All with one of `nodes`, or a fragment of one, as subject or object, and its graph."""
        _, body, _ = self._ask("describe", {"nodes": list(nodes)}, self._seconds)
        return [
            (getattr(quad.graph_name, "value", ""), quad.triple)
            for quad in parse(body, RdfFormat.N_QUADS)
        ]

    def graph(self, name: str) -> list[Triple]:
        """The triples of the graph `name`, in a fixed order."""
        _, body, _ = self._ask("graph", {"name": name}, self._seconds)
        return [quad.triple for quad in parse(body, RdfFormat.N_QUADS)]

    def labels(self, nodes: Sequence[str]) -> dict[str, list[Literal]]:
        """The labels of those of `nodes` that have one, in all languages."""
        _, _, end = self._ask("labels", {"nodes": list(nodes)}, self._seconds)
        return {
            node: [cast(Literal, term(name)) for name in names]
            for node, names in end["labels"].items()
        }

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold a triple, in order."""
        found: list[str] = self._ask("graphs", {}, self._seconds)[2]["graphs"]
        return found

    def ready(self) -> bool:
        """Whether a query would be answered now."""
        try:
            return bool(self._ask("ready", {}, 1.0)[2]["ready"])
        except Unavailable:
            return False

    def has_graph(self, name: str) -> bool:
        """Whether there is a graph `name`, be it empty."""
        return bool(self._ask("has_graph", {"name": name}, self._seconds)[2]["has_graph"])

    def update(self, text: str, base: str | None = None, *, dry_run: bool = False) -> None:
        """Carry out a SPARQL update, whole or not at all; see `ChangingEngine`."""
        self._change({"update": text, "base": base, "dry_run": dry_run})

    def parse(self, document: bytes, media_type: str, base: str) -> bytes:
        """The triples of an RDF document as N-Triples; see `ChangingEngine`."""
        request = {"media_type": media_type, "base": base}
        return self._ask("parse", request, self._seconds, document)[1]

    def change_graph(self, action: str, name: str, triples: bytes) -> None:
        """Replace, add to or drop the graph `name`; see `ChangingEngine`."""
        self._change({"action": action, "name": name, "triples": triples.decode()})

    def _change(self, request: dict[str, Any]) -> None:
        with self._connect(self._changes) as connection:
            channel = Channel(connection)
            try:
                channel.send_json(DATA, request | {"seconds": self._seconds})
                end = json.loads(channel.receive()[1])
            except (Broken, OSError):
                raise Unavailable("the engine went away before it confirmed the change") from None
        if end["status"] == "refused":
            raise QueryRefused(end["reason"], *end["place"])
        if end["status"] == "ended":
            raise _failure(end["signal"])

    def _ask(
        self,
        operation: str,
        request: dict[str, Any],
        seconds: float,
        document: bytes | None = None,
    ) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
        """What a reader says first, the data that it sends, and how it ends."""
        message = json.dumps({"operation": operation, "seconds": seconds} | request).encode()
        for _ in range(_RETRIES):
            head, body, end = self._exchange(message, document)
            if end["status"] == "stale":
                continue
            if end["status"] == "refused":
                raise QueryRefused(end["reason"], *end["place"])
            if end["status"] == "not acceptable":
                raise NotAcceptable(end["reason"])
            if end["status"] == "memory":
                raise _failure(signal.SIGABRT)
            return head, body, end
        raise Unavailable("the data change faster than they can be read")

    def _exchange(
        self, message: bytes, document: bytes | None
    ) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
        head: dict[str, Any] = {}
        body = bytearray()
        with self._connect(self._questions) as connection:
            channel = Channel(connection)
            try:
                channel.send(DATA, message)
                if document is not None:
                    channel.send(DATA, document)
                for kind, content in channel.frames():
                    if kind == DATA:
                        body += content
                        if len(body) > LARGEST:
                            raise Unavailable(f"the answer is larger than {LARGEST} bytes")
                    elif kind == END:
                        return head, bytes(body), cast(dict[str, Any], json.loads(content))
                    else:
                        head |= json.loads(content)
            except (Broken, OSError):
                pass
        return head, b"", self._end_of(head.get("process"))

    def _end_of(self, process: int | None) -> dict[str, Any]:
        """What became of a reader that went away: only the host, its parent, can say."""
        late = time.monotonic() + _PATIENCE
        while process and time.monotonic() < late:
            if (ended_by := self._board.end_of(process)) is not None:
                if ended_by in (0, signal.SIGTERM):
                    return {"status": "stale"}
                raise _failure(ended_by)
            time.sleep(0.005)
        return {"status": "stale"}

    def _connect(self, address: str) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise Unavailable("the engine does not take questions") from None
        return connection


def _failure(ended_by: int) -> Exception:
    """What the signal that ended a reader says about its query."""
    if ended_by == signal.SIGALRM:
        return OutOfTime("the query took longer than it may")
    if ended_by == signal.SIGSEGV:
        return TooComplex("the query is too complex: it is nested too deeply")
    return Unavailable("the query needed more memory than it may, or its reader was ended")
