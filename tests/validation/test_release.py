"""The real shapes: changes of the release, and of small graphs of its words."""

import random
from collections.abc import Iterable, Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from rdflib import Graph
from tests.conftest import SOAK
from tests.shapes.conftest import named_constraints
from tests.shapes.test_mutations import OA, Fault, Spoiler, all_faults, batches, examples_that_pass
from tests.validation.cases import agree, made

from brupact import reasoning, resources
from brupact.namespaces import ID, INFERRED, PREFIXES, RDF_TYPE, RDFS, SHAPES, XSD, graph, pact
from brupact.reasoning.patterns import in_graph
from brupact.release import Release
from brupact.validation import (
    ENGINES,
    Change,
    CompiledShapes,
    Report,
    data_graph,
    dataset_findings,
    load_shapes,
    validate_change,
    validate_graph,
)
from brupact.validation.network import term

FOLLOW_UP = graph("follow-up")
SUB_CLASS_OF = NamedNode(RDFS + "subClassOf")


@cache
def shapes() -> CompiledShapes:
    return load_shapes(resources.SHAPES)


def full(store: Store, engine: str = "turbo") -> Report:
    """All that is found, by the shapes and in named graphs."""
    found = validate_graph(data_graph(store), shapes().graph, engine=engine)
    more = dataset_findings(store, resources.SHAPES / "dataset")
    return Report((*found.findings, *more))


def quads(triples: Iterable[tuple[object, object, object]]) -> frozenset[Quad]:
    return frozenset(Quad(term(s), term(p), term(o), FOLLOW_UP) for s, p, o in triples)


@pytest.fixture(scope="module")
def store(release: Release) -> Store:
    """The release, with a node of each class of which it holds nothing."""
    copy = Store()
    copy.bulk_extend(release.store)
    copy.extend(quads(examples_that_pass()))
    return copy


@pytest.fixture(scope="module")
def before(store: Store) -> Report:
    return full(store)


@pytest.fixture(scope="module")
def faults(store: Store, before: Report) -> list[Fault]:
    """A fault for each constraint, as the tests of the shapes make them."""
    graph_ = data_graph(store)
    found = {
        (
            (one.constraint or one.shape).removeprefix(SHAPES),
            one.component.rpartition("#")[2].removesuffix("ConstraintComponent"),
            one.focus_node,
        )
        for one in before.findings
    }
    plain = Graph()
    plain += shapes().graph
    every = all_faults(Spoiler(graph_, plain), found, named_constraints(plain))
    return [fault for fault in every if is_in_the_text(graph_, fault)]


def is_in_the_text(data: Graph, fault: Fault) -> bool:
    """Whether no quote is made to start before the first character, or to end before its start.

    pyshacl-turbo then takes SUBSTR for an error and finds less; pySHACL finds what we find.
    """
    starts = {s: data.value(s, OA.start) for s, _, _ in fault.added}
    return not any(
        (p == OA.start and str(o).startswith("-"))
        or (p == OA.end and int(str(o)) < int(str(starts[s] or 0)))
        for s, p, o in fault.added
        if str(o).lstrip("-").isdigit()
    )


def change_of(store: Store, faults: Iterable[Fault]) -> Change:
    """The quads that `faults` add and remove."""
    faults = list(faults)
    removed = {
        quad
        for fault in faults
        for s, p, o in fault.removed
        for quad in store.quads_for_pattern(term(s), term(p), term(o), None)
    }
    added = {
        quad
        for fault in faults
        for quad in quads(fault.added)
        if not any(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None))
    }
    return Change(frozenset(added), frozenset(removed))


def there_and_back(store: Store, change: Change, before: Report) -> Report:
    """Make `change` and undo it: each time all is found that a full validation finds."""
    made(store, change)
    after = full(store)
    known = validate_change(store, change, shapes(), before, engine="turbo")
    assert known.state is not None
    agree(known.state, after.findings)
    back = Change(change.removed, change.added)
    made(store, back)
    known = validate_change(store, back, shapes(), after, engine="turbo")
    assert known.state is not None
    agree(known.state, before.findings)
    return after


def test_faults_of_every_constraint_are_found_together(
    store: Store, before: Report, faults: list[Fault]
) -> None:
    chosen = sorted(batches(faults, 120), key=len, reverse=True)[: 5 * SOAK]
    assert sum(map(len, chosen)) > 400
    for batch in chosen:
        after = there_and_back(store, change_of(store, batch), before)
        assert set(after.findings) - set(before.findings)


def test_faults_are_found_one_by_one(store: Store, before: Report, faults: list[Fault]) -> None:
    draw = random.Random(SOAK)
    for fault in draw.sample(faults, min(3 * SOAK, len(faults))):
        there_and_back(store, change_of(store, [fault]), before)


def test_each_fault_is_refused(store: Store, faults: list[Fault]) -> None:
    """The gate's question, without what was found before: is anything found at all?"""
    missed = []
    for fault in faults:
        change = change_of(store, [fault])
        made(store, change)
        found = validate_change(store, change, shapes(), engine="turbo").findings
        places = {((f.constraint or f.shape).removeprefix(SHAPES), f.focus_node) for f in found}
        if (fault.constraint, str(fault.focus)) not in places:
            missed.append(fault)
        made(store, Change(change.removed, change.added))
    assert missed == []


