"""Validating a change finds what a full validation finds, for every constraint component."""

import pickle
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, Quad, Store
from rdflib import Graph
from rdflib.namespace import SH
from tests.conftest import SOAK
from tests.validation.cases import (
    DATA,
    NODE,
    PATHS,
    PROPERTY,
    QUERIES,
    TARGETS,
    Drawn,
    change_of,
    changes,
    check,
    compiled,
    large_changes,
    n,
    node_shape,
    property_shape,
    sparql_shape,
)

from brupact import resources
from brupact.namespaces import RDF_TYPE, graph
from brupact.validation import (
    ENGINES,
    Change,
    fastest,
    impact,
    shapes_graph,
    validate_change,
)

paths, targets = st.sampled_from(PATHS), st.sampled_from(TARGETS)
engines = st.sampled_from(ENGINES)
few = settings(max_examples=12 * SOAK, deadline=None)
#: All kinds of shapes; `make test` draws large graphs for a part, which changes from day to day.
ALL = [
    (kind, name)
    for kind, names in (("property", PROPERTY), ("node", NODE), ("query", QUERIES))
    for name in names
]
SLICE = 1 if SOAK > 1 else 12
LARGE = ALL[date.today().toordinal() % SLICE :: SLICE]


@pytest.mark.parametrize("name", PROPERTY)
@few
@given(changes, paths, targets, engines)
def test_a_property_shape(name: str, drawn: Drawn, path: str, target: str, engine: str) -> None:
    store, change = change_of(drawn)
    check(store, change, compiled(property_shape(path, target, PROPERTY[name])), engine)


@pytest.mark.parametrize("name", NODE)
@few
@given(changes, targets, engines)
def test_a_node_shape(name: str, drawn: Drawn, target: str, engine: str) -> None:
    store, change = change_of(drawn)
    check(store, change, compiled(node_shape(target, NODE[name])), engine)


@pytest.mark.parametrize("name", QUERIES)
@few
@given(changes, targets, st.none() | paths, engines)
def test_a_query(name: str, drawn: Drawn, target: str, path: str | None, engine: str) -> None:
    store, change = change_of(drawn)
    check(store, change, compiled(sparql_shape(target, QUERIES[name], path)), engine)


@pytest.mark.parametrize("kind, name", LARGE)
@settings(few, max_examples=2 * SOAK)
@given(large_changes, paths, targets)
def test_in_a_graph_of_up_to_300_triples(
    kind: str, name: str, drawn: Drawn, path: str, target: str
) -> None:
    store, change = change_of(drawn)
    match kind:
        case "property":
            shape = property_shape(path, target, PROPERTY[name])
        case "node":
            shape = node_shape(target, NODE[name])
        case _:
            shape = sparql_shape(target, QUERIES[name])
    check(store, change, compiled(shape), fastest())


def test_every_component_in_use_is_drawn() -> None:
    drawn = Graph()
    for name in PROPERTY:
        drawn += compiled(property_shape(":p", TARGETS[0], PROPERTY[name])).graph
    for path in PATHS:
        drawn += compiled(sparql_shape(TARGETS[0], QUERIES["alone"], path)).graph
    for target in TARGETS:
        drawn += compiled(node_shape(target, NODE["xone"])).graph
    used = {p for p in shapes_graph(resources.SHAPES).predicates() if str(p).startswith(str(SH))}
    assert len(used) > 30
    assert used - {SH.severity} <= set(drawn.predicates())


SHAPE = """
:S a sh:NodeShape ; sh:targetClass :A ; sh:property :S-p .
:S-p sh:path ( :p [ sh:inversePath :q ] ) ; sh:class :B .
"""


def store_of(*triples: tuple[str, str, str]) -> Store:
    store = Store()
    store.extend(quad(*triple) for triple in triples)
    return store


def quad(s: str, p: str, o: str) -> Quad:
    return Quad(n(s), RDF_TYPE if p == "a" else n(p), n(o), DATA)


def added(*triples: tuple[str, str, str]) -> Change:
    return Change(frozenset(quad(*triple) for triple in triples))


def far() -> tuple[Store, Change]:
    """A change two steps from the focus node it affects: a value loses its class."""
    store = store_of(("n0", "a", "A"), ("n0", "p", "n1"), ("n2", "q", "n1"), ("n2", "a", "B"))
    return store, Change(frozenset(), frozenset({quad("n2", "a", "B")}))


