"""The tokens of a SPARQL text (SPARQL 1.1 Query, section 19.8), for questions about its form only.

It tells keywords from what stands in strings, IRIs and comments; it does not check the grammar, so
nothing that the engine takes is refused here.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|\#[^\n\r]*)
  | (?P<iri><[^\x00-\x20<>"{}|^`]*>)
  | (?P<string>'''(?:[^\\]|\\.)*?''' | \"\"\"(?:[^\\]|\\.)*?\"\"\"
      | '(?:[^'\\\n\r]|\\.)*' | "(?:[^"\\\n\r]|\\.)*")
  | (?P<variable>[?$]\w+)
  | (?P<prefixed>(?:[^\W\d_][\w.-]*)?:(?:[\w:.%-]|\\[^\w\s])*)
  | (?P<word>@?[^\W\d_][\w-]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: `kind` is iri, string, variable, prefixed, word or other."""

    kind: str
    text: str
    start: int
    end: int
    #: How many braces are open around it.
    depth: int

    def says(self, *words: str) -> bool:
        """Whether it is one of the keywords `words`, in any case."""
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text` but white space and comments, in order."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "space":
            continue
        if match[0] == "}":
            depth -= 1
        yield Token(kind, match[0], match.start(), match.end(), depth)
        if match[0] == "{":
            depth += 1
