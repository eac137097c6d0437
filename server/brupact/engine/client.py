"""The engine as those who ask see it when it runs in processes of its own."""

import json
import socket
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, NoReturn, cast

from pyoxigraph import Literal, RdfFormat, Triple, parse

from brupact.engine.board import Board
from brupact.engine.changes import DONE, READY, UNCHANGED
from brupact.engine.interface import (
    Answer,
    ChangeRefused,
    OutOfTime,
    Query,
    QueryRefused,
    Unavailable,
)
from brupact.engine.messages import (
    PATIENCE,
    PAUSE,
    RETRIES,
    TOO_LONG,
    answer,
    ended,
    failure,
    is_final,
    query_question,
    question,
    whole,
)
from brupact.engine.reader import term
from brupact.engine.wire import DATA, Broken, Channel, Reply, exchange, frame, json_frame
from brupact.sparql.explain import Explanation

#: An engine that is ready says so within so many seconds.
_READY: Final = 0.6
#: For so many times its deadline a question about a past version waits: for others, for the
#: version, for its answer.
PATIENT: Final = 3
#: So many seconds past its deadline a reader that says nothing is given up.
_SLACK: Final = 1.0


class Past(NamedTuple):
    """Where questions about past versions are taken, and where it is noted how readers ended."""

    questions: str
    board: Board


