import pytest
from hypothesis import given
from hypothesis import strategies as st

from brupact.sparql.negotiation import best, parse_accept

OFFERS = (
    ("application/sparql-results+json", "application/json"),
    ("application/sparql-results+xml", "application/xml"),
    ("text/csv",),
    ("text/turtle",),
)


@pytest.mark.parametrize(
    ("accept", "index"),
    [
        (None, 0),
        ("", 0),
        ("*/*", 0),
        ("text/csv", 2),
        ("TEXT/CSV", 2),
        ("text/*", 2),
        ("application/json", 0),
        ("application/xml;q=0.9, application/json;q=0.5", 1),
        ("text/csv;q=0.1, */*", 0),
        ("text/csv, */*", 2),
        ("text/turtle;charset=utf-8, */*;q=0.1", 3),
        ('text/turtle; charset="utf-8"; q=0.8, text/csv;q=0.7', 3),
        ("*/*, text/csv;q=0", 0),
        ("application/*;q=0, */*", 2),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("text/csv;q=2", None),
        ("not a media range", None),
        ("image/png, text/turtle;q=0.001", 3),
    ],
)
def test_the_offer_that_the_client_prefers(accept: str | None, index: int | None) -> None:
    assert best(accept, OFFERS) == index


def test_a_comma_in_a_quoted_parameter_parts_nothing() -> None:
    (only,) = parse_accept('text/turtle;note="a,b";q=0.5')
    assert only.parameters == {("note", "a,b")}
    assert only.quality == 0.5


@given(st.text(max_size=200))
def test_no_header_is_too_odd(header: str) -> None:
    assert best(header, OFFERS) in (None, 0, 1, 2, 3)
