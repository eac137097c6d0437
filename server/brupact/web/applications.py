"""One application of a rule, as an example: what it needed, and what follows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Variable,
    parse_query_results,
)

from brupact.engine import Engine, Query
from brupact.namespaces import INFERRED, RDF_TYPE
from brupact.reasoning import Pattern, Rule
from brupact.reasoning.patterns import Term
from brupact.vocabulary import derived

_RESULTS: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Application:
    """What a rule derives: the terms with the number of derived triples; and one example."""

    #: By property or class: how many triples with it are derived, by this rule or another.
    terms: Mapping[str, int]
    premises: tuple[Pattern, ...] = ()
    conclusions: tuple[Pattern, ...] = ()

    @property
    def iris(self) -> Iterator[str]:
        """The IRIs in the example."""
        for pattern in (*self.premises, *self.conclusions):
            yield from (slot.value for slot in pattern.slots if isinstance(slot, NamedNode))


def of(rule: Rule, engine: Engine) -> Application:
    """The first application of `rule` that `engine` finds; none where it applies nowhere."""
    terms = {term: _count(engine, rule, term) for term in derived(rule)}
    answer = engine.query(Query(f"{rule.body.select}\nLIMIT 1", _RESULTS, None))
    found = parse_query_results(answer.body, QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions)
    bindings: dict[Variable, Term] = {}
    for solution in found:
        for variable in found.variables:
            term = solution[variable]
            if isinstance(term, NamedNode | BlankNode | Literal):
                bindings[variable] = term
    if not bindings:
        return Application(terms)
    body = rule.body
    return Application(
        terms,
        tuple(pattern.fill(bindings) for pattern in body.patterns),
        tuple(pattern.fill(bindings) for pattern in body.heads),
    )


def _count(engine: Engine, rule: Rule, term: str) -> int:
    is_class = any(h.predicate == RDF_TYPE and h.object == NamedNode(term) for h in rule.body.heads)
    pattern = f"?thing a <{term}>" if is_class else f"?thing <{term}> ?value"
    text = f"SELECT (COUNT(*) AS ?count) {{ GRAPH {INFERRED} {{ {pattern} }} }}"
    rows = json.loads(engine.query(Query(text, _RESULTS, None)).body)["results"]["bindings"]
    return int(rows[0]["count"]["value"])
