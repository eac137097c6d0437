"""Queries put to the readers of a host from an event loop, on connections that last.

Where queries are short, several are sent on one connection, one behind the other: a reader that
need not go to sleep between two answers is about twice as fast. As many readers are at work as
there are processors, so that each finds its data in the caches. Whoever waits behind a query that
takes long is put to another reader.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, cast

from brupact.engine.client import HostedEngine
from brupact.engine.interface import Answer, OutOfTime, Query, Unavailable
from brupact.engine.messages import (
    PATIENCE,
    PAUSE,
    RETRIES,
    TOO_LONG,
    answer,
    ended,
    is_final,
    query_question,
)
from brupact.engine.reader import TIRING
from brupact.engine.wire import Reply

#: A connection that nobody used for so many seconds is closed: it keeps a reader from others. One
#: beyond those that may wait, or to a reader that is tired, is closed sooner.
_IDLE: Final = 5.0
_SPARE: Final = 1.0
#: So many seconds past its deadline a reader is ended from here, should the kernel not have.
_LATE: Final = 0.5
#: Queries that take less than this, in seconds and on average, are sent one behind the other.
_SHORT: Final = 0.001
#: How many are sent so, and after how many seconds one that waits is put to another reader.
_DEPTH: Final = 4
#: Of those that take less than this two are: the reader finds the next when it has ended one.
_MODERATE: Final = 0.005
_STUCK: Final = 0.02
#: Queries that take more than this are put to readers that are tired, if there are any: they need
#: not copy again what they read (the engine counts references in the data, so reading is writing).
_LONG: Final = 0.05
#: The weight of the past in the average.
_INERTIA: Final = 16
#: So many readers are at work at a time, beside those at work for longer than `_STUCK`. Where
#: queries are short, one processor is left to those who ask: they have as much to do.
_LANES: Final = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
_SHORT_LANES: Final = max(1, _LANES - 1)


@dataclass
class Running:
    """A query that is being evaluated, as those see it who may stop it."""

    query: Query
    client: str
    #: The name of the version that is asked; empty for the current one.
    version: str = ""
    started: float = field(default_factory=time.monotonic)
    line: "_Line | None" = None
    #: Ends when whoever asked has gone.
    gone: "asyncio.Future[None] | None" = None
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

    def __init__(self, lines: "Lines", version: str = "") -> None:
        self._lines, self._version = lines, version
        #: Whether it was ended from here, whatever its first question was.
        self.was_ended = False
        #: Whether the reader was at work for long once.
        self.is_tired = False
        self.process: int | None = None
        #: Since when the reader is at the first question, or has none.
        self.since = time.monotonic()
        #: What waits for an answer: each for the reply, or ``None`` if it should ask elsewhere.
        self.asked: deque[asyncio.Future[Reply | None]] = deque()
        self._handle = -1
        self._is_watched = False
        self._reply = Reply()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._version.encode())

    def ask(self, question: bytes) -> "asyncio.Future[Reply | None]":
        """The reply to `question`: without an end if the reader went away over it."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[Reply | None] = loop.create_future()
        if self.asked:
            self._watch(_STUCK)
        else:
            self.since = time.monotonic()
        self.asked.append(over)
        self._transport.write(question)
        return over

    def data_received(self, data: bytes) -> None:
        try:
            while self._reply.feed(data):
                data = self._next()
        except OSError as error:
            self.fail(Unavailable(f"there is no room for the answer: {error}"))
        if self.process is None and (process := self._reply.head.get("process")):
            self._name(process)

    def _name(self, process: int) -> None:
        self.process = process
        with contextlib.suppress(OSError):
            self._handle = os.pidfd_open(process)

    def _next(self) -> bytes:
        """Hand on the reply that is whole, and begin the next; what came of that already."""
        reply, self._reply = self._reply, Reply()
        if self.process is None and (process := reply.head.get("process")):
            self._name(process)
        self.since = time.monotonic()
        seconds = (reply.end or {}).get("seconds", 0.0)
        self.is_tired = self.is_tired or seconds >= TIRING
        if not self._version:
            self._lines.took(seconds)
        over = self.asked.popleft()
        if over.done():
            reply.spool.drop()
        else:
            over.set_result(reply)
        return reply.rest

    def _watch(self, seconds: float) -> None:
        """Look in so many seconds whether those who wait should go elsewhere."""
        if not self._is_watched:
            self._is_watched = True
            asyncio.get_running_loop().call_later(seconds, self._relieve)

    def _relieve(self) -> None:
        """Let those ask elsewhere that wait behind a long query."""
        self._is_watched = False
        waited = time.monotonic() - self.since
        if len(self.asked) > 1 and waited >= _STUCK:
            for over in list(self.asked)[1:]:
                if not over.done():
                    over.set_result(None)
        elif len(self.asked) > 1:
            self._watch(_STUCK - waited)

    def connection_lost(self, exception: Exception | None) -> None:
        self._lines.lost(self)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        for place, over in enumerate(self.asked):
            if not over.done():
                over.set_result(None if place else self._reply)
        self.asked.clear()
        self._reply.spool.drop()

    def close(self) -> None:
        self._lines.lost(self)
        self._transport.close()

    def end(self) -> None:
        """End the reader, whatever it does."""
        self.was_ended = True
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self.close()

    def fail(self, error: Exception) -> None:
        """Give `error` for an answer to the first question, and end the reader."""
        if self.asked and not self.asked[0].done():
            self.asked[0].set_exception(error)
        self.end()


