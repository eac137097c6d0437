"""How many queries are evaluated at a time, for all and for each client, and who may stop one."""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable
from typing import Final, TypeVar

from brupact.engine import Answer, Query
from brupact.engine.interface import Gone, Stopped, TooMany, Unavailable
from brupact.engine.lines import Lines, Running

Result = TypeVar("Result")

#: A query that takes longer than this, in seconds, is a long one.
LONG: Final = 1.0
#: How many seconds another thread waits for what is done in the event loop.
_PATIENCE: Final = 5.0
#: How often it is looked after them, in seconds.
SWEEP: Final = 0.1


class _Turns:
    """So many at a time; the others wait, and come in the order in which they came.

    `asyncio.Semaphore` does the same at several microseconds for each time.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a turn if there is one now; whether there was."""
        if self._free == 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Take a turn once there is one."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give()  # It came at the same moment.
            raise

    def give(self) -> None:
        """Give a turn back, or to the next."""
        while self._waiting:
            if not (turn := self._waiting.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1


class _Client:
    """The turns of one client."""

    def __init__(self, most: int) -> None:
        self.turns = _Turns(most)
        self.requests = 0


class Places:
    """Has queries evaluated: so many at a time, of one client, and long ones of one client.

    A query beyond the first two waits for its turn; a long one beyond the third is refused.
    """

    #: The event loop in which it is used.
    loop: asyncio.AbstractEventLoop

    def __init__(self, lines: Lines, most: int, of_one: int, long_of_one: int) -> None:
        """Nothing runs yet; to be used in one event loop."""
        #: How many queries wait for their turn.
        self.waiting = 0
        self.running: dict[int, Running] = {}
        self._lines, self._long_of_one, self._of_one = lines, long_of_one, of_one
        self._turns = _Turns(most)
        self._clients: dict[str, _Client] = {}
        self._numbers = itertools.count(1)
        self._long: set[int] = set()

    async def query(
        self, query: Query, client: str, gone: "asyncio.Future[None] | None" = None,
        version: str = "",
    ) -> Answer:  # fmt: skip
        """The answer to `query` from `version`, the current one if that is empty.

        Raises as `Lines.query`, and:

        :raises TooMany: if it is one long query of `client` too many.
        :raises Unavailable: if its turn does not come in time.
        """
        if (own := self._clients.get(client)) is None:
            own = self._clients[client] = _Client(self._of_one)
        own.requests += 1
        try:
            if not own.turns.take():
                await self._wait(own.turns)
            try:
                if not self._turns.take():
                    await self._wait(self._turns)
                try:
                    return await self._run(Running(query, client, version, gone=gone))
                finally:
                    self._turns.give()
            finally:
                own.turns.give()
        finally:
            own.requests -= 1
            if not own.requests:
                del self._clients[client]

    async def _run(self, running: Running) -> Answer:
        number = next(self._numbers)
        self.running[number] = running
        try:
            return await self._lines.query(running.query, running)
        finally:
            del self.running[number]
            self._long.discard(number)

    async def _wait(self, turns: _Turns) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(self._lines.engine.seconds):
                await turns.wait()
        except TimeoutError:
            raise Unavailable("too many queries are being evaluated") from None
        finally:
            self.waiting -= 1

    def stop(self, number: int) -> bool:
        """End the query `number`; whether there is one."""
        if (running := self.running.get(number)) is None:
            return False
        running.stop(Stopped("the operator of this service ended the query"))
        return True

    def in_loop(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, done in the event loop; to be called from another thread.

        :raises Unavailable: if the loop does not come to it.
        """

        async def done() -> Result:
            return work()

        try:
            return asyncio.run_coroutine_threadsafe(done(), self.loop).result(_PATIENCE)
        except TimeoutError:
            raise Unavailable("the service is too busy to say") from None

    async def sweep(self) -> None:
        """Look after what runs, for ever."""
        while True:
            await asyncio.sleep(SWEEP)
            self._lines.sweep()
            self._refuse_too_many()

    def _refuse_too_many(self) -> None:
        long = Counter(self.running[number].client for number in self._long)
        for number, running in list(self.running.items()):
            if number in self._long or running.seconds < LONG or running.stopped:
                continue
            if long[running.client] >= self._long_of_one:
                running.stop(TooMany(f"{self._long_of_one} of your queries take long already"))
            else:
                self._long.add(number)
                long[running.client] += 1
                self._attend(running)

    def _attend(self, running: Running) -> None:
        """End a long query when whoever asked has gone."""
        if running.gone is not None:
            running.gone.add_done_callback(lambda _: running.stop(Gone("whoever asked has gone")))
