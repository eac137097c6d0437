import json

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from rdflib import Graph

from brupact import jsonld
from brupact.engine.local import LocalEngine
from brupact.namespaces import GRAPH, ID, PREFIXES, RDF_TYPE, pact

NODE = NamedNode(ID + "priority/2026-2029-1")


@pytest.fixture(scope="module")
def terms(engine: LocalEngine) -> dict[str, object]:
    return jsonld.context(engine.graph(GRAPH + "ontology"))


def test_the_context_names_every_term(terms: dict[str, object]) -> None:
    assert terms["SharedPriority"] == {"@id": "pact:SharedPriority"}
    assert terms["competentMember"] == {"@id": "pact:competentMember", "@type": "@id"}
    assert terms["statusDate"] == {"@id": "pact:statusDate", "@type": "xsd:date"}
    assert terms["sourceText"] == {"@id": "pact:sourceText", "@container": "@language"}


def test_a_document_is_written_in_short_names(terms: dict[str, object]) -> None:
    label = NamedNode(PREFIXES["skos"] + "prefLabel")
    triples = [
        Triple(NODE, RDF_TYPE, pact("SharedPriority")),
        Triple(NODE, label, Literal("a", language="fr")),
        Triple(NODE, label, Literal("b", language="nl")),
        Triple(NODE, pact("inTheme"), NamedNode(ID + "theme/mobility")),
    ]
    document = json.loads(jsonld.compact(triples, terms))
    assert document["@graph"] == [
        {
            "id": NODE.value,
            "type": "SharedPriority",
            "inTheme": ID + "theme/mobility",
            "prefLabel": {"fr": "a", "nl": "b"},
        }
    ]
    assert set(document["@context"]) == {
        "id", "type", "SharedPriority", "inTheme", "prefLabel", "pact", "skos",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["agreement", "context", "codes", "inferred", "graphs"])
def test_nothing_is_lost(engine: LocalEngine, terms: dict[str, object], name: str) -> None:
    triples = engine.graph(GRAPH + name)
    written = jsonld.compact(triples, terms)
    lines = "".join(f"{triple} .\n" for triple in triples)
    expected = Graph().parse(data=lines, format="nt")
    assert set(Graph().parse(data=written, format="json-ld")) == set(expected)


def test_no_context_is_ever_fetched(terms: dict[str, object]) -> None:
    triple = next(iter(parse('<x:a> <x:b> "http://example.org/context" .', RdfFormat.N_TRIPLES)))
    written = jsonld.compact([triple.triple], terms)
    assert json.loads(written)["@context"] == {"id": "@id"}
