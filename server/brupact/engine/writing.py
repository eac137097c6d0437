"""Answers in the formats that clients accept, from what the engine found."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from brupact.engine.interface import NotAcceptable, Query
from brupact.namespaces import PREFIXES
from brupact.sparql import tables
from brupact.sparql.formats import BOOLEANS, DOCUMENTS, RESULTS

_RESULTS = {format.media_type: format for format in RESULTS}
_GRAPHS = {format.media_type: format for format in DOCUMENTS}


def writer(
    result: QuerySolutions | QueryBoolean | QueryTriples | Iterable[Triple], query: Query
) -> tuple[str, Callable[[Any], object]]:
    """The media type of the answer to `query`, and what writes `result` to a file.

    :raises NotAcceptable: if no format that the client accepts fits the kind of result.
    """
    if not isinstance(result, QuerySolutions | QueryBoolean):
        if query.graphs is None:
            raise NotAcceptable(f"a result of CONSTRUCT or DESCRIBE: {', '.join(_GRAPHS)}.")
        out = _GRAPHS[query.graphs]
        if query.canonical:
            # Without prefixes, so that another prefix that is offered does not change the answer.
            found = sorted(set(result), key=str)
            return out.media_type, partial(serialize, found, format=out.engine)
        return out.media_type, partial(_write_graph, result, out.engine)
    accepted = query.results
    if isinstance(result, QueryBoolean) and query.booleans is not None:
        accepted = query.booleans
    if accepted is None:
        raise NotAcceptable(f"a result of SELECT or ASK: {', '.join(_RESULTS)}.")
    format = _RESULTS[accepted]
    if isinstance(result, QueryBoolean) and format not in BOOLEANS:
        raise NotAcceptable("the result of ASK, which has no CSV or TSV form.")
    return format.media_type, partial(_write_result, result, format.engine)


def _write_result(
    result: QuerySolutions | QueryBoolean, format: QueryResultsFormat, output: Any
) -> None:
    if isinstance(result, QueryBoolean):
        result.serialize(output, format)
    else:
        tables.write(result, output, format)


def _write_graph(triples: Iterable[Triple], format: RdfFormat, output: Any) -> None:
    """Write a constructed graph: a set, whatever the number of solutions that gave a triple."""
    serialize(dict.fromkeys(triples), output, format, prefixes=PREFIXES)
