"""Columns of labels: the rows of the query, in its order, each with the labels of its values."""

from functools import lru_cache
from typing import Any

import pytest
from msgspec.structs import replace
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Variable, parse
from tests.conformance.suite import FOLDER

from brupact.engine import Query, QueryRefused
from brupact.engine.local import LocalEngine
from brupact.namespaces import LABELS, RDFS
from brupact.release import Release
from brupact.sparql.labelled import FUNCTION, LANGUAGES, NoLabels, choose, order, wrapped

PREF, NAME = LABELS[0], LABELS[-1]
EX = "http://example.org/"


class Labelling:
    """What an engine does for ``labels=``, with the function that the module asks for."""

    def __init__(self, store: Store) -> None:
        self.store, self.engine, self.calls = store, LocalEngine(store), 0

    def query(self, text: str, language: str = "fr", **arguments: Any) -> QuerySolutions:
        languages = order(language)

        @lru_cache(maxsize=1 << 16)
        def label(term: object) -> Literal | None:
            self.calls += 1
            if not isinstance(term, NamedNode):
                return None
            return choose(self.engine.labels([term.value]).get(term.value, ()), languages)

        nothing = dict(arguments, default_graph=[], named_graphs=[])
        nothing.pop("use_default_graph_as_union", None)
        empty = self.store.query(text, **nothing)
        names = [v.value for v in empty.variables] if isinstance(empty, QuerySolutions) else []
        found = self.store.query(
            wrapped(text, names), custom_functions={FUNCTION: label}, **arguments
        )
        assert isinstance(found, QuerySolutions)
        return found


def rows(found: QuerySolutions) -> list[list[str | None]]:
    return [[None if term is None else str(term) for term in row] for row in found]


@pytest.fixture()
def labelling() -> Labelling:
    store = Store()

    def say(subject: str, predicate: NamedNode, *names: Literal, graph: str = "g") -> None:
        for name in names:
            store.add(Quad(NamedNode(EX + subject), predicate, name, NamedNode(EX + graph)))

    say("a", PREF, Literal("a fr", language="fr"), Literal("a nl", language="nl"))
    say("b", PREF, Literal("b nl", language="nl"), Literal("b en", language="en"))
    say("c", NamedNode(RDFS + "label"), Literal("c"), Literal("c de", language="de"), graph="h")
    say("d", PREF, Literal("d de", language="de"))
    for number, name in enumerate("dcba"):
        say(name, NamedNode(EX + "number"), Literal(number))
    return Labelling(store)


def test_the_language_that_is_asked_for_comes_first() -> None:
    assert LANGUAGES == ("en", "nl", "fr")
    assert order("fr") == ("fr", "en", "nl", None)
    assert order("nl") == ("nl", "en", "fr", None)
    assert order("en") == ("en", "nl", "fr", None)


@pytest.mark.parametrize("language", ["de", "", "FR", "fr,nl"])
def test_another_language_is_refused(language: str) -> None:
    with pytest.raises(NoLabels, match=r"say one of en, fr, nl"):
        order(language)


def test_of_several_labels_the_choice_is_always_the_same() -> None:
    names = [Literal("b", language="fr"), Literal("a", language="fr"), Literal("A")]
    assert choose(names, order("fr")) == choose(names[::-1], order("fr")) == names[1]
    assert choose(names[2:], order("fr")) == names[2]
    assert choose([Literal("a", language="de")], order("fr")) is None
    assert choose([], order("fr")) is None


def test_labels_stand_behind_in_the_order_of_the_columns(labelling: Labelling) -> None:
    text = f"SELECT ?n ?s {{ ?s <{EX}number> ?n }} ORDER BY DESC(?n)"
    found = labelling.query(text, use_default_graph_as_union=True)
    assert [v.value for v in found.variables] == ["n", "s", "nLabel", "sLabel"]
    assert [row[2:] for row in rows(found)] == [
        [None, '"a fr"@fr'],
        [None, '"b en"@en'],
        [None, '"c"'],
        [None, None],
    ]


