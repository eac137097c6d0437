"""Rows of library queries for pages; kept as any answer is, as long as the data are the same."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, cast
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from brupact.engine import Query
from brupact.library import Entry
from brupact.sparql.formats import RESULTS
from brupact.web.context import context, engine
from brupact.web.languages import PARAMETER, language

#: A row of a result: the bound variables.
Row = Mapping[str, NamedNode | Literal]


def query_string(entry: Entry, **values: str) -> str:
    """What stands after the address of `entry` for it to give the rows that a page shows."""
    if any(parameter.name == PARAMETER for parameter in entry.parameters):
        values[PARAMETER] = language()
    return f"?{urlencode(values)}" if values else ""


def rows(entry: Entry, language: str, most: int | None = None, /, **values: str) -> list[Row]:
    """The rows of `entry` with `values` for its parameters, labels in `language`; the first `most`.

    :raises BadParameter: for a value that a parameter cannot have.
    """
    if any(parameter.name == "lang" for parameter in entry.parameters):
        values["lang"] = language
    text = entry.text if most is None else f"{entry.text}\nLIMIT {most}"
    query = Query(text, RESULTS[0].media_type, None, bindings=entry.bindings(values))
    asked = engine()  # That of a past version keeps no answers.
    answer = (
        context().answers.query(query).answer if asked is context().engine else asked.query(query)
    )
    body = answer.body
    solutions = cast(QuerySolutions, parse_query_results(body, QueryResultsFormat.JSON))
    names = [variable.value for variable in solutions.variables]
    found: list[dict[str, Any]] = [
        {name: term for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in solutions
    ]
    return cast(list[Row], found)


def runs(found: Iterable[Row], column: str) -> list[tuple[NamedNode | Literal | None, list[Row]]]:
    """The rows in their order, those together that follow one another with one term in `column`."""
    return [(term, list(run)) for term, run in groupby(found, key=lambda row: row.get(column))]


def iris(found: Iterable[Row]) -> set[str]:
    """The IRIs in `found`."""
    return {term.value for row in found for term in row.values() if isinstance(term, NamedNode)}
