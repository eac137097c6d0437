"""The shapes as limits on the values of properties (SHACL, sections 2 to 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.describe import Description, Table, full
from brupact.namespaces import RDF, SH, SHAPES
from brupact.vocabulary.terms import iris, said

_VIOLATION: Final = SH + "Violation"
#: How each way of finding nodes is called.
_TARGETS: Final = {
    "class": SH + "targetClass", "subjects": SH + "targetSubjectsOf",
    "objects": SH + "targetObjectsOf", "node": SH + "targetNode",
}  # fmt: skip
#: Constraints whose values are shown as they stand, by the word for them.
WORDS: Final = {
    "pattern": "pattern", "minInclusive": "at-least", "maxInclusive": "at-most",
    "minLength": "min-length", "hasValue": "has", "lessThan": "before",
    "lessThanOrEquals": "not-after", "equals": "equals", "disjoint": "disjoint",
    "nodeKind": "node-kind",
}  # fmt: skip


@dataclass(frozen=True)
class Path:
    """A property path (SHACL, section 2.3.1): IRIs and the signs of SPARQL between them."""

    pieces: tuple[str, ...]

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties in it."""
        return tuple(piece for piece in self.pieces if len(piece) > 1)

    @property
    def only(self) -> str | None:
        """The one property that it follows forwards, if it is no more than that."""
        return self.pieces[0] if len(self.pieces) == 1 else None


@dataclass(frozen=True)
class Limit:
    """What a property shape says of the values of a path."""

    iri: str
    path: Path
    least: int | None
    most: int | None
    #: Classes and datatypes of which a value has to be one.
    kinds: tuple[str, ...]
    #: Of so many values at least and at most, each is one of these (qualified value shapes).
    some: tuple[str, ...]
    #: What a value is one of.
    choices: tuple[NamedNode | Literal, ...]
    languages: tuple[str, ...]
    #: Any other constraint: the word for it, and its values.
    others: tuple[tuple[str, NamedNode | Literal], ...]
    is_recommendation: bool
    messages: dict[str, str]


@dataclass(frozen=True)
class NodeShape:
    """A shape with what it looks at, the limits of its properties, and its own queries."""

    iri: str
    #: The way of each target (`class`, `subjects`, `objects`, `node`) and what it names.
    targets: tuple[tuple[str, str], ...]
    limits: tuple[Limit, ...]
    #: By language, what each constraint on the node itself tells whoever breaks it.
    rules: tuple[dict[str, str], ...]

    @property
    def name(self) -> str:
        """The local name, which is also its place on the page."""
        return self.iri.removeprefix(SHAPES)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes whose instances it looks at."""
        return tuple(iri for way, iri in self.targets if way == "class")


def read_shapes(shapes: Description) -> dict[str, NodeShape]:
    """The node shapes that have targets, by IRI, in order."""
    reader = _Reader(shapes.tables)
    found = (reader.shape(iri) for iri in sorted(shapes.tables) if iri.startswith(SHAPES))
    return {shape.iri: shape for shape in found if shape.targets}


class _Reader:
    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables

    def shape(self, iri: str) -> NodeShape:
        table = self.tables[iri]
        own = [iri] if said(table, "sh:message") else []
        queries = [*own, *sorted(iris(table, SH + "sparql"))]
        return NodeShape(
            iri=iri,
            targets=tuple(
                (way, target)
                for way, predicate in _TARGETS.items()
                for target in sorted(iris(table, predicate))
            ),
            limits=tuple(map(self.limit, sorted(iris(table, SH + "property")))),
            rules=tuple(said(self.tables[query], "sh:message") for query in queries),
        )

    def limit(self, iri: str) -> Limit:
        table = self.tables[iri]
        qualified = iris(table, SH + "qualifiedValueShape")
        severity = iris(table, SH + "severity")
        return Limit(
            iri=iri,
            path=Path(tuple(self.path(iris(table, SH + "path")[0]))),
            least=_number(table, "minCount", "qualifiedMinCount"),
            most=_number(table, "maxCount", "qualifiedMaxCount"),
            kinds=tuple(sorted(set(self.kinds(iri)))),
            some=tuple(sorted({kind for shape in qualified for kind in self.kinds(shape)})),
            choices=tuple(self.members(table, "in")),
            languages=tuple(term.value for term in self.members(table, "languageIn")),
            others=tuple(
                (word, term) for name, word in WORDS.items() for term, _ in table.get(SH + name, ())
            )
            + tuple(("one-language", t) for t, _ in table.get(SH + "uniqueLang", ())),
            is_recommendation=bool(severity) and severity[0] != _VIOLATION,
            messages=said(table, "sh:message"),
        )

    def kinds(self, iri: str) -> Iterator[str]:
        """The classes and datatypes that a shape asks for, alternatives too."""
        table = self.tables.get(iri, {})
        yield from iris(table, SH + "class")
        yield from iris(table, SH + "datatype")
        for choice in ("or", "xone"):
            for term in self.members(table, choice):
                yield from self.kinds(term.value)

    def members(self, table: Table, name: str) -> Iterator[NamedNode | Literal]:
        """The members of the list that the constraint `name` leads to."""
        for start in iris(table, SH + name):
            yield from self.items(start)

    def items(self, node: str) -> Iterator[NamedNode | Literal]:
        while node != RDF + "nil" and (table := self.tables.get(node)):
            yield table[RDF + "first"][0][0]
            node = iris(table, RDF + "rest")[0]

    def path(self, node: str) -> Iterator[str]:
        """The pieces of a path."""
        table = self.tables.get(node, {})
        if inverse := iris(table, SH + "inversePath"):
            yield "^"
            yield from self.path(inverse[0])
        elif choice := iris(table, SH + "alternativePath"):
            yield from self._joined(self.items(choice[0]), "|")
        elif full("rdf:first") in table:
            yield from self._joined(self.items(node), "/")
        else:
            yield node

    def _joined(self, items: Iterable[NamedNode | Literal], sign: str) -> Iterator[str]:
        for number, item in enumerate(items):
            if number:
                yield sign
            yield from self.path(item.value)


def _number(table: Table, *names: str) -> int | None:
    found = (table[SH + name][0][0].value for name in names if SH + name in table)
    return next(map(int, found), None)
