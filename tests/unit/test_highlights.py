"""Quotations are marked in the text: none lost, each character once, each mark closed."""

from hypothesis import given
from hypothesis import strategies as st

from brupact.web.highlights import Close, Line, Mark, Open, Words, lines

TEXT = "abcdefghij\n\nklmnopqrst"


def mark(start: int, end: int, name: str) -> Mark:
    return Mark(start, end, f"x:{name}", f"x:{name}#quote-fr", 1)


def shown(line: Line) -> str:
    """A line with brackets for its marks: `[` where one begins, `(` where it goes on."""
    words = []
    for piece in line.pieces:
        if isinstance(piece, Words):
            words.append(piece.text)
        else:
            words.append("]" if isinstance(piece, Close) else "[" if piece.is_first else "(")
    return "".join(words)


def test_marks_nest() -> None:
    found = [shown(line) for line in lines(TEXT, [mark(2, 4, "in"), mark(1, 6, "out")])]
    assert found == ["a[b[cd]ef]ghij", "", "klmnopqrst"]


def test_a_mark_that_another_cuts_goes_on() -> None:
    first, *_ = lines(TEXT, [mark(1, 5, "one"), mark(3, 8, "two")])
    assert shown(first) == "a[bc[de]](fgh]ij"
    assert first.margin == ["x:one"]


def test_who_has_no_words_of_its_own_is_in_the_margin() -> None:
    first, *_ = lines(TEXT, [mark(1, 5, "one"), mark(1, 5, "same")])
    assert first.margin == ["x:one"] or set(first.margin) == {"x:one", "x:same"}
    inner = [piece.mark for piece in first.pieces if isinstance(piece, Words) and piece.mark]
    assert {m.node for m in inner} | set(first.margin) == {"x:one", "x:same"}


SPANS = st.tuples(st.integers(0, 10), st.integers(0, 10)).filter(lambda span: span[0] < span[1])


@given(st.lists(SPANS, max_size=8), st.lists(SPANS, max_size=8))
def test_no_character_and_no_mark_is_lost(
    first: list[tuple[int, int]], last: list[tuple[int, int]]
) -> None:
    spans = [*first, *((start + 12, end + 12) for start, end in last)]
    marks = [mark(start, end, f"n{number}") for number, (start, end) in enumerate(spans)]
    begun, covered = [], {m.node: "" for m in marks}
    text = []
    for line in lines(TEXT, marks):
        open_marks: list[Mark] = []
        for piece in line.pieces:
            if isinstance(piece, Open):
                open_marks.append(piece.mark)
                begun += [piece.mark.node] if piece.is_first else []
            elif isinstance(piece, Close):
                open_marks.pop()
            else:
                assert piece.mark is (open_marks[-1] if open_marks else None)
                for here in {m.node for m in open_marks}:
                    covered[here] += piece.text
        assert open_marks == []
        text.append("".join(p.text for p in line.pieces if isinstance(p, Words)))
    assert "\n".join(text) == TEXT
    assert sorted(begun) == sorted(m.node for m in marks)
    assert covered == {m.node: TEXT[m.start : m.end] for m in marks}
