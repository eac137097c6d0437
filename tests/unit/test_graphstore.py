"""What a request to the graph store means, and that a patch stays within its graph."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store
from tests.conformance.suite import FOLDER

from brupact.namespaces import GRAPH
from brupact.sparql.graphstore import (
    DEFAULT,
    asked,
    confined,
    media_type,
    named,
    patch_type,
    refuse_coding,
    refuse_parameters,
)
from brupact.sparql.protocol import ProtocolError

BELOW: Final = "http://127.0.0.1:8000/graphs/"


def status(error: pytest.ExceptionInfo[ProtocolError]) -> int:
    return error.value.status


# Names of graphs


references = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffd")
)


@given(references)
@example("\ue000")
@example("[]")
@example("\ufffe\U000e0000")
def test_a_name_is_an_iri_from_which_the_reference_comes_back(reference: str) -> None:
    name = named(reference)
    assert NamedNode(name).value == name
    assert unquote(name.removeprefix(GRAPH)) == reference
    assert "?" not in name and "#" not in name


@pytest.mark.parametrize("reference", ["a\nb", "\0", "\x7f", "\x85", "a\ufffd"])
def test_what_cannot_be_told_from_another_is_no_name(reference: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        named(reference)
    assert status(refused) == 400
    with pytest.raises(ProtocolError) as refused:
        asked(f"graph={quote(BELOW + quote(reference))}".encode(), BELOW)
    assert status(refused) == 400


@given(references, references)
def test_two_references_have_two_names(one: str, other: str) -> None:
    assert (named(one) == named(other)) == (one == other)


@pytest.mark.parametrize(
    ("query_string", "expected"),
    [
        ("", None),
        ("default", DEFAULT),
        ("default=", DEFAULT),
        ("graph=http%3A%2F%2Fexample.org%2Fa", "http://example.org/a"),
        ("graph=urn:x:a%23b", "urn:x:a#b"),
        (f"graph={BELOW}themes", GRAPH + "themes"),
        (f"graph={quote(BELOW)}a%2520b", GRAPH + "a%20b"),
        # These are no addresses of a graph of ours.
        (f"graph={BELOW}", BELOW),
        (f"graph={BELOW}a%23b", BELOW + "a#b"),
        (f"graph={BELOW}a%3Fb", BELOW + "a?b"),
        ("graph=http://127.0.0.1:8000/graphs", "http://127.0.0.1:8000/graphs"),
        ("graph=http://other.example/graphs/a", "http://other.example/graphs/a"),
    ],
)
def test_the_graph_that_is_asked_for(query_string: str, expected: str | None) -> None:
    assert asked(query_string.encode(), BELOW) == expected


@given(references.filter(bool))
def test_an_address_means_the_graph_that_is_found_there(reference: str) -> None:
    address = BELOW + quote(reference, safe="")
    assert asked(f"graph={quote(address, safe='')}".encode(), BELOW) == named(reference)


@pytest.mark.parametrize(
    "query_string",
    [
        "graph=a", "graph=", "graph", "graph=a/b", "graph=%20http://a", "graph=http://a%20b",
        "graph=//a/b", "graph=?x", "graph=http://a/%3E%20%7B", "graph=http://a/%FF", "graph=_:a",
        "graph=x:a&graph=x:b", "graph=x:a&graph=x:a", "graph=x:a&default", "default&default",
        "default=1", "default=false", "Graph=x:a", "graphs=x:a", "default&x=1", "query=ASK%7B%7D",
        "graph=http://é",
    ],
)  # fmt: skip
def test_what_names_no_graph_is_refused(query_string: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        asked(query_string.encode(), BELOW)
    assert status(refused) == 400


@given(st.binary())
def test_any_parameters_are_a_graph_or_refused(query_string: bytes) -> None:
    try:
        name = asked(query_string, BELOW)
    except ProtocolError as refused:
        assert refused.status == 400
        return
    assert not name or NamedNode(name).value == name


@pytest.mark.parametrize("query_string", [b"default", b"graph=x:a", b"graph=", b"x=1&graph=x:a"])
def test_a_path_and_parameters_name_no_two_graphs(query_string: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        refuse_parameters(query_string)
    assert status(refused) == 400
    refuse_parameters(b"")


# Media types


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/turtle", "text/turtle"),
        (" Text/Turtle ; Charset=UTF-8", "text/turtle"),
        ('text/turtle; charset="utf-8"', "text/turtle"),
        ("application/n-triples;charset=us-ascii", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"',
         "application/ld+json"),
    ],
)  # fmt: skip
def test_the_format_of_a_document(content_type: str, expected: str) -> None:
    assert media_type(content_type) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", ";", "text/plain", "text/html", "application/json", "application/xml",
        "application/n-quads", "application/trig", "application/x-www-form-urlencoded",
        "application/sparql-update", "multipart/form-data; boundary=x", "*/*", "text/*",
        "text/turtle; charset=iso-8859-1", 'text/turtle; charset="utf-16"',
        "text/turtle, application/n-triples",
    ],
)  # fmt: skip
def test_other_media_types_are_refused(content_type: str | None) -> None:
    with pytest.raises(ProtocolError) as refused:
        media_type(content_type)
    assert status(refused) == 415


def test_a_patch_is_an_update() -> None:
    patch_type("application/sparql-update")
    patch_type("Application/SPARQL-Update; charset=utf-8")
    for other in (
        None,
        "",
        "application/sparql-update; charset=utf-16",
        "text/turtle",
        "application/sparql-query",
        "application/json-patch",
    ):
        with pytest.raises(ProtocolError) as refused:
            patch_type(other)
        assert status(refused) == 415


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, None),
        ({"Content-Encoding": "Identity"}, None),
        ({"Content-Encoding": ""}, None),
        ({"Content-Transfer-Encoding": "8BIT"}, None),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity, identity"}, 415),
        ({"Content-Transfer-Encoding": "quoted-printable"}, 415),
        ({"Content-Range": ""}, 400),
        ({"Content-Range": "bytes 0-1/2"}, 400),
    ],
)
def test_a_body_is_sent_whole_and_plain(headers: dict[str, str], refused: int | None) -> None:
    if refused is None:
        refuse_coding(headers.get)
        return
    with pytest.raises(ProtocolError) as error:
        refuse_coding(headers.get)
    assert status(error) == refused


# Patches

#: A patch of each of these must not touch, nor read, what the others hold.
GRAPHS: Final = (DEFAULT, "http://a.example/g")
OTHER: Final = NamedNode("x:other")
SECRET: Final = "secret"
BASE: Final = "http://a.example/g"


def data(graph: str) -> list[Quad]:
    """A store in which each other graph has a secret, under names that the suite uses as well."""
    a, name, mine = NamedNode("http://example.org/s"), NamedNode("x:p"), name_of(graph)
    quads = [Quad(a, name, Literal("1"), mine), Quad(NamedNode("x:a"), name, a, mine)]
    for other in (OTHER, NamedNode("http://example.org/g1"), DefaultGraph(), NamedNode(GRAPHS[1])):
        if other != mine:
            quads += [
                Quad(a, name, Literal(SECRET), other),
                Quad(NamedNode("x:s"), name, NamedNode(f"x:{SECRET}"), other),
            ]
    return quads


def name_of(graph: str) -> NamedNode | DefaultGraph:
    return NamedNode(graph) if graph else DefaultGraph()


def filled(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def outcome(update: str, graph: str) -> str:
    """``refused``, ``malformed`` or ``done``, once it is sure that nothing else was touched.

    What is read of another graph shows in that the effect is another where the rest is not there.
    """
    try:
        text = confined(update, graph)
    except ProtocolError as refused:
        assert refused.status == 422
        return "refused"
    given = data(graph)
    mine = [quad for quad in given if quad.graph_name == name_of(graph)]
    store, alone = filled(given), filled(mine)
    try:
        store.update(text, base_iri=BASE)
    except (SyntaxError, ValueError, OSError, RuntimeError):
        assert set(store) == set(given)
        return "malformed"
    alone.update(text, base_iri=BASE)
    after = list(store)
    outside = {quad for quad in after if quad.graph_name != name_of(graph)}
    assert outside == set(given) - set(mine), text
    inside = [quad for quad in after if quad.graph_name == name_of(graph)]
    assert not any(SECRET in str(quad) for quad in inside), text
    if not re.search(r"RAND|UUID|NOW", text, re.IGNORECASE):
        assert sorted(map(shape, inside)) == sorted(map(shape, alone)), text
    return "done"


def shape(quad: Quad) -> str:
    """`quad` without the names of blank nodes."""
    terms = (quad.subject, quad.predicate, quad.object)
    return " ".join("[]" if isinstance(term, BlankNode) else str(term) for term in terms)


PREFIXES: Final = (
    "PREFIX e: <http://e.example/#> PREFIX : <http://e.example/> PREFIX h: <http://h.example:8> "
)


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize(
    ("update", "added"),
    [
        ("INSERT DATA { <x:n> <x:p> 1 }", 1),
        ("insert data{<x:n><x:p>1,2;<x:q>[<x:r>3]}", 4),
        ("INSERT # {\nDATA#}\n{ <x:n> <x:p> '}' # }\n }", 1),
        ("DELETE DATA { <http://example.org/s> <x:p> '1' }", -1),
        ("DELETE WHERE { ?s ?p ?o }", -2),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", -2),
        ("INSERT { ?s <x:q> ?o } WHERE { ?s ?p ?o }", 2),
        ("DELETE { ?s ?p ?o } INSERT { ?s <x:q> ?o } WHERE { ?s ?p ?o FILTER(?o = '1') }", 0),
        ("INSERT { ?s <x:q> ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s }", 2),
        ("INSERT { ?s <x:q> ?o } WHERE { ?s <x:p>/<x:p> ?o }", 1),
        ("INSERT { ?s <x:q> 1 } WHERE { ?s ?p ?o MINUS { ?s ?p '1' } }", 1),
        ("INSERT { ?s <x:q> 1 } WHERE { ?s ?p ?o FILTER NOT EXISTS { ?o ?p ?x } }", 1),
        ("INSERT DATA { <x:n> <x:p> 1 } ; DELETE DATA { <x:n> <x:p> 1 } ;", 0),
        ("PREFIX e: <x:e#> BASE <http://b.example/> INSERT DATA { e:a <b> 1 } ;"
         " INSERT DATA { <b> <c> 1 }", 2),
        ("", 0),
        (";", 0),
        ("PREFIX e: <x:e#>", 0),
        # What only looks like another graph, or like the end of a block.
        ("INSERT DATA { <x:n> <x:p> 'GRAPH <x:o> { ?s ?p ?o }', \"}\", '''}''', '\\u0027}' }", 3),
        ("INSERT DATA { <x:GRAPH> <x:p> <x:SERVICE#GRAPH> } # GRAPH", 1),
        ("INSERT { ?graph <x:q> $service } WHERE { ?graph <x:p> $service }", 2),
        (PREFIXES + "INSERT DATA { e:graph a e:aGraph, e:Service. e:in-graph :graph _:graph.}", 3),
        ("INSERT DATA { <#it> <x:p> <it's>, <#(> }", 2),
        ("INSERT { ?s <x:q> 1 } WHERE { ?s ?p ?o FILTER(?o IN (<http://a.example/#o>, '1')) }", 1),
        ("INSERT DATA { <x:n> <x:p> 'a\\\\', 'b' }", 2),
    ],
)  # fmt: skip
def test_a_patch_of_one_graph_is_done(update: str, added: int, graph: str) -> None:
    assert outcome(update, graph) == "done"
    store = filled(data(graph))
    before = len(store)
    store.update(confined(update, graph), base_iri=BASE)
    assert len(store) - before == added


INTO: Final = "GRAPH<x:other>{<x:w><x:w><x:w>}"
FROM: Final = "GRAPH<x:other>{?s ?p ?o}"


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize(
    "update",
    [
        f"INSERT DATA{{{INTO}}}",
        f"insert data{{{INTO.lower()}}}",
        f"INSERT DATA {{ <x:a> <x:b> <x:c> . {INTO} }}",
        f"INSERT DATA {{ <x:a> <x:b> 1{INTO} }}",
        f"INSERT DATA {{ <x:a> <x:b> 1.{INTO} }}",
        f"INSERT DATA {{ <x:a> <x:b> ''{INTO} }}",
        f"INSERT DATA {{ <x:a> <x:b> 1 . #\r{INTO} }}",
        f"INSERT DATA {{ <x:a> <x:b> '#' .{INTO} }}",
        "INSERT DATA { GRAPH#}\n<x:other>#{\n{ <x:w> <x:w> <x:w> } }",
        "INSERT DATA { \\u0047RAPH <x:other> { <x:w> <x:w> <x:w> } }",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
        "DELETE WHERE { GRAPH<x:other>{ ?s ?p ?o } }",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ {FROM} }}",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ {{ SELECT * {{ {FROM} }} }} }}",
        f"INSERT {{ ?a <x:q> 1 }} WHERE {{ ?a ?b ?c FILTER EXISTS{{ {FROM} }} }}",
        f"INSERT {{ ?a <x:q> 1 }} WHERE {{ ?a ?b ?c MINUS{{ {FROM} }} }}",
        "INSERT { ?s <x:q> ?o } WHERE { SERVICE <x:other> { ?s ?p ?o } }",
        "INSERT { ?s <x:q> ?o } WHERE { SERVICE SILENT<x:other>{ ?s ?p ?o } }",
        "INSERT { ?s <x:q> ?o } USING <x:other> WHERE { ?s ?p ?o }",
        "INSERT { ?s <x:q> ?o } USING NAMED <x:other> WHERE { ?s ?p ?o }",
        "WITH <x:other> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "WITH<http://a.example/g>DELETE{?s ?p ?o}WHERE{?s ?p ?o}",
        "CLEAR ALL", "CLEAR DEFAULT", "DROP NAMED", "DROP SILENT GRAPH <x:other>", "CLEARALL",
        "CREATE GRAPH <x:new>", "CREATE SILENT GRAPH<x:new>", "LOAD <x:a>", "LOAD SILENT <x:a>",
        "COPY <x:other> TO DEFAULT", "MOVE <x:other>TO<x:g>", "ADD DEFAULT TO <x:other>",
        "INSERT DATA { <x:a> <x:b> 1 } ; CLEAR ALL",
        "INSERT DATA { <x:a> <x:b> 1 };DROPALL",
        # What is read by the engine in another way than it looks.
        PREFIXES + f"INSERT {{ e:a e:b e:.{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a e:b e:c.d.{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a :.5{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a e:-5{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ _:a:.5{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ _:a:-5{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a e:b h:{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a h:1{INTO} }} WHERE {{}}",
        PREFIXES + f"INSERT {{ e:a h:true{INTO} }} WHERE {{}}",
        f"PREFIX e: <x:e#> PREFIX e: <http://h:8> INSERT {{ e:a e:b e:{INTO} }} WHERE {{}}",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ VALUES ?x {{ '''x' #\\q\n }} {FROM} #'''}}\n }}",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ VALUES ?x {{ '''x' #\\ud800\n }} {FROM} #'''}}\n }}",
        f'INSERT {{ ?s <x:q> 1 }} WHERE {{ VALUES ?x {{ """x" #\\U00110000\n }} {FROM} #"""}}\n }}',
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ ?a ?b ?c FILTER(?c<?x#>\n) {FROM} #)\n }}",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ ?a ?b ?c FILTER(?a<(?b>?c)||?x<?y#>\n) {FROM} #)\n }}",
        f"INSERT {{ ?s <x:q> ?o }} WHERE {{ ?a ?b ?c FILTER(?c<?x||'>'!='') {FROM} #'\n }}",
    ],
)  # fmt: skip
def test_what_reaches_another_graph_is_refused(update: str, graph: str) -> None:
    assert outcome(update, graph) == "refused"


