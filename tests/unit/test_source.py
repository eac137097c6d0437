import pytest

from brupact.source import Span, line_starts, plain, segments


def words(text: str) -> list[str]:
    return [part.of(text) for part in segments(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a b", ["a b"]),
        ("a  b", ["a  b"]),
        ("a\tb", ["a\tb"]),
        ("a\nb", ["a", "b"]),
        (" a <p>b</p> <ol x='>'>c", ["a", "b", "'>c"]),
        ("maar ook</p>\n\n\tvoor", ["maar ook", "voor"]),
        ("<p></p>\n", []),
        ("", []),
        ("finance&invest", ["finance&invest"]),
        ("a < b", ["a < b"]),
    ],
)
def test_segments_are_the_words_between_markup_and_breaks(text: str, parts: list[str]) -> None:
    assert words(text) == parts


def test_segments_keep_their_place_in_the_text() -> None:
    text = "xx <p>one</p>\n two yy"
    found = segments(text, Span(3, len(text) - 3))
    assert [(part, part.of(text)) for part in found] == [((6, 9), "one"), ((15, 18), "two")]


def test_context_stops_at_the_edges() -> None:
    text = "ab" + "c" * 40 + "de"
    assert Span(1, 2).before(text) == "a"
    assert Span(1, 2).after(text) == "c" * 32
    assert Span(42, 43).after(text) == "e"


def test_plain_replaces_a_tag_by_one_space_and_folds_white_space() -> None:
    assert plain("a<br>b \t\n c</p>") == "a b c"


def test_offsets_are_code_points() -> None:
    text = "é𝄞\nx"
    assert line_starts(text) == [0, 3]
    assert Span(3, 4).of(text) == "x"
