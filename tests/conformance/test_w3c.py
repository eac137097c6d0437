"""The tests of the W3C for SPARQL 1.1, over HTTP: each is a test with the same name, its IRI."""

import pytest
from tests.conformance import handlers
from tests.conformance.service import Service
from tests.conformance.suite import FLOORS, FOLDER, Case, cases, known

MISSING = f"NO W3C TESTS at {FOLDER}: set BRUPACT_CONFORMANCE; {sum(FLOORS.values())} are left out"
FAILS = known("fails")


def parameters() -> list[object]:
    """The cases; those that are known to fail must fail."""
    if not cases():
        return [pytest.param(None, marks=pytest.mark.skip(MISSING), id="no-suite")]
    return [
        pytest.param(
            case,
            marks=[pytest.mark.xfail(reason=FAILS[case.iri], raises=AssertionError, strict=True)]
            if case.iri in FAILS
            else [],
            id=case.iri,
        )
        for case in cases()
    ]


@pytest.mark.parametrize("case", parameters())
def test_case(case: Case, scratch: Service) -> None:
    handlers.run(case, scratch)
