"""The HTTP server: granian, on a socket that the supervisor holds."""

import gc
import os
import resource
import socket

import uvloop
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]  # Left out of its __all__.
from granian.server.embed import Server

from brupact.engine import Engine
from brupact.engine.client import HostedEngine
from brupact.engine.lines import Lines
from brupact.processes import Processes
from brupact.web.context import context_of
from brupact.web.front import Front

#: How many connections may wait to be taken, and how many are open at a time.
BACKLOG = 512
_CONNECTIONS = 4096
#: A client has so many milliseconds for the head of a request.
_HEAD = 15_000
#: How many connections to readers wait unused, at most.
_IDLE_LINES = 8

#: Requests make few cycles and much that is soon let go.
_THRESHOLDS = 20_000, 20, 20


class _Server(Server):
    """A server on a socket that listens already, so that it outlives this process."""

    def __init__(self, front: Front, listener: socket.socket) -> None:
        self._listener = listener
        super().__init__(
            front, interface=Interfaces.RSGI, http=HTTPModes.http1, websockets=False,
            log_enabled=False, backlog=BACKLOG, backpressure=_CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=_HEAD),
        )  # fmt: skip

    def _init_shared_socket(self) -> None:
        vars(self).update(
            _ssp=None,
            _sfd=self._listener.fileno(),
            _shd=SocketHolder(self._listener.fileno(), False, BACKLOG),  # type: ignore[call-arg]
        )


def serve(app: Flask, engine: Engine, listener: socket.socket, number: int = 1) -> None:
    """Serve `app` on `listener` until the process, the `number`th of its kind, is ended."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    context = context_of(app)
    context.number = number
    context.processes = Processes(os.getppid())
    context.journal.start()
    readers = context.settings.readers
    lines = None
    if isinstance(engine, HostedEngine) and not context.scratch:
        lines = Lines(engine, min(_IDLE_LINES, readers // 2))
    front = Front(app, context, lines)
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    uvloop.run(_Server(front, listener).serve())
