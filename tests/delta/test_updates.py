"""What an update does, told before it is done."""

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store
from tests.delta.given import EX, PREFIX, canonical, content, copied, holding, node

from brupact.delta import (
    ContactRefused,
    Delta,
    NotWritable,
    of_update,
    require_writable,
    stays_apart,
)
from brupact.engine.interface import QueryRefused
from brupact.namespaces import GENID, INFERRED
from brupact.sparql.protocol import ProtocolError

DATA = ":g { :a :p 1, 1.50 . :b :p 1 } :h { :a :p 1 . :a :q :b }"
TYPE = "http://www.w3.org/2001/XMLSchema#"


def of(text: str, data: str = DATA, *, union: bool = True, skolemise: bool = True) -> Delta:
    return of_update(holding(data), PREFIX + text, union=union, skolemise=skolemise)


def told(delta: Delta) -> tuple[list[str], list[str]]:
    """What is added and what is removed, short."""
    sides = (sorted(map(str, side)) for side in (delta.added, delta.removed))
    added, removed = ([q.replace(EX, ":").replace(TYPE, "") for q in side] for side in sides)
    return added, removed


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ("INSERT DATA { GRAPH :g { :a :p 1 . :c :p :a } }", ["<:c> <:p> <:a> <:g>"], []),
        (
            "DELETE DATA { GRAPH :g { :a :p 1.50 . :c :p :a } }",
            [],
            ['<:a> <:p> "1.5"^^<decimal> <:g>'],
        ),
        (
            "INSERT DATA { GRAPH :g { :c :p 2.50 } } ; DELETE { GRAPH :g { ?s ?p 2.5 } } INSERT"
            " { GRAPH :g { ?s ?p :d } } WHERE { ?s ?p 2.500 }",
            ["<:c> <:p> <:d> <:g>"],
            [],
        ),
        ("INSERT { GRAPH :g { ?o :p ?s } } WHERE { ?s :q ?o }", ["<:b> <:p> <:a> <:g>"], []),
        # A literal is no subject, and what is not bound is nothing.
        ("INSERT { GRAPH :g { ?o :r ?s . ?s :r ?x } } WHERE { ?s :p ?o }", [], []),
        # What is taken and given stays.
        ("DELETE { GRAPH ?g { ?s :q ?o } } INSERT { GRAPH ?g { ?s :q ?o } }"
         " WHERE { GRAPH ?g { ?s :q ?o } }", [], []),
        ("WITH :h DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }", [], ['<:a> <:p> "1"^^<integer> <:h>']),
        ("DELETE { GRAPH :g { ?s ?p 1 } } USING :h WHERE { ?s ?p 1 }",
         [], ['<:a> <:p> "1"^^<integer> <:g>']),
        ("INSERT { GRAPH :g { :n :p ?s } } USING NAMED :h WHERE { GRAPH ?g { ?s :q ?o } }",
         ["<:n> <:p> <:a> <:g>"], []),
        ("INSERT { GRAPH :g { :n :p ?s } } USING NAMED :h WHERE { ?s :q ?o }", [], []),
        ("DROP GRAPH :h ; INSERT DATA { GRAPH :h { :a :q :b } }",
         [], ['<:a> <:p> "1"^^<integer> <:h>']),
        ("LOAD SILENT <http://127.0.0.1:1/>", [], []),
        ("", [], []),
    ],
)  # fmt: skip
def test_what_an_update_does(text: str, added: list[str], removed: list[str]) -> None:
    assert told(of(text)) == (added, removed)


def test_where_sees_all_graphs_or_the_default_graph() -> None:
    text, data = "INSERT { GRAPH :n { ?s :r :x } } WHERE { ?s :q ?o }", f"{DATA} :d :q :e ."
    assert told(of(text, data))[0] == ["<:a> <:r> <:x> <:n>", "<:d> <:r> <:x> <:n>"]
    assert told(of(text, data, union=False))[0] == ["<:d> <:r> <:x> <:n>"]


