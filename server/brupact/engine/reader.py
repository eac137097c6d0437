"""A reader: a process that answers from its own snapshot of the data, within limits.

It is a fork of the host, so it shares the host's memory and sees the data as they were then.
"""

import os
import socket
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from brupact.engine.documents import n_triples
from brupact.engine.interface import NotAcceptable, Query, QueryRefused
from brupact.engine.limits import arm, disarm
from brupact.engine.local import LocalEngine
from brupact.engine.wire import END, PROCESS, Broken, Channel, Output, json_frame

#: A reader that was at work for longer than this, in seconds, is tired and ends with its
#: connection: it may have given way to others for good, and holds what it read as its own.
TIRING: Final = 0.25
#: So many seconds after an answer a reader stays awake, unless there is one processor only: whoever
#: asked often asks again, and one that went to sleep takes longer to wake than a small query takes.
AWAKE: Final = 0.0003 if (os.cpu_count() or 1) > 1 else 0.0


class Duty(Protocol):
    """What a reader and its host tell each other."""

    @property
    def commit(self) -> str:
        """The name of the commit that made the data; empty where changes are not kept."""

    def current(self) -> bool:
        """Whether the snapshot is of the version that is current."""

    def taken(self, is_taken: bool) -> None:
        """Note whether the reader has a connection."""

    def at_work(self, is_at_work: bool) -> None:
        """Note whether the reader has a question."""


def read(listener: socket.socket, engine: LocalEngine, duty: Duty) -> None:
    """Answer whoever connects to `listener`, one after the other, as long as the data are current.

    The process ends where they no longer are, or where the kernel ends it for a limit.
    """
    hello = json_frame(PROCESS, {"process": os.getpid()})
    is_fresh = True
    while is_fresh and duty.current():
        connection, _ = listener.accept()
        duty.taken(True)
        with connection:
            channel = Channel(connection)
            try:
                channel.send(hello)
                while (seconds := _next(channel, engine, duty)) is not None:
                    is_fresh = is_fresh and seconds < TIRING
            except (Broken, BrokenPipeError, ConnectionResetError):
                disarm()
        duty.at_work(False)
        duty.taken(False)


def _next(channel: Channel, engine: LocalEngine, duty: Duty) -> float | None:
    """Answer the next question: how many seconds it took; ``None`` if there is no other."""
    _, content = channel.receive(AWAKE)
    if not duty.current():
        channel.send(json_frame(END, {"status": "stale"}))
        return None
    duty.at_work(True)
    started = time.monotonic()
    reply(channel, engine, content, started, duty.commit)
    duty.at_work(False)
    return time.monotonic() - started if duty.current() else None


def reply(
    channel: Channel, engine: LocalEngine, content: bytes, started: float, commit: str
) -> None:
    """Answer the question `content` from `engine`, whose data the commit `commit` made."""
    request = decode(content)
    arm(request.pop("seconds"))
    output = Output(channel)
    try:
        end = _OPERATIONS[request.pop("operation")](engine, output, **request)
    except QueryRefused as error:
        end = {"status": "refused", "reason": str(error), "place": [error.line, error.column]}
    except NotAcceptable as error:
        end = {"status": "not acceptable", "reason": str(error)}
    except MemoryError:
        end = {"status": "memory"}
    except (BrokenPipeError, ConnectionResetError):
        raise
    except (OSError, RuntimeError) as error:
        end = {"status": "refused", "reason": str(error), "place": [None, None]}
    disarm()
    told = {"status": "whole", "seconds": time.monotonic() - started, "commit": commit}
    output.end(told | end)


def _query(engine: LocalEngine, output: Output, query: dict[str, Any]) -> dict[str, Any]:
    media_type, write = engine.open(Query(**query))
    write(output)
    return {"media_type": media_type}


def _explain(
    engine: LocalEngine, output: Output, run: bool, query: dict[str, Any]
) -> dict[str, Any]:
    output.write(msgspec.json.encode(engine.explain(Query(**query), run=run).json()))
    return {}


def _describe(engine: LocalEngine, output: Output, nodes: list[str]) -> dict[str, Any]:
    return _quads(output, engine.describe(nodes))


def _graph(engine: LocalEngine, output: Output, name: str) -> dict[str, Any]:
    return _quads(output, [(name, triple) for triple in engine.graph(name)])


def _quads(output: Any, statements: list[tuple[str, Triple]]) -> dict[str, Any]:
    quads = (
        Quad(t.subject, t.predicate, t.object, NamedNode(name) if name else DefaultGraph())
        for name, t in statements
    )
    serialize(quads, output, RdfFormat.N_QUADS)
    return {}


def _labels(engine: LocalEngine, output: Output, nodes: list[str]) -> dict[str, Any]:
    found = engine.labels(nodes)
    return {"labels": {node: [str(name) for name in names] for node, names in found.items()}}


def _graphs(engine: LocalEngine, output: Output) -> dict[str, Any]:
    return {"graphs": engine.graphs()}


def _has_graph(engine: LocalEngine, output: Output, name: str) -> dict[str, Any]:
    return {"has_graph": engine.has_graph(name)}


def _parse(engine: LocalEngine, output: Output, media_type: str, base: str) -> dict[str, Any]:
    _, document = output.channel.receive()
    output.write(n_triples(document, media_type, base))
    return {}


def _ready(engine: LocalEngine, output: Output) -> dict[str, Any]:
    return {"ready": engine.ready()}


_OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "query": _query, "describe": _describe, "graph": _graph, "labels": _labels,
    "graphs": _graphs, "explain": _explain,
    "has_graph": _has_graph, "parse": _parse, "ready": _ready,
}  # fmt: skip


def decode(content: bytes) -> dict[str, Any]:
    """The request in a frame, with the values of bindings as terms."""
    request: dict[str, Any] = msgspec.json.decode(content)
    query = request.get("query")
    if query and (bindings := query.get("bindings")):
        query["bindings"] = {name: term(text) for name, text in bindings.items()}
    return request


def term(text: str) -> NamedNode | Literal:
    """The term that `text` is in N-Triples form."""
    (quad,) = parse(f"<x:s> <x:p> {text} .".encode(), RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, NamedNode | Literal)
    return quad.object
