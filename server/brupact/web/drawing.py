"""What the explorer shows of a state: links by relation, and things and lines to draw."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from flask import url_for
from pyoxigraph import NamedNode

from brupact.describe import Name, full, named, shorten
from brupact.engine import Engine
from brupact.library import natural
from brupact.namespaces import ID, PACT
from brupact.neighbourhood import Link, Neighbourhood, Relation, classes, neighbourhood, terms
from brupact.search import Search
from brupact.ways import ways
from brupact.web.answers import Row, rows
from brupact.web.documents import local
from brupact.web.exploring import NO_KIND, State
from brupact.web.library import library
from brupact.web.texts import texts
from brupact.web.things import table

_TABLE: Final = Path(__file__).with_name("explore.toml")
#: How many things are offered to be added, for the words that are searched for.
_FOUND: Final = 8
#: The longest name that is drawn, in characters.
_LONGEST: Final = 80


class Group(NamedTuple):
    """Kinds of things that look alike."""

    name: str
    shape: str
    of: frozenset[str]


@cache
def groups() -> tuple[Group, ...]:
    """How things look, the first group that fits; read once."""
    read = tomllib.loads(_TABLE.read_text("utf-8"))
    return tuple(
        Group(entry["name"], entry["shape"], frozenset(map(full, entry["of"])))
        for entry in read["group"]
    )


@cache
def _quiet() -> tuple[frozenset[str], tuple[str, ...]]:
    """The relations that tell little, and what the IRIs of vocabularies full of such begin with."""
    said = tomllib.loads(_TABLE.read_text("utf-8"))["quiet"]
    wide = tuple(full(name.removesuffix("*")) for name in said if name.endswith("*"))
    return frozenset(full(name) for name in said if not name.endswith("*")), wide


def is_quiet(relation: str) -> bool:
    """Whether a relation is drawn only when a reader wants it."""
    relations, vocabularies = _quiet()
    return relation in relations or relation.startswith(vocabularies)


@dataclass(frozen=True)
class Thing:
    """A thing that is drawn."""

    iri: str
    #: The class by which it is called; ``None`` for none.
    kind: str | None
    group: Group
    is_open: bool


@dataclass(frozen=True)
class Part:
    """The links of an open thing by one relation in one direction, as far as they are shown."""

    relation: Relation
    #: Whether they tell little, and whether they are drawn.
    is_quiet: bool
    is_drawn: bool
    #: The neighbours that are shown, those of a hidden kind left out.
    shown: list[str]
    #: How many more there are: of a hidden kind, to be shown with a step, beyond all steps.
    hidden: int
    left: int
    beyond: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it in an address."""
        return self.relation.node, self.relation.direction, self.relation.iri

    @property
    def links(self) -> list[Link]:
        """The links to the neighbours that are shown."""
        ends = dict(zip(self.relation.neighbours, self.relation.links, strict=True))
        return [ends[iri] for iri in self.shown]


@dataclass(frozen=True)
class Entry:
    """A relation or kind that can be drawn or not: its IRI, or what stands for none."""

    name: str
    count: int
    is_drawn: bool
    is_quiet: bool
    #: Whether its links are derived, all of them.
    is_derived: bool = False
    group: Group | None = None


