"""What the tests of the shapes share: the shapes, their named constraints, and two engines."""

from collections.abc import Callable
from pathlib import Path

import pyshacl
import pyshacl_turbo
import pytest
from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

SHAPES = Path(__file__).parents[2] / "shapes"

#: Focus node, path, severity, constraint (or shape), component, value.
Result = tuple[str, str, str, str, str, str]
Validate = Callable[[Graph, Graph, str], set[Result]]

#: The parameters used, with their components where the names differ.
COMPONENTS = {
    "or": "Or", "xone": "Xone", "not": "Not", "in": "In", "sparql": "SPARQL",
    "qualifiedMinCount": "QualifiedMinCount", "qualifiedMaxCount": "QualifiedMaxCount",
    "minCount": "MinCount", "maxCount": "MaxCount", "class": "Class", "datatype": "Datatype",
    "nodeKind": "NodeKind", "minInclusive": "MinInclusive", "maxInclusive": "MaxInclusive",
    "minLength": "MinLength", "pattern": "Pattern", "languageIn": "LanguageIn",
    "uniqueLang": "UniqueLang", "equals": "Equals", "disjoint": "Disjoint",
    "lessThan": "LessThan", "lessThanOrEquals": "LessThanOrEquals", "hasValue": "HasValue",
}  # fmt: skip
_SH = str(SH)


#: How IRIs are shortened in the files of expected results.
SHORT = {
    "https://w3id.org/brupact/id/": "",
    "https://w3id.org/brupact/ns#": "pact:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "http://www.w3.org/2002/07/owl#": "owl:",
    "http://www.w3.org/ns/oa#": "oa:",
    "http://www.w3.org/ns/org#": "org:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://data.europa.eu/eli/ontology#": "eli:",
    "http://purl.org/linked-data/cube#": "cube:",
    "http://schema.org/": "schema:",
}


def shortened(result: Result) -> str:
    """A result as a line of a file of expected results."""
    line = "\t".join(field.replace("\t", "\\t").replace("\n", "\\n") for field in result)
    for iri, prefix in SHORT.items():
        line = line.replace(iri, prefix)
    return line


def local(term: Node | None) -> str:
    """What follows the last ``#`` of an IRI."""
    return "" if term is None else str(term).rpartition("#")[2]


def path_text(graph: Graph, path: Node | None) -> str:
    """A SHACL property path as in SPARQL, with the IRIs as they are."""
    if path is None:
        return ""
    if isinstance(path, URIRef):
        return str(path)
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{path_text(graph, inverse)}"
    alternatives = graph.value(path, SH.alternativePath)
    if alternatives is not None:
        steps = [path_text(graph, step) for step in Collection(graph, alternatives)]
        return "(" + "|".join(steps) + ")"
    return "/".join(path_text(graph, step) for step in Collection(graph, path))


def validate_with(data: Graph, shapes: Graph, engine: str) -> set[Result]:
    """The results of `engine` for `data`; a SPARQL constraint is named itself, not its shape."""
    module = {"pyshacl": pyshacl, "turbo": pyshacl_turbo}[engine]
    _, report, text = module.validate(data, shacl_graph=shapes, advanced=False, inference="none")
    assert isinstance(report, Graph), text
    found = set()
    for result in report.subjects(RDF.type, SH.ValidationResult):
        source = report.value(result, SH.sourceConstraint)
        source = source or report.value(result, SH.sourceShape)
        value = report.value(result, SH.value)
        found.add(
            (
                str(report.value(result, SH.focusNode)),
                path_text(report, report.value(result, SH.resultPath)),
                local(report.value(result, SH.resultSeverity)),
                local(source),
                local(report.value(result, SH.sourceConstraintComponent)).removesuffix(
                    "ConstraintComponent"
                ),
                "" if value is None else value.n3(),
            )
        )
    return found


def named_constraints(shapes: Graph) -> set[tuple[str, str]]:
    """Each constraint in `shapes`: the name of its shape (or its own), and its component."""
    found = set()
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in shapes.subjects(RDF.type, kind):
            for predicate, value in shapes.predicate_objects(shape):
                parameter = str(predicate).removeprefix(_SH)
                if parameter == "sparql":
                    found.add((local(value), "SPARQL"))
                elif parameter in COMPONENTS:
                    found.add((local(shape), COMPONENTS[parameter]))
    return found


def load(*paths: Path) -> Graph:
    """The union of the files in `paths`."""
    graph = Graph()
    for path in paths:
        graph.parse(path)
    return graph


@pytest.fixture(scope="session")
def shapes() -> Graph:
    """All shapes."""
    return load(*sorted(SHAPES.glob("*.ttl")))


@pytest.fixture(scope="session")
def constraints(shapes: Graph) -> set[tuple[str, str]]:
    """All named constraints."""
    return named_constraints(shapes)


@pytest.fixture(scope="session")
def validate() -> Validate:
    """Validate a graph against shapes with the engine named."""
    return validate_with


@pytest.fixture(scope="session")
def short() -> Callable[[Result], str]:
    """A result as a line of a file of expected results."""
    return shortened
