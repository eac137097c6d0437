from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib.namespace import SH

from brupact import resources
from brupact.namespaces import ID, INFERRED, PREFIXES, RDF_TYPE, SHAPES, graph, pact
from brupact.release import Release
from brupact.validation import ENGINES, Finding, dataset_findings, shapes_graph, validate_graph
from brupact.validation.report import findings

AGREEMENT = graph("agreement")
LABEL = NamedNode(PREFIXES["skos"] + "prefLabel")
NODE = NamedNode(ID + "instrument/cobat")


@pytest.fixture()
def store(release: Release) -> Store:
    """A copy that a test may change."""
    copy = Store()
    copy.bulk_extend(release.store)
    return copy


def shapes_found(store: Store) -> set[tuple[str, str]]:
    found = dataset_findings(store, resources.SHAPES / "dataset")
    return {(f.shape.removeprefix(SHAPES), f.focus_node) for f in found}


def test_nothing_is_found_in_the_release(store: Store) -> None:
    assert shapes_found(store) == set()


@pytest.mark.parametrize(
    ("quad", "shape"),
    [
        (
            Quad(NODE, pact("competentMember"), NamedNode(ID + "person/audrey-henry"), AGREEMENT),
            "dataset-derived",
        ),
        (Quad(NODE, RDF_TYPE, pact("CompetenceGap"), graph("links")), "dataset-derived"),
        (Quad(NODE, RDF_TYPE, pact("Instrument"), graph("context")), "dataset-once"),
        (Quad(NODE, LABEL, Literal("Cobat code", language="fr"), AGREEMENT), "dataset-verbatim"),
        (
            Quad(NODE, pact("refersTo"), NamedNode(ID + "instrument/none"), graph("context")),
            "dataset-dangling",
        ),
    ],
)
def test_a_quad_too_many_is_found(store: Store, quad: Quad, shape: str) -> None:
    store.add(quad)
    assert shapes_found(store) == {(shape, NODE.value)}


def test_a_thing_without_a_quotation_is_found(store: Store) -> None:
    for quad in list(store.quads_for_pattern(None, pact("quoteOf"), NODE)):
        store.remove(quad)
    assert shapes_found(store) == {("dataset-quoted", NODE.value)}


def test_every_dataset_check_has_messages_in_three_languages() -> None:
    paths = sorted((resources.SHAPES / "dataset").glob("*.rq"))
    assert len(paths) >= 5
    for path in paths:
        for tag in ("fr", "nl", "en"):
            assert f"#+ message_{tag}: " in path.read_text(encoding="utf-8")


def test_derived_triples_are_nowhere_asserted(store: Store) -> None:
    derived = {quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)}
    asserted = {quad.triple for quad in store if quad.graph_name != INFERRED}
    assert len(derived) > 1_000
    assert not derived & asserted


SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix : <http://example.org/> .
:S a sh:NodeShape ; sh:targetClass :C ; sh:property :S-p .
:S-p sh:path :p ; sh:maxCount 1 ; sh:message "one"@en, "un"@fr .
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_finding_says_all_that_the_report_says(engine: str) -> None:
    data = rdflib.Graph().parse(data="@prefix : <http://example.org/> . :x a :C ; :p 1, 2 .")
    report = validate_graph(data, rdflib.Graph().parse(data=SHAPE), engine=engine)
    base = "http://example.org/"
    assert report.findings == (
        Finding(
            str(SH.Violation), base + "x", base + "p", "", base + "S-p",
            str(SH.MaxCountConstraintComponent), "", (("en", "one"), ("fr", "un")),
        ),
    )  # fmt: skip
    assert not report.conforms
    assert report.findings[0].message("nl", "fr") == "un"
    assert "ValidationReport" in report.turtle


def test_the_shapes_are_read_whole() -> None:
    files = list(resources.SHAPES.glob("*.ttl"))
    together = shapes_graph(resources.SHAPES)
    assert len(together) > 100 * len(files) / 2
    assert isinstance(files[0], Path)


def test_reading_a_report_adds_nothing_to_it() -> None:
    report = rdflib.Graph().parse(
        data="""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://example.org/> .
            [] a sh:ValidationReport ; sh:conforms false ; sh:result [ a sh:ValidationResult ;
              sh:focusNode :a ; sh:resultPath ( :p [ sh:inversePath :q ] ) ;
              sh:resultSeverity sh:Violation ] .""",
        format="turtle",
    )
    before = set(report)
    (found,) = findings(report, rdflib.Graph())
    assert found.path == "<http://example.org/p> / ^<http://example.org/q>"
    assert set(report) == before