def test_what_is_far_from_the_focus_node_is_found() -> None:
    store, change = far()
    check(store, change, compiled(SHAPE), "pyshacl")
    report = validate_change(store, change, compiled(SHAPE))
    (finding,) = report.violations
    assert finding.focus_node == n("n0").value and finding.value == n("n2").value
    assert not report.conforms
    found = Graph().parse(data=report.turtle, format="turtle")
    assert len(list(found.objects(None, SH.result))) == 1


def test_the_check_of_these_tests_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "_before", lambda *_: iter(()))
    store, change = far()
    with pytest.raises(AssertionError):
        check(store, change, compiled(SHAPE), "pyshacl")


def test_what_the_change_does_not_affect_is_not_looked_at() -> None:
    shapes = compiled(SHAPE)
    store = store_of(("n0", "a", "A"), ("n0", "p", "n1"), ("n2", "q", "n1"), ("n3", "r", "n4"))
    assert validate_change(store, added(("n3", "r", "n4")), shapes).findings == ()
    elsewhere = Quad(n("n2"), RDF_TYPE, n("B"), graph("shapes"))
    assert validate_change(store, Change(frozenset(), frozenset({elsewhere})), shapes).conforms


def test_compiled_shapes_travel_between_processes() -> None:
    shapes = pickle.loads(pickle.dumps(compiled(sparql_shape(TARGETS[0], QUERIES["alone"]))))
    store = store_of(("n0", "a", "A"), ("n0", "p", "n1"))
    (finding,) = validate_change(store, added(("n0", "p", "n1")), shapes).findings
    assert finding.value == n("n1").value
    assert dict(finding.messages) == {
        "fr": "http://example.org/n1 un",
        "en": "http://example.org/n1 one",
    }


FALSY = (Literal(False), Literal(0), Literal(""))


@pytest.mark.parametrize("value", FALSY, ids=str)
def test_a_value_that_python_takes_for_nothing_is_reported(value: Literal) -> None:
    shapes = compiled(sparql_shape(TARGETS[0], "$this :p ?value"))
    store = store_of(("n0", "a", "A"))
    new = Quad(n("n0"), n("p"), value, DATA)
    for engine in ENGINES:
        check(store, Change(frozenset({new})), shapes, engine)
        store.remove(new)


OPAQUE = """
:S a sh:NodeShape ; sh:targetClass :A ; sh:not [ sh:sparql :Query ] .
:Query sh:prefixes :prefixes ; sh:select "SELECT $this WHERE { $this :p ?x }" .
"""


@few
@given(changes, engines)
def test_a_query_that_decides_for_another_shape(drawn: Drawn, engine: str) -> None:
    shapes = compiled(OPAQUE)
    assert shapes.network.opaque
    store, change = change_of(drawn)
    check(store, change, shapes, engine)


def test_a_focus_node_that_no_quad_mentions_is_checked() -> None:
    shapes = compiled(":S a sh:NodeShape ; sh:targetNode :absent ; sh:property :S-p .\n"
                      ":S-p sh:path [ sh:inversePath :p ] ; sh:maxCount 0 .")  # fmt: skip
    store = store_of(("n0", "p", "absent"))
    assert not validate_change(store, added(("n0", "p", "absent")), shapes).conforms


def test_a_shape_without_a_name_is_followed_too() -> None:
    shapes = compiled(":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; "
                      "sh:maxCount 0 ; sh:property [ sh:path :q ; sh:maxCount 0 ] ] .")  # fmt: skip
    store = store_of(("n0", "a", "A"), ("n0", "p", "n1"), ("n1", "q", "n2"))
    for engine in ENGINES:
        check(store, Change(frozenset(), frozenset({quad("n1", "q", "n2")})), shapes, engine)
        store.add(quad("n1", "q", "n2"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_message_of_the_engine_is_that_of_a_full_validation(engine: str) -> None:
    shapes = compiled(node_shape("sh:targetObjectsOf :q", NODE["in"]))
    change = Change(frozenset({Quad(n("n0"), n("q"), Literal(1), DATA)}))
    check(Store(), change, shapes, engine)
