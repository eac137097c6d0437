"""Documents that clients send become triples whose blank nodes no other document has."""

import random
import subprocess
import sys

import pytest
from pyoxigraph import BlankNode, RdfFormat, parse

from brupact.engine.documents import n_triples
from brupact.engine.interface import QueryRefused

TURTLE = "text/turtle"


def nodes(triples: bytes) -> set[str]:
    return {
        term.value
        for quad in parse(triples, RdfFormat.N_TRIPLES)
        for term in (quad.subject, quad.object)
        if isinstance(term, BlankNode)
    }


@pytest.mark.parametrize(
    ("document", "media_type", "number"),
    [
        (b"_:a <x:p> _:b, _:a, [] .", TURTLE, 3),
        (b"<x:a> <x:p> ( 1 2 ) .", TURTLE, 2),
        (b"_:a <x:p> _:b .\n_:b <x:p> _:a .", "application/n-triples", 2),
        (b'{"@id": "_:a", "x:p": [{"@id": "_:b"}, {"x:p": 1}]}', "application/ld+json", 3),
    ],
)
def test_blank_nodes_are_those_of_the_document_alone(
    document: bytes, media_type: str, number: int
) -> None:
    one, other = (nodes(n_triples(document, media_type, "x:base")) for _ in range(2))
    assert len(one) == len(other) == number
    assert not one & other


#: Reads a document, then another one in each of two forks, as the engine does.
FORKS = """
import os
from brupact.engine.documents import n_triples
document = b"_:a <x:p> [] ."
n_triples(document, "text/turtle", "x:base")
for _ in range(2):
    if not os.fork():
        os.write(1, n_triples(document, "text/turtle", "x:base"))
        os._exit(0)
    os.wait()
"""


def test_forks_give_no_two_documents_the_same_blank_nodes() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 2
    assert len(nodes(done.stdout)) == 4


@pytest.mark.parametrize(
    "document",
    [
        b"<x:a> <x:p> <<( <x:a> <x:p> 1 )>> .",
        b"<< <x:a> <x:p> 1 >> <x:p> 1 .",
        b"<x:a> <x:p> 1 {| <x:q> 2 |} .",
        b"GRAPH <x:g> { <x:a> <x:p> 1 }",
    ],
)
def test_what_is_not_a_graph_of_rdf_1_1_is_refused(document: bytes) -> None:
    with pytest.raises(QueryRefused):
        n_triples(document, TURTLE, "x:base")


def test_any_bytes_are_triples_or_refused() -> None:
    good, draw = b"<x:a> <x:p> _:b, 'c'@en, 1.5 ; <x:q> [ <x:r> <#d> ] .", random.Random(1)
    for _ in range(500):
        document = bytearray(good)
        for _ in range(draw.randrange(1, 4)):
            document[draw.randrange(len(document))] = draw.randrange(256)
        try:
            triples = n_triples(bytes(document), TURTLE, "x:base")
        except QueryRefused as refused:
            assert refused.line is not None
        else:
            list(parse(triples, RdfFormat.N_TRIPLES))
