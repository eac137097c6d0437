"""A packaged release with other rules or shapes: nothing is taken over from the old ones."""

from dataclasses import replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store

from brupact import reasoning, resources
from brupact.gate import Law, ReleaseRefused, open_log, read_law
from brupact.namespaces import ID, INFERRED, PREFIXES
from brupact.release import Release
from brupact.validation import compile_shapes, fastest, shapes_graph

AGENT = "https://example.org/operator"


def _law(without: str = "") -> Law:
    law = read_law(resources.RULES, resources.SHAPES, fastest())
    if not without:
        return law
    rules = tuple(rule for rule in law.rules if rule.name != without)
    assert len(rules) == len(law.rules) - 1
    return replace(law, rules=rules, rules_hash="of other rules")


def _asserted(release: Release) -> Store:
    store = Store()
    store.extend(quad for quad in release.store if quad.graph_name != INFERRED)
    return store


def _derived(store: Store) -> set[Quad]:
    return set(store.quads_for_pattern(None, None, None, INFERRED))


def test_new_rules_are_applied_and_new_shapes_held_against_all_data(
    release: Release, tmp_path: Path
) -> None:
    before, law = _law(without="first-evaluation-due"), _law()
    first = _asserted(release)
    reasoning.closure(first, before.rules)
    due = NamedNode(PREFIXES["pact"] + "evaluationDue")
    assert not list(first.quads_for_pattern(None, due, None))
    open_log(tmp_path, first, before, AGENT)
    store, number = open_log(tmp_path, release.store, law, AGENT)
    assert number == 1 and _derived(store) == _derived(release.store)
    assert list(store.quads_for_pattern(None, due, None))
    assert open_log(tmp_path, release.store, law, AGENT)[1] == 1
    stricter = shapes_graph(resources.SHAPES).parse(
        data=f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
            <{ID}shape/x> a sh:NodeShape ; sh:targetClass <{PREFIXES["pact"]}Theme> ;
                sh:property <{ID}shape/y> .
            <{ID}shape/y> a sh:PropertyShape ; sh:path <{ID}nothing> ; sh:minCount 1 .""",
        format="turtle",
    )
    changed = replace(law, shapes=compile_shapes(stricter), shapes_hash="of other shapes")
    try:
        open_log(tmp_path, release.store, changed, AGENT)
    except ReleaseRefused as error:
        found = [f for f in error.findings if f["shape"] == f"{ID}shape/y"]
        assert len(found) == 7
    else:
        raise AssertionError("seven themes without what the shape asks for went through")
