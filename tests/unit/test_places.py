import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest

from brupact.engine import Answer, Query
from brupact.engine.interface import Unavailable
from brupact.engine.lines import Lines, Running
from brupact.web.places import Places


class _Slow:
    """Answers each query once it is told to."""

    engine = SimpleNamespace(seconds=0.2)

    def __init__(self) -> None:
        self.under_way: list[tuple[str, asyncio.Future[None]]] = []

    async def query(self, query: Query, _: Running) -> Answer:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.under_way.append((query.text, over))
        await over
        return Answer("text/plain", query.text.encode())

    def end(self, text: str) -> None:
        over = dict(self.under_way)[text]
        self.under_way = [one for one in self.under_way if one[0] != text]
        over.set_result(None)

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.under_way]


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def _ask(places: Places, text: str, client: str = "one") -> "asyncio.Task[Answer]":
    return asyncio.ensure_future(places.query(Query(text, None, None), client))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` in a thread of its own: the browser of other tests has its loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _places(most: int, of_one: int) -> tuple[_Slow, Places]:
    lines = _Slow()
    return lines, Places(cast(Lines, lines), most, of_one, 8)


def test_whoever_waits_comes_in_order() -> None:
    async def work() -> None:
        lines, places = _places(2, 8)
        asked = [_ask(places, text) for text in "abcd"]
        await _settle()
        assert (lines.texts, places.waiting) == (["a", "b"], 2)
        lines.end("b")
        await _settle()
        assert (lines.texts, places.waiting) == (["a", "c"], 1)
        for text in "acd":
            lines.end(text)
            await _settle()
        assert [(await one).body for one in asked] == [b"a", b"b", b"c", b"d"]

    _run(work())


def test_one_client_waits_for_itself_and_not_for_others() -> None:
    async def work() -> None:
        lines, places = _places(8, 1)
        asked = [_ask(places, "a"), _ask(places, "b"), _ask(places, "c", "another")]
        await _settle()
        assert lines.texts == ["a", "c"]
        for text in "acb":
            lines.end(text)
            await _settle()
        await asyncio.gather(*asked)

    _run(work())


def test_a_turn_of_one_who_left_goes_to_the_next() -> None:
    async def work() -> None:
        lines, places = _places(1, 8)
        first, second, third = (_ask(places, text) for text in "abc")
        await _settle()
        second.cancel()
        await _settle()
        lines.end("a")
        await _settle()
        assert lines.texts == ["c"]
        # Left at the moment at which the turn came.
        fourth, fifth = _ask(places, "d"), _ask(places, "e")
        await _settle()
        lines.end("c")
        await asyncio.sleep(0)
        fourth.cancel()
        await _settle()
        assert fourth.cancelled() and lines.texts == ["e"]
        lines.end("e")
        await asyncio.gather(first, third, fifth)
        # All turns are there again.
        last = _ask(places, "f")
        await _settle()
        lines.end("f")
        await last

    _run(work())


def test_a_turn_that_does_not_come_in_time() -> None:
    async def work() -> None:
        lines, places = _places(1, 8)
        first, second = _ask(places, "a"), _ask(places, "b")
        with pytest.raises(Unavailable):
            await second
        assert places.waiting == 0
        lines.end("a")
        await first

    _run(work())
