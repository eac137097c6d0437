"""The tests of the W3C for SPARQL 1.1 Update: the store and the delta make the expected result."""

import pytest
from pyoxigraph import Dataset, Store
from rdflib import RDFS, Namespace
from rdflib.term import Node
from tests.conformance.results import canonical, load
from tests.conformance.suite import FLOORS, MF, Case, cases, local
from tests.delta.given import content, copied

from brupact.delta import of_update

UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
UPDATES = [case for case in cases() if case.kind == "update evaluation"]


def state(case: Case, node: Node) -> Dataset:
    """The data that `node` of the manifest describes."""
    loaded = [load(local(iri), str(iri)) for iri in case.manifest.objects(node, UT.data)]
    for part in case.manifest.objects(node, UT.graphData):
        file = case.manifest.value(part, UT.graph)
        assert file is not None
        label = str(case.manifest.value(part, RDFS.label))
        loaded.append(load(local(file), str(file), label))
    return Dataset(quad for part in loaded for quad in part)


@pytest.mark.parametrize("case", UPDATES, ids=lambda case: case.iri)
def test_the_delta_makes_the_expected_result(case: Case) -> None:
    action, result = case.the(MF.action), case.the(MF.result)
    request = case.the(MF.action, UT.request)
    assert action is not None and result is not None and request is not None
    store = Store()
    store.extend(state(case, action))
    before = content(store)
    text = local(request).read_text(encoding="utf-8")
    delta = of_update(store, text, str(request), union=False, skolemise=False)
    assert content(store) == before
    assert delta.added.isdisjoint(before[0]) and delta.removed <= before[0]
    changed = copied(store)
    delta.apply(changed)
    assert canonical(Dataset(changed)) == canonical(state(case, result))
    delta.inverse().apply(changed)
    assert content(changed) == before


def test_no_case_is_lost() -> None:
    assert not cases() or len(UPDATES) >= FLOORS["update evaluation"]
