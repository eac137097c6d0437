import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brupact.sparql.protocol import ProtocolError
from brupact.sparql.tokens import tokens
from brupact.sparql.using import with_dataset


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text) if token.kind == "word"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?service { SERVICE <x:a> { } }", ["SELECT", "SERVICE"]),
        ("# SERVICE\nASK { ?s ?p \"SERVICE\", 'LOAD' }", ["ASK"]),
        ('ASK { ?s ?p """a " SERVICE \\""" LOAD""" }', ["ASK"]),
        ("ASK { ?s ?p '''it's SERVICE''' }", ["ASK"]),
        ("ASK { <SERVICE> :SERVICE service:x ?SERVICE }", ["ASK"]),
        ("ASK { ?a < ?b SERVICE ?c > ?d }", ["ASK", "SERVICE"]),
        ('ASK { ?s ?p "\\"SERVICE" }', ["ASK"]),
        ("load<x:a>into graph<x:b>", ["load", "into", "graph"]),
    ],
)
def test_keywords_are_told_from_what_stands_in_strings_iris_and_comments(
    text: str, expected: list[str]
) -> None:
    assert words(text) == expected


def test_names_with_dots_take_linear_time() -> None:
    started = time.process_time()
    assert len(list(tokens("a." * 50_000))) == 100_000
    assert time.process_time() - started < 10  # It took 35 s when each was read to the end.


def test_depth_counts_the_open_braces() -> None:
    depths = {token.text: token.depth for token in tokens("A { B { C } D } E")}
    assert (depths["A"], depths["B"], depths["C"], depths["D"], depths["E"]) == (0, 1, 2, 1, 0)


@given(st.text(max_size=300))
def test_no_character_is_lost(text: str) -> None:
    kept = "".join(token.text for token in tokens(text))
    assert len(kept) <= len(text)
    assert all(text[token.start : token.end] == token.text for token in tokens(text))


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (
            "INSERT { ?s ?p 1 } WHERE { ?s ?p 'WHERE' }",
            "INSERT { ?s ?p 1 }  USING <x:g> USING NAMED <x:n> WHERE { ?s ?p 'WHERE' }",
        ),
        (
            "DELETE WHERE { ?s ?p ?o }",
            "DELETE { ?s ?p ?o } USING <x:g> USING NAMED <x:n> WHERE { ?s ?p ?o }",
        ),
        ("INSERT DATA { <x:where> <x:p> 1 }", "INSERT DATA { <x:where> <x:p> 1 }"),
    ],
)
def test_the_dataset_of_an_update(update: str, expected: str) -> None:
    assert with_dataset(update, ["x:g"], ["x:n"]) == expected
    assert with_dataset(update, [], []) == update


@pytest.mark.parametrize(
    ("update", "graph"),
    [
        ("WITH <x:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "x:g"),
        ("DELETE { ?s ?p ?o } USING <x:a> WHERE { ?s ?p ?o }", "x:g"),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "x:g> USING <x:h"),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", ""),
    ],
)
def test_a_dataset_given_twice_or_no_iri_is_refused(update: str, graph: str) -> None:
    with pytest.raises(ProtocolError):
        with_dataset(update, [graph], [])
