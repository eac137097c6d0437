"""What evaluating a query takes, measured."""

import time
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from brupact.engine.interface import NotAcceptable, Query
from brupact.sparql.explain import Figures


class _Counter:
    """A file that keeps nothing but counts."""

    size = lines = 0

    def write(self, content: bytes) -> int:
        self.size += len(content)
        self.lines += content.count(b"\n")
        return len(content)

    def flush(self) -> None:
        """There is nothing to be written out."""


def measure(open: Callable[[Query], tuple[str, Callable[[Any], object]]], query: Query) -> Figures:
    """The figures of evaluating `query`, whatever formats it asks for; nothing of it is kept.

    `open` is `LocalEngine.open`; raises as that does.
    """
    output, began = _Counter(), time.perf_counter()
    try:
        asked = replace(query, results="text/tab-separated-values", graphs="application/n-triples")
        media_type, write = open(asked)
    except NotAcceptable:  # A truth value, which has no line of its own in TSV.
        began = time.perf_counter()
        media_type, write = open(replace(query, results="application/sparql-results+json"))
    write(output)
    seconds = time.perf_counter() - began
    if media_type.endswith("json"):
        return Figures(seconds, output.size, None)
    # In TSV the first line names the variables; no other line break stands in either format.
    rows = output.lines - (media_type == "text/tab-separated-values")
    return Figures(seconds, output.size, rows)
