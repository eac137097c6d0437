import pytest

from brupact.sparql.dataset import clauses


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT * FROM <x:a> { ?s ?p ?o }", ("<x:a>",), ()),
        ("SELECT * from <x:a> FROM<x:b> FROM NAMED <x:c> {}", ("<x:a>", "<x:b>"), ("<x:c>",)),
        ("PREFIX e: <x:> ASK FROM e:a FROM NAMED e:b {}", ("e:a",), ("e:b",)),
        ("CONSTRUCT { ?s ?p ?o } FROM <x:a> WHERE {}", ("<x:a>",), ()),
        ("CONSTRUCT FROM <x:a> WHERE { ?s ?p ?o }", ("<x:a>",), ()),
        ("DESCRIBE <x:from> FROM <x:a>", ("<x:a>",), ()),
        ("SELECT (1 AS ?from) FROM # FROM <x:b>\n <x:a> {}", ("<x:a>",), ()),
    ],
)
def test_the_clauses_of_a_query(
    text: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    found = clauses(text)
    assert found is not None
    assert (found.default, found.named) == (default, named)


@pytest.mark.parametrize(
    "text",
    ["SELECT * { ?s ?p ?o }", "SELECT * { ?s ?p 'FROM <x:a>' }", "ASK { ?from ?p <x:FROM> }",
     "SELECT * { FROM <x:a> }", "FROM <x:a>", "SELECT * FROM", "SELECT * FROM NAMED", ""],
)  # fmt: skip
def test_no_clauses(text: str) -> None:
    assert clauses(text) is None


def test_the_prologue_is_what_the_names_are_read_with() -> None:
    text = "# SELECT\nBASE <http://e/> PREFIX ask: <x> SELECT * FROM ask:a {}"
    found = clauses(text)
    assert found is not None
    assert found.prologue == "# SELECT\nBASE <http://e/> PREFIX ask: <x> "