@cache
def updates() -> tuple[str, ...]:
    """The updates of the suite of the W3C, where it is there; and some of our own."""
    files = sorted(FOLDER.glob("*/*.ru"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return (
        *(text for text in texts if len(text) < 2000),
        "INSERT DATA { <x:n> <x:p> 'a' }",
        "DELETE { ?s ?p ?o } INSERT { ?s <x:q> ?o } WHERE { ?s ?p ?o FILTER(?o < 3) }",
        PREFIXES + "DELETE WHERE { ?s ?p e:a } ; INSERT { ?s :p [] } WHERE { ?s (:p|^e:q)* ?o }",
        "INSERT { ?s <x:q> ?o } WHERE { { SELECT ?s ?o { ?s ?p ?o } } FILTER EXISTS { ?s ?q ?z } }",
        "INSERT { ?s <x:q> ?o } WHERE { VALUES ?s { <x:a> '''x' y''' UNDEF } ?s ?p ?o }",
    )


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"NO W3C TESTS at {FOLDER}")
def test_the_updates_of_the_suite_are_confined_or_refused() -> None:
    found = [outcome(update, graph) for update in updates() for graph in GRAPHS]
    assert len(updates()) > 90
    assert found.count("done") > 20
    assert found.count("refused") > 40


#: What updates are made of, with what hides or ends something in one reading of two.
PIECES: Final = (
    "{", "}", "(", ")", "[", "]", ".", ";", ",", "<", ">", "'", '"', "'''", '"""', "#", "\n", " ",
    "\\", "\\q", "\\u0027", "\\ud800", ":", "e:", "h:", "_:a", ":.", ":.5", "e:a.b.", "e:-1", "h:1",
    "?x", "?s ?p ?o", "$o", "1", "-2", "1.", "<x:a>", "<?x#>", "<x:other>", "<#", "|", "||", "^",
    "^^", "@en", "a ", "*", "/", "=", "GRAPH", "GRAPH<x:other>", f"{INTO}", f"{FROM}", f".{INTO}",
    f" }} {FROM} #", "GRAPH ?g {", "SERVICE", "INSERT", "DELETE", "DATA", "WHERE", "WITH<x:other>",
    "USING", "PREFIX e:<http://h.example:8>", "BASE<x:other>", "FILTER(", "EXISTS{", "OPTIONAL{",
    "UNION", "SELECT*", "VALUES ?x {", "BIND(", "CLEAR ALL", "\ufeff", "\x0b", "\x85", "\u0300",
    "\u00b7", "\u00aa", "{|", "|}", "<<(", ")>>",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """An update in which some pieces are put in, others left out."""
    text = PREFIXES * draw(st.booleans()) + draw(st.sampled_from(updates()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 0, 0, 1, 2, 5, 20))))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    return text


