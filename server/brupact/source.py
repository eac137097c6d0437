"""The signed text as it was pinned: spans of it, and the words in a span.

Pure functions on the characters of the file; offsets count Unicode code points from 0, as the
Web Annotation Data Model counts them (section 4.2.5).
"""

import re
from typing import Final, NamedTuple

_TAG: Final = r"<[^<>]*>"
_BREAK: Final = r"\s*\n\s*"
_CUT: Final = re.compile(f"(?:\\s*(?:{_TAG}|{_BREAK})\\s*)+")
_MARKUP: Final = re.compile(_TAG)
_SPACE: Final = re.compile(r"\s+")

#: How much of the text before and after a quotation is kept with it, in code points.
CONTEXT: Final = 32


class Span(NamedTuple):
    """A stretch of the text: `start` is its first code point, `end` the one after its last."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` in this span."""
        return text[self.start : self.end]

    def before(self, text: str) -> str:
        """The context in front of the span."""
        return text[max(0, self.start - CONTEXT) : self.start]

    def after(self, text: str) -> str:
        """The context behind the span."""
        return text[self.end : self.end + CONTEXT]


def segments(text: str, span: Span) -> list[Span]:
    """The parts of `span` without the markup and the cell and page breaks between them."""
    inner = span.of(text)
    edges = [0]
    for cut in _CUT.finditer(inner):
        edges += cut.span()
    edges.append(len(inner))
    parts = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        words = inner[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        if start < end:
            parts.append(Span(span.start + start, span.start + end))
    return parts


def plain(text: str) -> str:
    """`text` with each tag replaced by a space and each run of white space by one space."""
    return _SPACE.sub(" ", _MARKUP.sub(" ", text)).strip()


def line_starts(text: str) -> list[int]:
    """The offset of the first code point of each line; line 1 is the first item."""
    return [0] + [match.end() for match in re.finditer("\n", text)]
