"""Shapes and graphs to draw from: every constraint component, path and target, in small."""

from collections.abc import Iterable

import rdflib
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from brupact.namespaces import RDF_TYPE, RDFS, XSD, graph
from brupact.validation import (
    Change,
    CompiledShapes,
    Finding,
    Report,
    compile_shapes,
    data_graph,
    validate_change,
    validate_graph,
)
from brupact.validation.view import Node

EX = "http://example.org/"
DATA = graph("data")
HEAD = f"""
@prefix : <{EX}> .
@prefix rdfs: <{RDFS}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <{XSD}> .
:prefixes sh:declare [ sh:prefix "" ; sh:namespace "{EX}"^^xsd:anyURI ] .
:Inner a sh:NodeShape ; sh:property :Inner-q .
:Inner-q sh:path :q ; sh:minCount 1 ; sh:class :B .
:Typed a sh:NodeShape ; sh:class :B .
:Deep a sh:NodeShape ; sh:property [ sh:path [ sh:inversePath :r ] ; sh:node :Inner ] .
"""
PATHS = (
    ":p",
    "[ sh:inversePath :p ]",
    "( :p :q )",
    "( [ sh:inversePath :p ] :q )",
    "[ sh:alternativePath ( :p [ sh:inversePath :q ] ) ]",
    "[ sh:zeroOrMorePath :p ]",
    "[ sh:oneOrMorePath :q ]",
    "[ sh:zeroOrOnePath :r ]",
    "( :p [ sh:zeroOrMorePath :q ] )",
    "[ sh:inversePath ( :p [ sh:alternativePath ( :q :r ) ] ) ]",
    "[ sh:zeroOrMorePath ( :p :q ) ]",
)
TARGETS = (
    "sh:targetClass :A",
    "sh:targetClass :A , :C",
    "sh:targetNode :n0 , :n1 , :absent",
    "sh:targetSubjectsOf :p",
    "sh:targetObjectsOf :q",
    "a rdfs:Class",
)
#: What a property shape may say, by the parameter that names the component.
PROPERTY = {
    "minCount": "sh:minCount 2",
    "maxCount": "sh:maxCount 1",
    "class": "sh:class :B",
    "datatype": "sh:datatype xsd:integer",
    "nodeKind": "sh:nodeKind sh:IRI",
    "minInclusive": "sh:minInclusive 2",
    "maxInclusive": "sh:maxInclusive 2",
    "minExclusive": "sh:minExclusive 1",
    "maxExclusive": "sh:maxExclusive 3",
    "minLength": "sh:minLength 3",
    "maxLength": "sh:maxLength 2",
    "pattern": 'sh:pattern "n[0-3]"',
    "languageIn": 'sh:languageIn ( "fr" "nl" )',
    "uniqueLang": "sh:uniqueLang true",
    "in": 'sh:in ( :n1 :n2 1 "un"@fr )',
    "hasValue": "sh:hasValue :n1",
    "equals": "sh:equals :r",
    "disjoint": "sh:disjoint :r",
    "lessThan": "sh:lessThan :r",
    "lessThanOrEquals": "sh:lessThanOrEquals :r",
    "node": "sh:node :Inner",
    "node, deep": "sh:node :Deep",
    "property": "sh:property :Sub",
    "not": "sh:not :Inner",
    "and": "sh:and ( :Inner [ sh:class :B ] )",
    "or": "sh:or ( :Inner [ sh:class :C ] )",
    "xone": "sh:xone ( [ sh:class :B ] :Inner )",
    "qualifiedMinCount": "sh:qualifiedValueShape :Typed ; sh:qualifiedMinCount 2",
    "qualifiedMaxCount": "sh:qualifiedValueShape :Inner ; sh:qualifiedMaxCount 0",
    "qualifiedValueShapesDisjoint": "sh:qualifiedValueShape :Typed ; sh:qualifiedMinCount 1 ; "
    "sh:qualifiedValueShapesDisjoint true",
    "closed": "sh:node [ sh:closed true ; sh:property [ sh:path :q ] ]",
    "deactivated": "sh:minCount 9 ; sh:deactivated true",
}
#: What a node shape may say of the node itself.
NODE = {
    "class": "sh:class :B",
    "closed": "sh:closed true ; sh:ignoredProperties ( :r ) ; sh:property [ sh:path :p ]",
    "nodeKind": "sh:nodeKind sh:Literal",
    "in": "sh:in ( :n1 :n2 )",
    "pattern": 'sh:pattern "n[0-3]"',
    "equals": "sh:equals :r",
    "disjoint": "sh:disjoint :r",
    "hasValue": "sh:hasValue :n1",
    "not": "sh:not [ sh:property [ sh:path ( :p :q ) ; sh:minCount 1 ] ]",
    "xone": "sh:xone ( [ sh:class :B ] [ sh:class :C ] )",
    "node": "sh:node :Inner",
}
#: The WHERE clauses of SPARQL-based constraints, in the manners of those in use.
QUERIES = {
    "sibling": "$this :p ?whole ; :q ?value . ?other :p ?whole ; :q ?value . "
    "FILTER(?other != $this)",
    "order": "$this :p ?whole . $this :q ?value . FILTER ( isNumeric(?value) ) FILTER ( "
    "EXISTS { ?s :p ?whole ; a :A . ?s :q ?value . FILTER (?s != $this) } || ( ?value > 1 && "
    "NOT EXISTS { ?s :p ?whole ; a :A . ?s :q ?before . FILTER (?before = ?value - 1) } ) )",
    "absent": "$this :p ?value . FILTER NOT EXISTS { ?value :q ?x ; :r $this }",
    "alone": "$this :p ?value . FILTER NOT EXISTS { ?value :q ?x }",
    "union": "{ $this :p ?whole } UNION { $this :q ?whole . ?whole a :A } $this :r ?value . "
    "FILTER EXISTS { { ?s :p ?whole ; a :B } UNION { ?s :q ?whole } FILTER(?s != $this) }",
    "any property": "$this ?value ?o . FILTER NOT EXISTS { ?value :q ?m }",
    "whole": "?node a ?value . FILTER NOT EXISTS { ?value :q ?m }",
    "path": "$this :p/:q ?value . FILTER NOT EXISTS { ?value ^:r ?x }",
    "repeated path": "$this :p+ ?value . FILTER NOT EXISTS { ?value :q* :n1 }",
    "optional": "$this :p ?x . OPTIONAL { ?x :q ?value } FILTER(!BOUND(?value) || ?value = :n1)",
    "computed": "$this :p ?x . BIND(STR(?x) AS ?value) FILTER NOT EXISTS { ?x :q ?y }",
    "joined by a filter": "$this :p ?value . ?other :q ?x . FILTER(STR(?x) = STR(?value)) ",
    "apart": "$this a :A . ?value :p ?text . FILTER NOT EXISTS { ?x :q ?value ; :r ?y . "
    "FILTER(STR(?y) = STR(?text)) }",
    "subquery": "{ SELECT $this (COUNT(?x) AS ?n) WHERE { $this :p ?x } GROUP BY $this } "
    "$this :p ?value . FILTER(?n > 1)",
    "nested": "$this :p ?value . FILTER NOT EXISTS { ?value :q ?x . FILTER NOT EXISTS "
    "{ ?x :r ?y . ?y a :B } }",
}