#: Each with the number of rows, over the union of all graphs.
QUERIES = {
    "SELECT*{?s <{x}number> ?n}": 4,
    "SELECT ?s{?s <{x}number> ?n}ORDER BY ?n LIMIT 2 OFFSET 1": 2,
    "SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p": 3,
    "SELECT REDUCED ?s { ?s ?p ?o } ORDER BY ?s": None,
    "SELECT ?s { ?s ?p ?o } ORDER BY ?s": 11,
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 1) ORDER BY ?n": 3,
    "SELECT (MAX(?o) AS ?m) { ?s <{x}number> ?o }": 1,
    "SELECT (EXISTS { ?s ?q 3 } AS ?e) ?s { ?s <{x}number> ?o } ORDER BY ?s": 4,
    "SELECT ?s ?n { ?s <{x}number> ?n } ORDER BY ?n VALUES ?n { 1 2 }": 2,
    "SELECT ?s { { SELECT ?s { ?s <{x}number> ?n } ORDER BY ?n LIMIT 1 } } # }": 1,
    "# SELECT { \nBASE <{x}> PREFIX : <#> PREFIX x: <>\nselect\n?s # {\n{ ?s x:number ?n }\n# }": 4,
    "SELECT ?s ?none { ?s <{x}number> 1 }": 1,
    "SELECT $s WHERE { $s <{x}number> 1 }": 1,
    "SELECT (BNODE() AS ?b) { ?s <{x}number> ?n }": 4,
    "SELECT * { }": 1,
    "SELECT ?FROM { ?FROM <{x}number> 'FROM' , 1 }": 0,
    "SELECT (?n + 1 AS ?m) ?g { GRAPH ?g { ?s <{x}number> ?n } } ORDER BY DESC(?m)": 4,
}


@pytest.mark.parametrize(("text", "number"), QUERIES.items())
def test_the_rows_stay_as_they_are(labelling: Labelling, text: str, number: int | None) -> None:
    text = text.replace("{x}", EX)
    plain = labelling.store.query(text, use_default_graph_as_union=True)
    assert isinstance(plain, QuerySolutions)
    names = [v.value for v in plain.variables]
    found = labelling.query(text, use_default_graph_as_union=True)
    assert [v.value for v in found.variables] == names + [f"{name}Label" for name in names]
    expected, ours = rows(plain), [row[: len(names)] for row in rows(found)]
    assert number in (None, len(expected))
    if "BNODE" not in text:
        assert ours == expected


@pytest.mark.parametrize(
    ("clauses", "number"),
    [
        ("FROM <{x}g>", 9),
        ("FROM <{x}g>\nFROM # of\n<{x}h>", 11),
        ("FROM NAMED <{x}g>", 0),
        ("from x:h from named x:g", 2),
        ("FROM <h>", 2),
    ],
)
def test_the_dataset_of_the_text_holds(labelling: Labelling, clauses: str, number: int) -> None:
    opening = f"BASE <{EX}> PREFIX x: <{EX}>"
    clauses = clauses.replace("{x}", EX)
    text = f"{opening} SELECT ?s ?o {clauses} WHERE {{ ?s ?p ?o }}"
    assert len(rows(labelling.query(text))) == number
    within = (
        f"{opening} SELECT ?o ?g {clauses} {{ ?s ?p ?o OPTIONAL {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
    )
    plain = labelling.store.query(within)
    assert isinstance(plain, QuerySolutions)
    assert [row[:2] for row in rows(labelling.query(within))] == rows(plain)


def test_the_dataset_of_the_protocol_and_bound_values_hold(labelling: Labelling) -> None:
    text = f"SELECT ?s ?n {{ ?s <{EX}number> ?n }}"
    graphs: dict[str, Any] = {"default_graph": [NamedNode(EX + "g")], "named_graphs": []}
    bound = {Variable("n"): Literal(2)}
    found = labelling.query(text, **graphs, substitutions=bound)
    assert [row[2] for row in rows(found)] == ['"b en"@en']
    assert len(rows(labelling.query(text, default_graph=[NamedNode(EX + "h")]))) == 0


