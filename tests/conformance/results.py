"""Answers read and compared without the help of the engine that wrote them.

An answer of any form becomes an RDF dataset, and two are equal where their canonical forms are
(RDF Dataset Canonicalization, RDFC-1.0): blank nodes may have any name, rows any order.
"""

import csv
import io
import json
import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)

Term = NamedNode | BlankNode | Literal

RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_XML: Final = "{http://www.w3.org/2005/sparql-results#}"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


_INTEGER, _DECIMAL = r"[+-]?\d+", r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_DOUBLE: Final = rf"{_DECIMAL}(?:[eE][+-]?\d+)?"
#: By datatype: its lexical forms, and what makes one form of all that have the same value (XML
#: Schema 1.1 Part 2); INF, -INF and NaN have one form only.
_VALUES: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    f"{_XSD}integer": (_INTEGER, lambda text: str(int(text))),
    f"{_XSD}decimal": (_DECIMAL, lambda text: str(Decimal(text).normalize() + 0)),
    f"{_XSD}float": (_DOUBLE, lambda text: str(struct.unpack("f", struct.pack("f", float(text))))),
    f"{_XSD}double": (_DOUBLE, lambda text: str(float(text))),
    f"{_XSD}boolean": ("[01]", lambda text: {"1": "true", "0": "false"}[text]),
}


@dataclass(frozen=True)
class Table:
    """The result of SELECT: its variables and its rows, which may leave variables unbound."""

    variables: tuple[str, ...]
    rows: tuple[Mapping[str, Term], ...]


#: The result of SELECT, ASK, and CONSTRUCT or DESCRIBE.
Answer = Table | bool | Dataset


def canonical(answer: Answer, *, ordered: bool = False, by_value: bool = False) -> list[str]:
    """`answer` as sorted N-Quads that are the same for all equal answers.

    `ordered` says whether the order of the rows counts; `by_value` that ``1.0`` and ``1.00`` are
    the same decimal.
    """
    if isinstance(answer, bool):
        return [str(answer)]
    term = _value if by_value else _fold
    dataset = Dataset()
    if isinstance(answer, Dataset):
        for quad in answer:
            dataset.add(Quad(quad.subject, quad.predicate, term(quad.object), quad.graph_name))
    if isinstance(answer, Table):
        for name in answer.variables:
            dataset.add(Quad(NamedNode("x:head"), NamedNode("x:variable"), Literal(name)))
        for number, row in enumerate(answer.rows):
            node = BlankNode()
            place = Literal(str(number) if ordered else "any")
            dataset.add(Quad(node, NamedNode("x:row"), place))
            for name, value in row.items():
                dataset.add(Quad(node, NamedNode(f"x:value-of-{name}"), term(value)))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def _fold(term: Any) -> Any:
    """`term` with its language tag in lower case, as tags compare (RDF 1.1 Concepts, 3.3)."""
    if isinstance(term, Literal) and term.language:
        return Literal(term.value, language=term.language.lower())
    return term


def _value(term: Any) -> Any:
    """`term` with a fixed lexical form for its value, where it is a number or a truth value."""
    if isinstance(term, Literal) and term.datatype.value in _VALUES:
        forms, value = _VALUES[term.datatype.value]
        if re.fullmatch(forms, term.value, re.ASCII):
            return Literal(value(term.value), datatype=term.datatype)
    return _fold(term)


def read_json(body: bytes, base: str = "") -> Answer:
    """SPARQL 1.1 Query Results JSON Format."""
    document = json.loads(body)
    if "boolean" in document:
        assert isinstance(document["boolean"], bool)
        return document["boolean"]
    nodes: dict[str, BlankNode] = {}
    rows = (
        {name: _json_term(value, nodes) for name, value in row.items()}
        for row in document["results"]["bindings"]
    )
    return Table(tuple(document["head"]["vars"]), tuple(rows))


def _json_term(value: Mapping[str, str], nodes: dict[str, BlankNode]) -> Term:
    if value["type"] == "literal":
        return _literal(value["value"], value.get("xml:lang"), value.get("datatype"))
    return _resource({"uri": "uri", "bnode": "bnode"}[value["type"]], value["value"], nodes)


def read_xml(body: bytes, base: str = "") -> Answer:
    """SPARQL Query Results XML Format (Second Edition)."""
    document = ElementTree.fromstring(body)
    assert document.tag == f"{_XML}sparql", document.tag
    if (boolean := document.find(f"{_XML}boolean")) is not None:
        return {"true": True, "false": False}[(boolean.text or "").strip()]
    nodes: dict[str, BlankNode] = {}
    rows = (
        {binding.attrib["name"]: _xml_term(binding[0], nodes) for binding in result}
        for result in document.iterfind(f"{_XML}results/{_XML}result")
    )
    head = document.iterfind(f"{_XML}head/{_XML}variable")
    return Table(tuple(variable.attrib["name"] for variable in head), tuple(rows))


