"""Answers of library queries: values checked against the data, rows, pages of rows."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from brupact.engine import Engine, Query
from brupact.library.files import Entry
from brupact.library.parameters import BadParameter, Parameter
from brupact.namespaces import ID
from brupact.sparql import tables
from brupact.sparql.formats import RESULTS, Format

#: The most rows that a page holds.
LARGEST: Final = 10_000
_COUNT: Final = re.compile(r"[1-9][0-9]{0,8}")
_JSON: Final = RESULTS[0]
_INSTANCES: Final = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?value ?label ?language WHERE {{
  VALUES ?class {{ {classes} }}
  ?value a ?class .
  OPTIONAL {{ ?value skos:prefLabel ?label FILTER(LANG(?label) = ?language) }}
}}"""

Term = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True)
class Choice:
    """A value that a parameter can have: as written in a URL, and its label if it has one."""

    value: str
    label: str | None


@dataclass(frozen=True)
class Page:
    """Which rows are asked for: page `number` (from 1) of `size` rows; all without a size."""

    number: int = 1
    size: int | None = None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Page":
        """The page that the parameters ``page`` and ``page-size`` ask for.

        :raises BadParameter: for a value that is no number from 1, or a size that is too large.
        """
        number, size = _count(values, "page"), _count(values, "page-size")
        if size is not None and size > LARGEST:
            raise BadParameter("page-size", "is too large", f"1 to {LARGEST}")
        return cls(number or 1, size)


@dataclass(frozen=True)
class Table:
    """The rows of one page of a result, with the number of rows that there are in all."""

    page: Page
    total: int
    #: The page as a SPARQL 1.1 Query Results JSON document.
    document: bytes

    @property
    def pages(self) -> int:
        """The number of pages; an empty result is one empty page."""
        return max(1, -(-self.total // self.page.size)) if self.page.size else 1

    @property
    def solutions(self) -> QuerySolutions:
        """The rows as terms."""
        found = parse_query_results(self.document, QueryResultsFormat.JSON)
        assert isinstance(found, QuerySolutions)  # a query of the library is a SELECT
        return found

    @property
    def variables(self) -> list[str]:
        """The names of the columns."""
        return [variable.value for variable in self.solutions.variables]

    @property
    def rows(self) -> list[list[Term | None]]:
        """The rows, ``None`` where a variable is unbound."""
        return [list(solution) for solution in self.solutions]

    def serialised(self, format: Format[QueryResultsFormat]) -> bytes:
        """The page in another of the SPARQL result formats."""
        if format is _JSON:
            return self.document
        buffer = io.BytesIO()
        tables.write(self.solutions, buffer, format.engine)
        return buffer.getvalue()


def answer(
    engine: Engine, entry: Entry, bindings: Mapping[str, NamedNode | Literal], page: Page
) -> Table:
    """The rows of `entry` with `bindings`, those of `page`; one evaluation gives page and total."""
    asked = Query(entry.text, results=_JSON.media_type, graphs=None, bindings=bindings)
    body = engine.query(asked).body
    document: dict[str, Any] = json.loads(body)
    rows = document["results"]["bindings"]
    if page.size is None:
        return Table(page, len(rows), body)
    start = (page.number - 1) * page.size
    document["results"]["bindings"] = rows[start : start + page.size]
    return Table(page, len(rows), json.dumps(document, ensure_ascii=False).encode())


def choices(engine: Engine, parameter: Parameter, language: str) -> list[Choice]:
    """The values that `parameter` can have; none where it is free.

    The instances of its classes, in the order of their IRIs (numbers as numbers), or its codes.
    """
    if not parameter.classes:
        return [Choice(code, None) for code in parameter.codes]
    text = _INSTANCES.format(classes=" ".join(map(str, parameter.classes)))
    bound = {"language": Literal(language)}
    body = engine.query(Query(text, results=_JSON.media_type, graphs=None, bindings=bound)).body
    found = {
        row["value"]["value"].removeprefix(ID): row.get("label", {}).get("value")
        for row in json.loads(body)["results"]["bindings"]
        if row["value"]["type"] == "uri"
    }
    return [Choice(value, found[value]) for value in sorted(found, key=natural)]


def read_values(
    engine: Engine, entry: Entry, values: Mapping[str, str]
) -> dict[str, NamedNode | Literal]:
    """The bindings that `values` give, each thing checked to be one of its parameter's classes.

    :raises BadParameter: as :meth:`Entry.bindings`, and for a thing of another class.
    """
    bindings = entry.bindings(values)
    for parameter in entry.parameters:
        if parameter.name in values and parameter.classes:
            allowed = [choice.value for choice in choices(engine, parameter, "en")]
            term = bindings[parameter.name]
            if isinstance(term, NamedNode) and term.value.removeprefix(ID) not in allowed:
                raise BadParameter(parameter.name, "is no such thing", allowed)
    return bindings


def _count(values: Mapping[str, str], name: str) -> int | None:
    if name not in values:
        return None
    if not _COUNT.fullmatch(values[name]):
        raise BadParameter(name, "is no number of that kind", "a whole number from 1")
    return int(values[name])


def natural(text: str) -> list[tuple[int, str]]:
    """A key by which 2 comes before 10."""
    parts = re.split(r"([0-9]+)", text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
