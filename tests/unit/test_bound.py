"""Values written into a query mean what the engine's own substitution means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Variable
from rdflib import Graph

from brupact.sparql.bound import CannotBind, with_values, written

A, B, P, Q = (NamedNode(f"http://example.org/{name}") for name in "abpq")
VALUES = (Literal("1"), Literal("9"), A, Literal("1", language="fr"), Literal(1))
#: Each projects ?o, which is given a value.
QUERIES = (
    "SELECT ?s ?o { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o }",
    "SELECT ?o {}",
    "SELECT DISTINCT ?o ?s WHERE { { { ?s ?p ?o } } . { ?s ?q ?x } }",
    "SELECT ?s ?o { ?s ?p ?x FILTER(STR(?x) = STR(?o)) }",
    "SELECT ?s ?o ?n { ?s ?p ?x OPTIONAL { ?s ?q ?n FILTER(?n = ?o) } }",
    "SELECT ?s ?o { OPTIONAL { ?s ?p ?o } }",
    "SELECT ?s ?o { { ?s ?p ?o } UNION { ?o ?p ?s } UNION { ?s ?p ?x FILTER(?x = ?o) } }",
    "SELECT ?s ?o { ?s ?p ?x MINUS { ?s ?q ?o } }",
    "SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?o",
    "SELECT ?o ?s { ?s ?p ?y { SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?o } }",
    "SELECT ?o ?s ?n { ?s ?p ?o { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s } }",
    "SELECT ?o ?s { ?s ?p ?o { SELECT ?s { ?s ?p ?o { SELECT ?o ?s { ?s ?q ?o } } } } }",
    "SELECT ?s ?o { ?s ?p ?x FILTER EXISTS { ?s ?q ?o } }",
    "SELECT ?s ?o { ?s ?p ?x FILTER NOT EXISTS { ?s ?q ?y FILTER(?y = ?o) } }",
    "SELECT ?s ?o { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?s ?o { GRAPH ?g { ?s ?p ?x FILTER(?x = ?o) } }",
    'SELECT ?s ?o { VALUES ?o { "1" "2" } ?s ?p ?o }',
    'SELECT ?s ?o { ?s ?p ?o } VALUES (?o) { ("1") ("3") }',
    'SELECT ?s ?o { ?s ?p ?x BIND(CONCAT(STR(?o), "}{") AS ?z) FILTER(?z = "1}{") }',
    "SELECT ?s ?o { ?s <http://example.org/p>/<http://example.org/q> ?o } # {",
    "SELECT ?s ?o { ?s !<http://example.org/p> ?o } ORDER BY ?o",
    "SELECT ?s ?o ?x { ?s ?p ?x OPTIONAL { { SELECT ?s ?o { ?s ?p ?o } } FILTER(?o = ?x) } }",
    "PREFIX select: <http://example.org/> SELECT ?s ?o FROM select:p { ?s select:p ?o }",
)


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    for s, p, o in ((A, P, Literal("1")), (A, Q, Literal("2")), (B, P, Literal("2")),
                    (B, Q, Literal("1")), (A, P, B), (B, P, A), (A, Q, Literal(1)),
                    (B, Q, Literal("1", language="fr"))):  # fmt: skip
        store.add(Quad(s, p, o))
        store.add(Quad(s, p, o, p))
    return store


def rows(result: object) -> list[str]:
    assert isinstance(result, QuerySolutions)
    return sorted(map(str, result))


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("text", QUERIES)
def test_the_text_means_what_the_substitution_means(
    store: Store, text: str, value: NamedNode | Literal
) -> None:
    substituted = store.query(text, substitutions={Variable("o"): value})
    assert rows(store.query(with_values(text, {"o": value}))) == rows(substituted)


def test_the_values_make_a_difference(store: Store) -> None:
    """Else the test above would show nothing."""
    text = QUERIES[0]
    assert len(rows(store.query(with_values(text, {"o": A})))) == 1
    assert len(rows(store.query(text))) == 8


def test_several_values_and_none() -> None:
    text = with_values("SELECT ?a ?b { ?a ?p ?c { ?b ?q ?d } }", {"b": A, "a": Literal("x")})
    assert text == (
        'SELECT ?a ?b { VALUES (?a ?b) { ("x" <http://example.org/a>) }  ?a ?p ?c '
        "{ VALUES (?b) { (<http://example.org/a>) }  ?b ?q ?d } }"
    )
    assert with_values("SELECT ?a { ?a ?p ?c }", {}) == "SELECT ?a { ?a ?p ?c }"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ASK { ?s ?p ?x }", "SELECT query only"),
        ("CONSTRUCT WHERE { ?s ?p ?x }", "SELECT query only"),
        ("", "SELECT query only"),
        ("SELECT ?s { ?s ?p ?x }", "does not project"),
        ("SELECT (COUNT(?x) AS ?n) { ?s ?p ?x }", "does not project"),
        ("SELECT (1 AS ?x) {}", "does not project"),
        ("SELECT ?x { BIND(1 AS ?x) }", "assigns"),
        ("SELECT * { SELECT (1 AS ?x) {} }", "assigns"),
        ("SELECT ?x { ?s ?p ?o FILTER(!bound(?x)) }", "is bound"),
        ("SELECT ?x { { SELECT * { ?x ?p ?o } } }", "inner SELECT"),
    ],
)
def test_what_would_mean_something_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(CannotBind, match=words):
        with_values(text, {"x": A})


def test_what_is_malformed_stays_malformed(store: Store) -> None:
    for text in (
        "SELECT ?x {",
        "SELECT ?x",
        "SELECT ?x } {",
        "SELECT ?x { VALUES",
        "SELECT ?x {{}",
    ):
        with pytest.raises(SyntaxError):
            store.query(with_values(text, {"x": A}))


STRINGS = st.text(
    st.sampled_from("\\\\\\uU\"'\n\r\t0041{}#>é\U0001f600") | st.characters(codec="utf-8")
)


@given(STRINGS)
def test_a_value_is_never_more_than_a_value(value: str) -> None:
    """Neither for a reader that undoes escapes in strings, nor for one that does so before."""
    text = f"SELECT ?x {{ VALUES ?x {{ {written(Literal(value))} }} }}"
    ours = Store().query(text)
    assert isinstance(ours, QuerySolutions)
    assert [row[0] for row in ours] == [Literal(value)]
    assert "\\u" not in text
    # rdflib undoes escapes before it reads, and cannot read some control characters at all.
    if all(c.isprintable() for c in value):
        (theirs,) = Graph().query(text)
        assert str(theirs[0]) == value  # type: ignore[index]  # a row


def test_language_and_datatype_are_kept() -> None:
    assert written(Literal("a", language="fr")) == '"a"@fr'
    assert written(Literal(1)) == '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert written(Literal("a")) == '"a"'
