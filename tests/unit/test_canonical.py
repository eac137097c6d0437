"""Answers that can be cited: a total order of rows, what has none, and the address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, QuerySolutions, Store

from brupact import endpoint
from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.sparql.canonical import completed, uncitable

TERMS: list[NamedNode | Literal] = [
    Literal("1"), Literal("1", language="en"), Literal("1", language="nl"), Literal(1), Literal(2),
    Literal("01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#token")),
    NamedNode("https://example.org/1"), Literal("https://example.org/1"), Literal(True),
    Literal("1.0", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
]  # fmt: skip
SELECTS = [
    "SELECT * { ?s ?p ?o }",
    "SELECT ?o ?s { ?s ?p ?o } ORDER BY DESC(?s) # ORDER BY ?o",
    "PREFIX limit: <https://example.org/> SELECT DISTINCT ?o { ?s limit:p ?o } LIMIT 7",
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 0)",
    'SELECT ?o { ?s ?p ?o FILTER (?o != "ORDER BY") } ORDER BY ?none OFFSET 1',
    "SELECT ?o ?none { ?s ?p ?o OPTIONAL { ?o ?p ?none } } VALUES ?p { <https://example.org/p> }",
]


def store(terms: list[NamedNode | Literal]) -> Store:
    """One triple for each of `terms`, put in one after the other."""
    filled = Store()
    for number, term in enumerate(terms):
        subject = NamedNode(f"https://example.org/s{TERMS.index(term) % 3}")
        filled.add(Quad(subject, NamedNode("https://example.org/p"), term))
        assert number < len(TERMS)
    return filled


@pytest.mark.parametrize("text", SELECTS)
def test_the_order_depends_on_the_data_alone(text: str) -> None:
    query = Query(text, "text/tab-separated-values", None, canonical=True)
    orders = [TERMS[turn:] + TERMS[:turn] for turn in range(len(TERMS))] + [TERMS[::-1]]
    answers = {LocalEngine(store(terms)).query(query).body for terms in orders}
    (answer,) = answers
    assert len(answer.splitlines()) > 3


def test_an_order_that_is_asked_for_stays() -> None:
    text = "SELECT ?s ?o { ?s ?p ?o } ORDER BY DESC(?s)"
    result = store(TERMS).query(completed(text, ["s", "o"]))
    assert isinstance(result, QuerySolutions)
    rows = (result.serialize(format=QueryResultsFormat.CSV) or b"").decode().splitlines()[1:]
    subjects = [row.partition(",")[0] for row in rows]
    assert subjects == sorted(subjects, reverse=True) and len(set(subjects)) == 3


@pytest.mark.parametrize(
    ("text", "is_citable"),
    [
        ("SELECT ?s { ?s ?p ?o }", True),
        ("ASK {}", True),
        ('SELECT ?s { ?s ?p "NOW() RAND()" } # UUID()', True),
        ("CONSTRUCT { ?s ?p ?o } { [] ?p ?o . ?s ?p (1 2) }", True),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1", True),
        ("SELECT ?s { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1 } }", False),
        ("DESCRIBE ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1", False),
        ("SELECT (now() AS ?n) {}", False),
        ("SELECT ?s { ?s ?p ?o } LIMIT 1", False),
        ("SELECT (SAMPLE(?s) AS ?x) { ?s ?p ?o }", False),
        ("SELECT (group_concat(?s) AS ?x) { ?s ?p ?o }", False),
        ("CONSTRUCT { [] ?p ?o } { ?s ?p ?o }", False),
        ("CONSTRUCT { _:b ?p ?o } { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p (1 2) } { ?s ?p ?o }", False),
    ],
)
def test_what_can_be_cited(text: str, is_citable: bool) -> None:
    assert (uncitable(text) is None) == is_citable


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a { ?a <x:b> 'c' }\r\n\t# d & e + f % g \"h\"", "é 語 😀", "\x00\x1f\x7f",
        "".join(map(chr, range(1, 300))), "[]{}|\\^`~!*();:@=,/?$",
    ],
)  # fmt: skip
def test_the_address_of_a_citation_names_the_query(text: str) -> None:
    asked = Query(text, None, None, ("x:g", "x:h"), ("x:n",), infer=False, labels="nl", base="x:/s")
    address = endpoint.citation(asked, "a" * 64)
    assert address.isascii() and address.isprintable() and not set(address) & set(' <>"')
    assert parse_qs(urlsplit(address).query, keep_blank_values=True, strict_parsing=True) == {
        "version": ["a" * 64], "query": [text], "default-graph-uri": ["x:g", "x:h"],
        "named-graph-uri": ["x:n"], "infer": ["off"], "labels": ["nl"],
    }  # fmt: skip


def test_no_address_is_longer_than_a_line_may_be() -> None:
    for length in (5_000, 6_000, 100_000):
        asked = Query("x" * length, None, None, base="https://example.org/sparql")
        assert len(endpoint.citation(asked, "a" * 64)) in range(6_001)
        assert bool(endpoint.citation(asked, "a" * 64)) == (length < 5_500)