@given(mutated(), st.sampled_from(GRAPHS))
def test_a_changed_update_is_confined_or_refused(update: str, graph: str) -> None:
    outcome(update, graph)


#: Places where terms or patterns stand, to be filled with pieces.
FRAMES: Final = (
    PREFIXES + "INSERT {{ {} }} WHERE {{}}",
    PREFIXES + "INSERT {{ <x:i> <x:n> {} }} WHERE {{}}",
    PREFIXES + "INSERT DATA {{ {} }}",
    PREFIXES + "INSERT {{ ?s <x:q> ?o }} WHERE {{ {} }}",
    PREFIXES + "INSERT {{ ?s <x:q> ?o }} WHERE {{ ?a ?b ?c FILTER(?c<{}) }}",
    PREFIXES + "INSERT {{ ?s <x:q> ?o }} WHERE {{ VALUES ?x {{ {} }} }}",
    PREFIXES + "INSERT {{ ?s <x:q> ?o }} WHERE {{ ?a e:b {} }}",
    PREFIXES + "DELETE WHERE {{ {} }} ; {}",
)


@given(
    st.sampled_from(FRAMES),
    st.lists(st.sampled_from(PIECES), max_size=7),
    st.lists(st.sampled_from(PIECES), max_size=3),
    st.sampled_from(GRAPHS),
)
def test_a_made_update_is_confined_or_refused(
    frame: str, one: list[str], two: list[str], graph: str
) -> None:
    outcome(frame.format("".join(one), "".join(two)), graph)


