"""The algebra that a query is explained by, held against the standard's own examples."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brupact.engine import Query
from brupact.engine.figures import measure
from brupact.engine.local import LocalEngine
from brupact.library import Entry, load_library
from brupact.sparql.explain import (
    LONGEST,
    NOTE,
    Explanation,
    Figures,
    NotExplained,
    Operation,
    explain,
)

LIBRARY = load_library()
QUERY = "SELECT ?s FROM <x:g> { ?s <x:t> ?o OPTIONAL { ?o <x:u> 'a' FILTER(?s < 1) } } LIMIT 1"
ST = "BGP(?s <x:t> ?o)"


def algebra(pattern: str) -> str:
    """The algebra of a pattern, without the projection."""
    found = explain(f"PREFIX : <x:> ASK {pattern}").algebra
    return str(found)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # The examples of SPARQL 1.1 Query, section 18.2.3.
        ("{ ?s ?p ?o }", "BGP(?s ?p ?o)"),
        ("{ ?s :p1 ?v1 ; :p2 ?v2 }", "BGP(?s <x:p1> ?v1, ?s <x:p2> ?v2)"),
        ("{ { ?s :p1 ?v1 } UNION { ?s :p2 ?v2 } }",
         "Union(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2))"),
        ("{ { ?s :p1 ?v1 } UNION { ?s :p2 ?v2 } UNION { ?s :p3 ?v3 } }",
         "Union(Union(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2)), BGP(?s <x:p3> ?v3))"),
        ("{ ?s :p1 ?v1 OPTIONAL { ?s :p2 ?v2 } }",
         "LeftJoin(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2), true)"),
        ("{ ?s :p1 ?v1 OPTIONAL { ?s :p2 ?v2 } OPTIONAL { ?s :p3 ?v3 } }",
         "LeftJoin(LeftJoin(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2), true),"
         " BGP(?s <x:p3> ?v3), true)"),
        ("{ ?s :p1 ?v1 OPTIONAL { ?s :p2 ?v2 FILTER(?v1 < 3) } }",
         "LeftJoin(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2), (?v1 < 3))"),
        ("{ { ?s :p1 ?v1 } UNION { ?s :p2 ?v2 } OPTIONAL { ?s :p3 ?v3 } }",
         "LeftJoin(Union(BGP(?s <x:p1> ?v1), BGP(?s <x:p2> ?v2)), BGP(?s <x:p3> ?v3), true)"),
        ("{ ?s :p1 ?v1 FILTER(?v1 < 3) OPTIONAL { ?s :p3 ?v3 } }",
         "Filter((?v1 < 3), LeftJoin(BGP(?s <x:p1> ?v1), BGP(?s <x:p3> ?v3), true))"),
        ("{ ?s :p ?v . BIND(2*?v AS ?v2) ?s :p1 ?v2 }",
         "Join(Extend(BGP(?s <x:p> ?v), ?v2, (2 * ?v)), BGP(?s <x:p1> ?v2))"),
        ("{ ?s :p ?v MINUS { ?s :p1 ?v2 } }", "Minus(BGP(?s <x:p> ?v), BGP(?s <x:p1> ?v2))"),
        ("{ ?s :p ?o . { SELECT DISTINCT ?o { ?o ?p ?z } } }",
         "Join(BGP(?s <x:p> ?o), ToMultiSet(Distinct(Project(BGP(?o ?p ?z), {?o}))))"),
        # The other forms.
        ("{}", "BGP()"),
        ("{ GRAPH ?g { ?s :t ?o } }", f"Graph(?g, {ST})"),
        ("{ VALUES (?x ?y) { (1 UNDEF) (:a 'b'@en) } }",
         'ToMultiSet(InlineData({?x=1, ?y=UNDEF}, {?x=<x:a>, ?y="b"@en}))'),
        ("{ ?s :t ?o FILTER NOT EXISTS { ?o ?p ?s } }",
         f"Filter(NOT EXISTS(BGP(?o ?p ?s)), {ST})"),
        ("{ ?s :t ?o OPTIONAL { ?o ?p ?q FILTER EXISTS { ?q ?r ?s } } }",
         f"LeftJoin({ST}, BGP(?o ?p ?q), EXISTS(BGP(?q ?r ?s)))"),
        ("{ SERVICE SILENT :s { ?s :t ?o } }", f"Service(<x:s>, {ST}, silent=true)"),
        ("{ ?s (:a/^:b|!(:c|:d))+ ?o }",
         "BGP(?s ((<x:a>/^<x:b>)|!(<x:c>|<x:d>))+ ?o)"),
        ("{ ?s :t ?o FILTER(?o IN (1, 2.5) && !(?o = true || -?o + 1 >= 'a\\nb')) }",
         f'Filter(((?o IN (1, 2.5)) && !((?o = true) || ((-?o + 1) >= "a\\nb"))), {ST})'),
        ("{ ?s :t ?o FILTER(REGEX(?o, 'a', 'i') || :f(?o) || IF(BOUND(?o), COALESCE(1), NOW())) }",
         'Filter((REGEX(?o, "a", "i") || <x:f>(?o) || IF(BOUND(?o), COALESCE(1), NOW())), '
         f"{ST})"),
        ("{ [] :p [ :q _:x ] . _:x :r [] }",
         "BGP(_:b0 <x:p> _:b1, _:b1 <x:q> _:b2, _:b2 <x:r> _:b3)"),
    ],
)  # fmt: skip
def test_patterns_are_the_algebra_of_the_standard(pattern: str, expected: str) -> None:
    assert ordered(algebra(pattern)) == ordered(expected)


def ordered(text: str) -> str:
    """`text` with the triples of each basic graph pattern in order: they are a set."""
    unnumbered = re.sub(r"_:b[0-9]", "_:b", text)

    def in_order(found: re.Match[str]) -> str:
        return f"BGP({', '.join(sorted(found[1].split(', ')))})"

    return re.sub(r"BGP\(([^()]*)\)", in_order, unnumbered)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?s ?o { ?s <x:t> ?o } ORDER BY DESC(?s) ?o LIMIT 5 OFFSET 2",
         f"Slice(Project(OrderBy({ST}, DESC(?s), ASC(?o)), {{?s, ?o}}), start=2, length=5)"),
        ("SELECT * { ?s <x:t> ?o } OFFSET 2", f"Slice(Project({ST}, {{?s, ?o}}), start=2)"),
        ("SELECT REDUCED ?o { ?s <x:t> ?o }", f"Reduced(Project({ST}, {{?o}}))"),
        ("SELECT (STR(?o) AS ?x) { ?s <x:t> ?o }", f"Project(Extend({ST}, ?x, STR(?o)), {{?x}})"),
        ("SELECT (COUNT(DISTINCT *) AS ?n) { ?s <x:t> ?o }",
         "Project(Extend(AggregateJoin(?__agg_1__ = COUNT(DISTINCT *), "
         f"Group((1), {ST})), ?n, ?__agg_1__), {{?n}})"),
        ("SELECT (SUM(?o) AS ?n) { ?s <x:t> ?o } GROUP BY ?s HAVING(MIN(?o) > 1)",
         "Project(Extend(Filter((?__agg_2__ > 1), AggregateJoin(?__agg_1__ = SUM(?o), "
         f"?__agg_2__ = MIN(?o), Group((?s), {ST}))), ?n, ?__agg_1__), {{?n}})"),
        ("SELECT (GROUP_CONCAT(?o; SEPARATOR=',') AS ?n) { ?s <x:t> ?o }",
         "Project(Extend(AggregateJoin(?__agg_1__ = GROUP_CONCAT(?o; SEPARATOR=\",\"), "
         f"Group((1), {ST})), ?n, ?__agg_1__), {{?n}})"),
    ],
)  # fmt: skip
def test_solution_modifiers(text: str, expected: str) -> None:
    assert str(explain(text).algebra) == expected


def test_the_other_forms_of_a_query() -> None:
    built = explain("CONSTRUCT { ?s a [] } FROM <g> FROM NAMED <x:h> { ?s <x:t> ?o }", "http://b/")
    assert built.form == "CONSTRUCT"
    assert built.dataset == ("FROM <http://b/g>", "FROM NAMED <x:h>")
    assert built.output == ("?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> _:b0",)
    assert str(built.algebra) == ST
    assert explain("CONSTRUCT WHERE { ?s <x:t> ?o }").output == ("?s <x:t> ?o",)
    assert explain("DESCRIBE <x:a>") == Explanation("DESCRIBE", (), ("<x:a>",), None)
    assert str(explain("DESCRIBE ?s { ?s <x:t> ?o }").algebra) == ST


def test_the_text_is_for_people_and_says_what_it_is_not() -> None:
    found = explain("SELECT ?s FROM <x:g> { ?s <x:t> 'a\nb' }".replace("\n", "\\n"))
    assert found.text() == (
        f'# {NOTE}\nSELECT\n  FROM <x:g>\nProject\n  BGP\n    ?s <x:t> "a\\nb"\n  {{?s}}\n'
    )
    assert "not the plan" in NOTE


def test_the_json_is_for_programs() -> None:
    found = explain("ASK { ?s <x:t> ?o }").json()
    assert json.loads(json.dumps(found)) == {
        "note": NOTE,
        "form": "ASK",
        "dataset": [],
        "output": [],
        "algebra": {"operation": "BGP", "arguments": ["?s <x:t> ?o"]},
        "figures": None,
    }
    measured = Explanation("ASK", (), (), Operation("BGP"), Figures(0.5, 7, None))
    assert measured.json()["figures"] == {"seconds": 0.5, "bytes": 7, "solutions": None}
    for explanation in (measured, explain(QUERY), explain("DESCRIBE <x:a>")):
        assert Explanation.read(json.loads(json.dumps(explanation.json()))) == explanation
    assert measured.text().endswith("\n# Evaluated: 7 bytes, 0.500000 s.\n")


@pytest.mark.parametrize("entry", LIBRARY.values(), ids=LIBRARY)
def test_each_query_of_the_library_is_explained_always_alike(entry: Entry) -> None:
    first = explain(entry.text)
    assert first.form == "SELECT"
    assert first.text() == explain(entry.text).text()
    assert json.dumps(first.json())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT *\n{ ?s ?p", "Expected"),
        ("INSERT DATA { <x:s> <x:p> <x:o> }", "Expected"),
        ("", "Expected"),
        ("SELECT * { ?s nope:p ?o }", "rdflib cannot read"),
        ("SELECT * { ?s !(^<x:a>) ?o }", "rdflib loses"),
        ("SELECT * " + "{" * 5000 + "}" * 5000, "too deeply"),
        ("SELECT (" + "(" * 2000 + "1" + ")" * 2000 + " AS ?x) {}", "too deeply"),
        ("ASK {}" + " " * LONGEST, "at most"),
    ],
)
def test_what_is_not_explained_says_why(text: str, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotExplained, match=words):
        explain(text)
    assert time.monotonic() - began < 10


def test_a_malformed_query_says_where() -> None:
    with pytest.raises(NotExplained) as caught:
        explain("SELECT *\n{ ?s ?p }")
    assert caught.value.line is not None
    assert caught.value.column is not None


@given(st.text(alphabet="SELECTASK*{}?sp<x:>.()!^|/&=,;'\"1 \n_[]ü\\", max_size=60))
def test_no_text_brings_anything_but_an_explanation_or_a_refusal(text: str) -> None:
    try:
        assert explain(text).text()
    except NotExplained as error:
        assert str(error)


def test_figures_are_those_of_a_run(engine: LocalEngine) -> None:
    rows = measure(
        engine.open, Query("SELECT ?s { ?s a <https://w3id.org/brupact/ns#Theme> }", None, None)
    )
    assert rows.solutions == 7
    assert rows.bytes > 7 * 30
    assert 0 < rows.seconds < 10
    assert measure(engine.open, Query("SELECT * {}", None, None)).solutions == 1
    graph = measure(
        engine.open,
        Query("CONSTRUCT WHERE { ?s a <https://w3id.org/brupact/ns#Theme> }", None, None),
    )
    assert graph.solutions == 7
    truth = measure(engine.open, Query("ASK {}", None, None))
    assert (truth.solutions, truth.bytes) == (None, len('{"head":{},"boolean":true}'))