def property_shape(path: str, target: str, body: str) -> str:
    """A shape with one property shape."""
    return (
        f":S {target} ; sh:property :S-p . :S a sh:NodeShape .\n"
        f":S-p sh:path {path} ; {body} .\n"
        ":Sub sh:path :r ; sh:maxCount 0 ; sh:class :C ; sh:property :Sub2 .\n"
        ":Sub2 sh:path [ sh:inversePath :q ] ; sh:maxCount 0 .\n"
        ":S sh:property :Sibling .\n"
        ":Sibling sh:path :q ; sh:qualifiedValueShape :Inner ; sh:qualifiedMaxCount 1 .\n"
    )


def node_shape(target: str, body: str) -> str:
    """A shape that says something of the node itself."""
    return f":S a sh:NodeShape ; {target} ; {body} .\n"


def sparql_shape(target: str, query: str, path: str | None = None) -> str:
    """A shape with a SPARQL-based constraint; with a path, of the values' own shape."""
    holder = ":S" if path is None else ":Held"
    above = "" if path is None else f":S sh:property [ sh:path {path} ; sh:property :Held ] .\n"
    kind = "" if path is None else "sh:path :p ; "
    return (
        f":S a sh:NodeShape ; {target} .\n{above}"
        f"{holder} {kind} sh:sparql :Query .\n"
        ":Query sh:prefixes :prefixes ; "
        f'sh:message "{{?value}} un"@fr , "{{?value}} one"@en ; '
        f'sh:select """SELECT DISTINCT $this ?value WHERE {{ {query} }}""" .\n'
    )