@pytest.mark.parametrize("using", ["", "USING :g USING :h"])
def test_the_union_of_graphs_is_a_set(using: str) -> None:
    counted = f"INSERT {{ GRAPH :n {{ :n :is ?n }} }} {using} WHERE {{ SELECT (COUNT(*) AS ?n)"
    (quad,) = of(counted + " { ?s :p 1 } }").added
    assert isinstance(quad.object, Literal) and quad.object.value == "2"
    nodes = of(f"INSERT {{ GRAPH :n {{ [] :of ?s }} }} {using} WHERE {{ ?s :p 1 }}")
    assert len(nodes.added) == 2


def test_whether_a_triple_stands_in_two_graphs_need_not_be_asked_again() -> None:
    store = holding(":g { :a :p 1 } :h { :b :p 1 }")
    count = "INSERT { GRAPH :n { :n :is ?n } } WHERE { SELECT (COUNT(*) AS ?n) { ?s :p 1 } }"
    for first, number, is_apart in (
        ("INSERT DATA { GRAPH :g { :b :p 1 } }", "2", False),
        ("INSERT DATA { GRAPH :g { :c :p 1 } GRAPH :h { :c :p 1 } }", "3", False),
        ("INSERT DATA { GRAPH :g { :c :p 1 } }", "3", True),
        ("MOVE :g TO :h", "1", True),
        ("COPY :g TO :i", "2", False),
    ):
        delta = of_update(store, PREFIX + first, union=True, apart=True)
        assert stays_apart(store, delta) is is_apart
        text = f"{PREFIX}{first} ; {count}"
        found = of_update(store, text, union=True, apart=True)
        assert found == of_update(store, text, union=True)
        assert [str(q.object)[1] for q in found.added if q.graph_name == node("n")] == [number]


def test_each_solution_has_blank_nodes_of_its_own_and_each_has_an_iri() -> None:
    text = "INSERT { GRAPH :n { _:x :of ?s ; :in [ :q _:x ] } } WHERE { GRAPH :g { ?s :p 1 } }"
    delta, again = of(text), of(text)
    assert len(delta.added) == 6
    made = {q.subject for q in delta.added} | {q.subject for q in again.added}
    assert len(made) == 8
    assert all(isinstance(term, NamedNode) and term.value.startswith(GENID) for term in made)
    kept = of(text, skolemise=False)
    assert all(isinstance(quad.subject, BlankNode) for quad in kept.added)


def test_a_node_that_an_operation_made_is_found_by_the_next() -> None:
    text = "INSERT DATA { GRAPH :n { _:x :q :y } } ; DELETE WHERE { GRAPH :n { ?s :q ?o } }"
    assert not of(text).added


def test_an_operation_may_have_a_prologue_of_its_own() -> None:
    text = f"INSERT DATA {{ GRAPH :g {{ _:x :p :y }} }} ; BASE <{EX}b/> PREFIX : <{EX}c/>"
    delta = of(f"{text} INSERT DATA {{ GRAPH <g> {{ _:y :p <x> }} }}")
    assert {quad.graph_name for quad in delta.added} == {node("g"), node("b/g")}
    with pytest.raises(QueryRefused):
        of(f"{text} INSERT DATA {{ GRAPH <g> {{ _:x :p <x> }} }}")
    with pytest.raises(QueryRefused):
        of(f"{text} INSERT DATA {{ GRAPH <g> {{ _:y :p }} }}")


@pytest.mark.parametrize(
    "text",
    [
        "INSERTDATA{GRAPH :g{:n :p 1}}",
        "INSERT{GRAPH :g{:n :p 1}}USING :h USINGNAMED<http://example.org/h>WHERE{?s :q ?o}",
    ],
)
def test_what_is_not_clear_is_tried_on_a_copy(text: str) -> None:
    expected: tuple[list[str], list[str]] = (['<:n> <:p> "1"^^<integer> <:g>'], [])
    assert told(of(text)) == told(of(text, union=False)) == expected


def test_a_copy_of_the_union_says_nothing_of_the_default_graph() -> None:
    assert told(of("INSERTDATA{:n :p :a}", union=False))[0] == ["<:n> <:p> <:a>"]
    with pytest.raises(QueryRefused):
        of("INSERTDATA{:n :p :a}")


