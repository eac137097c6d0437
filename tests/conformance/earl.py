"""A report of the W3C tests that were run, in the vocabulary for that (EARL 1.0 Schema).

`pytest tests/conformance --earl FILE` writes it as Turtle.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef

from brupact import __version__

EARL: Final = Namespace("http://www.w3.org/ns/earl#")
DOAP: Final = Namespace("http://usefulinc.com/ns/doap#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
#: The tests of the W3C have their own IRI as their name.
_NAME: Final = re.compile(r"^tests/conformance/.*\[(https?://[^\]]+)\]$")
_OUTCOMES: Final = {"passed": "passed", "failed": "failed", "skipped": "untested"}


def outcome(report: pytest.TestReport) -> str:
    """What EARL calls the outcome: a failure that is known is a failure."""
    if report.when != "call":
        return "untested" if report.outcome == "skipped" else "cantTell"
    if hasattr(report, "wasxfail"):
        return "failed"
    if str(report.longrepr).startswith("[XPASS(strict)]"):
        return "passed"
    return _OUTCOMES[report.outcome]


class Report:
    """A plugin of pytest that writes what each test of the W3C gave into `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _NAME.match(report.nodeid)
        if name and (report.when == "call" or report.outcome != "passed"):
            self.outcomes[name[1]] = outcome(report)

    def pytest_sessionfinish(self) -> None:
        self.graph().serialize(self.file, format="turtle")

    def graph(self) -> Graph:
        """The assertions, with their subject, the time, and who asserts them: this test suite."""
        graph = Graph()
        for prefix, namespace in (("earl", EARL), ("doap", DOAP), ("dcterms", DCTERMS)):
            graph.bind(prefix, namespace)
        subject, assertor, release = BNode(), BNode(), BNode()
        for kind in (EARL.TestSubject, DOAP.Project):
            graph.add((subject, RDF.type, kind))
        graph.add((subject, DOAP.name, Literal("brupact")))
        graph.add((subject, DOAP.release, release))
        graph.add((release, DOAP.revision, Literal(__version__)))
        graph.add((assertor, RDF.type, EARL.Software))
        graph.add((assertor, DCTERMS.title, Literal("the tests of brupact")))
        now = Literal(datetime.now(UTC).isoformat(timespec="seconds"), datatype=XSD.dateTime)
        for iri, name in sorted(self.outcomes.items()):
            assertion, result = BNode(), BNode()
            for predicate, value in (
                (RDF.type, EARL.Assertion), (EARL.assertedBy, assertor), (EARL.subject, subject),
                (EARL.test, URIRef(iri)), (EARL.mode, EARL.automatic), (EARL.result, result),
            ):  # fmt: skip
                graph.add((assertion, predicate, value))
            graph.add((result, RDF.type, EARL.TestResult))
            graph.add((result, EARL.outcome, EARL[name]))
            graph.add((result, DCTERMS.date, now))
        return graph
