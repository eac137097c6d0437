"""Diagrams of classes and the relations between them, for the template ``diagram.html``.

A box is a class, or three classes and more to which the same relations belong; what is written on
a line stands in a box of its own, so that nothing is written over.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Final

from brupact.describe import full
from brupact.vocabulary import Module, Term, Vocabulary
from brupact.web.layers import layout

#: Measures in the units of the picture; a line of words is as high as `_LINE`.
_LINE: Final = 17.0
_PADDING: Final = 9.0
_WIDTH: Final = 146.0
_LETTERS: Final = 17
_GAPS: Final = (32.0, 14.0)
_MARGIN: Final = 6.0
#: As many classes as this, and more, with the same relations are one box.
_TOGETHER: Final = 3

#: The classes of a box, in order.
Classes = tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """A line of words, that lead to the place of a term."""

    text: str
    iri: str
    x: float
    y: float


@dataclass
class Box:
    """A box, or words on a line; the place of its upper left corner."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    words: list[Words] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A line through points; `path` as SVG writes it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Diagram:
    """A picture with its size, and in words what it shows."""

    name: str
    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]
    #: In words: the classes that a relation leads from, it, and those that it leads to.
    relations: list[tuple[Classes, str, Classes]]


@dataclass(frozen=True)
class _Tie:
    """Relations that lead from one box to another; none where one is a class below another."""

    start: Classes
    end: Classes
    relations: tuple[str, ...] = ()


def of_module(module: Module, vocabulary: Vocabulary, name: Callable[[str], str]) -> Diagram | None:
    """The classes of `module` and the relations it defines; `name` gives the words for an IRI.

    Of two inverse relations the first is shown. ``None`` where there is nothing to show.
    """
    shown = [
        t for t in module.terms if t.kind == "relation" and full("owl:inverseOf") not in t.table
    ]
    classes = [t for t in module.terms if t.kind == "class"]
    ties = _ties(shown, vocabulary)
    ties += [_Tie((term.iri,), (above,)) for term in classes for above in term.above]
    drawn = {iri for tie in ties for iri in (*tie.start, *tie.end)}
    ours = {term.iri for term in classes}
    alone: list[Classes] = [(iri,) for iri in sorted(ours - drawn)]
    return _Drawing(vocabulary, name, ours).drawn(module.stem, ties, alone) if drawn else None


def _ties(terms: Iterable[Term], vocabulary: Vocabulary) -> list[_Tie]:
    found: dict[tuple[Classes, Classes], list[str]] = {}
    for term in terms:
        for start in _boxes(term.domains):
            for end in _boxes(_narrowed(term, start, vocabulary)):
                found.setdefault((start, end), []).append(term.iri)
    return [_Tie(start, end, tuple(iris)) for (start, end), iris in found.items()]


def _boxes(classes: Sequence[str]) -> list[Classes]:
    return [tuple(classes)] if len(classes) >= _TOGETHER else [(iri,) for iri in classes]


def _narrowed(term: Term, start: Classes, vocabulary: Vocabulary) -> Sequence[str]:
    """The values of `term` on `start`: those that a shape names, else those of the ontology."""
    limit = vocabulary.limit(start[0], term.iri) if len(start) == 1 else None
    if limit and limit.kinds and set(limit.kinds) <= set(term.ranges):
        return limit.kinds
    return term.ranges


