"""What the page about a thing shows: its sections, made as the table ``sections.toml`` says."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from brupact.describe import Description, Table, full
from brupact.namespaces import ID, RDF_TYPE
from brupact.web.answers import Row, query_string, rows
from brupact.web.languages import language
from brupact.web.library import library

_TABLE: Final = Path(__file__).with_name("sections.toml")


@dataclass(frozen=True)
class Section:
    """A row of the table: what is shown of things of the classes `of`."""

    name: str
    of: frozenset[str]
    form: str
    query: str | None = None
    bind: str | None = None
    where: str | None = None
    columns: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    #: Whether only for things that are called by one of the classes.
    called: bool = False


@dataclass(frozen=True)
class Shown:
    """A section of one page."""

    section: Section
    rows: list[Row] = field(default_factory=list)
    #: By predicate: what is said of the thing, and what points to it.
    outgoing: Table = field(default_factory=dict)
    incoming: Table = field(default_factory=dict)
    #: The query string with which the library gives these rows.
    query_string: str = ""
    #: The IRI of the thing that a section made of properties is about.
    node: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.rows or self.outgoing or self.incoming)

    @property
    def columns(self) -> list[str]:
        """The columns that hold anything."""
        return [c for c in self.section.columns if any(c in row for row in self.rows)]

    @property
    def text(self) -> str:
        """A query for what the section shows, where it is made of properties."""
        lines = [
            (f"<{self.node}> ?property ?value", self.section.outgoing),
            (f"?value ?property <{self.node}>", self.section.incoming),
        ]
        found = [
            f"  {{ VALUES ?property {{ {' '.join(f'<{p}>' for p in properties)} }} {line} }}"
            for line, properties in lines
            if properties
        ]
        union = "\n  UNION\n".join(found)
        return f"SELECT ?property ?value WHERE {{\n{union}\n}}\nORDER BY ?property ?value"

    @property
    def iris(self) -> Iterator[str]:
        """The IRIs whose names the section shows."""
        for row in self.rows:
            yield from (
                t.value for name in self.columns if isinstance(t := row.get(name), NamedNode)
            )


@cache
def table() -> tuple[tuple[str, ...], tuple[Section, ...]]:
    """The classes by which a thing is called, and the sections; read once."""
    read = tomllib.loads(_TABLE.read_text("utf-8"))
    sections = tuple(
        Section(
            name=entry["name"],
            of=frozenset(map(full, entry["of"])),
            form=entry.get("form", "table" if "query" in entry else "links"),
            query=entry.get("query"),
            bind=entry.get("bind"),
            where=entry.get("where"),
            columns=tuple(entry.get("columns", ())),
            outgoing=tuple(map(full, entry.get("out", ()))),
            incoming=tuple(map(full, entry.get("in", ()))),
            called=entry.get("called", False),
        )
        for entry in read["section"]
    )
    return tuple(map(full, read["kinds"])), sections


def classes(thing: Description) -> set[str]:
    """The classes of a thing, derived ones too."""
    return {term.value for term, _ in thing.outgoing.get(RDF_TYPE.value, ())}


def kind(thing: Description) -> str | None:
    """The class by which a thing is called."""
    known = classes(thing)
    return next((name for name in table()[0] if name in known), min(known, default=None))


def shown(thing: Description) -> list[Shown]:
    """The sections of the page about `thing` that are not empty."""
    known, called = classes(thing), {kind(thing)}
    sections = (s for s in table()[1] if s.of & (called if s.called else known))
    return [found for section in sections if (found := _filled(section, thing))]


def whole(section: Section) -> Shown:
    """The section with all rows of its query, for a page that is about no one thing."""
    entry = library()[section.query or ""]
    found = _once(rows(entry, language()), section.columns)
    return Shown(section, found, query_string=query_string(entry))


def _filled(section: Section, thing: Description) -> Shown:
    if section.query is None:
        return Shown(
            section,
            outgoing={p: thing.outgoing[p] for p in section.outgoing if p in thing.outgoing},
            incoming={p: thing.incoming[p] for p in section.incoming if p in thing.incoming},
            node=thing.node,
        )
    entry = library()[section.query]
    values = {section.bind: thing.node.removeprefix(ID)} if section.bind else {}
    found = rows(entry, language(), **values)
    if section.where:
        here = NamedNode(thing.node)
        found = [row for row in found if row.get(section.where) == here]
    return Shown(section, _once(found, section.columns), query_string=query_string(entry, **values))


def _once(found: Iterable[Row], columns: tuple[str, ...]) -> list[Row]:
    """Each row that has any of `columns` once, as far as these tell rows apart."""
    unlike = {tuple(row.get(c) for c in columns): row for row in found}
    return [row for cells, row in unlike.items() if any(cells)]
