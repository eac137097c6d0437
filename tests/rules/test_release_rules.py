"""The rules and the release fit each other."""

import pytest
from pyoxigraph import Literal, NamedNode, Store

from brupact import reasoning
from brupact.dataset import Layout, load_files
from brupact.namespaces import INFERRED, RDFS, RULES, graph, pact

KNOWN = reasoning.load_rules()
#: What nothing in the release trips: there is no report, evaluation, version or contradiction, and
#: no link is stated in the direction of the property that the ontology calls the inverse. Other
#: tests show that these rules work.
IDLE = {"current-status", "current-version", "next-evaluation-due", "cax-dw", "prp-inv1"}


@pytest.fixture(scope="module")
def store() -> Store:
    store = load_files(Layout().files()).store
    store.extend(reasoning.rule_quads(KNOWN))
    reasoning.closure(store, KNOWN).require_consistent()
    return store


def test_the_ontology_uses_no_construct_without_a_rule(store: Store) -> None:
    assert reasoning.unreasoned(store, KNOWN) == set()


def test_what_a_rule_wants_absent_is_settled_before(store: Store) -> None:
    assert reasoning.unstratified(store, KNOWN) == set()


def test_each_rule_is_needed_by_the_release(store: Store) -> None:
    used = {
        explanation.rule.name
        for quad in store.quads_for_pattern(None, None, None, INFERRED)
        for explanation in reasoning.explain(store, KNOWN, quad.triple)
    }
    assert used == {rule.name for rule in KNOWN} - IDLE


def test_every_property_that_names_something_is_passed_on(store: Store) -> None:
    (rule,) = (rule for rule in KNOWN if rule.name == "names-through-parts")
    (passed_on,) = rule.body.values.values()
    below = NamedNode(RDFS + "subPropertyOf")
    names_instrument = pact("namesInstrument")
    expected = {q.subject for q in store.quads_for_pattern(None, below, names_instrument, None)}
    expected |= {names_instrument} | {
        pact(name) for name in ("namesOrganisation", "targetsGroup", "concernsSector", "namesPlace")
    }
    assert passed_on == expected | {pact("promises")}


def test_no_triple_stands_in_two_graphs(store: Store) -> None:
    for quad in store.quads_for_pattern(None, None, None, INFERRED):
        triple = quad.triple
        rows = store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        assert [row.graph_name for row in rows] == [INFERRED]


def test_the_description_of_the_rules_is_whole_and_in_one_graph() -> None:
    quads = reasoning.rule_quads(KNOWN)
    assert {quad.graph_name for quad in quads} == {graph("rules")}
    assert {quad.subject for quad in quads} == {NamedNode(RULES + rule.name) for rule in KNOWN}
    for rule in KNOWN:
        texts = {
            q.object for q in quads if q.subject == rule.iri and q.object == Literal(rule.text)
        }
        assert texts
        labels = [
            q.object.language
            for q in quads
            if q.subject == rule.iri
            and q.predicate.value == RDFS + "label"
            and isinstance(q.object, Literal)
        ]
        assert sorted(map(str, labels)) == ["en", "fr", "nl"]


def test_the_release_derives_what_its_readers_were_promised(store: Store) -> None:
    def derived(subject: str, term: str) -> set[str]:
        node = NamedNode("https://w3id.org/brupact/id/" + subject)
        rows = store.quads_for_pattern(node, pact(term), None, INFERRED)
        return {
            row.object.value.rpartition("/")[2]
            for row in rows
            if isinstance(row.object, NamedNode | Literal)
        }

    assert derived("agreement/2026-2029", "evaluationDue") == {"2027-06-11"}
    assert derived("priority/2026-2029-14", "competentMember") == {"audrey-henry", "ans-persoons"}
    assert derived("priority/2026-2029-15", "competentMember") == {"ahmed-laaouej"}
    assert derived("priority/2026-2029-15", "hasCompetenceGap") == {"health"}
    assert derived("priority/2026-2029-6", "accountableMember") == {"boris-dillies"}
    assert "pssi" in derived("priority/2026-2029-15", "intendsToContinue")
    assert "activa" in derived("priority/2026-2029-4", "namesInstrument")
