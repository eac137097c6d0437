"""An aggregate that is written otherwise for the engine has the same answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    Triple,
)

from brupact.engine import Query, QueryRefused
from brupact.engine.local import LocalEngine
from brupact.sparql.joins import hashed

COUNTS = {"x:p": 10, "x:q": 30, "x:rare": 2, "x:many": 30_000,
          "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": 20}  # fmt: skip
NODES = [NamedNode(f"x:{name}") for name in "abc"]
VERBS = [NamedNode(f"x:{name}") for name in "pqr"]


def test_each_pattern_is_met_once() -> None:
    text = "PREFIX x: <x:> SELECT ?c (COUNT(?l) AS ?n) FROM <x:g> { ?s a ?c; x:q ?l . } GROUP BY ?c"
    assert hashed(text, COUNTS) == (
        "PREFIX x: <x:> SELECT ?c (COUNT(?l) AS ?n) FROM <x:g> "
        "{{SELECT ?s ?c {?s a ?c}}{SELECT ?s ?l {?s x:q ?l}}} GROUP BY ?c"
    )


@pytest.mark.parametrize(
    "block",
    [
        "?s <x:p> ?o",
        # One has far more than another, or more than fit, or nobody knows how many.
        "?s <x:p> ?o ; <x:rare> ?l",
        "?s <x:many> ?o ; <x:many> ?l",
        "?s <x:p> ?o ; <x:unknown> ?l",
        "?s <x:p> ?o . ?a <x:p> ?b",
        "?s <x:p> ?s ; <x:p> ?l",
        "?s <x:p> 1 ; <x:p> ?l",
        "?s <x:p>/<x:p> ?o ; <x:p> ?l",
        "?s <x:p>+ ?o ; <x:p> ?l",
        "?s ?p ?o ; <x:p> ?l",
        "?s <x:p> ?o, ?l",
        "_:b <x:p> ?o ; <x:p> ?l",
        "[] <x:p> ?o ; <x:p> ?l",
        "?s <x:p> ?o ; <x:p> ?l FILTER(?o > 1)",
        "?s <x:p> ?o OPTIONAL { ?s <x:p> ?l }",
        "?s <x:p> ?o ; <x:p> ?l # and so on\n",
        "?s <x:p> ?o " + "; <x:p> ?l " * 4,
    ],
)
def test_what_is_no_quicker_stays(block: str) -> None:
    assert hashed(f"SELECT (COUNT(*) AS ?n) {{ {block} }}", COUNTS) is None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s <x:p> ?o ; <x:q> ?l }",
        "CONSTRUCT WHERE { ?s <x:p> ?o ; <x:q> ?l } HAVING(COUNT(*) > 1)",
        "SELECT (COUNT(*) AS ?n) { ?s <x:p> ?o ; <x:q> ?l } VALUES ?s { <x:a> }",
        "# SELECT\nSELECT (COUNT(*) AS ?n) { ?s <x:p> ?o ; <x:q> ?l }",
        "",
        "}{",
    ],
)
def test_what_is_no_plain_aggregate_stays(text: str) -> None:
    assert hashed(text, COUNTS) is None


def test_the_place_of_an_error_is_one_in_the_text_that_was_sent() -> None:
    store = filled([Triple(NODES[0], verb, NODES[1]) for verb in VERBS])
    text = "SELECT (COUNT(*) AS ?n) {\n ?s <x:p> ?o ;\n <x:q> ?l } GROUP WITH"
    assert hashed(text, {"x:p": 1, "x:q": 1}) is not None
    with pytest.raises(QueryRefused) as refused:
        LocalEngine(store).query(Query(text, "application/json", None))
    assert (refused.value.line, refused.value.column) == (3, 21)


VARIABLES = ("?a", "?b", "$c", "?d")


@st.composite
def chains(draw: st.DrawFn) -> list[str]:
    """Two to four patterns, each with a variable of the one before."""
    sides = [draw(st.permutations(VARIABLES))[:2]]
    for _ in range(draw(st.integers(1, 3))):
        kept = draw(st.sampled_from(sides[-1]))
        other = draw(st.sampled_from([name for name in VARIABLES if name != kept]))
        sides.append(draw(st.permutations([kept, other])))
    verbs = st.sampled_from(["<x:p>", "x:q", "<x:r>"])
    return [f"{subject} {draw(verbs)} {value}" for subject, value in sides]


triples = st.builds(
    Triple,
    st.sampled_from(NODES),
    st.sampled_from(VERBS),
    st.sampled_from([*NODES, Literal("l")]),
)


@given(
    st.lists(triples, max_size=40),
    chains(),
    st.sampled_from(["?a", "?b"]),
)
def test_the_answer_is_the_same(data: list[Triple], patterns: list[str], group: str) -> None:
    store = filled(data)
    block = " . ".join(patterns)
    text = (
        f"PREFIX x: <x:> SELECT {group} (COUNT(*) AS ?n) (COUNT(DISTINCT ?c) AS ?m)"
        f" {{ {block} }} GROUP BY {group} HAVING(COUNT(*) > 1) ORDER BY {group}"
    )
    joined = hashed(text, dict.fromkeys((verb.value for verb in VERBS), 1))
    assert joined is not None
    assert rows(store, joined) == rows(store, text)


def filled(data: list[Triple]) -> Store:
    store, graphs = Store(), (NamedNode("x:g"), NamedNode("x:h"))
    for place, t in enumerate(data):
        store.add(Quad(t.subject, t.predicate, t.object, graphs[place % 2]))
    return store


def rows(store: Store, text: str) -> bytes | None:
    found = store.query(text, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    return found.serialize(format=QueryResultsFormat.CSV)
