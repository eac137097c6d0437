"""How often the data use each class and property, with an example."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import NamedNode

from brupact.engine import Engine, Query

_CLASSES: Final = """SELECT ?term (COUNT(DISTINCT ?thing) AS ?count) (MIN(?thing) AS ?example) {{
  VALUES ?term {{ {terms} }}
  ?thing a ?term
}} GROUP BY ?term"""
_PROPERTIES: Final = """SELECT ?term ?count ?example (MIN(?object) AS ?value) {{
  {{ SELECT ?term (COUNT(*) AS ?count) (MIN(?thing) AS ?example) {{
    VALUES ?term {{ {terms} }}
    ?thing ?term ?any
  }} GROUP BY ?term }}
  ?example ?term ?object
}} GROUP BY ?term ?count ?example"""


@dataclass(frozen=True)
class Use:
    """How many instances a class has, or triples a property; derived ones count."""

    count: int
    #: The first in the order of IRIs, and of a property the first value that it has there.
    example: str
    value: str = ""
    is_literal: bool = False


def read_uses(engine: Engine, terms: Iterable[str]) -> dict[str, Use]:
    """The use of those of `terms` that are used, as classes or as properties, by IRI."""
    written = " ".join(str(NamedNode(term)) for term in terms)
    return {
        row["term"]["value"]: Use(
            int(row["count"]["value"]),
            row["example"]["value"],
            row.get("value", {}).get("value", ""),
            row.get("value", {}).get("type") == "literal",
        )
        for text in (_PROPERTIES, _CLASSES)
        for row in _rows(engine, text.format(terms=written))
        if "example" in row
    }


def _rows(engine: Engine, text: str) -> list[dict[str, Any]]:
    answer = engine.query(Query(text, "application/sparql-results+json", None))
    found: list[dict[str, Any]] = json.loads(answer.body)["results"]["bindings"]
    return found
