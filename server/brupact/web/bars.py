"""Charts of bars, drawn by the server: a table with a bar beside each number.

The table is the chart: whoever cannot see the bars reads the numbers, at any width and on paper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.web.answers import Row

#: How long the longest bar is, in the units of its drawing.
FULL: Final = 100


@dataclass(frozen=True)
class Bar:
    """A number, and how long its bar is, from 0 to `FULL`."""

    value: int
    length: float


@dataclass(frozen=True)
class Line:
    """What the bars of one line are about (a thing, or words), and one bar for each series."""

    about: NamedNode | Literal
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """The lines of a chart and the names of its series: those of the columns of its query."""

    name: str
    #: The query of the library that gives the numbers, and the query string for it.
    query: str
    query_string: str
    series: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def partial(self) -> tuple[Line, ...]:
        """The lines that have a bar which is not full."""
        return tuple(line for line in self.lines if any(bar.length < FULL for bar in line.bars))

    @property
    def iris(self) -> set[str]:
        """The IRIs of the things that it is about."""
        return {line.about.value for line in self.lines if isinstance(line.about, NamedNode)}


def lines(
    rows: Iterable[Row], about: str, series: Sequence[str], whole: str | None = None
) -> tuple[Line, ...]:
    """A line for each row: of the thing in the column `about`, with the numbers in `series`.

    The longest bar is that of the largest number of all; with `whole`, a bar shows which part its
    number is of that in the column `whole`.
    """
    found = [
        (row[about], [_number(row, name) for name in series], row) for row in rows if about in row
    ]
    largest = max((number for _, numbers, _ in found for number in numbers), default=0)
    return tuple(
        Line(thing, tuple(_bar(n, _number(row, whole) if whole else largest) for n in numbers))
        for thing, numbers, row in found
    )


def across(
    rows: Iterable[Row], about: str, series: str, value: str
) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """The names of the series and the lines, where each number stands in a row of its own.

    `about` and `series` are the columns that say what the number in the column `value` is about and
    in which series it stands. Each series has a longest bar of its own.
    """
    table: dict[NamedNode | Literal, dict[str, int]] = {}
    for row in rows:
        table.setdefault(row[about], {})[row[series].value] = _number(row, value)
    names = tuple(dict.fromkeys(name for numbers in table.values() for name in numbers))
    largest = {name: max(numbers.get(name, 0) for numbers in table.values()) for name in names}
    return names, tuple(
        Line(thing, tuple(_bar(numbers.get(name, 0), largest[name]) for name in names))
        for thing, numbers in table.items()
    )


def _number(row: Row, name: str) -> int:
    return int(row[name].value) if name in row else 0


def _bar(value: int, whole: int) -> Bar:
    return Bar(value, round(FULL * min(value, whole) / whole, 1) if whole else 0)