@dataclass(frozen=True)
class _Drawing:
    """What is needed to draw: the names, and the classes that the diagram is about."""

    vocabulary: Vocabulary
    name: Callable[[str], str]
    ours: AbstractSet[str]

    def drawn(self, name: str, ties: Sequence[_Tie], alone: Sequence[Classes]) -> Diagram:
        """The diagram `name` of `ties`, and of classes that stand `alone`."""
        loops: dict[Classes, list[str]] = {}
        for tie in ties:
            if tie.start == tie.end:
                loops.setdefault(tie.start, []).extend(tie.relations)
        words: dict[Hashable, list[tuple[str, str]]] = {}
        edges: list[tuple[Hashable, Hashable]] = []
        for tie in ties:
            for box in (tie.start, tie.end):
                words[box] = self._words(box, loops.get(box, ()))
            if tie.start == tie.end:
                continue
            if tie.relations:
                words[tie] = [w for iri in tie.relations for w in self._relation(iri, tie.start)]
                edges += [(tie.start, tie), (tie, tie.end)]
            else:
                edges.append((tie.start, tie.end))
        for box in alone:
            words[box] = self._words(box, ())
        sizes = {
            node: (_WIDTH, len(lines) * _LINE + (0 if isinstance(node, _Tie) else 2 * _PADDING))
            for node, lines in words.items()
        }
        places, routes = layout(sizes, edges, _GAPS)
        return Diagram(
            name=name,
            width=places.width + 2 * _MARGIN,
            height=places.height + 2 * _MARGIN,
            boxes=[self._box(n, lines, sizes[n], places.places[n]) for n, lines in words.items()],
            lines=[_line(route, sizes, places.places) for route in routes.values()],
            relations=[(tie.start, iri, tie.end) for tie in ties for iri in tie.relations],
        )

    def _words(self, box: Classes, loops: Iterable[str]) -> list[tuple[str, str]]:
        """The names of the classes of a box, and of the relations from it to itself."""
        found = [(line, iri) for iri in box for line in _wrapped(self.name(iri))]
        return found + [(line, iri) for iri in loops for line in _wrapped("↻ " + self.name(iri))]

    def _relation(self, iri: str, start: Classes) -> list[tuple[str, str]]:
        """The name of a relation, with how many values it has."""
        limit = self.vocabulary.limit(start[0], iri) if len(start) == 1 else None
        count = f"\N{NO-BREAK SPACE}{counted(limit.least, limit.most)}" if limit else ""
        return [(line, iri) for line in _wrapped(self.name(iri) + count)]

    def _box(
        self,
        node: Hashable,
        lines: Sequence[tuple[str, str]],
        size: tuple[float, float],
        place: tuple[float, float],
    ) -> Box:
        left = place[0] - size[0] / 2 + _MARGIN
        top = place[1] - size[1] / 2 + _MARGIN
        if isinstance(node, _Tie):
            kind, first = "relation", top
        else:
            assert isinstance(node, tuple)
            kind, first = "class" if self.ours & set(node) else "other", top + _PADDING
        # The foot of the letters stands at about three quarters of the line.
        words = [
            Words(text, iri, round(left + size[0] / 2, 1), round(first + (n + 0.74) * _LINE, 1))
            for n, (text, iri) in enumerate(lines)
        ]
        return Box(kind, round(left, 1), round(top, 1), *size, words)


def counted(least: int | None, most: int | None) -> str:
    """How many there may be, as UML writes it: ``1``, ``0..1``, ``1..*``."""
    low, high = str(least or 0), "*" if most is None else str(most)
    return low if low == high else f"{low}..{high}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, _LETTERS) or [text]


def _line(
    route: Sequence[Hashable],
    sizes: Mapping[Hashable, tuple[float, float]],
    places: Mapping[Hashable, tuple[float, float]],
) -> Line:
    """A line along `route`: level beside a box, in curves between the layers."""
    rightwards = places[route[-1]][0] > places[route[0]][0]
    ahead = 1 if rightwards else -1
    path = ""
    last = (0.0, 0.0)
    for number, node in enumerate(route):
        x, y = places[node][0] + _MARGIN, places[node][1] + _MARGIN
        entry = x - ahead * _WIDTH / 2, y
        leave = x + ahead * _WIDTH / 2, y
        if number:
            middle = (last[0] + entry[0]) / 2
            path += f"C{middle:.1f} {last[1]:.1f} {middle:.1f} {y:.1f} {entry[0]:.1f} {y:.1f}"
        else:
            path = f"M{leave[0]:.1f} {y:.1f}"
        if node not in sizes:
            path += f"H{leave[0]:.1f}"
        last = leave
    start, end = route[0], route[-1]
    if isinstance(start, _Tie):
        return Line("to", path)
    return Line("from" if isinstance(end, _Tie) else "below", path)
