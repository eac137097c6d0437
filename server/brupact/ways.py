"""By which ways two things hang together."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

from brupact.engine import Engine
from brupact.namespaces import INFERRED, RDF_TYPE
from brupact.neighbourhood import Link, rows, terms

#: How many links a way has at most.
LONGEST: Final = 6
#: How many ways are told, all of them as short as the shortest.
WAYS: Final = 5
#: Ways lead through a thing with more links than this only where there is no other.
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


def ways(engine: Engine, start: str, end: str, without: Collection[str]) -> list[list[Link]]:
    """The shortest ways from `start` to `end`, at most `WAYS` of at most `LONGEST` links each.

    A link may be followed from either end. Those by relations in `without` are not followed, and
    classes are no ways. Each way is the links in the order in which it takes them.
    """
    avoided = {*without, RDF_TYPE.value}
    return _search(engine, start, end, avoided, HUB) or _search(engine, start, end, avoided, None)


#: How a thing was reached: from which others, by which links.
_Reached = dict[str, list[tuple[str, Link]]]


def _search(
    engine: Engine, start: str, end: str, avoided: set[str], hub: int | None
) -> list[list[Link]]:
    """Breadth first from both ends, the smaller side first, until they meet."""
    if start == end:
        return []
    sides: tuple[_Reached, _Reached] = ({start: []}, {end: []})
    edges = [{start}, {end}]
    for _ in range(LONGEST):
        side = 0 if len(edges[0]) <= len(edges[1]) else 1
        edges[side] = _step(engine, sides[side], edges[side], avoided, hub, {start, end})
        met = sides[0].keys() & sides[1].keys()
        if hub is not None:
            met = met - _hubs(engine, met - {start, end}, avoided, hub)
        if met:
            joined = (
                [*reversed(there), *back]
                for middle in sorted(met)
                for there in _back(sides[0], middle)
                for back in _back(sides[1], middle)
            )
            return list(islice(joined, WAYS))
        if not edges[side]:
            return []
    return []


def _step(
    engine: Engine, reached: _Reached, edge: set[str], avoided: set[str], hub: int | None,
    ends: set[str],
) -> set[str]:  # fmt: skip
    """What is one link beyond `edge` and was not reached before; it is from now on."""
    beyond: _Reached = {}
    for here, found in sorted(_near(engine, edge, avoided).items()):
        if hub is not None and len(found) > hub and here not in ends:
            continue
        for there, link in found.items():
            if there not in reached:
                beyond.setdefault(there, []).append((here, link))
    reached |= beyond
    return set(beyond)


def _hubs(engine: Engine, things: set[str], avoided: set[str], hub: int) -> set[str]:
    """Those of `things` that are linked with more than `hub` others."""
    return {here for here, found in _near(engine, things, avoided).items() if len(found) > hub}


def _near(engine: Engine, things: set[str], avoided: set[str]) -> dict[str, dict[str, Link]]:
    """What each of `things` is linked with, by one link each: a stated one where there is one."""
    near: dict[str, dict[str, Link]] = {}
    if not things:
        return near
    found = {link for link in _around(engine, things) if link.relation not in avoided}
    for link in sorted(found, key=lambda link: (link.is_derived, link)):
        for here, there in ((link.subject, link.object), (link.object, link.subject)):
            if here in things:
                near.setdefault(here, {}).setdefault(there, link)
    return near


def _back(reached: _Reached, thing: str) -> Iterator[list[Link]]:
    """The ways from `thing` back to where `reached` began."""
    if not reached[thing]:
        yield []
    for before, link in reached[thing]:
        for rest in _back(reached, before):
            yield [link, *rest]


def _around(engine: Engine, things: Iterable[str]) -> Iterator[Link]:
    values = terms(things)
    for end in ("subject", "object"):
        text = _LINKS.format(inferred=INFERRED, end=end, things=values, limit=_STEP)
        for row in rows(engine, text):
            yield Link(row["subject"], row["relation"], row["object"], row["derived"] == "true")
