"""Queries put to the readers of a host from an event loop, on connections that last."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from brupact.engine.client import HostedEngine
from brupact.engine.interface import Answer, Query, Unavailable
from brupact.engine.messages import (
    PATIENCE,
    PAUSE,
    RETRIES,
    answer,
    ended,
    is_final,
    query_question,
)
from brupact.engine.wire import Reply

#: A connection that nobody used for so many seconds is closed: it keeps a reader from others.
_IDLE: Final = 5.0
#: So many seconds past its deadline a reader is ended from here, should the kernel not have.
_LATE: Final = 0.5


@dataclass
class Running:
    """A query that is being evaluated, as those see it who may stop it."""

    query: Query
    client: str
    started: float = field(default_factory=time.monotonic)
    line: "_Line | None" = None
    #: Why it was stopped.
    stopped: Exception | None = None

    @property
    def seconds(self) -> float:
        """For how long it has been running."""
        return time.monotonic() - self.started

    def stop(self, why: Exception) -> None:
        """End it; whoever waits for the answer gets `why`."""
        self.stopped = why
        if self.line is not None:
            self.line.end()


class _Line(asyncio.Protocol):
    """A connection to one reader."""

    def __init__(self) -> None:
        self.used = time.monotonic()
        self.is_open = True
        self.process: int | None = None
        self._handle = -1
        self._reply = Reply()
        self._over: asyncio.Future[Reply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, question: bytes) -> asyncio.Future[Reply]:
        """The reply to `question` that will have come; without an end if the reader goes away."""
        self._over = asyncio.get_running_loop().create_future()
        if self.is_open:
            self._transport.write(question)
        else:
            self._over.set_result(self._reply)
        return self._over

    def data_received(self, data: bytes) -> None:
        try:
            is_over = self._reply.feed(data)
        except OSError as error:
            self._fail(Unavailable(f"there is no room for the answer: {error}"))
            return
        if self.process is None and (process := self._reply.head.get("process")):
            self.process = process
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(process)
        if is_over:
            self.used = time.monotonic()
            reply, self._reply = self._reply, Reply()
            if self._over is not None and not self._over.done():
                self._over.set_result(reply)
            else:
                reply.spool.drop()

    def connection_lost(self, exception: Exception | None) -> None:
        self.is_open = False
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._over is not None and not self._over.done():
            self._over.set_result(self._reply)
        self._reply.spool.drop()

    def close(self) -> None:
        self._transport.close()

    def end(self) -> None:
        """End the reader, whatever it does."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self.close()

    def _fail(self, error: Exception) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(error)
        self.end()


class Lines:
    """Asks the readers of `engine` from an event loop; at most `most` connections wait unused."""

    def __init__(self, engine: HostedEngine, most: int) -> None:
        """No connection is made yet."""
        self.engine, self._most = engine, most
        self._idle: list[_Line] = []

    async def query(self, query: Query, running: Running) -> Answer:
        """The answer to `query`; raises as `HostedEngine.query`, or why it was stopped."""
        question = query_question(query, self.engine.seconds)
        for _ in range(RETRIES):
            line = await self._line()
            running.line = line
            try:
                reply = await line.ask(question)
            except asyncio.CancelledError:
                line.end()
                raise
            finally:
                running.line = None
            if is_final(reply):
                self._keep(line)
                return answer(reply)
            line.close()
            if running.stopped is not None:
                raise running.stopped
            if reply.end is None and line.process is not None:
                ended(await self._end_of(line.process))
        raise Unavailable("the data change faster than they can be read")

    def sweep(self, runnings: Callable[[], list[Running]]) -> None:
        """Close what nobody uses; end what should have ended long ago."""
        late = time.monotonic() - _IDLE
        while self._idle and self._idle[0].used < late:
            self._idle.pop(0).close()
        for running in runnings():
            if running.line and running.seconds > self.engine.seconds + _LATE:
                running.line.end()

    async def _line(self) -> _Line:
        while self._idle:
            if (line := self._idle.pop()).is_open:
                return line
        loop = asyncio.get_running_loop()
        try:
            return (await loop.create_unix_connection(_Line, self.engine.questions))[1]
        except OSError:
            raise Unavailable("the engine does not take questions") from None

    def _keep(self, line: _Line) -> None:
        if line.is_open and len(self._idle) < self._most:
            self._idle.append(line)
        else:
            line.close()

    async def _end_of(self, process: int) -> int | None:
        """How a reader ended that went away: only the host, its parent, can say."""
        late = time.monotonic() + PATIENCE
        board = self.engine.board
        while (ended_by := board.end_of(process)) is None and time.monotonic() < late:
            await asyncio.sleep(PAUSE)
        return ended_by
