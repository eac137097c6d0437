"""What is said of the validation of the version that is served is true of that version."""

import sys
import time
from inspect import unwrap

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from brupact import inspection
from brupact.engine.local import LocalEngine
from brupact.inspection import Inspection, Inspector, NotInspected
from brupact.namespaces import ID, RDF_TYPE, pact


class Served(LocalEngine):
    """Data that say which version they are."""

    number = 1

    @property
    def version(self) -> int:
        return self.number


@pytest.fixture(autouse=True)
def _each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests share what comes of a validation."""
    monkeypatch.setattr(inspection, "validated", unwrap(inspection.validated))


def finished(inspector: Inspector, seconds: float = 120) -> Inspection:
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if (found := inspector.inspection()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("the inspection does not end")


def test_each_version_is_inspected_once_and_for_itself() -> None:
    store = Store()
    priority = NamedNode(ID + "priority/none")
    served = Served(store)
    inspector = Inspector(served)
    first = finished(inspector)
    assert (first.version, first.triples) == (1, 0)
    assert priority.value not in {finding["node"] for finding in first.findings}
    assert inspector.inspection() is first
    store.add(Quad(priority, RDF_TYPE, pact("SharedPriority"), DefaultGraph()))
    served.number = 2
    assert inspector.inspection() is None
    second = finished(inspector)
    assert (second.version, second.conforms, second.triples) == (2, False, 1)
    assert priority.value in {finding["node"] for finding in second.findings}
    assert {"fr", "nl", "en"} <= set(second.findings[0]["messages"])
    assert "ValidationReport" in second.report
    assert second.counts["nodes"] > 50
    assert second.counts["rules"] > 10


def test_what_is_too_large_is_not_inspected_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MOST", 0)
    store = Store()
    store.add(Quad(pact("x"), RDF_TYPE, pact("y"), DefaultGraph()))
    inspector = Inspector(Served(store))
    with pytest.raises(NotInspected, match="1 triples are more than"):
        finished(inspector)


def test_a_process_that_fails_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NotInspected, match="ended with code 1"):
        finished(Inspector(Served(Store())))
