"""The closure equals that of owlrl, the reference implementation of OWL 2 RL in Python."""

from collections.abc import Iterable

import owlrl
import pyoxigraph as ox
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from brupact import reasoning
from brupact.dataset import Layout, load_files, union
from brupact.namespaces import ID, RDF, RDF_TYPE, RDFS, graph
from brupact.reasoning.reference import expanded

OWL = "http://www.w3.org/2002/07/owl#"
RULES = reasoning.load_rules()
#: What owlrl says of everything there is.
NOISE = {ox.NamedNode(OWL + "Thing"), ox.NamedNode(RDFS + "Resource")}
SAME_AS = ox.NamedNode(OWL + "sameAs")


def expected(triples: Iterable[ox.Triple], base: str) -> set[ox.Triple]:
    """What owlrl says of the nodes below `base`, given `triples`."""
    return about(expanded(triples), base)


def about(triples: Iterable[ox.Triple], base: str) -> set[ox.Triple]:
    return {
        t
        for t in triples
        if isinstance(t.subject, ox.NamedNode)
        and t.subject.value.startswith(base)
        and t.object not in NOISE
        and not (t.predicate == SAME_AS and t.subject == t.object)
    }


def test_on_the_release_nothing_is_missing_and_nothing_too_much() -> None:
    ours, theirs = load_files(Layout().files()).store, load_files(Layout().files()).store
    reasoning.closure(ours, RULES)
    report = reasoning.closure_by_owlrl(theirs, RULES)
    assert len(report.added) > 2_000 and not report.violations
    assert about(union(ours), ID) == about(union(theirs), ID)


def names(letter: str, count: int) -> st.SearchStrategy[ox.NamedNode]:
    return st.sampled_from([ox.NamedNode(f"http://example.org/{letter}/{n}") for n in range(count)])


classes, properties, nodes = names("C", 4), names("P", 4), names("I", 4)


def triples(
    subject: st.SearchStrategy[ox.NamedNode],
    predicate: st.SearchStrategy[ox.NamedNode] | str,
    object: st.SearchStrategy[ox.NamedNode] | str,
) -> st.SearchStrategy[ox.Triple]:
    parts = (st.just(ox.NamedNode(p)) if isinstance(p, str) else p for p in (predicate, object))
    return st.builds(ox.Triple, subject, *parts)


schemas = st.one_of(
    triples(classes, RDFS + "subClassOf", classes),
    triples(properties, RDFS + "subPropertyOf", properties),
    triples(properties, OWL + "inverseOf", properties),
    triples(properties, RDF + "type", OWL + "TransitiveProperty"),
)
facts = st.one_of(triples(nodes, RDF + "type", classes), triples(nodes, properties, nodes))


@given(st.lists(schemas, max_size=8), st.lists(facts, max_size=8))
def test_on_any_small_ontology_it_agrees(schema: list[ox.Triple], fact: list[ox.Triple]) -> None:
    store = ox.Store()
    for name, rows in (("ontology", schema), ("agreement", fact)):
        store.extend(ox.Quad(t.subject, t.predicate, t.object, graph(name)) for t in rows)
    reasoning.closure(store, RULES)
    theirs = expected({*schema, *fact}, "http://example.org/I/")
    assert about(union(store), "http://example.org/I/") == theirs


def test_a_contradiction_is_found_where_owlrl_finds_it() -> None:
    kinds = [ox.NamedNode(f"http://example.org/C/{n}") for n in range(2)]
    node = ox.NamedNode("http://example.org/I/0")
    store = ox.Store()
    rows = [ox.Triple(kinds[0], ox.NamedNode(OWL + "disjointWith"), kinds[1])]
    rows += [ox.Triple(node, RDF_TYPE, kind) for kind in kinds]
    store.extend(ox.Quad(t.subject, t.predicate, t.object, graph("g")) for t in rows)
    (violation,) = reasoning.closure(store, RULES).violations
    assert set(violation.premises) == set(rows)
    closed = rdflib.Graph().parse(data="".join(f"{t} .\n" for t in rows), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    errors = "http://www.daml.org/2002/03/agents/agent-ont#"
    assert any(str(row[1]).startswith(errors) for row in closed)
