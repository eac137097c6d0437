"""The harness itself: it loses no case, and every case can fail."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyoxigraph import BlankNode, Dataset, Literal, NamedNode, Quad
from rdflib import RDF, Graph
from tests.conformance import handlers, results, suite, table
from tests.conformance.description import faults
from tests.conformance.earl import EARL, Report
from tests.conformance.results import Answer, Table, canonical
from tests.conformance.service import Service
from tests.conformance.suite import FLOORS, KINDS, MF, Case, UnknownType
from tests.process import Reply

with_suite = pytest.mark.skipif(not suite.cases(), reason="without the tests of the W3C")
XSD = "http://www.w3.org/2001/XMLSchema#"
S, P, T = (NamedNode(f"x:{name}") for name in "spo")
A, B, C = (BlankNode(name) for name in "abc")


@with_suite
def test_no_case_is_lost() -> None:
    found = Counter(case.kind for case in suite.cases())
    assert {kind for kind, floor in FLOORS.items() if found[kind] < floor} == set()
    assert len({case.iri for case in suite.cases()}) == found.total()


@with_suite
def test_what_is_known_is_known_of_a_test_that_is_run() -> None:
    fails, by_value = suite.known("fails"), suite.known("by-value")
    assert fails.keys() | by_value.keys() <= {case.iri for case in suite.cases()}
    assert not fails.keys() & by_value.keys()
    assert all(reason.strip() for reason in (*fails.values(), *by_value.values()))


@with_suite
def test_the_document_says_what_the_tests_say() -> None:
    document = table.DOCUMENT.read_text(encoding="utf-8")
    assert table.written(document) == document, "run `python -m tests.conformance.table`"


def test_an_unknown_type_is_an_error() -> None:
    case = Case("x:case", MF.NewKindOfTest, "folder", Graph())
    with pytest.raises(UnknownType):
        handlers.run(case, Service(0))
    with pytest.raises(UnknownType):
        case.kind  # noqa: B018  # reading it is what raises
    assert handlers.HANDLERS.keys() == KINDS.keys()


class Yes(Service):
    """Says yes to everything; whatever it answers is wrong."""

    def send(self, method: str, path: str, headers: Any, body: bytes | None = None) -> Reply:
        media_type = headers.get("Accept", "text/turtle").partition(",")[0]
        return Reply(200, {"content-type": media_type}, WRONG[media_type])

    def update(self, text: str) -> Reply:
        return Reply(204, {}, b"")

    def fill(self, quads: Any, graphs: Any = ()) -> None:
        pass

    def dataset(self) -> Dataset:
        return Dataset([Quad(S, P, T)])


class No(Yes):
    """Says that everything is malformed."""

    def send(self, method: str, path: str, headers: Any, body: bytes | None = None) -> Reply:
        return Reply(400, {"content-type": "application/problem+json"}, b'{"line": 1}')

    def update(self, text: str) -> Reply:
        return self.send("POST", "/sparql", {})


WRONG = {
    "application/sparql-results+json": b'{"head": {"vars": ["no"]}, "results": {"bindings": []}}',
    "application/sparql-results+xml": b'<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
    b'<head><variable name="no"/></head><results/></sparql>',
    "text/csv": b"no\r\n",
    "text/tab-separated-values": b"?no\n",
    "text/turtle": b"<x:s> <x:p> <x:o> .",
}


def fails(case: Case, service: Service) -> bool:
    try:
        handlers.run(case, service)
    except AssertionError:
        return True
    return False


@with_suite
def test_every_case_can_fail() -> None:
    for case in suite.cases():
        yes, no = fails(case, Yes(0)), fails(case, No(0))
        assert yes or no, case.iri
        assert yes or case.kind in ("syntax", "protocol"), case.iri
        assert no or case.iri.rpartition("#")[2].startswith("bad_") or "Negative" in str(case.type)


@pytest.mark.parametrize(
    ("status", "detail", "understood"),
    [
        (400, "The graph <x:g> does not exist", True),
        (500, "The graph <x:g> does not exist", False),
        (400, "error at 1:1: expected SELECT", False),
        (400, "The blank node _:b cannot be shared by multiple blocks", False),
    ],
)
def test_what_is_understood_is_told_from_what_is_malformed(
    status: int, detail: str, understood: bool
) -> None:
    assert handlers._cannot_be_done(Reply(status, {}, detail.encode())) is understood


def rows(*rows: dict[str, Any], variables: tuple[str, ...] = ("x", "y")) -> Table:
    return Table(variables, rows)


def graph(*triples: tuple[Any, Any, Any], name: Any = None) -> Dataset:
    return Dataset(Quad(*t, name) if name else Quad(*t) for t in triples)


ONE = Literal("1", datatype=NamedNode(f"{XSD}decimal"))
ONE_POINT = Literal("1.0", datatype=NamedNode(f"{XSD}decimal"))
EQUAL: tuple[tuple[Answer, Answer], ...] = (
    (True, True),
    (rows({"x": A}, {"x": B}), rows({"x": B}, {"x": A})),
    (rows({"x": A, "y": B}, {"x": B}), rows({"x": C}, {"x": A, "y": C})),
    (rows({}, {}), rows({}, {})),
    (rows(variables=("x", "y")), rows(variables=("y", "x"))),
    (rows({"x": Literal("a", language="EN")}), rows({"x": Literal("a", language="en")})),
    (graph((A, P, B), (B, P, A)), graph((C, P, A), (A, P, C))),
)
UNEQUAL: tuple[tuple[Answer, Answer], ...] = (
    (True, False),
    (rows({"x": S}), rows({"x": S}, {"x": S})),
    (rows({"x": A, "y": A}), rows({"x": A, "y": B})),
    (rows({"x": A}, {"x": A}), rows({"x": A}, {"x": B})),
    (rows({"x": S}), rows({"y": S})),
    (rows({"x": S}), rows({"x": S, "y": S})),
    (rows(variables=("x",)), rows(variables=("x", "y"))),
    (rows({"x": ONE}), rows({"x": ONE_POINT})),
    (rows({"x": Literal("a", language="en")}), rows({"x": Literal("a")})),
    (rows({"x": S}), graph((S, P, T))),
    (graph((S, P, A)), graph((S, P, A), (S, P, B))),
    (graph((S, P, T)), graph((S, P, T), name=S)),
    (graph((A, P, A)), graph((A, P, B))),
)


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_answers(left: Answer, right: Answer) -> None:
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize(("left", "right"), UNEQUAL)
def test_unequal_answers(left: Answer, right: Answer) -> None:
    assert canonical(left) != canonical(right)


def test_order_counts_where_it_was_asked_for() -> None:
    forth, back = rows({"x": S}, {"x": P}), rows({"x": P}, {"x": S})
    assert canonical(forth) == canonical(back)
    assert canonical(forth, ordered=True) != canonical(back, ordered=True)


@pytest.mark.parametrize(
    ("name", "left", "right", "equal"),
    [
        ("integer", "01", "1", True), ("integer", "1", "2", False),
        ("decimal", "100", "1e2", False), ("decimal", "1.50", "1.5", True),
        ("decimal", "100", "100.0", True), ("double", "3.21E4", "32100", True),
        ("double", "NaN", "INF", False), ("float", "0.1", "1E-1", True),
        ("double", "0.1", "0.10000001", False), ("boolean", "0", "false", True),
        ("boolean", "0", "true", False), ("string", "01", "1", False),
        ("integer", "1_0", "10", False), ("double", "INF", "inf", False),
        ("decimal", "0.0", "-0.0", True),
    ],
)  # fmt: skip
def test_values(name: str, left: str, right: str, equal: bool) -> None:
    type = NamedNode(XSD + name)
    one, other = (rows({"x": Literal(text, datatype=type)}) for text in (left, right))
    assert (canonical(one, by_value=True) == canonical(other, by_value=True)) is equal


def test_a_value_is_of_its_type() -> None:
    one, other = (Literal("1", datatype=NamedNode(XSD + name)) for name in ("integer", "decimal"))
    left, right = rows({"x": one}), rows({"x": other})
    assert canonical(left, by_value=True) != canonical(right, by_value=True)


def test_by_value_only_is_strict() -> None:
    handlers.compare(rows({"x": ONE}), rows({"x": ONE_POINT}), ordered=False, by_value=True)
    with pytest.raises(AssertionError, match="take it off"):
        handlers.compare(rows({"x": ONE}), rows({"x": ONE}), ordered=False, by_value=True)
    with pytest.raises(AssertionError):
        handlers.compare(rows({"x": ONE}), rows({"x": ONE_POINT}), ordered=False, by_value=False)


READ = {
    ".srj": """{"head": {"vars": ["x", "y"]}, "results": {"bindings": [
        {"x": {"type": "bnode", "value": "b"},
         "y": {"type": "literal", "value": "a\\tb", "xml:lang": "fr"}},
        {"x": {"type": "uri", "value": "x:s"}, "y": {"type": "bnode", "value": "b"}}]}}""",
    ".srx": """<sparql xmlns="http://www.w3.org/2005/sparql-results#">
        <head><variable name="x"/><variable name="y"/></head><results>
        <result><binding name="x"><bnode>b</bnode></binding>
        <binding name="y"><literal xml:lang="fr">a&#9;b</literal></binding></result>
        <result><binding name="x"><uri>x:s</uri></binding>
        <binding name="y"><bnode>b</bnode></binding></result></results></sparql>""",
    ".tsv": '?x\t?y\n_:b\t"a\\tb"@fr\n<x:s>\t_:b\n',
    ".ttl": """@prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> .
        [] a rs:ResultSet ; rs:resultVariable "x", "y" ; rs:solution
        [ rs:binding [ rs:variable "x" ; rs:value _:b ],
                     [ rs:variable "y" ; rs:value "a\\tb"@fr ] ],
        [ rs:binding [ rs:variable "x" ; rs:value <x:s> ],
                     [ rs:variable "y" ; rs:value _:b ] ] .""",
}


@pytest.mark.parametrize("suffix", READ)
def test_the_readers_agree(suffix: str) -> None:
    meant = rows({"x": A, "y": Literal("a\tb", language="fr")}, {"x": S, "y": A})
    assert canonical(results.FORMATS[suffix][1](READ[suffix].encode(), "")) == canonical(meant)


def test_csv_tells_texts_and_blank_nodes() -> None:
    meant = rows({"x": A, "y": Literal('a"b')}, {"y": A})
    assert canonical(results.read_csv(b'x,y\r\n_:b,"a""b"\r\n,_:b\r\n')) == canonical(meant)


@pytest.mark.parametrize(
    ("suffix", "body"),
    [
        (".srj", '{"boolean": "true"}'), (".srj", '{"head": {"vars": []}}'), (".srj", ""),
        (".srj", READ[".srj"].replace('"uri"', '"iri"')),
        (".srx", "<sparql/>"), (".srx", READ[".srx"].replace("uri>", "iri>")),
        (".csv", "x,y\r\na\r\n"), (".csv", ""), (".tsv", "x\ty\n"), (".tsv", "?x\t?y\n<x:s>\n"),
        (".tsv", "?x\nx y\n"), (".ttl", "<x:s> <x:p> ."),
    ],
)  # fmt: skip
def test_what_is_malformed_is_not_read(suffix: str, body: str) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError, SyntaxError)):
        results.FORMATS[suffix][1](body.encode(), "")


SD = "http://www.w3.org/ns/sparql-service-description#"
DESCRIPTION = f"""@prefix sd: <{SD}> .
<x:service> a sd:Service ; sd:endpoint <http://x/sparql> ;
  sd:supportedLanguage sd:SPARQL11Query ; sd:feature <x:feature> ;
  sd:resultFormat <http://www.w3.org/ns/formats/Turtle> ; sd:defaultDataset <x:dataset> .
