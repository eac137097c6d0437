"""What a thing is linked with, relation by relation.

A link is a triple between two IRIs. A derived link that repeats another between the same two, with
a broader relation or the inverse one, is counted and left out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from pyoxigraph import NamedNode

from brupact.engine import Engine, Query
from brupact.sparql.formats import RESULTS

#: The queries of the library that are asked.
RELATIONS: Final = "relations-of-node"
NEIGHBOURS: Final = "neighbours-by-relation"
#: How many neighbours by one relation are looked at, at most: the first by their IRIs.
MOST: Final = 200

_CLASSES: Final = """
SELECT ?thing ?class WHERE {{
  VALUES ?thing {{ {things} }}
  ?thing a ?class
  FILTER(ISIRI(?class))
}}"""


class Ask(Protocol):
    """Asks a query of the library: its rows, the first `most` of them."""

    def __call__(
        self, slug: str, most: int | None = None, /, **values: str
    ) -> Sequence[Mapping[str, Any]]:
        """The rows of the query `slug` with `values` for its parameters."""


class Link(NamedTuple):
    """A triple between two things."""

    subject: str
    relation: str
    object: str
    is_derived: bool


@dataclass(frozen=True)
class Relation:
    """The links of `node` by one relation in one direction, ``out`` of it or ``in``."""

    node: str
    direction: str
    iri: str
    #: How many links there are.
    total: int
    #: Those that are known by name; fewer than there are where there are more than `MOST`.
    links: tuple[Link, ...]

    @property
    def neighbours(self) -> list[str]:
        """The things at the other ends."""
        return [link.object if self.direction == "out" else link.subject for link in self.links]


@dataclass(frozen=True)
class Neighbourhood:
    """What a thing is linked with."""

    node: str
    relations: tuple[Relation, ...]
    #: How many derived links were left out since they repeat others.
    repeated: int


def neighbourhood(ask: Ask, node: str) -> Neighbourhood:
    """The links of the thing with the IRI `node`, the relations in the order of their IRIs."""
    counted = {
        (row["direction"].value, row["relation"].value): (
            int(row["links"].value), int(row["repeated"].value)
        )
        for row in ask(RELATIONS, node=node)
    }  # fmt: skip
    relations = tuple(
        Relation(node, way, iri, links - repeated, tuple(_links(ask, node, way, iri)))
        for (way, iri), (links, repeated) in sorted(counted.items(), key=lambda c: c[0][::-1])
        if links > repeated
    )
    return Neighbourhood(node, relations, sum(repeated for _, repeated in counted.values()))


def _links(ask: Ask, node: str, direction: str, relation: str) -> Iterator[Link]:
    rows = ask(NEIGHBOURS, MOST, node=node, relation=relation, direction=direction)
    derived = {row["neighbour"].value: row["derived"].value == "true" for row in rows}
    for other, is_derived in derived.items():
        ends = (node, other) if direction == "out" else (other, node)
        yield Link(ends[0], relation, ends[1], is_derived)


def classes(engine: Engine, things: Iterable[str]) -> dict[str, set[str]]:
    """The classes of those of `things` that have any, derived ones too."""
    found: dict[str, set[str]] = {}
    for row in rows(engine, _CLASSES.format(things=terms(things))):
        found.setdefault(row["thing"], set()).add(row["class"])
    return found


def terms(things: Iterable[str]) -> str:
    """`things` as SPARQL writes IRIs, one after the other.

    :raises ValueError: for one that is no IRI (RFC 3987).
    """
    return " ".join(str(NamedNode(thing)) for thing in sorted(things))


def rows(engine: Engine, text: str) -> Iterator[dict[str, str]]:
    """The solutions of a SELECT query: of each term its value."""
    body = engine.query(Query(text, results=RESULTS[0].media_type, graphs=None)).body
    for row in json.loads(body)["results"]["bindings"]:
        yield {name: term["value"] for name, term in row.items()}