class HostedEngine:
    """Puts its questions to the readers of a host, each on a connection of its own; see `Engine`.

    May be used by several threads.
    """

    def __init__(
        self, questions: str, changes: str, board: Board, seconds: float, past: Past | None = None
    ) -> None:
        """Ask at the Unix socket `questions`, change at `changes`; `seconds` is the deadline."""
        self.questions, self.board, self.seconds = questions, board, seconds
        #: ``None`` where no versions are kept.
        self.past = past
        self._changes = changes

    def at(self, name: str) -> "PastEngine":
        """What answers from the version with the whole name `name`, of an engine with a past."""
        assert self.past is not None
        return PastEngine(self.past, self.seconds, name)

    @property
    def version(self) -> int:
        """The number of the version that is current; it grows with each change."""
        return self.board.version

    def query(self, query: Query) -> Answer:
        """The answer to `query`, whole."""
        return answer(self._reply(query_question(query, self.seconds)))

    def explain(self, query: Query, *, run: bool = False) -> Explanation:
        """What `query` means; with `run` also what evaluating it takes; see `Engine`."""
        reply = self._reply(query_question(query, self.seconds, "explain", run=run))
        return Explanation.read(json.loads(_bytes(reply)))

    def describe(self, nodes: Sequence[str]) -> list[tuple[str, Triple]]:
        """All with one of `nodes`, or a fragment of one, as subject or object, and its graph."""
        return [
            (getattr(quad.graph_name, "value", ""), quad.triple)
            for quad in parse(self._content("describe", nodes=list(nodes)), RdfFormat.N_QUADS)
        ]

    def graph(self, name: str) -> list[Triple]:
        """The triples of the graph `name`, in a fixed order."""
        content = self._content("graph", name=name)
        return [quad.triple for quad in parse(content, RdfFormat.N_QUADS)]

    def labels(self, nodes: Sequence[str]) -> dict[str, list[Literal]]:
        """The labels of those of `nodes` that have one, in all languages."""
        labels = self._ask("labels", nodes=list(nodes))["labels"]
        return {node: [cast(Literal, term(name)) for name in labels[node]] for node in labels}

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold a triple, in order."""
        return cast(list[str], self._ask("graphs")["graphs"])

    def ready(self) -> bool:
        """Whether a query would be answered now."""
        try:
            return bool(whole(self._reply(question("ready", 1.0), within=_READY))["ready"])
        except Unavailable:
            return False

    def has_graph(self, name: str) -> bool:
        """Whether there is a graph `name`, be it empty."""
        return bool(self._ask("has_graph", name=name)["has_graph"])

    def update(
        self,
        text: str,
        base: str | None = None,
        *,
        dry_run: bool = False,
        seconds: float | None = None,
    ) -> None:
        """Carry out a SPARQL update, whole or not at all; see `ChangingEngine`."""
        self._change({"update": text, "base": base, "dry_run": dry_run, "seconds": seconds})

    def parse(self, document: bytes, media_type: str, base: str) -> bytes:
        """The triples of an RDF document as N-Triples; see `ChangingEngine`."""
        request = question("parse", self.seconds, media_type=media_type, base=base)
        return _bytes(self._reply(request, frame(DATA, document)))

    def change_graph(self, action: str, name: str, triples: bytes) -> None:
        """Replace, add to or drop the graph `name`; see `ChangingEngine`."""
        self._change({"action": action, "name": name, "triples": triples.decode()})

    def submit(self, request: dict[str, Any]) -> dict[str, Any]:
        """What became of a change that is asked for by name; see `ChangingEngine`."""
        return self._change(request)

    def _change(self, request: dict[str, Any]) -> dict[str, Any]:
        seconds = min(request.get("seconds") or self.seconds, self.seconds)
        with _connect(self._changes) as connection:
            channel = Channel(connection)
            try:
                channel.send(json_frame(DATA, request | {"seconds": seconds}))
                end = json.loads(channel.receive()[1])
            except (Broken, OSError):
                raise Unavailable("the engine went away before it confirmed the change") from None
        if end["status"] == "refused":
            raise QueryRefused(end["reason"], *end["place"])
        if end["status"] == "ended":
            raise failure(end["signal"])
        if end["status"] not in (DONE, READY, UNCHANGED):
            raise ChangeRefused(end["status"], end["reason"], end)
        return cast(dict[str, Any], end)

    def _ask(self, operation: str, **request: Any) -> dict[str, Any]:
        return whole(self._reply(question(operation, self.seconds, **request)))

    def _content(self, operation: str, **request: Any) -> bytes:
        return _bytes(self._reply(question(operation, self.seconds, **request)))

    def _reply(self, *question: bytes, within: float | None = None) -> Reply:
        """The reply of a reader to the frames `question`, which begins `within` seconds."""
        patience, started = within or self.seconds + _SLACK, time.monotonic()
        for _ in range(RETRIES):
            with _connect(self.questions, patience) as connection:
                try:
                    reply = exchange(connection, *question)
                except TimeoutError:
                    raise Unavailable("the engine does not answer") from None
                except OSError as error:
                    raise Unavailable(f"there is no room for the answer: {error}") from None
            if is_final(reply):
                return reply
            reply.spool.drop()
            if reply.end is None and (process := reply.head.get("process")):
                ended(self._end_of(process))
                if time.monotonic() - started > self.seconds:
                    raise OutOfTime(TOO_LONG)  # It is not put again, though nobody knows its end.
        raise Unavailable("the data change faster than they can be read")

    def _end_of(self, process: int) -> int | None:
        """How a reader ended that went away: only the host, its parent, can say."""
        late = time.monotonic() + PATIENCE
        while (ended_by := self.board.end_of(process)) is None and time.monotonic() < late:
            time.sleep(PAUSE)
        return ended_by


class PastEngine(HostedEngine):
    """Puts its questions to the archivist, about one version; see `Engine`."""

    def __init__(self, past: Past, seconds: float, name: str) -> None:
        """`seconds` is the deadline; a version that is not at hand may take as long to be made."""
        super().__init__(past.questions, "", past.board, seconds)
        self.name = name

    def _reply(self, *question: bytes, within: float | None = None) -> Reply:
        patience = PATIENT * self.seconds
        return super()._reply(self.name.encode(), *question, within=within or patience)

    def _change(self, request: dict[str, Any]) -> NoReturn:
        raise TypeError("a past version does not change")


def _bytes(reply: Reply) -> bytes:
    whole(reply)
    body, file = reply.spool.whole()
    if file is None:
        return body
    with file:
        return file.read()


def _connect(address: str, seconds: float | None = None) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise Unavailable("the engine does not take questions") from None
    return connection
