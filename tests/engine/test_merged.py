"""The default graph is a set, however the query names it; held against rdflib, whose graphs are."""

from collections.abc import Iterable, Sequence

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Store,
)

from brupact.engine import Query
from brupact.engine.merged import Datasets, merge, overlap
from brupact.namespaces import GRAPH, INFERRED, graph
from brupact.release import Release

JSON = "application/sparql-results+json"
ONE, TWO, THREE = (graph(name) for name in ("one", "two", "three"))
P = NamedNode("http://example.org/p")
SHARED = Literal("in one and two")
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
IN_GRAPHS = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


def filled(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


@pytest.fixture()
def store() -> Store:
    quads = [(ONE, SHARED), (TWO, SHARED), (TWO, Literal("2")), (THREE, Literal("3"))]
    quads += [(INFERRED, SHARED), (INFERRED, Literal("derived"))]
    return filled(Quad(P, P, object, name) for name, object in quads)


def number(datasets: Datasets, text: str = COUNT, **options: object) -> int:
    query = Query(text, JSON, None, **options)  # type: ignore[arg-type]
    found, dataset = datasets.of(query)
    solutions = found.query(text, base_iri=query.base, **dataset)
    assert isinstance(solutions, QuerySolutions)
    count = next(solutions)[0]
    assert isinstance(count, Literal)
    return int(count.value)


def from_clauses(*names: NamedNode, text: str = COUNT) -> str:
    return text.replace("WHERE", " ".join(f"FROM {name}" for name in names) + " WHERE")


def iris(*names: NamedNode) -> tuple[str, ...]:
    return tuple(name.value for name in names)


def test_the_engine_alone_would_count_twice(store: Store) -> None:
    """Else this module is not needed any more."""
    solutions = store.query(COUNT, use_default_graph_as_union=True)
    assert isinstance(solutions, QuerySolutions)
    assert next(solutions)[0] == Literal(6)


def test_the_union_of_all_graphs_is_a_set(store: Store) -> None:
    datasets = Datasets(store, union=True)
    assert number(datasets) == 4
    assert number(datasets, IN_GRAPHS) == 6
    assert number(Datasets(store, union=False)) == 0


def test_several_from_are_a_set(store: Store) -> None:
    for union in (True, False):
        datasets = Datasets(store, union=union)
        assert number(datasets, from_clauses(ONE, TWO)) == 2
        assert number(datasets, from_clauses(ONE, TWO, THREE)) == 3
        assert number(datasets, from_clauses(TWO, THREE)) == 3
        assert number(datasets, from_clauses(TWO)) == 2
        assert number(datasets, from_clauses(ONE, TWO, text=IN_GRAPHS)) == 0


def test_a_graph_named_twice_is_one(store: Store) -> None:
    datasets = Datasets(store, union=True)
    assert number(datasets, from_clauses(TWO, TWO)) == 2
    assert number(datasets, default_graphs=iris(TWO, TWO)) == 2
    prefixed = f"PREFIX g: <{GRAPH}> BASE <{GRAPH}> # FROM\n{from_clauses(TWO)}"
    assert number(datasets, prefixed.replace(" WHERE", " FROM g:two FROM <two> WHERE")) == 2


def test_relative_names_are_read_against_the_base(store: Store) -> None:
    text = "SELECT (COUNT(*) AS ?n) FROM <one> FROM <two> FROM NAMED <three> { ?s ?p ?o }"
    assert number(Datasets(store, union=True), text, base=GRAPH) == 2
    text = text.replace("{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }")
    assert number(Datasets(store, union=True), text, base=GRAPH) == 1


def test_several_graphs_of_the_protocol_are_a_set(store: Store) -> None:
    datasets = Datasets(store, union=True)
    assert number(datasets, default_graphs=iris(ONE, TWO)) == 2
    assert number(datasets, IN_GRAPHS, default_graphs=iris(ONE, TWO)) == 0
    both = {"default_graphs": iris(ONE, TWO), "named_graphs": iris(TWO)}
    assert number(datasets, IN_GRAPHS, **both) == 2
    assert number(datasets, default_graphs=iris(graph("nowhere"), TWO)) == 2
    assert number(datasets, from_clauses(THREE), default_graphs=iris(ONE, TWO)) == 2


def test_all_but_the_inferred_are_a_set(store: Store) -> None:
    datasets = Datasets(store, union=True)
    assert number(datasets, infer=False) == 3
    assert number(datasets, IN_GRAPHS, infer=False) == 4
    assert number(datasets, from_clauses(INFERRED), infer=False) == 2


def test_where_nothing_is_inferred_nothing_is_left_out(store: Store) -> None:
    store.remove_graph(INFERRED)
    datasets = Datasets(store, union=True)
    assert number(datasets) == number(datasets, infer=False) == 3
    first, second = (datasets.of(Query(COUNT, JSON, None, infer=on))[0] for on in (True, False))
    assert first is second is not store


def test_without_union_the_default_graph_stands_apart(store: Store) -> None:
    store.add(Quad(P, P, P))
    datasets = Datasets(store, union=False)
    assert number(datasets) == 1
    assert number(datasets, infer=False) == 1
    assert number(datasets, IN_GRAPHS, infer=False) == 4


def test_a_name_in_the_text_wins_over_the_union(store: Store) -> None:
    assert number(Datasets(store, union=True), from_clauses(THREE)) == 1
    named = "SELECT (COUNT(*) AS ?n) FROM NAMED <https://w3id.org/brupact/graph/one> { ?s ?p ?o }"
    assert number(Datasets(store, union=True), named) == 0


def test_from_in_a_string_names_nothing(store: Store) -> None:
    text = 'SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o FILTER(?o != "from <x:y>") }'
    assert number(Datasets(store, union=True), text) == 4


def test_a_malformed_query_is_left_to_the_engine(store: Store) -> None:
    for text in ("SELECT * FROM nope:a FROM nope:b {}", "SELECT * FROM <a> FROM <b> {}", "FROM"):
        assert Datasets(store, union=False).of(Query(text, JSON, None)) == (store, {})


def test_nothing_is_copied_without_an_overlap(store: Store) -> None:
    store.remove_graph(INFERRED)
    store.remove_graph(ONE)
    datasets = Datasets(store, union=True)
    datasets.prepare()
    for options in ({}, {"infer": False}, {"default_graphs": iris(TWO, THREE)}):
        assert datasets.of(Query(COUNT, JSON, None, **options))[0] is store


def test_a_merge_is_made_once(store: Store) -> None:
    datasets = Datasets(store, union=True)
    datasets.prepare()
    for options in ({}, {"infer": False}):
        first, second = (
            datasets.of(Query(COUNT, JSON, None, **options))[0]  # type: ignore[arg-type]
            for _ in range(2)
        )
        assert first is second is not store


def test_the_default_graph_is_one_of_those_that_may_overlap(store: Store) -> None:
    assert not overlap(store, [DefaultGraph(), ONE, THREE])
    for graph_name in (TWO, INFERRED):
        store.remove_graph(graph_name)
    assert not overlap(store)
    store.add(Quad(P, P, SHARED))
    assert overlap(store)
    assert overlap(store, [DefaultGraph(), ONE])
    assert not overlap(store, [DefaultGraph(), THREE])
    assert len(merge(store, [DefaultGraph(), ONE], [])) == 1


def test_empty_graphs_are_still_graphs_after_a_merge(store: Store) -> None:
    store.add_graph(graph("empty"))
    merged = merge(store, [ONE, TWO], [graph("empty"), graph("nowhere")])
    assert list(merged.named_graphs()) == [graph("empty")]


def test_the_release_keeps_every_triple_in_one_graph(release: Release) -> None:
    graphs = list(release.store.named_graphs())
    assert len(graphs) > 5
    assert not overlap(release.store)
    assert not overlap(release.store, [DefaultGraph(), *graphs])
    assert len({quad.triple for quad in release.store}) == len(release.store)


TERMS = [NamedNode(f"http://example.org/{name}") for name in "ab"] + [BlankNode("n")]
NAMES = [ONE, TWO, THREE, INFERRED]
QUADS = st.lists(
    st.builds(
        Quad,
        st.sampled_from(TERMS),
        st.sampled_from(TERMS[:2]),
        st.sampled_from([*TERMS, Literal("1"), Literal(1)]),
        st.sampled_from([*NAMES, DefaultGraph()]),
    ),
    max_size=16,
)
QUESTIONS = (
    COUNT,
    "SELECT ?p (COUNT(?o) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p",
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o . ?o ?q ?r }",
    "SELECT (SUM(?o) AS ?n) WHERE { ?s ?p ?o FILTER(isNumeric(?o)) }",
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o OPTIONAL { ?o ?q ?r } }",
    "ASK WHERE { ?s ?p ?s }",
)


