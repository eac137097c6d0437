import json

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.engine import Query, QueryRefused
from brupact.engine.interface import NotAcceptable
from brupact.engine.local import LocalEngine
from brupact.namespaces import INFERRED, graph

A, B, P = (NamedNode(f"http://example.org/{name}") for name in "abp")
JSON, TURTLE = "application/sparql-results+json", "text/turtle"


@pytest.fixture()
def local() -> LocalEngine:
    store = Store()
    store.add(Quad(A, P, Literal("1"), graph("one")))
    store.add(Quad(B, P, Literal("2"), graph("two")))
    store.add(Quad(A, P, B, INFERRED))
    return LocalEngine(store)


def count(engine: LocalEngine, **options: object) -> int:
    text = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    answer = engine.query(Query(text, JSON, TURTLE, **options))  # type: ignore[arg-type]
    return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


def test_the_default_graph_is_the_union(local: LocalEngine) -> None:
    assert count(local) == 3


def test_inference_can_be_left_out(local: LocalEngine) -> None:
    assert count(local, infer=False) == 2


def test_the_dataset_of_the_protocol_is_the_dataset(local: LocalEngine) -> None:
    assert count(local, default_graphs=(graph("one").value,)) == 1
    assert count(local, default_graphs=(graph("nowhere").value,)) == 0
    assert count(local, named_graphs=(graph("one").value,)) == 0


@pytest.mark.parametrize(("value", "rows"), [("1", 1), ('1" } UNION { ?s ?p ?o } #', 0), ("?s", 0)])
def test_values_are_bound_and_never_read_as_sparql(
    local: LocalEngine, value: str, rows: int
) -> None:
    query = Query("SELECT ?s ?o { ?s ?p ?o }", "text/csv", None, bindings={"o": Literal(value)})
    assert local.query(query).body.count(b"\r\n") == rows + 1


def test_a_malformed_query_says_where(local: LocalEngine) -> None:
    with pytest.raises(QueryRefused) as caught:
        local.query(Query("SELECT *\nWHERE { ?s ?p }", JSON, TURTLE))
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "results", "graphs"),
    [
        ("SELECT * {}", None, TURTLE),
        ("ASK {}", "text/csv", TURTLE),
        ("CONSTRUCT WHERE { ?s ?p ?o }", JSON, None),
    ],
)
def test_an_answer_without_an_acceptable_format(
    local: LocalEngine, text: str, results: str | None, graphs: str | None
) -> None:
    with pytest.raises(NotAcceptable):
        local.query(Query(text, results, graphs))


def test_a_constructed_graph_is_a_set(local: LocalEngine) -> None:
    text = "CONSTRUCT { <x:a> <x:b> <x:c> } WHERE { ?s ?p ?o }"
    answer = local.query(Query(text, None, "application/n-triples"))
    assert answer.body == b"<x:a> <x:b> <x:c> .\n"


def test_a_graph_and_a_description(local: LocalEngine) -> None:
    assert len(local.graph(graph("one").value)) == 1
    assert local.graph(graph("nowhere").value) == []
    assert {name for name, _ in local.describe([B.value])} == {graph("two").value, INFERRED.value}