def _xml_term(element: ElementTree.Element, nodes: dict[str, BlankNode]) -> Term:
    kind, text = element.tag.removeprefix(_XML), element.text or ""
    if kind == "literal":
        return _literal(text, element.get(_LANG), element.get("datatype"))
    return _resource({"uri": "uri", "bnode": "bnode"}[kind], text, nodes)


def _literal(text: str, language: str | None, datatype: str | None) -> Literal:
    if language:
        return Literal(text, language=language)
    return Literal(text, datatype=NamedNode(datatype)) if datatype else Literal(text)


def _resource(kind: str, text: str, nodes: dict[str, BlankNode]) -> NamedNode | BlankNode:
    return NamedNode(text) if kind == "uri" else nodes.setdefault(text, BlankNode())


def read_csv(body: bytes, base: str = "") -> Answer:
    """SPARQL 1.1 Query Results CSV: texts, of which an empty one may stand for nothing."""
    head, *lines = csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
    nodes: dict[str, BlankNode] = {}
    rows: list[Mapping[str, Term]] = []
    for line in lines:
        cells = zip(head, line, strict=True)
        rows.append({name: _csv_term(text, nodes) for name, text in cells if text})
    return Table(tuple(head), tuple(rows))


def _csv_term(text: str, nodes: dict[str, BlankNode]) -> Term:
    return _resource("bnode", text, nodes) if text.startswith("_:") else Literal(text)


def read_tsv(body: bytes, base: str = "") -> Answer:
    """SPARQL 1.1 Query Results TSV: each cell a term as Turtle writes it, or nothing."""
    head, *lines = re.split(r"\r?\n", body.decode("utf-8").removesuffix("\n"))
    names = head.split("\t")
    assert all(re.fullmatch(r"[?$]\w+", name) for name in names), head
    nodes: dict[str, BlankNode] = {}
    rows: list[Mapping[str, Term]] = []
    for line in lines:
        cells = zip(names, line.split("\t"), strict=True)
        rows.append({name[1:]: _turtle_term(text, nodes) for name, text in cells if text})
    return Table(tuple(name[1:] for name in names), tuple(rows))


def _turtle_term(text: str, nodes: dict[str, BlankNode]) -> Term:
    if text.startswith("_:"):
        return _resource("bnode", text, nodes)
    (quad,) = parse(f"<x:s> <x:p> {text} .", RdfFormat.TURTLE)
    assert isinstance(quad.object, NamedNode | Literal)
    return quad.object


def read_turtle(body: bytes, base: str = "") -> Answer:
    """A graph, or where it describes one, the result of SELECT (vocabulary for result sets)."""
    graph = Dataset(parse(body, RdfFormat.TURTLE, base_iri=base or None))
    results = [*graph.quads_for_object(NamedNode(f"{RS}ResultSet"))]
    return _described(graph, results[0].subject) if results else graph


def _described(graph: Dataset, results: Any) -> Table:
    def values(node: Any, name: str) -> list[Any]:
        of_node = graph.quads_for_subject(node)
        return [quad.object for quad in of_node if quad.predicate == NamedNode(RS + name)]

    def row(solution: Any) -> dict[str, Term]:
        bindings = values(solution, "binding")
        return {values(b, "variable")[0].value: values(b, "value")[0] for b in bindings}

    assert not any(values(s, "index") for s in values(results, "solution")), "order is not read"
    names = (name.value for name in values(results, "resultVariable"))
    return Table(tuple(names), tuple(map(row, values(results, "solution"))))


#: The media type and the reader of the results in a file, by its suffix.
FORMATS: Final[Mapping[str, tuple[str, Callable[[bytes, str], Answer]]]] = {
    ".srj": ("application/sparql-results+json", read_json),
    ".srx": ("application/sparql-results+xml", read_xml),
    ".csv": ("text/csv", read_csv),
    ".tsv": ("text/tab-separated-values", read_tsv),
    ".ttl": ("text/turtle", read_turtle),
}
READERS: Final = dict(FORMATS.values())


def expected(path: Path, base: str) -> tuple[str, Answer]:
    """What the file `path` says, and the media type in which to ask for the same."""
    media_type, read = FORMATS[path.suffix]
    answer = read(path.read_bytes(), base)
    if media_type == "text/turtle" and isinstance(answer, Table):
        media_type = FORMATS[".srj"][0]
    return media_type, answer


def load(path: Path, base: str, graph: str = "") -> Dataset:
    """The RDF of a file as the graph `graph`, or the default graph."""
    name = NamedNode(graph) if graph else DefaultGraph()
    format = RdfFormat.from_extension(path.suffix[1:])
    return Dataset(
        Quad(quad.subject, quad.predicate, quad.object, name)
        for quad in parse(path.read_bytes(), format, base_iri=base)
    )