def report_quads(about: NamedNode, status: str = "under-way") -> frozenset[Quad]:
    """A status report as an editor writes it."""
    report = NamedNode(ID + "status-report/test-1")
    dcterms = PREFIXES["dcterms"]
    rows: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF_TYPE, pact("StatusReport")),
        (pact("reportsOn"), about),
        (pact("status"), NamedNode(ID + f"status/{status}")),
        (pact("statusDate"), Literal("2026-12-01", datatype=NamedNode(XSD + "date"))),
        (pact("evidence"), NamedNode("https://example.org/evidence")),
        (NamedNode(dcterms + "creator"), NamedNode(ID + "organisation/editors")),
        (NamedNode(dcterms + "description"), Literal("On y travaille", language="fr")),
    ]
    return frozenset(Quad(report, predicate, value, FOLLOW_UP) for predicate, value in rows)


def with_derived(store: Store, added: frozenset[Quad], removed: frozenset[Quad]) -> Change:
    """Make a change, close the store again, and say all that changed."""
    closed = reasoning.revise(store, reasoning.load_rules(), added, removed)
    gained = {in_graph(triple, INFERRED) for triple in closed.added}
    lost = {in_graph(triple, INFERRED) for triple in closed.removed}
    return Change(added | gained, removed | lost)


@pytest.fixture()
def closed(release: Release) -> Store:
    """A copy of the release that a test may change."""
    copy = Store()
    copy.bulk_extend(release.store)
    return copy


@pytest.mark.parametrize("engine", ENGINES)
def test_a_report_comes_and_goes(closed: Store, engine: str) -> None:
    store, before = closed, full(closed)
    rows = report_quads(NamedNode(ID + "measure/2026-2029-3-1"))
    change = with_derived(store, rows, frozenset())
    known = validate_change(store, change, shapes(), before, engine=engine)
    assert known.conforms and known.findings  # a recommendation: one language only
    after = full(store)
    agree(known.state or (), after.findings)
    change = with_derived(store, frozenset(), rows)
    known = validate_change(store, change, shapes(), after, engine=engine)
    assert known.conforms
    agree(known.state or (), before.findings)


@pytest.mark.parametrize(
    ("status", "shape"),
    [("unheard-of", "StatusReport-statusScheme"), ("unheard-of", "dataset-dangling")],
)
def test_a_report_with_a_fault_is_refused(closed: Store, status: str, shape: str) -> None:
    rows = report_quads(NamedNode(ID + "measure/2026-2029-3-1"), status)
    change = with_derived(closed, rows, frozenset())
    found = validate_change(closed, change, shapes(), engine="turbo").violations
    assert shape in {one.shape.removeprefix(SHAPES) for one in found}


@pytest.fixture(scope="module")
def triples(store: Store) -> list[Triple]:
    return sorted({t.triple for t in store if t.graph_name.value != graph("shapes").value}, key=str)


@settings(max_examples=10 * SOAK, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(ENGINES))
def test_small_graphs_of_the_same_words(
    triples: list[Triple], draw: random.Random, engine: str
) -> None:
    store, change = _small(triples, draw)
    known = full(store, engine)
    made(store, change)
    after = full(store, engine)
    report = validate_change(store, change, shapes(), known, engine=engine)
    agree(report.state or (), after.findings)
    alone = validate_change(store, change, shapes(), engine=engine)
    assert set(after.findings) - set(known.findings) <= set(alone.findings)


def _small(triples: list[Triple], draw: random.Random) -> tuple[Store, Change]:
    """Up to 300 triples around a few nodes of the release, and a change of them."""
    start = draw.randrange(len(triples))
    picked = triples[start : start + draw.randrange(1, 60)]
    for _ in range(draw.randrange(1, 12)):
        start = draw.randrange(len(triples))
        picked += triples[start : start + draw.randrange(1, 20)]
    linked = [t for t in triples if t.subject in {one.object for one in picked}]
    picked = draw.sample(picked + linked, min(300, len(picked + linked)))
    graphs = [graph(name) for name in ("agreement", "editorial", "follow-up", "inferred")]
    rows = {Quad(t.subject, t.predicate, t.object, draw.choice(graphs)) for t in picked}
    new = {
        Quad(t.subject, t.predicate, t.object, draw.choice(graphs))
        for t in (*draw.sample(triples, 3), *_mixed(picked, draw))
    }
    removed = frozenset(draw.sample(sorted(rows, key=str), min(len(rows), draw.randrange(6))))
    store = Store()
    store.extend(rows)
    return store, Change(frozenset(new - rows), removed)


def _mixed(triples: list[Triple], draw: random.Random) -> Iterator[Triple]:
    """Triples put together from parts of `triples`, class axioms among them."""
    for _ in range(draw.randrange(6)):
        one, other = draw.choice(triples), draw.choice(triples)
        yield Triple(one.subject, one.predicate, other.object)
        if isinstance(other.object, NamedNode) and draw.random() < 0.3:
            yield Triple(one.subject, RDF_TYPE, other.object)
        if isinstance(other.subject, NamedNode) and draw.random() < 0.2:
            classes = [t.object for t in triples if t.predicate == RDF_TYPE]
            if len(classes) > 1:
                yield Triple(draw.choice(classes), SUB_CLASS_OF, draw.choice(classes))  # type: ignore[arg-type] # a class is an IRI here
