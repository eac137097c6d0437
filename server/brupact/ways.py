"""By which ways two things hang together."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from brupact.engine import Engine
from brupact.namespaces import INFERRED, RDF_TYPE
from brupact.neighbourhood import Link, rows, terms

#: How many links a way has at most, and how many one that avoids what is linked with much.
LONGEST: Final = 6
_PLAIN: Final = 4
#: How many ways are told, all of them as short as the shortest.
WAYS: Final = 5
#: Ways lead through a thing with more links than this only where there is no other as short.
HUB: Final = 40
#: How many links are followed in one step at most.
_STEP: Final = 20_000
_LINKS: Final = """
SELECT ?subject ?relation ?object (EXISTS {{
  GRAPH {inferred} {{ ?subject ?relation ?object }}
}} AS ?derived) WHERE {{
  VALUES ?{end} {{ {things} }}
  ?subject ?relation ?object
  FILTER(ISIRI(?subject) && ISIRI(?object) && ?subject != ?object)
}}
LIMIT {limit}"""
_INVERSE: Final = """
SELECT DISTINCT ?relation WHERE {
  ?relation <http://www.w3.org/2002/07/owl#inverseOf> ?other
  FILTER(ISIRI(?relation))
}"""


def ways(engine: Engine, start: str, end: str, avoids: Callable[[str], bool]) -> list[list[Link]]:
    """The shortest ways from `start` to `end`, at most `WAYS` of at most `LONGEST` links each.

    A link may be followed from either end. Those by a relation that one `avoids` are not followed,
    and classes are no ways. Each way is the links in the order in which it takes them.
    """
    links = _Map(engine, avoids)
    return links.search(start, end, _PLAIN, HUB) or links.search(start, end, LONGEST, None)


#: How a thing was reached: from which others, by which links.
_Reached = dict[str, list[tuple[str, Link]]]


class _Map:
    """The links of `engine`, without those by a relation that one `avoids`."""

    def __init__(self, engine: Engine, avoids: Callable[[str], bool]) -> None:
        self._engine, self._avoids = engine, avoids
        #: The relations that are declared as the inverse of another: this one names a link.
        self._inverse = {row["relation"] for row in rows(engine, _INVERSE)}

    def search(self, start: str, end: str, longest: int, hub: int | None) -> list[list[Link]]:
        """Breadth first from both ends, the smaller side first, until they meet."""
        sides: tuple[_Reached, _Reached] = ({start: []}, {end: []})
        edges = [{start}, {end}]
        for _ in range(longest if start != end else 0):
            side = 0 if len(edges[0]) <= len(edges[1]) else 1
            edges[side] = self._step(sides[side], edges[side], hub, {start, end})
            if met := self._met(sides, hub):
                joined = (
                    [*reversed(there), *back]
                    for middle in met
                    for there in _back(sides[0], middle)
                    for back in _back(sides[1], middle)
                )
                return list(islice(joined, WAYS))
            if not edges[side]:
                break
        return []

    def _met(self, sides: tuple[_Reached, _Reached], hub: int | None) -> list[str]:
        """Where both sides came to; not where a way does not lead through."""
        met = sides[0].keys() & sides[1].keys()
        ends = {thing for side in sides for thing, before in side.items() if not before}
        near = self._near(met - ends) if hub is not None else {}
        return sorted(thing for thing in met if hub is None or len(near.get(thing, ())) <= hub)

    def _step(self, reached: _Reached, edge: set[str], hub: int | None, ends: set[str]) -> set[str]:
        """What is one link beyond `edge` and was not reached before; it is from now on."""
        beyond: _Reached = {}
        for here, found in sorted(self._near(edge).items()):
            if hub is not None and len(found) > hub and here not in ends:
                continue
            for there, link in found.items():
                if there not in reached:
                    beyond.setdefault(there, []).append((here, link))
        reached |= beyond
        return set(beyond)

    def _near(self, things: set[str]) -> dict[str, dict[str, Link]]:
        """What each of `things` is linked with, by one link each: a stated one, if there is one."""
        near: dict[str, dict[str, Link]] = {}
        for link in sorted(set(self._around(things)), key=self._rank):
            for here, there in ((link.subject, link.object), (link.object, link.subject)):
                if here in things:
                    near.setdefault(here, {}).setdefault(there, link)
        return near

    def _rank(self, link: Link) -> tuple[bool, bool, Link]:
        return link.is_derived, link.relation in self._inverse, link

    def _around(self, things: set[str]) -> Iterator[Link]:
        values = terms(things)
        for end in ("subject", "object") if things else ():
            text = _LINKS.format(inferred=INFERRED, end=end, things=values, limit=_STEP)
            for row in rows(self._engine, text):
                if row["relation"] != RDF_TYPE.value and not self._avoids(row["relation"]):
                    is_derived = row["derived"] == "true"
                    yield Link(row["subject"], row["relation"], row["object"], is_derived)


def _back(reached: _Reached, thing: str) -> Iterator[list[Link]]:
    """The ways from `thing` back to where `reached` began."""
    if not reached[thing]:
        yield []
    for before, link in reached[thing]:
        for rest in _back(reached, before):
            yield [link, *rest]
