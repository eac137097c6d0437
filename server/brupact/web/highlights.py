"""A text with the quotations of it marked, nested where one holds another, line by line."""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from brupact.namespaces import ID

#: Where an item of a list begins within a paragraph of the file.
_ITEM: Final = re.compile(r"(?=•)|(?<=;)(?=\S)")
#: What takes part in an order of marks that begin at one place: the longer first.
_Key = tuple[int, int, str]


@dataclass(frozen=True)
class Mark:
    """A stretch of the text, from `start` up to `end` (code points), that quotes `node`."""

    start: int
    end: int
    node: str
    quote: str
    #: Which stretch of the quotation it is, from 1.
    position: int

    @property
    def anchor(self) -> str:
        """The name of the stretch on the page."""
        return anchor(self.quote) + (f"-part-{self.position}" if self.position > 1 else "")

    @property
    def key(self) -> _Key:
        """Outer marks come before those that they hold."""
        return self.start, -self.end, self.quote


@dataclass(frozen=True)
class Open:
    """Where `mark` begins; a mark that another cuts in two begins again, without its name."""

    mark: Mark
    is_first: bool


@dataclass(frozen=True)
class Words:
    """Characters of the text, and the innermost mark about them, if any."""

    text: str
    mark: Mark | None


class Close:
    """Where the mark that was opened last ends."""


@dataclass
class Line:
    """A line of the text with its number (from 1) and its pieces in order."""

    number: int
    pieces: list[Open | Words | Close] = field(default_factory=list)
    #: The things that the outermost marks of the line, and those without words of their own, quote.
    margin: list[str] = field(default_factory=list)


def anchor(quote: str) -> str:
    """The name on the page of the source for the IRI of a quotation."""
    return quote.removeprefix(ID).replace("/", "-").replace("#", "-")


def items(words: str) -> list[str]:
    """The items that a quotation runs together, each on its own; no character is added or lost.

    The file has lists whose items follow one another without white space, with bullets or after a
    semicolon.
    """
    return [item for item in _ITEM.split(words) if item]


def lines(text: str, marks: Iterable[Mark]) -> Iterator[Line]:
    """The lines of `text` with `marks`; none of these may reach over the end of a line."""
    todo = sorted(marks, key=lambda mark: mark.key, reverse=True)
    start = 0
    for number, content in enumerate(text.split("\n"), 1):
        end = start + len(content)
        mine = []
        while todo and todo[-1].start <= end:
            mine.append(todo.pop())
        yield _line(number, content, start, mine)
        start = end + 1


def _line(number: int, content: str, start: int, marks: list[Mark]) -> Line:
    line = Line(number)
    heap: list[tuple[_Key, bool, int, Mark]] = [
        (mark.key, True, index, mark) for index, mark in enumerate(marks)
    ]
    heapq.heapify(heap)
    stack: list[Mark] = []
    spoken: set[str] = set()
    place = start

    def say(until: int) -> None:
        nonlocal place
        if until > place:
            inner = stack[-1] if stack else None
            line.pieces.append(Words(content[place - start : until - start], inner))
            if inner:
                spoken.add(inner.node)
            place = until

    def close(until: int) -> None:
        while stack and stack[-1].end <= until:
            say(stack[-1].end)
            stack.pop()
            line.pieces.append(Close())

    while heap:
        _, is_first, index, mark = heapq.heappop(heap)
        close(mark.start)
        say(mark.start)
        if stack and mark.end > (limit := stack[-1].end):
            rest = Mark(limit, mark.end, mark.node, mark.quote, mark.position)
            heapq.heappush(heap, (rest.key, False, index, rest))
            mark = Mark(mark.start, limit, mark.node, mark.quote, mark.position)
        if not stack and is_first:
            line.margin.append(mark.node)
        stack.append(mark)
        line.pieces.append(Open(mark, is_first))
    close(start + len(content))
    say(start + len(content))
    line.margin += [mark.node for mark in marks if mark.node not in spoken]
    line.margin = list(dict.fromkeys(line.margin))
    return line


#: The kinds of pieces, for templates.
KINDS: Final = {Open: "open", Words: "words", Close: "close"}