@pytest.mark.parametrize(
    "text",
    [
        """INSERT DATA { :n :p "}", '{;"', '''};{''', "\\"};" } ; INSERT DATA { :m :p <x:;> }""",
        "INSERT { :n :p ?x } # } WHERE {\nWHERE { ?x :p 1 # }\n }# ;",
        "INSERT DATA { :n :p <x:#a>, <x:a;b> };#;\n",
        # What is a comparison to the engine is an IRI to others.
        "INSERT { :n :p ?o } WHERE { ?s :p ?o FILTER(?o<?o||'>'='>') } ; CLEAR GRAPH :h",
        "INSERT { :n :p ?o } WHERE { ?s :p ?o FILTER(0<?o&&'}'>'{') } ; CLEAR GRAPH :h",
        "INSERT { :n :p ?o } WHERE { ?s :p ?o FILTER(0<?o&&'>}'='>}') } ; CLEAR GRAPH :h",
        "INSERT { :n :p ?o } WHERE { ?s :p ?o FILTER(0<?o&&'>'='}') } ; DELETE DATA { :d :p 'x' }",
        "INSERT { :n :p ?o·x } WHERE { ?s :p ?o BIND(?o AS ?o·x) }",
        "WITH :g\u002dx INSERT { ?s ?p ?o } WHERE { GRAPH :g { ?s ?p ?o } }",
        "INSERT { :n :p ( 1 ?o [ :q ?o ; :r () ] ) } WHERE { GRAPH :g { ?s :p ?o } }",
        "INSERT{:n :p?o .GRAPH:i{?s :p?o}}WHERE{?s?p?o}",
        "INSERT { :n :p <<( ?s :p ?o )>> } WHERE { GRAPH :g { ?s :p ?o } }",
        "insert data { graph :i { :n a :c } } ; delete where { graph ?g { ?s :p ?o } } ;",
        "INSERT{:n :p ?o}WHERE{{SELECT ?o{?s :p ?o}ORDER BY ?o LIMIT 1}}",
        "INSERT { :n :p ?o } WHERE { ?s :p ?o . ?s :p ?o { SELECT * { VALUES ?o { 1 } } } }",
        "DELETE { ?s ?p ?o } INSERT { GRAPH :i { ?o ?p ?s } } WHERE { ?s ?p ?o }",
    ],
)
def test_how_a_text_is_written_does_not_matter(text: str) -> None:
    store = holding(f"{DATA} :d :p 1, 2, 'x' ; :q :e .")
    expected = copied(store)
    expected.update(PREFIX + text)
    assert of_update(store, PREFIX + text, union=False, skolemise=False, keep=True)
    assert canonical(store) == canonical(expected)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("LOAD <http://127.0.0.1:1/>", "LOAD"),
        ("LOADSILENT<http://127.0.0.1:1/>", "LOAD"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE SILENT :x { ?s ?p ?o } }", "SERVICE"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE:x { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_nothing_is_fetched(text: str, keyword: str) -> None:
    with pytest.raises(ContactRefused, match=keyword):
        of(text)


def test_a_prefix_may_be_called_service() -> None:
    text = f"PREFIX service: <{EX}> PREFIX load: <{EX}> INSERT DATA {{ GRAPH :g"
    assert told(of(text + " { service:x load:p :service } }"))[0] == ["<:x> <:p> <:service> <:g>"]


@pytest.mark.parametrize(
    "text",
    [
        "DROP GRAPH :nowhere", "CLEAR GRAPH :nowhere", "CREATE GRAPH :g", "MOVE :nowhere TO :g",
        "COPY :nowhere TO :g", "ADD :nowhere TO :g", "INSERT DATA { GRAPH :g { :a :p } }",
        "INSERT { GRAPH :g { :a :p ?x } } WHERE { BIND(<x:unknown>(1) AS ?x) }",
    ],
)  # fmt: skip
def test_what_fails_changes_nothing(text: str) -> None:
    store = holding(DATA)
    before = content(store)
    with pytest.raises(QueryRefused):
        of_update(store, f"{PREFIX} CLEAR ALL ; CREATE GRAPH :g ; {text}", union=True, keep=True)
    assert content(store) == before


