"""How a test of each type is run, over HTTP, against a service that holds nothing of before."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pyoxigraph import Dataset, RdfFormat, parse
from rdflib import RDFS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node
from tests.conformance.description import faults
from tests.conformance.results import FORMATS, READERS, Answer, canonical, expected, load
from tests.conformance.service import Service
from tests.conformance.suite import MF, Case, UnknownType, known, local
from tests.process import Reply

from brupact.sparql.tokens import tokens

QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT: Final = Namespace("http://www.w3.org/2011/http#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")

_BOOLEAN: Final = frozenset({FORMATS[".srj"][0], FORMATS[".srx"][0]})
#: The media types of each form of an answer, as the protocol tests name them.
_FORMS: Final[Mapping[str, frozenset[str]]] = {
    "boolean": _BOOLEAN,
    "tabular": _BOOLEAN | {FORMATS[".csv"][0], FORMATS[".tsv"][0]},
    "RDF": frozenset({"application/rdf+xml", "text/turtle", "application/n-triples"}),
}


#: What the engine says of a well-formed text that it cannot carry out.
_ABSENT: Final = re.compile(rb"graph <[^>]+> does not exist|function <[^>]+> is not supported")
#: The tests whose answer is right as a value only.
BY_VALUE: Final = known("by-value")


def evaluate_query(case: Case, service: Service) -> None:
    """The answer is the expected one; in the expected order where the query asks for one."""
    graphs = {str(iri): iri for iri in _all(case, QT.graphData)}
    service.fill(_dataset(_all(case, QT.data), graphs), graphs)
    query, result = case.the(MF.action, QT.query), case.the(MF.result)
    assert query is not None and result is not None
    media_type, answer = expected(local(result), str(result))
    reply = service.query(_with_base(query), media_type)
    assert (reply.status, reply.media_type) == (200, media_type), reply
    found = READERS[media_type](reply.body, str(query))
    order = _asks_for_order(local(query).read_text(encoding="utf-8"))
    compare(found, answer, ordered=order, by_value=case.iri in BY_VALUE)


def evaluate_update(case: Case, service: Service) -> None:
    """The service holds, afterwards, what it should: every graph, and no other."""
    action, result = case.the(MF.action), case.the(MF.result)
    request = case.the(MF.action, UT.request)
    assert action is not None and result is not None and request is not None
    data, graphs = _state(case.manifest, action)
    service.fill(_dataset(data, graphs), graphs)
    reply = service.update(_with_base(request))
    assert reply.status == 204, reply
    assert canonical(service.dataset()) == canonical(_dataset(*_state(case.manifest, result)))


def accept_syntax(case: Case, service: Service) -> None:
    """The text is taken; that it cannot be carried out here is no fault of its syntax."""
    reply = _read(case, service)
    assert reply.status in (200, 204, 403) or _cannot_be_done(reply), reply


def refuse_syntax(case: Case, service: Service) -> None:
    """The text is refused as malformed (SPARQL 1.1 Protocol, 2.1.7 and 2.2.5)."""
    reply = _read(case, service)
    assert reply.status == 400 and not _cannot_be_done(reply), reply


def follow_protocol(case: Case, service: Service) -> None:
    """Each request, sent as it is written, has the status and the answer that are expected."""
    data, graphs = _state(case.manifest, URIRef(case.iri))
    service.fill(_dataset(data, graphs), graphs)
    requests = case.the(MF.action, HT.requests)
    assert requests is not None
    for request in Collection(case.manifest, requests):
        _check(case.manifest, request, _send(case.manifest, request, service))


def describe_service(case: Case, service: Service) -> None:
    """What a GET without a query gives is the description that the test wants."""
    reply = service.send("GET", "/sparql", {})
    assert reply.status == 200, reply
    assert reply.media_type in _FORMS["RDF"], reply.media_type
    format = RdfFormat.from_media_type(reply.media_type)
    description = Dataset(parse(reply.body, format, base_iri=service.endpoint))
    assert faults(description, service.endpoint, case.iri.rpartition("#")[2]) == []


#: A test of a type that is not here is an error.
HANDLERS: Final[Mapping[Node, Callable[[Case, Service], None]]] = {
    MF.QueryEvaluationTest: evaluate_query,
    MF.CSVResultFormatTest: evaluate_query,
    MF.UpdateEvaluationTest: evaluate_update,
    MF.PositiveSyntaxTest11: accept_syntax,
    MF.PositiveUpdateSyntaxTest11: accept_syntax,
    MF.NegativeSyntaxTest11: refuse_syntax,
    MF.NegativeUpdateSyntaxTest11: refuse_syntax,
    MF.ProtocolTest: follow_protocol,
    MF.ServiceDescriptionTest: describe_service,
}


def run(case: Case, service: Service) -> None:
    """Run `case`.

    :raises UnknownType: if nobody knows how.
    :raises AssertionError: if the service does not pass it.
    """
    if case.type not in HANDLERS:
        raise UnknownType(f"{case.iri} is a {case.type}")
    HANDLERS[case.type](case, service)


def compare(found: Answer, answer: Answer, *, ordered: bool, by_value: bool) -> None:
    """`found` is the expected `answer`: to the letter, or `by_value` and then not to the letter.

    :raises AssertionError: otherwise.
    """
    to_the_letter = canonical(found, ordered=ordered) == canonical(answer, ordered=ordered)
    assert not (by_value and to_the_letter), "equal to the letter: take it off the list"
    values = canonical(answer, ordered=ordered, by_value=by_value)
    assert canonical(found, ordered=ordered, by_value=by_value) == values


def _all(case: Case, name: URIRef) -> list[Node]:
    action = case.the(MF.action)
    return [*case.manifest.objects(action, name)]


def _state(manifest: Graph, node: Node) -> tuple[list[Node], dict[str, Node]]:
    """The files of the default graph, and of each named graph, that `node` names."""
    named = manifest.objects(node, UT.graphData)
    graphs = {str(manifest.value(n, RDFS.label)): manifest.value(n, UT.graph) for n in named}
    assert all(graphs.values()), node
    return [*manifest.objects(node, UT.data)], {n: f for n, f in graphs.items() if f is not None}


def _dataset(data: list[Node], graphs: Mapping[str, Node]) -> Dataset:
    loaded = [load(local(iri), str(iri)) for iri in data]
    loaded += [load(local(iri), str(iri), name) for name, iri in graphs.items()]
    return Dataset(quad for part in loaded for quad in part)


def _with_base(iri: Node) -> str:
    """The text published as `iri`, which is what relative IRIs in it are meant against."""
    return f"BASE <{iri}>\n{local(iri).read_text(encoding='utf-8')}"


def _asks_for_order(query: str) -> bool:
    return any(token.depth == 0 and token.says("ORDER") for token in tokens(query))


def _read(case: Case, service: Service) -> Reply:
    """The reply to the text of `case`, on an empty dataset."""
    service.fill(())
    action = case.the(MF.action)
    assert action is not None
    text = local(action).read_text(encoding="utf-8")
    if local(action).suffix == ".ru":
        return service.update(text)
    return service.query(text, "application/sparql-results+json, text/turtle")


def _cannot_be_done(reply: Reply) -> bool:
    """Whether the text was understood, and is about what is not there."""
    return reply.status == 400 and _ABSENT.search(reply.body) is not None


def _send(manifest: Graph, request: Node, service: Service) -> Reply:
    """The reply to `request` (HTTP Vocabulary in RDF), at our path in the place of its own."""
    path = str(manifest.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
    body = manifest.value(request, HT.body)
    content = None
    if body is not None:
        encoding = str(manifest.value(body, CNT.characterEncoding))
        content = str(manifest.value(body, CNT.chars)).encode(encoding)
    headers = dict(_headers(manifest, request))
    return service.send(str(manifest.value(request, HT.methodName)), path, headers, content)


def _headers(manifest: Graph, request: Node) -> Iterator[tuple[str, str]]:
    if (headers := manifest.value(request, HT.headers)) is not None:
        for header in Collection(manifest, headers):
            name, value = (manifest.value(header, p) for p in (HT.fieldName, HT.fieldValue))
            yield str(name), str(value)


def _check(manifest: Graph, request: Node, reply: Reply) -> None:
    response = manifest.value(request, HT.resp)
    classes = {str(status)[-3] for status in manifest.objects(response, MF.expectedStatus)}
    assert classes and str(reply.status)[0] in classes, reply
    if (form := manifest.value(response, MF.expectedFormat)) is not None:
        assert reply.media_type in _FORMS[str(form)], reply
    if (boolean := manifest.value(response, MF.expectedBoolean)) is not None:
        assert isinstance(boolean, Literal)
        assert READERS[reply.media_type](reply.body, "") is boolean.toPython(), reply
