"""SPARQL-based constraints, evaluated where the data are (SHACL, section 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import OWL, RDF, RDFS, SH, XSD

from brupact.validation.engines import NOT_DATA
from brupact.validation.network import Network, State
from brupact.validation.queries import Graphs, Row, Select, read
from brupact.validation.report import VARIABLE
from brupact.validation.view import Node


@dataclass(frozen=True)
class Constraint:
    """A SPARQL-based constraint of a shape that reports; each row of its query is a result."""

    state: State
    shape: rdflib.term.Node
    node: rdflib.term.Node
    path: rdflib.term.Node | None
    severity: rdflib.term.Node
    messages: tuple[rdflib.Literal, ...]
    select: Select

    def result(self, report: rdflib.Graph, focus: Node, row: Row) -> rdflib.BNode:
        """Write `row` into `report` as a result (SHACL, section 5.3.2), and give that."""
        terms = {name: rdflib_term(value) for name, value in row.items()}
        this = terms["this"] = rdflib_term(focus)
        path = terms.get("path") or self.path
        value = terms.get("value", this if self.path is None else None)
        messages = [self._filled(message, terms) for message in self.messages]
        result = rdflib.BNode()
        report.add((result, RDF.type, SH.ValidationResult))
        for predicate, found in (
            (SH.focusNode, this),
            (SH.resultPath, path),
            (SH.value, value),
            (SH.resultSeverity, self.severity),
            (SH.sourceConstraint, self.node),
            (SH.sourceConstraintComponent, SH.SPARQLConstraintComponent),
            (SH.sourceShape, self.shape),
            *((SH.resultMessage, message) for message in messages),
        ):
            if found is not None:
                report.add((result, predicate, found))
        return result

    @staticmethod
    def _filled(message: rdflib.Literal, terms: dict[str, Any]) -> rdflib.Literal:
        words = VARIABLE.sub(lambda found: str(terms.get(found[1], found[0])), str(message))
        return rdflib.Literal(words, lang=message.language, datatype=message.datatype)


def constraints(shapes: rdflib.Graph, network: Network) -> Iterator[Constraint]:
    """The SPARQL-based constraints of the shapes in `network` that report.

    :raises ValueError: if the query of one is not SPARQL.
    """
    for state, shape in network.reporting.items():
        for node in sorted(shapes.objects(shape, SH.sparql), key=str):
            if rdflib.Literal("true", datatype=XSD.boolean) in set(
                shapes.objects(node, SH.deactivated)
            ):
                continue
            path = shapes.value(shape, SH.path)
            messages = _messages(shapes, node) or _messages(shapes, shape)
            yield Constraint(
                state, shape, node, path, shapes.value(shape, SH.severity) or SH.Violation,
                messages, read(_text(shapes, node, path)),
            )  # fmt: skip


def _messages(shapes: rdflib.Graph, node: Any) -> tuple[rdflib.Literal, ...]:
    found = shapes.objects(node, SH.message)
    return tuple(message for message in found if isinstance(message, rdflib.Literal))


def _text(shapes: rdflib.Graph, node: Any, path: Any) -> str:
    """The query of a constraint, with its prefixes, and its path in the place of ``$PATH``."""
    select = str(shapes.value(node, SH.select))
    if path is not None:
        select = select.replace("$PATH", shacl_path_to_sparql_path(ShapesGraph(shapes), path))
    prefixes = {"rdf": str(RDF), "rdfs": str(RDFS), "owl": str(OWL)}
    todo = list(shapes.objects(node, SH.prefixes))
    for ontology in todo:
        todo += [one for one in shapes.objects(ontology, OWL.imports) if one not in todo]
        for declared in shapes.objects(ontology, SH.declare):
            prefix = str(shapes.value(declared, SH.prefix))
            prefixes[prefix] = str(shapes.value(declared, SH.namespace))
    head = "".join(f"PREFIX {prefix}: <{name}>\n" for prefix, name in prefixes.items())
    return head + select


def default_graph(store: Store) -> Graphs:
    """The graphs whose union the shapes see."""
    return [DefaultGraph(), *(name for name in store.named_graphs() if name not in NOT_DATA)]


def rdflib_term(node: Node) -> Any:
    """A term of pyoxigraph as one of rdflib, read as from N-Triples."""
    match node:
        case NamedNode():
            return rdflib.URIRef(node.value)
        case Literal(language=str(language)):
            return rdflib.Literal(node.value, lang=language)
        case Literal():
            plain = node.datatype.value == str(XSD.string)
            return rdflib.Literal(
                node.value, datatype=None if plain else rdflib.URIRef(node.datatype.value)
            )
        case BlankNode():
            return rdflib.BNode(node.value)
    raise ValueError(f"{node}: a triple, of which shapes know nothing")
