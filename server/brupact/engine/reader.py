"""A reader: a process that answers from its own snapshot of the data, within limits.

It is a fork of the host, so it shares the host's memory and sees the data as they were then.
"""

import json
import os
import socket
from collections.abc import Callable
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from brupact.engine.documents import n_triples
from brupact.engine.interface import NotAcceptable, Query, QueryRefused
from brupact.engine.limits import arm, disarm
from brupact.engine.local import LocalEngine
from brupact.engine.wire import END, PROCESS, Broken, Channel, Output


def read(
    listener: socket.socket,
    engine: LocalEngine,
    current: Callable[[], bool],
    report: Callable[[bool], None],
) -> None:
    """Answer whoever connects to `listener`, one after the other, as long as `current` holds.

    `report` is told when an answer begins and when it has ended. The process ends where the
    snapshot is no longer current, or where the kernel ends it for a limit.
    """
    while True:
        connection, _ = listener.accept()
        report(True)
        with connection:
            channel = Channel(connection)
            try:
                channel.send_json(PROCESS, {"process": os.getpid()})
                if not current():
                    channel.send_json(END, {"status": "stale"})
                    return
                _answer(channel, engine)
            except (Broken, BrokenPipeError, ConnectionResetError):
                disarm()
        report(False)


def _answer(channel: Channel, engine: LocalEngine) -> None:
    _, content = channel.receive()
    request = decode(content)
    arm(request.pop("seconds"))
    output = Output(channel)
    try:
        end = _OPERATIONS[request.pop("operation")](engine, output, **request)
        output.flush()
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
    channel.send_json(END, {"status": "whole", "size": output.size} | end)


def _query(engine: LocalEngine, output: Output, **request: Any) -> dict[str, Any]:
    media_type, write = engine.open(Query(**request))
    # Told first: an answer that outgrows what is held back is sent on while it is written.
    output.channel.send_json(PROCESS, {"media_type": media_type})
    write(output)
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
    "graphs": _graphs,
    "has_graph": _has_graph, "parse": _parse, "ready": _ready,
}  # fmt: skip


def decode(content: bytes) -> dict[str, Any]:
    """The request in a frame; the values of bindings are in N-Triples form."""
    request: dict[str, Any] = json.loads(content)
    if bindings := request.get("bindings"):
        request["bindings"] = {name: term(text) for name, text in bindings.items()}
    return request


def term(text: str) -> NamedNode | Literal:
    """The term that `text` is in N-Triples form."""
    (quad,) = parse(f"<x:s> <x:p> {text} .".encode(), RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, NamedNode | Literal)
    return quad.object