def test_what_fails_in_silence_changes_nothing() -> None:
    for text in ("COPY", "MOVE", "ADD"):
        assert not of(f"{text} SILENT :nowhere TO :g")
    for text in ("DROP", "CLEAR"):
        assert not of(f"{text} SILENT GRAPH :nowhere")


def test_a_fault_of_syntax_has_its_place() -> None:
    with pytest.raises(QueryRefused) as refused:
        of_update(Store(), "CREATE GRAPH <x:a> ;\nINSERT DATA { <x:a> }", union=True)
    assert (refused.value.line, refused.value.column) == (2, 21)


def test_graphs_come_and_go() -> None:
    delta = of("CREATE GRAPH :empty ; DROP GRAPH :h ; INSERT DATA { GRAPH :n { :a :p 1 } }")
    assert delta.created == {node("empty"), node("n")}
    assert delta.dropped == {node("h")}
    delta = of("CREATE GRAPH :n ; DROP GRAPH :n ; DROP GRAPH :h ; CREATE GRAPH :h")
    assert not delta.created | delta.dropped
    assert delta.targets == {node("n"), node("h")}


def test_the_change_is_made_only_if_that_is_asked() -> None:
    store, text = holding(DATA), PREFIX + "CLEAR GRAPH :g ; INSERT DATA { GRAPH :h { :n :p 1 } }"
    before = content(store)
    delta = of_update(store, text, union=True)
    assert content(store) == before
    assert of_update(store, text, union=True, keep=True) == delta
    assert content(store)[0] == (before[0] - delta.removed) | delta.added


def test_the_dataset_of_the_protocol() -> None:
    text = PREFIX + "DELETE WHERE { GRAPH :h { ?s ?p ?o } }"
    for using, left in (([EX + "h"], 0), ([], 2)):
        delta = of_update(holding(DATA), text, union=True, using_named=using, using=[EX + "g"])
        assert len(delta.removed) == 2 - left if using else not delta
    with pytest.raises(ProtocolError):
        of_update(
            holding(DATA), f"{PREFIX}WITH :g DELETE {{}} WHERE {{}}", union=True, using=["x:"]
        )


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("INSERT { :a :p ?x } WHERE { ?x :none :none }", {DefaultGraph()}),
        ("DELETE WHERE { :a :p ?x }", {DefaultGraph()}),
        ("WITH :g INSERT { :a :p ?x } WHERE { ?x :none :none }", {node("g")}),
        ("WITH :g INSERT { GRAPH :h { :a :p ?x } } WHERE { ?x :none ?y }", {node("h")}),
        ("DELETE { GRAPH ?g { ?s :p 7 } } WHERE { GRAPH ?g { ?s :q ?o } }", {node("h")}),
        ("DELETE DATA { GRAPH :n { :a :p 7 } }", {node("n")}),
        ("COPY :g TO :n", {node("n")}),
        ("MOVE :g TO :n", {node("g"), node("n")}),
        ("CLEAR ALL", {DefaultGraph(), node("g"), node("h")}),
        ("DROP SILENT GRAPH :n", {node("n")}),
    ],
)
def test_which_graphs_an_update_is_about(text: str, targets: set[NamedNode | DefaultGraph]) -> None:
    assert of(text).targets == targets


def test_only_some_graphs_may_be_written() -> None:
    delta = of("CLEAR GRAPH :g ; INSERT DATA { GRAPH :n { :a :p 1 } }")
    require_writable(delta, [node("g"), node("n")])
    require_writable(delta, [node("g")], others=True)
    with pytest.raises(NotWritable) as refused:
        require_writable(delta, [node("g"), node("i")])
    assert refused.value.refused == (node("n"),)
    assert refused.value.writable == (node("g"), node("i"))
    assert f"<{EX}g>, <{EX}i>" in str(refused.value)


@pytest.mark.parametrize(
    "target", [f"GRAPH <{INFERRED.value}> {{ :a :p 1 }}", ":a :p 1", "GRAPH ?b { :a :p 1 }"]
)
def test_some_graphs_nobody_may_write(target: str) -> None:
    delta = of(f"INSERT {{ {target} }} WHERE {{ BIND(BNODE() AS ?b) }}", skolemise=False)
    with pytest.raises(NotWritable):
        require_writable(delta, [node("g"), INFERRED], others=True)