class Drawing:
    """What is shown of `state` in `language`."""

    def __init__(self, engine: Engine, state: State, language: str, search: Search) -> None:
        """Look at the neighbourhood of everything that is open."""
        self.state, self.language = state, language
        self._engine = engine
        self._steps: dict[str, str | None] = {}
        ask = partial(_ask, language)
        self._around = [neighbourhood(ask, iri) for iri in state.open]
        missing = [iri for iri in (*state.open, state.to) if iri and not self._is_known(iri)]
        #: The first thing that is asked for and is not there.
        self.unknown = missing[0] if missing else None
        #: The ways to the thing that one is looked for to.
        self.ways = self._ways() if state.to and not missing else []
        self._found = self._search(search) if state.find else []
        ends = {link.subject for way in self.ways for link in way}
        ends |= {link.object for way in self.ways for link in way}
        relations = [r for around in self._around for r in around.relations]
        others = {iri for relation in relations for iri in relation.neighbours}
        named_things = {*state.open, *others, *ends, *self._found} | ({state.to} - {""})
        self._classes = classes(engine, named_things)
        kinds = {kind for iri in named_things if (kind := self.kind(iri))}
        words = {r.iri for r in relations} | {link.relation for way in self.ways for link in way}
        self.names = named(engine, named_things | kinds | words, language)
        self.sections = [(around, self._parts(around)) for around in self._around]

    def _ways(self) -> list[list[Link]]:
        hidden, shown = self.state.hide, self.state.show
        return ways(
            self._engine, self.state.iri, self.state.to,
            avoids=lambda iri: iri in hidden or (is_quiet(iri) and iri not in shown),
        )  # fmt: skip

    def _is_known(self, iri: str) -> bool:
        linked = any(around.node == iri and around.relations for around in self._around)
        return linked or bool(self._engine.describe([iri]))

    def _search(self, search: Search) -> list[str]:
        """What the words fit, the best first; an IRI fits itself."""
        words = self.state.find
        found = [thing.iri for thing in search.search(words, {}).found[:_FOUND]]
        try:
            iri = NamedNode(full(words)).value
        except ValueError:
            return found
        return list(dict.fromkeys([iri, *found])) if self._engine.describe([iri]) else found

    @property
    def found(self) -> list[Thing]:
        """What can be added, for the words that are searched for."""
        return [self.thing(iri) for iri in self._found]

    def kind(self, iri: str) -> str | None:
        """The class by which a thing is called."""
        known = self._classes.get(iri, set())
        return next((name for name in table()[0] if name in known), min(known, default=None))

    def thing(self, iri: str) -> Thing:
        """A thing as it is drawn."""
        known = self._classes.get(iri, set())
        group = next((group for group in groups() if group.of & known), groups()[-1])
        return Thing(iri, self.kind(iri), group, iri in self.state.open)

    def called(self, iri: str) -> str:
        """The name of a thing, a relation or a kind; what it has none for, by its IRI."""
        words, name = texts(self.language), self.names.get(iri)
        if name:
            return name.value
        keys = (f"{table}.{shorten(iri)}" for table in ("property", "class"))
        return next((words(key) for key in keys if words.has(key)), shorten(iri))

    def word(self, iri: str) -> str:
        """The name in the language of the page, or of no language; else nothing."""
        name = self.names.get(iri)
        return name.value if name and name.is_wanted else ""

    def _parts(self, around: Neighbourhood) -> list[Part]:
        relations = around.relations
        loud = any(not is_quiet(relation.iri) for relation in relations)
        return [self._part(r, loud and is_quiet(r.iri)) for r in sorted(relations, key=_rank)]

    def _part(self, relation: Relation, is_quiet: bool) -> Part:
        state = self.state
        chosen = state.show if is_quiet else state.hide
        ordered = sorted(relation.neighbours, key=self._order)
        visible = [iri for iri in ordered if not self._is_hidden(iri)]
        part = Part(relation, is_quiet, (relation.iri in chosen) is is_quiet, [], 0, 0, 0)
        number = state.shown(part.key)
        return Part(
            relation, is_quiet, part.is_drawn, visible[:number],
            hidden=len(ordered) - len(visible), left=len(visible[number:]),
            beyond=relation.total - len(ordered),
        )  # fmt: skip

    def _is_hidden(self, iri: str) -> bool:
        return iri not in self.state.open and (self.kind(iri) or NO_KIND) in self.state.hide

    def _order(self, iri: str) -> tuple[int, list[tuple[int, str]]]:
        """By kind, the most telling first, then by IRI, 2 before 10."""
        kinds, kind = table()[0], self.kind(iri)
        return kinds.index(kind) if kind in kinds else len(kinds), natural(iri)

    @property
    def _drawn(self) -> list[Part]:
        return [part for _, parts in self.sections for part in parts if part.is_drawn]

    @cached_property
    def links(self) -> list[Link]:
        """The links that are drawn, each once."""
        of_parts = [link for part in self._drawn for link in part.links]
        return list(dict.fromkeys([*of_parts, *(link for way in self.ways for link in way)]))

    @cached_property
    def things(self) -> list[Thing]:
        """The things that are drawn, what is open first."""
        ends = [iri for link in self.links for iri in (link.subject, link.object)]
        return [self.thing(iri) for iri in dict.fromkeys([*self.state.open, *ends])]

    @property
    def relations(self) -> list[Entry]:
        """The relations that can be drawn or not, those that tell little last."""
        parts: dict[str, list[Part]] = {}
        for _, found in self.sections:
            for part in found:
                parts.setdefault(part.relation.iri, []).append(part)
        entries = [
            Entry(
                iri, _count(of), of[0].is_drawn,
                all(part.is_quiet for part in of),
                all(link.is_derived for part in of for link in part.relation.links),
            )
            for iri, of in parts.items()
        ]  # fmt: skip
        return sorted(entries, key=lambda e: (e.is_quiet, self.called(e.name).casefold()))

    @property
    def kinds(self) -> list[Entry]:
        """The kinds that can be drawn or not, in the order of the groups."""
        iris = {iri for part in self._drawn for iri in part.relation.neighbours}
        things = [self.thing(iri) for iri in iris | {thing.iri for thing in self.things}]
        counts = Counter((thing.group, thing.kind or NO_KIND) for thing in things)
        hidden = self.state.hide
        return [
            Entry(kind, counts[group, kind], kind not in hidden, False, group=group)
            for group, kind in sorted(counts, key=lambda c: (groups().index(c[0]), c[1]))
        ]

    @property
    def repeated(self) -> int:
        """How many derived links are not shown since they repeat others."""
        return sum(around.repeated for around in self._around)

    @property
    def query(self) -> str:
        """A query for what is drawn."""
        relations = {part.relation.iri for part in self._drawn}
        return (
            "CONSTRUCT { ?subject ?relation ?object }\nWHERE {\n"
            f"  VALUES ?thing {{ {terms(self.state.open)} }}\n"
            f"  VALUES ?relation {{ {terms(relations)} }}\n"
            "  { ?thing ?relation ?object BIND(?thing AS ?subject) }\n  UNION\n"
            "  { ?subject ?relation ?thing BIND(?thing AS ?object) }\n"
            "  FILTER(ISIRI(?object))\n}"
        )

    def step(self, iri: str) -> str | None:
        """The address where a thing is open that is not, or the other way round."""
        if iri not in self._steps:
            state = self.state.toggled(iri)
            self._steps[iri] = state.address if state else None
        return self._steps[iri]

    def whole(self, part: Part) -> str:
        """The address of all links by a relation, as the library lists them."""
        node, way, relation = part.key
        values: dict[str, Any] = {
            "node": node.removeprefix(ID),
            "relation": relation,
            "direction": way,
        }
        slug = "neighbours-by-relation"
        return url_for("library.query", reference=slug, **values, lang=self.language)

    @property
    def content(self) -> dict[str, Any]:
        """What is shown, for programs: the drawing itself is made of it."""
        return {
            "start": self.state.iri or None,
            "language": self.language,
            "things": [self._thing_content(thing) for thing in self.things],
            "links": list(self._link_content()),
            "relations": [
                {
                    "thing": part.relation.node,
                    "relation": part.relation.iri,
                    "label": self.called(part.relation.iri),
                    "direction": part.relation.direction,
                    "total": part.relation.total,
                    "shown": len(part.shown),
                    "drawn": part.is_drawn,
                    "more": self.state.with_more(part.key).address if part.left else None,
                }
                for _, parts in self.sections
                for part in parts
            ],
            "repeated": self.repeated,
        }

    def _thing_content(self, thing: Thing) -> dict[str, Any]:
        name = self.names.get(thing.iri)
        return {
            "iri": thing.iri,
            "label": _cut(self.called(thing.iri)),
            "label_language": (name.language or None) if name else None,
            "label_wanted": _is_wanted(name),
            "kind": thing.kind,
            "kind_label": self.called(thing.kind) if thing.kind else None,
            "group": thing.group.name,
            "shape": thing.group.shape,
            "open": thing.is_open,
            "page": local(thing.iri),
            "step": self.step(thing.iri),
        }

    def _link_content(self) -> Iterator[dict[str, Any]]:
        on_ways = {link for way in self.ways for link in way}
        for link in self.links:
            yield {
                "subject": link.subject,
                "relation": link.relation,
                "label": self.called(link.relation),
                "object": link.object,
                "derived": link.is_derived,
                "way": link in on_ways,
            }


def _count(parts: list[Part]) -> int:
    """How many links there are in `parts`; one between two open things is in two of them."""
    known = {link for part in parts for link in part.relation.links}
    return len(known) + sum(part.beyond for part in parts)


def _ask(language: str, slug: str, most: int | None = None, /, **values: str) -> list[Row]:
    return rows(library()[slug], language, most, **values)


def _rank(relation: Relation) -> tuple[bool, bool, str]:
    """The relations of our ontology first, and of these what leads out of a thing."""
    return not relation.iri.startswith(PACT), relation.direction == "in", relation.iri


def _is_wanted(name: Name | None) -> bool:
    return name is None or name.is_wanted


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