def compiled(text: str) -> CompiledShapes:
    """Shapes, ready."""
    return compile_shapes(rdflib.Graph().parse(data=HEAD + text, format="turtle"))


def n(name: str) -> NamedNode:
    return NamedNode(EX + name)


CLASSES = [n("A"), n("B"), n("C"), n("S")]
PROPERTIES = [n("p"), n("q"), n("r")]
LITERALS: list[Node] = [
    *(Literal(i) for i in range(1, 4)),
    Literal("un", language="fr"),
    Literal("deux", language="fr"),
    Literal("one", language="en"),
    Literal("n2"),
    Literal("2026-01-01", datatype=NamedNode(XSD + "date")),
]
_classes = st.builds(
    Triple,
    st.sampled_from(CLASSES),
    st.just(NamedNode(RDFS + "subClassOf")),
    st.sampled_from(CLASSES),
)


def _quads(count: int) -> st.SearchStrategy[Quad]:
    """Quads about `count` nodes."""
    names = [n(f"n{i}") for i in range(count)]
    nodes, objects = st.sampled_from(names), st.sampled_from([*names, *LITERALS])
    links = st.builds(Triple, nodes, st.sampled_from(PROPERTIES), objects)
    types = st.builds(Triple, nodes, st.just(RDF_TYPE), st.sampled_from(CLASSES))
    return st.one_of(links, links, links, types, types, _classes).map(
        lambda t: Quad(t.subject, t.predicate, t.object, DATA)
    )


def _changes(nodes: int, least: int, most: int) -> st.SearchStrategy["Drawn"]:
    return st.tuples(
        st.frozensets(_quads(nodes), min_size=least, max_size=most),
        st.frozensets(_quads(nodes), max_size=4),
        st.lists(st.integers(min_value=0, max_value=most), max_size=4),
    )


#: What is there before, and what is added and removed.
changes = _changes(5, 0, 40)
#: The same in graphs of up to 300 triples.
large_changes = _changes(20, 150, 300)
Drawn = tuple[frozenset[Quad], frozenset[Quad], list[int]]


def change_of(drawn: Drawn) -> tuple[Store, Change]:
    """A store, and the change that is drawn for it: some of its quads go, some are new."""
    there, new, picks = drawn
    rows = sorted(there, key=str)
    removed = frozenset(rows[pick % len(rows)] for pick in picks if rows)
    store = Store()
    store.extend(there)
    return store, Change(new - there, removed)


def made(store: Store, change: Change) -> None:
    """Make `change` in `store`."""
    for quad in change.removed:
        store.remove(quad)
    store.extend(change.added)


def full(store: Store, shapes: CompiledShapes, engine: str) -> Report:
    """The whole dataset validated."""
    return validate_graph(data_graph(store), shapes.graph, engine=engine)


def check(store: Store, change: Change, shapes: CompiledShapes, engine: str) -> None:
    """Make `change`; what is found for it is what a full validation finds."""
    before = full(store, shapes, engine)
    made(store, change)
    after = set(full(store, shapes, engine).findings)
    known = validate_change(store, change, shapes, before, engine=engine)
    assert known.state is not None
    agree(known.state, after)
    alone = validate_change(store, change, shapes, engine=engine)
    assert alone.state is None
    assert after - set(before.findings) <= set(alone.findings) <= after
    assert alone.conforms or any(one in alone.violations for one in after)


def agree(found: Iterable[Finding], expected: Iterable[Finding]) -> None:
    """Show what is missing and what is too much."""
    got, wanted = set(found), set(expected)
    assert sorted(wanted - got) == [], "missing"
    assert sorted(got - wanted) == [], "too much"