#: What may hide what follows in one reading of two, and what may end that again.
OPENINGS: Final = (
    "'''x' #", '"""x" #', "'''", "'", "'' ", "\\q\n", "\\ud800\n", "\\U00110000\n", "#", "<?x#>\n",
    "<?x'", "}", ")", ".", "h:", "h:1", "e:a.b.", ":.5", "_:a:", "_:a", "e:", "(?b>?c)||?x<", "1",
)  # fmt: skip
ENDINGS: Final = ("", "\n}", " #'''}\n", ' #"""}\n', " #)\n", " #'\n", " #>\n", ".", "}", ")")


@given(
    st.sampled_from(FRAMES),
    st.lists(st.sampled_from(OPENINGS), min_size=1, max_size=3),
    st.sampled_from((INTO, FROM)),
    st.sampled_from(ENDINGS),
    st.sampled_from(GRAPHS),
)
def test_nothing_is_hidden(
    frame: str, openings: list[str], payload: str, ending: str, graph: str
) -> None:
    outcome(frame.format("".join([*openings, payload, ending]), ""), graph)


@pytest.mark.parametrize(
    "piece", ["(", "{", "<", "'", '"', "'''", "\\", ":", "?", "#", "e:", "a.b."]
)
def test_the_time_is_linear(piece: str) -> None:
    """Nothing is asserted of seconds: what is not linear does not come to an end."""
    with_many = "INSERT DATA { <x:a> <x:b> " + piece * 200_000
    try:
        confined(with_many, "x:g")
    except ProtocolError as refused:
        assert refused.status == 422
