"""A line of time with what is dated on it, for a drawing by the server."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: The size of the drawing, and what is left free at its ends, in its own units.
WIDTH: Final = 640
_MARGIN: Final = 28
#: How far apart two marks are that do not touch.
_APART: Final = 18


@dataclass(frozen=True)
class Mark:
    """Something dated: where it stands along the line, and in which row above it (from 0)."""

    place: float
    row: int
    kind: str
    #: Its number in the table beside the drawing, from 1.
    number: int


@dataclass(frozen=True)
class Year:
    """Where a year begins."""

    number: int
    place: float


@dataclass(frozen=True)
class Line:
    """The marks in order, and the years that the line spans."""

    marks: tuple[Mark, ...]
    years: tuple[Year, ...]

    @property
    def rows(self) -> int:
        """How many rows of marks there are."""
        return max((mark.row for mark in self.marks), default=-1) + 1


def line(events: Sequence[tuple[datetime.date, str]]) -> Line:
    """The line for `events`, each a day and a kind, in order of their days.

    It spans whole years, from that of the first event to that of the last.
    """
    if not events:
        return Line((), ())
    first = datetime.date(events[0][0].year, 1, 1)
    last = datetime.date(events[-1][0].year + 1, 1, 1)
    scale = (WIDTH - 2 * _MARGIN) / (last - first).days

    def place(day: datetime.date) -> float:
        return round(_MARGIN + (day - first).days * scale, 1)

    years = range(first.year, last.year + 1)
    return Line(
        tuple(_stacked((place(day), kind) for day, kind in events)),
        tuple(Year(year, place(datetime.date(year, 1, 1))) for year in years),
    )


def _stacked(events: Iterable[tuple[float, str]]) -> Iterable[Mark]:
    """Marks in rows, so that none hides another."""
    ends: list[float] = []
    for number, (place, kind) in enumerate(events, 1):
        row = next((n for n, end in enumerate(ends) if place - end >= _APART), len(ends))
        ends[row : row + 1] = [place]
        yield Mark(place, row, kind, number)