def rows(result: object) -> bool | list[str]:
    """What does not depend on the order of rows; the terms of one query in one form."""
    if isinstance(result, QueryBoolean):
        return bool(result)
    assert isinstance(result, QuerySolutions)
    text = result.serialize(format=QueryResultsFormat.CSV)
    assert text is not None
    return sorted(text.decode().splitlines())


def rdflib_rows(triples: set[str], text: str) -> bool | list[str]:
    merged = rdflib.Graph()
    merged.parse(data="\n".join(f"{triple} ." for triple in sorted(triples)), format="nt")
    result = merged.query(text)
    if result.type == "ASK":
        return bool(result.askAnswer)
    csv = result.serialize(format="csv")
    assert csv is not None
    # It gives a row for the group of no solutions, which the standard does not have.
    return sorted(line for line in csv.decode().splitlines() if line.strip(","))


@given(QUADS, st.sampled_from(QUESTIONS), st.sets(st.sampled_from(NAMES), min_size=1))
def test_every_way_to_name_graphs_gives_their_merge(
    quads: list[Quad], text: str, chosen: set[NamedNode]
) -> None:
    store, names = filled(quads), sorted(chosen, key=str)
    ways: list[tuple[Query, Sequence[NamedNode | DefaultGraph]]] = [
        (Query(text, JSON, None), [*NAMES, DefaultGraph()]),
        (Query(text, JSON, None, infer=False), [*NAMES[:-1], DefaultGraph()]),
        (Query(text, JSON, None, default_graphs=iris(*names)), names),
        (Query(from_clauses(*names, text=text), JSON, None), names),
    ]
    for query, graphs in ways:
        held = {str(quad.triple) for quad in quads if quad.graph_name in graphs}
        found, dataset = Datasets(store, union=True).of(query)
        assert rows(found.query(query.text, **dataset)) == rdflib_rows(held, text)
