"""Which services a text names, and which addresses are allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store
from tests.conformance.suite import FOLDER

from brupact.sparql.federation import (
    Allowed,
    Service,
    empty_solution,
    endpoint,
    inline,
    prologue,
    services,
    without_contact,
)
from brupact.sparql.protocol import ProtocolError


def found(text: str) -> list[tuple[bool, str, str]]:
    return [(service.silent, service.target, service.group) for service in services(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK { SERVICE <x:a> { ?s ?p ?o } }", [(False, "<x:a>", "{ ?s ?p ?o }")]),
        ("ASK{service#\nsilent#}\na:b{{}{}}}", [(True, "a:b", "{{}{}}")]),
        ("ASK { SERVICE <x:a> { SERVICE p:b {} } }", [(False, "<x:a>", "{ SERVICE p:b {} }")]),
        ("ASK { SERVICE ?a { } SERVICE $b { } }", [(False, "?a", "{ }"), (False, "$b", "{ }")]),
        ("ASK { SERVICE : { '}' ?x \"\"\"}\"\"\" } }", [(False, ":", "{ '}' ?x \"\"\"}\"\"\" }")]),
        ("ASK { ?service ?p 'SERVICE <x:a> { }' } # SERVICE <x:a> { }", []),
    ],
)  # fmt: skip
def test_the_outermost_services_of_a_query(
    text: str, expected: list[tuple[bool, str, str]]
) -> None:
    assert found(text) == expected
    for service in services(text):
        part = text[service.start : service.end]
        assert part.upper().startswith("SERVICE") and part.endswith(service.group)


@pytest.mark.parametrize("text", ["SERVICE", "SERVICE <x:a> ?s", "SERVICE <x:a> {", "SERVICE 1 {}"])
def test_a_service_that_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="SERVICE at character 6"):
        services("ASK { " + text)


def test_many_services_take_linear_time() -> None:
    assert len(services("ASK { " + "SERVICE <x:a> { } " * 20_000 + "}")) == 20_000


@given(st.text(alphabet="SERVICE silent<x:>{}#\n\"'?", max_size=80))
def test_without_contact_each_other_character_stays(text: str) -> None:
    changed = without_contact(text)
    assert len(changed) == len(text)
    assert [c for c in text if c.isspace()] == [
        changed[at] for at, c in enumerate(text) if c.isspace()
    ]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the suite of the W3C is not at hand")
def test_without_contact_a_query_is_as_well_formed_as_before() -> None:
    seen = 0
    for path in FOLDER.rglob("*.rq"):
        text = path.read_text(encoding="utf-8")
        if not services(text):
            continue
        changed = Store().query(without_contact(text), base_iri="http://example.org/")
        assert isinstance(changed, QuerySolutions)
        seen += 1
    assert seen >= 9


def test_the_prologue() -> None:
    text = "# of\nBASE <x:a> prefix\n p: <b#> PREFIX : <c> VERSION '1.2' SELECT * { BASE <x:d> }"
    assert prologue(text, "http://e.example/") == (
        "BASE <http://e.example/> BASE <x:a> PREFIX p: <b#> PREFIX : <c>"
    )
    assert prologue("ASK { }") == prologue("BASE <x:a").removeprefix("BASE <") == ""


@pytest.mark.parametrize(
    ("target", "opening", "expected"),
    [
        ("<http://a.example/b>", "", "http://a.example/b"),
        ("<c>", "BASE <http://a.example/b>", "http://a.example/c"),
        ("p:c", "BASE <http://a.example/b/> PREFIX p: <d/>", "http://a.example/b/d/c"),
        ("<c>", "", None),
        ("p:c", "", None),
        ("?c", "", None),
        ("<http://[a/>", "", None),
    ],
)
def test_the_endpoint_of_a_service(target: str, opening: str, expected: str | None) -> None:
    assert endpoint(Service(0, 0, False, target, "{}"), opening) == expected


ALLOWED = "https://a.example/sparql, http://b.example:81 ,https://[::1]/x/,https://é.example"


@pytest.mark.parametrize(
    ("iri", "address"),
    [
        ("https://a.example/sparql", "https://a.example:443/sparql"),
        ("HTTPS://A.EXAMPLE:443/sparql/b?c=d%20é#e", "https://a.example:443/sparql/b?c=d%20%C3%A9"),
        ("http://b.example:81", "http://b.example:81/"),
        ("http://b.example:81/é", "http://b.example:81/%C3%A9"),
        ("https://[::1]/x/y", "https://[::1]:443/x/y"),
        ("https://é.example/", "https://xn--9ca.example:443/"),
        ("https://xn--9ca.example/", "https://xn--9ca.example:443/"),
    ],
)
def test_an_allowed_address(iri: str, address: str) -> None:
    assert Allowed.read(ALLOWED).address(iri) == address


@pytest.mark.parametrize(
    "iri",
    [
        "http://a.example/sparql",
        "https://a.example:444/sparql",
        "https://a.example/",
        "https://a.example/sparqlx",
        "https://a.example/sparql/../admin",
        "https://a.example/sparql/%2E%2e/admin",
        "https://a.example/sparql/./b",
        "https://a.example\\@b.example/sparql",
        "https://user@a.example/sparql",
        "https://user:password@a.example/sparql",
        "https://a.example.c.example/sparql",
        "https://a.example@c.example/sparql",
        "https://a.example./sparql",
        "http://b.example/",
        "https://[::1]/x",
        "https://[::1",
        "https://a.example:port/sparql",
        "file:///etc/passwd",
        "urn:a",
        "",
    ],
)
def test_an_address_that_is_not_allowed(iri: str) -> None:
    assert Allowed.read(ALLOWED).address(iri) is None
    assert Allowed().address(iri) is None


@pytest.mark.parametrize("text", ["a.example", "ftp://a.example", "https://", "https://a/?b=c",
                                  "https://a/#b", "https://u@a/", "https://a/../b"])  # fmt: skip
def test_what_is_no_address_cannot_be_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address such as"):
        Allowed.read(f"https://b.example,{text}")


def test_inline_data() -> None:
    block = inline(["a", "b"], [[NamedNode("x:a"), Literal("a", language="fr")], [None, None]])
    assert block == 'VALUES (?a ?b) { (<x:a> "a"@fr) (UNDEF UNDEF) }'
    assert empty_solution([]) == "VALUES () { () }"
    solutions = Store().query(f"SELECT * {{ {empty_solution([])} {empty_solution(['a'])} }}")
    assert isinstance(solutions, QuerySolutions) and len(list(solutions)) == 1


@given(st.lists(st.text(), min_size=1))
def test_a_value_is_read_as_it_is_written(values: list[str]) -> None:
    rows = [[Literal(value), Literal(value, language="fr-BE")] for value in values]
    found = Store().query(f"SELECT * {{ {inline(['a', 'b'], rows)} }}")
    assert isinstance(found, QuerySolutions)
    assert [(row["a"].value, row["b"].value) for row in found] == [(v, v) for v in values]
