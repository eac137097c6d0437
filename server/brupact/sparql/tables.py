"""Solutions of a SELECT query, written in one of the result formats of SPARQL 1.1."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from pyoxigraph import BlankNode, QueryResultsFormat, QuerySolutions, Triple

#: So many rows of CSV are handed on at a time.
_ROWS: Final = 1000


def write(solutions: QuerySolutions, output: Any, format: QueryResultsFormat) -> None:
    """Write `solutions` to the binary file `output` as they are found.

    CSV is written here: the engine's own leaves an IRI with a comma unquoted (RFC 4180, section 2),
    and an only column that is unbound as an empty line, which readers of CSV pass over.
    """
    if format != QueryResultsFormat.CSV:
        solutions.serialize(output, format)
        return
    rows = _rows(solutions)
    while True:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(islice(rows, _ROWS))
        if not text.tell():
            return
        output.write(text.getvalue().encode())


def _rows(solutions: QuerySolutions) -> Iterator[list[str]]:
    """The head, and the value of each term (SPARQL 1.1 Query Results CSV and TSV, section 3)."""
    yield [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield [
            "" if term is None
            else str(term) if isinstance(term, BlankNode | Triple)
            else term.value
            for term in solution
        ]  # fmt: skip
