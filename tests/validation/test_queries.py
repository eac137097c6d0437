"""How queries are read: which values a change gives their variables."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store, Variable

from brupact.namespaces import graph
from brupact.validation.queries import Select, read

EX = "http://example.org/"
DATA = graph("data")


def n(name: str) -> NamedNode:
    return NamedNode(EX + name)


def quad(s: str, p: str, o: str) -> Quad:
    return Quad(n(s), n(p), n(o), DATA)


def select(body: str) -> Select:
    return read(f"PREFIX : <{EX}> SELECT $this ?value WHERE {{ {body} }}")


def shared(body: str) -> dict[str, tuple[set[str], int, bool]]:
    """By the local name of the predicate: variables shared with a row, sign, alone."""
    return {
        str(one.predicate).rpartition("/")[2].rstrip(">"): (
            {variable.value for variable in one.shared},
            one.sign,
            one.alone,
        )
        for one in select(body).readings
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("$this :p ?value", {"p": ({"this", "value"}, 1, False)}),
        ("$this ^:p ?value", {"p": ({"this", "value"}, 1, False)}),
        ("$this :p/:q ?value", {"p": ({"this"}, 1, False), "q": ({"value"}, 1, False)}),
        (
            "{ $this :p ?value } UNION { $this :q ?w }",
            {"p": ({"this", "value"}, 1, False), "q": ({"this", "w"}, 1, False)},
        ),
        (
            "$this :p ?value FILTER NOT EXISTS { ?value :q ?x }",
            {"p": ({"this", "value"}, 1, False), "q": ({"value"}, -1, True)},
        ),
        (
            "$this :p ?value FILTER EXISTS { ?value :q ?x . ?x :r $this }",
            {
                "p": ({"this", "value"}, 1, False),
                "q": ({"value"}, 1, False),
                "r": ({"this"}, 1, False),
            },
        ),
        (
            "$this :p ?value FILTER(?value > 1 || NOT EXISTS { ?value :q ?x FILTER(?x > 3) })",
            {"p": ({"this", "value"}, 1, False), "q": ({"value"}, -1, False)},
        ),
        (
            "$this :p ?y OPTIONAL { ?y :q ?value } FILTER NOT EXISTS { ?value :r ?x }",
            {
                "p": ({"this", "y"}, 1, False),
                "q": ({"y"}, 0, False),
                "r": (set(), -1, False),
            },
        ),
        (
            "$this :p ?x BIND(?x AS ?value) FILTER NOT EXISTS { ?value :q ?y }",
            {"p": ({"this", "x"}, 1, False), "q": (set(), -1, False)},
        ),
        (
            "$this :p ?value FILTER(!EXISTS { ?value :q ?x FILTER NOT EXISTS { ?x :r ?y } })",
            {
                "p": ({"this", "value"}, 1, False),
                "q": ({"value"}, -1, False),
                "r": (set(), 1, False),
            },
        ),
        (
            "$this :p ?value FILTER(EXISTS { ?value :q ?x } = (?value > 1))",
            {"p": ({"this", "value"}, 1, False), "q": ({"value"}, 0, True)},
        ),
        (
            "$this :p ?value MINUS { ?value :q ?x }",
            {"p": ({"this", "value"}, 1, False), "q": ({"value"}, 0, False)},
        ),
    ],
)  # fmt: skip
def test_what_a_changed_triple_tells(
    body: str, expected: dict[str, tuple[set[str], int, bool]]
) -> None:
    assert shared(body) == expected
    assert not select(body).whole


@pytest.mark.parametrize(
    "body",
    [
        "{ SELECT $this (MAX(?x) AS ?value) WHERE { $this :p ?x } GROUP BY $this }",
        "$this :p* ?value",
        "$this !:p ?value",
        "$this :p ?value . SERVICE <http://example.org/> { ?value :q ?x }",
    ],
)
def test_what_is_asked_only_as_a_whole(body: str) -> None:
    query = select(body)
    assert query.whole and query.per_focus
    assert list(query.about(n("p"))) or list(query.about(n("any")))


@pytest.mark.parametrize(
    ("body", "per_focus"),
    [
        ("$this :p ?value FILTER(?value != $this)", False),
        ("$this :p ?value FILTER EXISTS { ?x :p ?value FILTER(?x != $this) }", False),
        ("?x :p ?value", True),
        ("{ $this :p ?value } UNION { ?x :q ?value }", True),
        ("$this :p ?value { ?value :q ?x FILTER(?x != $this) }", True),
        ("?x :p ?value FILTER NOT EXISTS { $this :q ?value }", True),
    ],
)
def test_whether_the_focus_node_must_be_set_first(body: str, per_focus: bool) -> None:
    assert select(body).per_focus is per_focus


def test_repeated_variables_must_agree() -> None:
    (reading,) = select("$this :p $this . ").readings
    assert reading.match(quad("a", "p", "a")) == {Variable("this"): n("a")}
    assert reading.match(quad("a", "p", "b")) is None


def test_quads_that_are_not_data_match_no_default_graph() -> None:
    (reading,) = select("$this :p ?value").readings
    assert reading.match(Quad(n("a"), n("p"), n("b"), graph("shapes"))) is None
    (named,) = select("GRAPH ?g { $this :p ?value }").readings
    assert named.match(Quad(n("a"), n("p"), n("b"), graph("shapes")))


def test_a_table_restricts_the_rows() -> None:
    store = Store()
    store.extend([quad("a", "p", "b"), quad("c", "p", "b"), quad("c", "p", "d")])
    query = select('$this :p ?value FILTER(STR(?value) != "x\\"y")')
    rows = list(query.rows(store, {}, [DATA], [{Variable("value"): n("d")}]))
    assert rows == [{"this": n("c"), "value": n("d")}]
    assert len(list(query.rows(store, {Variable("this"): n("c")}, [DATA]))) == 2
    odd = Literal('quote " and \\ and\nline', language="fr")
    store.add(Quad(n("e"), n("p"), odd, DATA))
    rows = list(query.rows(store, {}, [DATA], [{Variable("value"): odd}]))
    assert rows == [{"this": n("e"), "value": odd}]


def test_a_query_that_is_not_sparql_is_refused() -> None:
    with pytest.raises(ValueError, match="not a SPARQL query"):
        read("SELECT $this WHERE {")
