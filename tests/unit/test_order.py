import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store
from tests.conformance.suite import FOLDER

from brupact.sparql.order import unordered_limit
from brupact.sparql.tokens import tokens


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o } LIMIT 5",
        "select * { ?s ?p ?o } limit # of rows\n 5",
        "SELECT * { ?s ?p ?o } LIMIT 007",
        "SELECT * { ?s ?p ?o } LIMIT " + "9" * 5000,
        "SELECT * { ?s ?p ?o } OFFSET 3",
        "SELECT * { ?s ?p ?o } OFFSET 0 LIMIT 3",
        "SELECT * { ?s ?p ?o } LIMIT 5 # ORDER BY ?s",
        "SELECT * { { SELECT ?s { ?s ?p ?o } LIMIT 3 } } ORDER BY ?s",
        "SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3 } } LIMIT 2",
        "ASK { { SELECT ?s { ?s ?p 1 } LIMIT 1 } }",
        "SELECT (EXISTS { { SELECT (COUNT(*) AS ?c) { } } } AS ?e) { ?s ?p ?o } LIMIT 4",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p LIMIT 1",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 1) LIMIT 1",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p # }\nLIMIT 1",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3",
        "DESCRIBE ?s { ?s ?p ?o } LIMIT 1",
        "SELECT * { ?s ?p \"ORDER\" , '''} ORDER ''' ; <ORDER> :ORDER ; ?ORDER 1 } LIMIT 1",
        "SELECT * { ?s ?p ?o FILTER(?o<3 && ?o>1) } LIMIT 1",
    ],
)
def test_rows_that_depend_on_chance(text: str) -> None:
    assert unordered_limit(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 5",
        "SELECT * { ?s ?p ?o } LIMIT 0 OFFSET 3",
        "SELECT * { ?s ?p ?o } OFFSET 00",
        "ASK { ?s ?p ?o } LIMIT 3",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } LIMIT 1",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } # } GROUP BY ?p\nLIMIT 1",
        "SELECT (COUNT(?GROUP) AS ?n) { ?s ?p ?GROUP } LIMIT 1",
        "SELECT ?p { ?s ?p ?o } GROUP BY ?p ORDER BY ?p LIMIT 1",
        "SELECT (group_concat(?o) AS ?all) { ?s ?p ?o } LIMIT 1",
        "SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3 } }",
        'SELECT ?limit { ?limit <LIMIT> x:LIMIT , "LIMIT 5"@limit } # LIMIT 5',
    ],
)
def test_rows_that_do_not(text: str) -> None:
    assert not unordered_limit(text)


@given(st.text(max_size=200), st.lists(st.sampled_from(["{", "}", " LIMIT 1 ", "SELECT ", "#"])))
def test_any_text_has_an_answer(text: str, parts: list[str]) -> None:
    assert unordered_limit(text + "".join(parts)) in (True, False)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the suite of the W3C is not at hand")
def test_queries_of_the_suite_with_a_limit_put_behind() -> None:
    seen = 0
    for path in FOLDER.rglob("*.rq"):
        text = path.read_text(encoding="utf-8") + "\nLIMIT 1"
        try:
            Store().query(text, base_iri="http://example.org/", default_graph=[], named_graphs=[])
        except (SyntaxError, ValueError, OSError, RuntimeError):
            continue
        outer = [token for token in tokens(text) if token.depth == 0]
        one_row = any(token.says("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
                      for token in outer)  # fmt: skip
        grouped = any(token.says("GROUP") for token in outer)
        fixed = any(token.says("ASK", "ORDER") for token in outer) or (one_row and not grouped)
        assert unordered_limit(text) == (not fixed), path
        seen += 1
    assert seen > 200
