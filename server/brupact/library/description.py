"""The query library as RDF (SHACL Advanced Features: executables and parameters)."""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from brupact.library.files import Entry
from brupact.library.parameters import LANGUAGES, Parameter, Type
from brupact.namespaces import PREFIXES, QUERIES, RDF, RDF_TYPE, RDFS, SH, XSD, graph

QUERIES_GRAPH: Final = graph("queries")
_DCTERMS: Final = PREFIXES["dcterms"]
_DATATYPES: Final = {Type.INTEGER: "integer", Type.DATE: "date"}
_Rows = Iterator[tuple[NamedNode, str, NamedNode | Literal]]


def library_quads(entries: Iterable[Entry], name: NamedNode = QUERIES_GRAPH) -> list[Quad]:
    """The description of `entries` for the graph `name`, without blank nodes."""
    return [quad for entry in entries for quad in describe(entry, name)]


def describe(entry: Entry, name: NamedNode = QUERIES_GRAPH) -> list[Quad]:
    """One query: a ``sh:SPARQLSelectExecutable`` with its text and its parameters.

    The local name of a parameter's ``sh:path`` is its name (SHACL, section 6.2.1).
    """
    rows = [*_query(entry)]
    for order, parameter in enumerate(entry.parameters):
        rows += _parameter(entry, parameter, order)
    return [Quad(subject, NamedNode(said), value, name) for subject, said, value in rows]


def _query(entry: Entry) -> _Rows:
    node = entry.iri
    yield node, RDF_TYPE.value, NamedNode(SH + "SPARQLExecutable")
    yield node, RDF_TYPE.value, NamedNode(SH + "SPARQLSelectExecutable")
    yield node, SH + "select", Literal(entry.text)
    yield node, _DCTERMS + "identifier", Literal(entry.slug)
    for tag in LANGUAGES:
        yield node, RDFS + "label", Literal(entry.titles[tag], language=tag)
        yield node, _DCTERMS + "description", Literal(entry.summaries[tag], language=tag)
    for keyword in entry.tags:
        yield node, PREFIXES["dcat"] + "keyword", Literal(keyword)


def _parameter(entry: Entry, parameter: Parameter, order: int) -> _Rows:
    node = NamedNode(f"{entry.iri.value}#param-{parameter.name}")
    path = NamedNode(f"{QUERIES.removesuffix('/')}#{parameter.name}")
    yield path, RDF_TYPE.value, NamedNode(RDF + "Property")
    yield entry.iri, SH + "parameter", node
    yield node, RDF_TYPE.value, NamedNode(SH + "Parameter")
    yield node, SH + "path", path
    yield node, SH + "name", Literal(parameter.name)
    yield node, SH + "order", Literal(order)
    yield node, SH + "defaultValue", parameter.read(parameter.default)
    for tag in LANGUAGES:
        yield node, SH + "description", Literal(parameter.descriptions[tag], language=tag)
    if parameter.type is Type.IRI:
        yield node, SH + "nodeKind", NamedNode(SH + "IRI")
        for kind in parameter.classes:
            yield node, SH + "class", kind
    else:
        datatype = _DATATYPES.get(parameter.type, "string")
        yield node, SH + "datatype", NamedNode(XSD + datatype)
    if parameter.codes:
        choice = "|".join(parameter.codes)
        yield node, SH + "pattern", Literal(f"^({choice})$")
