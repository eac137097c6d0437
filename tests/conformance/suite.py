"""The test suite of the W3C: which cases there are, of which kind, and which are known to fail.

The folder is not part of this project; `BRUPACT_CONFORMANCE` names the one that holds
``sparql/sparql11`` as https://github.com/w3c/rdf-tests has it.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

HERE: Final = Path(__file__).parent
FOLDER: Final = Path(os.environ.get("BRUPACT_CONFORMANCE", "conformance"), "sparql", "sparql11")
#: Where the suite was published; relative IRIs in its files are meant against this.
BASE: Final = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")

#: Folders of the suite that are not run here, with the reason.
LEFT_OUT: Final[Mapping[str, str]] = {
    "entailment": "entailment regimes are not claimed; inference is by rules, ahead of the query",
    "service": "federated queries have tests of their own",
    "graph-store-protocol": "the Graph Store Protocol has tests of its own",
}
#: Folders whose cases ask for the form of an answer.
RESULT_FORMATS: Final = ("csv-tsv-res", "json-res")

#: The kinds of cases, and how many there are at least: a case that is lost is seen.
FLOORS: Final[Mapping[str, int]] = {
    "query evaluation": 225,
    "update evaluation": 94,
    "result formats": 10,
    "syntax": 169,
    "protocol": 34,
    "service description": 3,
}
#: The kind of each type of test; a type that is not here is an error.
KINDS: Final[Mapping[Node, str]] = {
    MF.QueryEvaluationTest: "query evaluation",
    MF.CSVResultFormatTest: "result formats",
    MF.UpdateEvaluationTest: "update evaluation",
    MF.PositiveSyntaxTest11: "syntax",
    MF.NegativeSyntaxTest11: "syntax",
    MF.PositiveUpdateSyntaxTest11: "syntax",
    MF.NegativeUpdateSyntaxTest11: "syntax",
    MF.ProtocolTest: "protocol",
    MF.ServiceDescriptionTest: "service description",
}


class UnknownType(Exception):
    """A test of a type that nobody here knows how to run."""


@dataclass(frozen=True)
class Case:
    """A test: its IRI, its type, and the manifest that says the rest."""

    iri: str
    type: Node
    folder: str
    manifest: Graph

    @property
    def kind(self) -> str:
        """One of `FLOORS`.

        :raises UnknownType: if the suite has a type of test that is not in `KINDS`.
        """
        if self.type not in KINDS:
            raise UnknownType(f"{self.iri} is a {self.type}")
        return "result formats" if self.folder in RESULT_FORMATS else KINDS[self.type]

    def the(self, *path: URIRef) -> Node | None:
        """What `path` leads to, from the test."""
        node: Node | None = URIRef(self.iri)
        for step in path:
            node = self.manifest.value(node, step)
        return node


def local(iri: Node | str) -> Path:
    """The file that the suite publishes as `iri`."""
    assert str(iri).startswith(BASE), iri
    return FOLDER / str(iri).removeprefix(BASE)


def read_manifest(folder: str) -> list[Case]:
    """The cases of the manifest in `folder`, in its order."""
    address = URIRef(f"{BASE}{folder}/manifest.ttl")
    graph = Graph().parse(local(address), format="turtle", publicID=address)
    entries = graph.value(address, MF.entries)
    assert entries is not None, address
    return [
        Case(str(iri), graph.value(iri, RDF.type) or RDF.nil, folder, graph)
        for iri in Collection(graph, entries)
    ]


@cache
def cases() -> tuple[Case, ...]:
    """All cases of the folders that the suite's own list includes, but those left out."""
    if not FOLDER.is_dir():
        return ()
    address = URIRef(f"{BASE}manifest-all.ttl")
    graph = Graph().parse(local(address), format="turtle", publicID=address)
    included = graph.value(address, MF.include)
    assert included is not None
    folders = [local(iri).parent.name for iri in Collection(graph, included)]
    return tuple(c for name in folders if name not in LEFT_OUT for c in read_manifest(name))


def known(section: str) -> dict[str, str]:
    """What is known of a test, by its IRI, with the reason: it `fails`, or passes `by-value`."""
    text = (HERE / "expected-failures.toml").read_text(encoding="utf-8")
    reasons: dict[str, str] = tomllib.loads(text)[section]
    return reasons
