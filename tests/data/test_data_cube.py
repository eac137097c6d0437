"""The integrity constraints of RDF Data Cube, asked as the standard asks them.

W3C, "The RDF Data Cube Vocabulary", section 11.1: each is a query that is true of a cube that is
not well formed. Here they are asked of the example, and of the example with a fault: our shapes
find each fault that one of them finds. IC-4 and IC-5 ask for `rdfs:range`, which this ontology does
not use; `schema:rangeIncludes` takes its place here.
"""

import pytest
from pyoxigraph import QueryBoolean, Store

from brupact import resources
from brupact.dataset import FOLLOW_UP, Layout, amended
from brupact.namespaces import PREFIXES, SHAPES
from brupact.release import make
from brupact.validation import Change, CompiledShapes, load_shapes, validate_change

HEAD = "BASE <https://w3id.org/brupact/id/>\n" + "".join(
    f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()
)
COMPONENT = "?dataset cube:structure/cube:component"
#: By number, as the standard has them, with cube:dimension, cube:measure and cube:attribute in the
#: place of cube:componentProperty, which its normalisation algorithm adds.
CONSTRAINTS = {
    "IC-1": """{ ?obs a cube:Observation . FILTER NOT EXISTS { ?obs cube:dataSet ?one } } UNION
        { ?obs a cube:Observation ; cube:dataSet ?one, ?two . FILTER(?one != ?two) }""",
    "IC-2": """{ ?set a cube:DataSet . FILTER NOT EXISTS { ?set cube:structure ?one } } UNION
        { ?set a cube:DataSet ; cube:structure ?one, ?two . FILTER(?one != ?two) }""",
    "IC-3": """?dsd a cube:DataStructureDefinition .
        FILTER NOT EXISTS { ?dsd cube:component/cube:measure ?m . ?m a cube:MeasureProperty }""",
    "IC-4": """?dim a cube:DimensionProperty .
        FILTER NOT EXISTS { ?dim schema:rangeIncludes ?range }""",
    "IC-5": """?dim a cube:DimensionProperty ; schema:rangeIncludes skos:Concept .
        FILTER NOT EXISTS { ?dim cube:codeList ?list }""",
    "IC-6": """?dsd cube:component ?part . ?part cube:componentRequired false .
        FILTER NOT EXISTS { ?part cube:attribute ?attribute }""",
    "IC-11": f"""?obs cube:dataSet ?dataset . {COMPONENT}/cube:dimension ?dim .
        FILTER NOT EXISTS {{ ?obs ?dim ?value }}""",
    "IC-12": f"""{{ SELECT (MIN(?equal) AS ?same) {{
        ?one cube:dataSet ?dataset . ?two cube:dataSet ?dataset . FILTER(?one != ?two)
        {COMPONENT}/cube:dimension ?dim . ?one ?dim ?v1 . ?two ?dim ?v2 . BIND(?v1 = ?v2 AS ?equal)
        }} GROUP BY ?one ?two }} FILTER(?same)""",
    "IC-13": f"""?obs cube:dataSet ?dataset . {COMPONENT} ?part .
        ?part cube:componentRequired true ; cube:attribute ?attribute .
        FILTER NOT EXISTS {{ ?obs ?attribute ?value }}""",
    "IC-14": f"""?obs cube:dataSet ?dataset . {COMPONENT}/cube:measure ?measure .
        FILTER NOT EXISTS {{ ?obs ?measure ?value }}""",
    "IC-18": """?dataset cube:slice ?slice . ?slice cube:observation ?obs .
        FILTER NOT EXISTS { ?obs cube:dataSet ?dataset }""",
}
#: The constraint, what makes a cube break it, and the shape that finds it.
FAULTS = {
    "IC-1": ("DELETE DATA", "<observation/example-1> cube:dataSet <series/example-1>",
             "Observation-dataSet"),
    "IC-2": ("DELETE DATA", "<series/example-1> cube:structure <data-structure/indicator>",
             "Series-structure"),
    "IC-3": ("INSERT DATA", "<x-structure> a cube:DataStructureDefinition",
             "DataStructure-measure"),
    "IC-4": ("INSERT DATA", "<x-dimension> a cube:DimensionProperty", "Dimension-range"),
    "IC-5": ("INSERT DATA", "<x-dimension> a cube:DimensionProperty ; "
             "schema:rangeIncludes skos:Concept", "Dimension-codeList"),
    "IC-6": ("INSERT DATA", "<data-structure/indicator#value> cube:componentRequired false",
             "Component-optional"),
    "IC-11": ("DELETE DATA", '<observation/example-1> pact:periodEnd "2026-12-31"^^xsd:date',
              "Observation-periodEnd"),
    "IC-12": ("INSERT DATA", "<x> a cube:Observation ; cube:dataSet <series/example-1> ; "
              'pact:periodEnd "2026-12-31"^^xsd:date ; pact:observedPart <priority/2026-2029-3>',
              "Observation-unique"),
    "IC-13": ("DELETE DATA", "<observation/example-1> pact:unit <unit/persons>",
              "Observation-unit"),
    "IC-14": ("DELETE DATA", "<observation/example-1> pact:value 1000", "Observation-value"),
    "IC-18": ("INSERT DATA", "<series/example-1> cube:slice <x-slice> . "
              "<x-slice> cube:observation <x-observation>", "Series-noSlice"),
}  # fmt: skip


@pytest.fixture(scope="module")
def example() -> Store:
    return make(amended(Layout(), [resources.EXAMPLE]), resources.RULES).store


@pytest.fixture(scope="module")
def shapes() -> CompiledShapes:
    return load_shapes(resources.SHAPES)


def broken(store: Store) -> set[str]:
    """The constraints of which the standard's query is true."""
    found = set()
    for name, where in CONSTRAINTS.items():
        answer = store.query(f"{HEAD} ASK {{ {where} }}", use_default_graph_as_union=True)
        assert isinstance(answer, QueryBoolean)
        if answer:
            found.add(name)
    return found


def test_the_example_is_well_formed(example: Store) -> None:
    assert broken(example) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_the_shapes_find_what_the_standard_finds(
    example: Store, shapes: CompiledShapes, name: str
) -> None:
    operation, triples, shape = FAULTS[name]
    store = Store()
    store.bulk_extend(example)
    store.update(f"{HEAD} {operation} {{ GRAPH <{FOLLOW_UP.value}> {{ {triples} }} }}")
    before, after = set(example), set(store)
    change = Change(frozenset(after - before), frozenset(before - after))
    assert change.added or change.removed
    assert name in broken(store)
    found = validate_change(store, change, shapes, engine="turbo").violations
    assert SHAPES + shape in {finding.constraint or finding.shape for finding in found}


def test_every_constraint_has_its_fault() -> None:
    assert FAULTS.keys() == CONSTRAINTS.keys()
