"""The IRIs under which everything is published, and the prefixes by which they are written.

Every other module takes its names from here, so that a base IRI is spelled once.
"""

from typing import Final

from pyoxigraph import NamedNode

BASE: Final = "https://w3id.org/brupact/"
#: Things: ``id/{type}/{reference}``.
ID: Final = BASE + "id/"
#: The page about a thing.
DOC: Final = BASE + "doc/"
#: Terms of the ontology.
PACT: Final = BASE + "ns#"
#: Constraints and shapes.
SHAPES: Final = BASE + "shapes#"
#: Inference rules.
RULES: Final = BASE + "rules/"
#: Queries of the library.
QUERIES: Final = BASE + "queries/"
#: Named graphs.
GRAPH: Final = BASE + "graph/"
#: What stands in the place of a blank node (RDF 1.1 Concepts, section 3.5).
GENID: Final = BASE + ".well-known/genid/"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SH: Final = "http://www.w3.org/ns/shacl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

#: Prefixes offered to readers and used in every Turtle document that is written.
PREFIXES: Final[dict[str, str]] = {
    "cube": "http://purl.org/linked-data/cube#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "m8g": "http://data.europa.eu/m8g/",
    "mandaat": "http://data.vlaanderen.be/ns/mandaat#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pact": PACT,
    "prov": "http://www.w3.org/ns/prov#",
    "pshape": SHAPES,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "http://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": SH,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": XSD,
}

RDF_TYPE: Final = NamedNode(RDF + "type")


def pact(name: str) -> NamedNode:
    """The term `name` of the ontology."""
    return NamedNode(PACT + name)


def graph(name: str) -> NamedNode:
    """The named graph `name`."""
    return NamedNode(GRAPH + name)


#: The graph that holds what the rules derive, and nothing else.
INFERRED: Final = graph("inferred")

#: The properties that name a thing for people; the first that a thing has counts.
LABELS: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("skos", "prefLabel"),
        ("rdfs", "label"),
        ("dcterms", "title"),
        ("foaf", "name"),
    )
)
