"""The HTTP server: an event loop on a socket that the supervisor holds."""

import asyncio
import gc
import os
import resource
import signal
import socket
from typing import Final

import uvloop
from flask import Flask

from brupact.engine import Engine
from brupact.engine.client import HostedEngine
from brupact.engine.lines import Lines
from brupact.engine.memory import share_heap
from brupact.processes import Processes
from brupact.web.connection import Connections
from brupact.web.context import context_of
from brupact.web.front import Front

#: How many connections may wait to be taken, and how many are open at a time.
BACKLOG: Final = 512
_CONNECTIONS: Final = 4096
#: How often it is looked after them, in seconds.
_SWEEP: Final = 1.0
#: How many connections to readers wait unused, at most.
_IDLE_LINES: Final = 8
#: Requests make few cycles and much that is soon let go; but what is refused leaves its error with
#: its frames, and the texts in them, which may be long, are held until all is looked at.
_THRESHOLDS: Final = 20_000, 5, 5


def serve(app: Flask, engine: Engine, listener: socket.socket, number: int = 1) -> None:
    """Serve `app` on `listener` until the process, the `number`th of its kind, is ended."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    share_heap()
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
    uvloop.run(_serve(front, listener, context.settings.max_body))


async def _serve(front: Front, listener: socket.socket, largest_body: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    front.start(loop)
    shared = Connections(front, largest_body, _CONNECTIONS)
    server = await loop.create_server(shared.make, sock=listener, backlog=BACKLOG)
    sweeper = loop.create_task(_sweep(shared))
    async with server:
        await ended.wait()
    sweeper.cancel()


async def _sweep(shared: Connections) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        shared.sweep()
