"""Examples beside each shape: a graph that passes, and one that fails in known ways.

``{stem}/{shape}_PASS.ttl`` gives no result; ``{stem}/{shape}_XFAIL.ttl`` gives exactly those in
``{stem}/{shape}_XFAIL.expected.tsv``. Both are validated against ``shapes/{stem}.ttl`` alone.
"""

from collections.abc import Callable
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SH

HERE = Path(__file__).parent
SHAPES = HERE.parents[1] / "shapes"
PASSING = sorted(HERE.glob("*/*_PASS.ttl"))
FAILING = sorted(HERE.glob("*/*_XFAIL.ttl"))
ENGINES = ["pyshacl", "turbo"]
HEADER = "focus\tpath\tseverity\tconstraint\tcomponent\tvalue"

Result = tuple[str, str, str, str, str, str]
Validate = Callable[[Graph, Graph, str], set[Result]]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def validated(path: Path, engine: str, validate: Validate) -> set[Result]:
    """The results for the example `path`, against the shapes of its folder."""
    shapes = Graph()
    for stem in (path.parent.name, "brupact"):
        shapes.parse(SHAPES / f"{stem}.ttl")
    return validate(Graph().parse(path), shapes, engine)


def expected(path: Path) -> set[str]:
    lines = path.with_suffix(".expected.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADER
    assert lines[1:] == sorted(set(lines[1:])), "each result once, in order"
    return set(lines[1:])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", PASSING, ids=name)
def test_the_example_passes(path: Path, engine: str, validate: Validate) -> None:
    assert validated(path, engine, validate) == set()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", FAILING, ids=name)
def test_the_example_fails_as_expected(
    path: Path, engine: str, validate: Validate, short: Callable[[Result], str]
) -> None:
    assert {short(result) for result in validated(path, engine, validate)} == expected(path)


def test_there_are_examples_for_every_shape(shapes: Graph) -> None:
    targets = (SH.targetClass, SH.targetNode)
    stems = {p.stem for p in SHAPES.glob("*.ttl")} - {"brupact"}
    assert {p.parent.name for p in PASSING} == {p.parent.name for p in FAILING} == stems
    # The shapes of the one agreement have their examples together.
    together = Graph().parse(SHAPES / "agreement-2026-2029.ttl")
    wanted = {
        str(shape).rpartition("#")[2]
        for shape in shapes.subjects(RDF.type, SH.NodeShape)
        if any((shape, target, None) in shapes for target in targets)
        and (shape, None, None) not in together
    }
    for paths in (PASSING, FAILING):
        assert {p.stem.rpartition("_")[0] for p in paths} >= wanted
    assert len(PASSING) >= 60
    assert len(FAILING) >= 60


def test_the_shapes_keep_to_the_shapes_of_headers(shapes: Graph, validate: Validate) -> None:
    of_headers = Graph().parse(SHAPES / "ontology.ttl") + Graph().parse(SHAPES / "brupact.ttl")
    assert validate(shapes, of_headers, "pyshacl") == set()


def test_the_shapes_are_well_formed(shapes: Graph) -> None:
    # An error is raised if the shapes do not conform to the SHACL shapes of SHACL itself.
    _, report, text = pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)
    assert isinstance(report, Graph), text


def test_each_constraint_fails_in_some_example(constraints: set[tuple[str, str]]) -> None:
    rows = [line.split("\t") for path in FAILING for line in expected(path)]
    assert constraints - {(row[3], row[4]) for row in rows} == set()


def test_every_constraint_says_what_to_do_in_three_languages(shapes: Graph) -> None:
    kinds = (SH.PropertyShape, SH.SPARQLConstraint)
    named = [(s, kind) for kind in kinds for s in shapes.subjects(RDF.type, kind)]
    assert len(named) >= 250
    for shape, kind in named:
        messages = list(shapes.objects(shape, SH.message))
        assert sorted(getattr(m, "language", "") for m in messages) == ["en", "fr", "nl"], shape
        if kind == SH.PropertyShape:
            assert len(list(shapes.objects(shape, SH.severity))) == 1, shape