def test_a_term_is_looked_up_once(labelling: Labelling) -> None:
    rows(labelling.query("SELECT ?s ?p { ?s ?p ?o }", use_default_graph_as_union=True))
    assert labelling.calls == 4 + 3


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(NoLabels, match=r"a variable \?aLabel, as labels= would"):
        wrapped("SELECT ?a ?aLabel { }", ["a", "aLabel"])
    assert "?aLabelLabel" in wrapped("SELECT ?aLabel { ?a ?b ?aLabel }", ["aLabel"])


@pytest.mark.parametrize(
    "text",
    [
        "ASK { { SELECT * { } } }",
        "# SELECT\nCONSTRUCT { ?s ?p ?o } WHERE { SELECT * { ?s ?p ?o } }",
        "PREFIX SELECT: <x:a> DESCRIBE SELECT:a",
        "",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(NoLabels, match="to the result of a SELECT"):
        wrapped(text, [])


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the suite of the W3C is not at hand")
def test_queries_of_the_suite_keep_their_rows() -> None:
    """Each over all data of its folder: the same columns, rows and order as without labels."""
    seen = with_rows = 0
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        store = Store()
        for path in sorted([*folder.glob("*.ttl"), *folder.glob("*.rdf")]):
            address = f"{EX}{path.name}"
            try:
                quads = [*parse(path=path, base_iri=address)]
            except (SyntaxError, ValueError):
                continue  # Some are there to be refused.
            graphs = () if path.stem == "manifest" else ("", address)
            for name in graphs:
                place = {"graph_name": NamedNode(name)} if name else {}
                store.extend(Quad(*quad.triple, **place) for quad in quads)
        for path in folder.glob("*.rq"):
            text = path.read_text(encoding="utf-8")
            outcome = compared(Labelling(store), text)
            seen += outcome is not None
            with_rows += bool(outcome)
    assert seen > 250 and with_rows > 150


def compared(labelling: Labelling, text: str) -> int | None:
    """The number of rows, which are the same as without labels; ``None`` if it is no SELECT."""
    if "SERVICE" in text or any(word in text for word in ("RAND", "UUID", "BNODE", "NOW")):
        return None
    try:
        plain = labelling.store.query(text, base_iri=EX)
        expected = rows(plain) if isinstance(plain, QuerySolutions) else None
    except (SyntaxError, ValueError, RuntimeError, OSError):
        return None
    if expected is None or not isinstance(plain, QuerySolutions):
        return None
    names = [v.value for v in plain.variables]
    found = labelling.query(text, base_iri=EX)
    assert [v.value for v in found.variables] == names + [f"{name}Label" for name in names]
    assert [row[: len(names)] for row in rows(found)] == expected, text
    return len(expected)


def test_an_engine_that_labels(labelling: Labelling, release: Release) -> None:
    text = f"SELECT ?s ?n {{ ?s <{EX}number> ?n }} ORDER BY ?n"
    query = Query(text, "text/csv", "text/turtle", labels="nl")
    engine = LocalEngine(labelling.store)
    body = engine.query(query).body.decode()
    assert body.splitlines()[0] == "s,n,sLabel,nLabel"
    assert [line.split(",")[2] for line in body.splitlines()[1:]] == ["", "c", "b nl", "a nl"]
    bound = replace(query, bindings={"n": Literal(2)}, infer=False)
    assert engine.query(bound).body.count(b"\r\n") == 2
    theme = "SELECT * { ?t a <https://w3id.org/brupact/ns#Theme> } ORDER BY ?t"
    named = LocalEngine(release.store).query(replace(query, text=theme, labels="fr")).body.decode()
    assert len(named.splitlines()) == 8 and all(
        line.split(",", 1)[1] for line in named.splitlines()
    )
    for other, reason in (
        ("ASK { }", "to the result of a SELECT"),
        ("SELECT ?s ?sLabel { }", "as labels= would"),
        ("SELECT ?s {\n ?s }", "error at 2:"),
    ):
        with pytest.raises(QueryRefused, match=reason) as refused:
            engine.query(replace(query, text=other))
        assert refused.value.line in (None, 2)