<x:feature> a sd:Feature .
<x:dataset> a sd:Dataset ; sd:defaultGraph <x:graph> ; sd:namedGraph <x:named> .
<x:named> a sd:NamedGraph ; sd:name <x:name> ; sd:graph <x:graph> .
<x:graph> a sd:Graph ."""


def described(old: str = "", new: str = "") -> Dataset:
    assert old in DESCRIPTION
    read = results.read_turtle(DESCRIPTION.replace(old, new).encode() if old else b"")
    assert isinstance(read, Dataset)
    return read


@pytest.mark.parametrize(
    ("test", "old", "new"),
    [
        ("returns-rdf", "a sd:Service", "a sd:Dataset"),
        ("has-endpoint-triple", "http://x/sparql", "http://y/sparql"),
        ("has-endpoint-triple", "sd:endpoint", "sd:name"),
        ("conforms-to-schema", "a sd:Service", "a sd:Servus"),
        ("conforms-to-schema", "sd:SPARQL11Query", "sd:SPARQL12Query"),
        ("conforms-to-schema", "sd:feature", "sd:features"),
        ("conforms-to-schema", "<x:feature> a", "<x:other> a"),
        ("conforms-to-schema", "<http://x/sparql>", '"http://x/sparql"'),
        ("conforms-to-schema", "/formats/", "/format/"),
        ("conforms-to-schema", "a sd:Dataset", "a sd:Graph"),
    ],
)
def test_faults_of_a_description_are_seen(test: str, old: str, new: str) -> None:
    assert faults(described("@prefix", "@prefix"), "http://x/sparql", test) == []
    assert faults(described(old, new), "http://x/sparql", test) != []


def test_the_report_says_what_came_of_each_test(tmp_path: Path) -> None:
    def report(name: str, **members: Any) -> Any:
        nodeid = f"tests/conformance/test_w3c.py::test_case[http://x/{name}]"
        fields = {"nodeid": nodeid, "when": "call", "outcome": "passed", "longrepr": None}
        return SimpleNamespace(**fields | members)

    plugin = Report(tmp_path / "earl.ttl")
    for sent in (
        report("good"), report("bad", outcome="failed"),
        report("known", outcome="skipped", wasxfail="why"),
        report("better", outcome="failed", longrepr="[XPASS(strict)] why"),
        report("good", when="teardown"), report("broken", when="setup", outcome="failed"),
        report("left", when="setup", outcome="skipped"),
        report("other", nodeid="tests/unit/test_x.py::test_x[http://x/other]"),
    ):  # fmt: skip
        plugin.pytest_runtest_logreport(sent)
    plugin.pytest_sessionfinish()
    written = Graph().parse(plugin.file)
    found = {
        str(written.value(assertion, EARL.test)): str(
            written.value(written.value(assertion, EARL.result), EARL.outcome)
        ).removeprefix(EARL)
        for assertion in written.subjects(RDF.type, EARL.Assertion)
    }
    assert found == {
        "http://x/good": "passed", "http://x/bad": "failed", "http://x/known": "failed",
        "http://x/better": "passed", "http://x/broken": "cantTell", "http://x/left": "untested",
    }  # fmt: skip
