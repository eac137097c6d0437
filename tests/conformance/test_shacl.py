"""The tests of the W3C for SHACL, over the validator of the gate: its full reports, as RDF."""

from collections import Counter

import pytest
from rdflib import SH, Graph, Literal
from rdflib.compare import isomorphic
from tests.conformance import shacl
from tests.conformance.shacl import FLOORS, FOLDER, KNOWN, Run

MISSING = f"NO W3C TESTS at {FOLDER}: set BRUPACT_CONFORMANCE; {sum(FLOORS.values())} are left out"
with_suite = pytest.mark.skipif(not shacl.cases(), reason=MISSING)


def parameters() -> list[object]:
    """The runs; those that are known to fail must fail."""
    if not shacl.cases():
        return [pytest.param(None, marks=pytest.mark.skip(MISSING), id="no-suite")]
    return [
        pytest.param(
            run,
            marks=[pytest.mark.xfail(reason=run.fails, raises=AssertionError, strict=True)]
            if run.fails
            else [],
            id=str(run),
        )
        for run in shacl.runs()
    ]


@pytest.mark.filterwarnings("ignore:Parsing weird boolean")
@pytest.mark.parametrize("run", parameters())
def test_report(run: Run) -> None:
    actual, expected = run.report(), run.case.expected
    if run.is_by_value:
        assert not isomorphic(actual, expected), "no longer by value only"
        actual, expected = shacl.as_stored(actual), shacl.as_stored(expected)
    assert isomorphic(actual, expected), actual.serialize(format="turtle")


@with_suite
def test_no_case_is_lost() -> None:
    found = Counter(case.part for case in shacl.cases())
    assert {part for part, floor in FLOORS.items() if found[part] < floor} == set()
    assert len({case.name for case in shacl.cases()}) == found.total()


@with_suite
def test_what_is_known_is_known_of_a_test_that_is_run() -> None:
    listed = [name for section in KNOWN.values() for name in section]
    assert set(listed) <= {case.name for case in shacl.cases()}
    assert len(set(listed)) == len(listed)
    assert all(reason.strip() for section in KNOWN.values() for reason in section.values())


@with_suite
@pytest.mark.parametrize("case", shacl.cases())
def test_every_case_can_fail(case: shacl.Case) -> None:
    """A report that says the opposite, or leaves out any result, is another report."""
    assert isomorphic(shacl.comparable(case.expected, case.expected), case.expected)
    ((root, conforms),) = case.expected.subject_objects(SH.conforms)
    opposite = Graph() + case.expected
    opposite.set((root, SH.conforms, Literal(not conforms)))
    assert not isomorphic(shacl.comparable(opposite, case.expected), case.expected)
    for result in case.expected.objects(None, SH.result):
        fewer = Graph() + case.expected
        fewer.remove((None, SH.result, result))
        assert not isomorphic(shacl.comparable(fewer, case.expected), case.expected)
