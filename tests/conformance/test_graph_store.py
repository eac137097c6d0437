"""The tests of the W3C for the Graph Store Protocol: each a test with the same name, its IRI."""

from functools import cache
from typing import Final

import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Node
from tests.conformance.handlers import CNT, HT
from tests.conformance.service import Service
from tests.conformance.suite import FOLDER, MF
from tests.process import Reply

HTS: Final = Namespace("http://www.w3.org/2011/http-statusCodes#")
#: How many cases each manifest has at least: a case that is lost is seen. The list of the first
#: leaves one out that it describes (`head_non_existing_direct`); it is run all the same.
FLOORS: Final = {"manifest-direct.ttl": 5, "manifest-indirect.ttl": 9}
#: What a case may ask of a service, all of which is offered.
FEATURES: Final = {
    MF.DirectGraphIdentification, MF.IndirectGraphIdentification, MF.POSTGraphCreation,
}  # fmt: skip
STATUSES: Final = {HTS.OK: 200, HTS.Created: 201, HTS.NoContent: 204, HTS.NotFound: 404}
MISSING: Final = (
    f"NO W3C TESTS at {FOLDER}: set BRUPACT_CONFORMANCE; {sum(FLOORS.values())} are left out"
)


@cache
def manifest(name: str) -> Graph:
    path = FOLDER / "graph-store-protocol" / name
    return Graph().parse(path, format="turtle", publicID=path.resolve().as_uri())


def cases(name: str) -> list[Node]:
    """The cases that a manifest describes."""
    return sorted(manifest(name).subjects(RDF.type, MF.GraphStoreProtocolTest), key=str)


def parameters() -> list[object]:
    if not FOLDER.is_dir():
        return [pytest.param("", None, marks=pytest.mark.skip(MISSING), id="no-suite")]
    return [pytest.param(name, case, id=str(case)) for name in FLOORS for case in cases(name)]


@pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
@pytest.mark.parametrize("name", FLOORS)
def test_no_case_is_lost(name: str) -> None:
    graph = manifest(name)
    (entries,) = graph.objects(None, MF.entries)
    assert set(Collection(graph, entries)) <= set(cases(name))
    assert len(cases(name)) >= FLOORS[name]
    types = {graph.value(case, RDF.type) for case in Collection(graph, entries)}
    assert types == {MF.GraphStoreProtocolTest}


@pytest.mark.parametrize(("name", "case"), parameters())
def test_case(name: str, case: Node, scratch: Service) -> None:
    scratch.fill(())
    graph = manifest(name)
    assert set(graph.objects(case, MF.requires)) <= FEATURES
    requests = graph.value(graph.value(case, MF.action), HT.requests)
    assert requests is not None
    locations: dict[str, str] = {}
    for request in Collection(graph, requests):
        reply = send(graph, request, locations, scratch)
        response = graph.value(request, HT.resp)
        assert response is not None
        check(graph, response, reply)
        if (variable := graph.value(response, MF.expectedLocation)) is not None:
            locations[str(variable)] = reply.headers["location"]


def send(graph: Graph, request: Node, locations: dict[str, str], service: Service) -> Reply:
    """The reply to `request`, at our path and with the locations of before in their place."""
    path = filled(str(graph.value(request, HT.absolutePath)), locations)
    assert path.startswith("/gsp")
    body = text(graph, request)
    content = None if body is None else filled(body, locations).encode()
    method = str(graph.value(request, HT.methodName))
    return service.send(
        method, path.replace("/gsp", "/graphs", 1), headers(graph, request), content
    )


def filled(template: str, locations: dict[str, str]) -> str:
    for variable, location in locations.items():
        template = template.replace(variable, location)
    return template


def text(graph: Graph, message: Node) -> str | None:
    body = graph.value(message, HT.body)
    if body is None:
        return None
    assert str(graph.value(body, CNT.characterEncoding)) == "UTF-8"
    return str(graph.value(body, CNT.chars))


def headers(graph: Graph, message: Node) -> dict[str, str]:
    fields = graph.value(message, HT.headers)
    return {
        str(graph.value(field, HT.fieldName)): str(graph.value(field, HT.fieldValue))
        for field in ([] if fields is None else Collection(graph, fields))
    }


def check(graph: Graph, response: Node, reply: Reply) -> None:
    """`reply` has an expected status, the expected media type, and an isomorphic graph."""
    expected = {STATUSES[URIRef(str(s))] for s in graph.objects(response, MF.expectedStatus)}
    assert reply.status in expected, reply
    fields = headers(graph, response)
    assert fields.keys() <= {"content-type"}
    media_type = fields.get("content-type", "").partition(";")[0]
    if media_type:
        assert reply.media_type == media_type
        assert "charset" not in reply.headers["content-type"].replace("charset=utf-8", "")
    if (body := text(graph, response)) is not None:
        found, wanted = Graph().parse(reply.body, format=media_type), Graph()
        assert len(found) > 1
        assert isomorphic(found, wanted.parse(data=body, format=media_type)), reply