class Lines:
    """Asks the readers of `engine` from an event loop; at most `most` connections wait unused."""

    def __init__(self, engine: HostedEngine, most: int) -> None:
        """No connection is made yet."""
        self.engine, self._most = engine, most
        self._open: list[_Line] = []
        #: How long a reader takes for a question, in seconds, on average.
        self._pace = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def query(self, query: Query, running: Running) -> Answer:
        """The answer to `query`; raises as `HostedEngine.query`, or why it was stopped.

        However often it is put, all its evaluations have one deadline.
        """
        left = min(query.seconds or self.engine.seconds, self.engine.seconds)
        for _ in range(RETRIES):
            question = query_question(query, left)
            line = await (self._past(running.version) if running.version else self._turn())
            running.line = line
            over, asked = line.ask(question), time.monotonic()
            try:
                reply = await over
            except asyncio.CancelledError:
                line.end()
                raise
            finally:
                running.line = None
                if running.version:
                    line.close()
            if reply is not None and is_final(reply):
                return answer(reply)
            if running.stopped is not None:
                raise running.stopped
            if reply is not None and reply.end is None and line.process and not line.was_ended:
                ended(await self._end_of(line.process, running.version))
            if (left := left - (time.monotonic() - asked)) <= 0:
                raise OutOfTime(TOO_LONG)
        raise Unavailable("the data change faster than they can be read")

    def took(self, seconds: float) -> None:
        """Note how long a reader took."""
        self._pace += (seconds - self._pace) / _INERTIA
        while self._waiting:
            if not (turn := self._waiting.popleft()).done():
                turn.set_result(None)
                return

    def lost(self, line: _Line) -> None:
        """Note that `line` is closed."""
        if line in self._open:
            self._open.remove(line)

    def sweep(self) -> None:
        """Close what nobody uses; end what should have ended long ago."""
        now = time.monotonic()
        idle = [line for line in self._open if not line.asked]
        for place, line in enumerate(idle):
            is_kept = place < self._most and not line.is_tired
            if now - line.since > (_IDLE if is_kept else _SPARE):
                line.close()
        for line in list(self._open):
            if line.asked and now - line.since > self.engine.seconds + _LATE:
                line.fail(OutOfTime(TOO_LONG))

    async def _turn(self) -> _Line:
        """A connection on which a question may be sent now, once there is one."""
        while True:
            depth = _DEPTH if self._pace < _SHORT else 2 if self._pace < _MODERATE else 1
            lanes = _SHORT_LANES if self._pace < _SHORT else _LANES
            late, is_long = time.monotonic() - _STUCK, self._pace > _LONG
            idle, at_work = None, 0
            for line in self._open:
                if not line.asked:
                    if line.is_tired == is_long or (is_long and idle is None):
                        idle = line
                elif line.since > late:
                    at_work += 1
                    if len(line.asked) < depth:
                        return line
            if at_work < lanes:
                return idle or await self._new()
            loop = asyncio.get_running_loop()
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            loop.call_later(_STUCK, _resolve, turn)
            await turn

    async def _new(self) -> _Line:
        line = await self._connected(self.engine.questions)
        self._open.append(line)
        return line

    async def _past(self, version: str) -> _Line:
        """A connection for one question about a past version: the archivist sees to turns."""
        assert self.engine.past is not None
        return await self._connected(self.engine.past.questions, version)

    async def _connected(self, address: str, version: str = "") -> _Line:
        loop = asyncio.get_running_loop()
        make = loop.create_unix_connection(lambda: _Line(self, version), address)
        try:
            _, line = await make
        except OSError:
            raise Unavailable("the engine does not take questions") from None
        return line

    async def _end_of(self, process: int, version: str) -> int | None:
        """How a reader ended that went away: only the host, its parent, can say."""
        late = time.monotonic() + PATIENCE
        past = self.engine.past
        board = past.board if version and past else self.engine.board
        while (ended_by := board.end_of(process)) is None and time.monotonic() < late:
            await asyncio.sleep(PAUSE)
        return ended_by


def _resolve(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
