"""The tokens of a SPARQL text (SPARQL 1.1 Query, section 19.8), for questions about its form only.

It tells keywords from what stands in strings, IRIs and comments; it does not check the grammar, so
nothing that the engine takes is refused here.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

#: What is no keyword, whatever it holds (for `re.VERBOSE` with `re.DOTALL`).
COMMENT: Final = r"\#[^\n\r]*"
IRI: Final = r"""<[^\x00-\x20<>"{}|^`]*>"""
STRING: Final = r"""
    '''(?:[^\\]|\\.)*?''' | \"\"\"(?:[^\\]|\\.)*?\"\"\"
  | '(?:[^'\\\n\r]|\\.)*' | "(?:[^"\\\n\r]|\\.)*"
"""
VARIABLE: Final = r"[?$]\w+"
#: A prefix is looked for as far as is sensible: the time stays linear, whatever the text.
PREFIXED: Final = r"(?:[^\W\d_][\w.-]{0,255})?:(?:[\w:.%-]|\\[^\w\s])*"

_TOKEN: Final = re.compile(
    rf"""
    (?P<space>\s+|{COMMENT})
  | (?P<iri>{IRI})
  | (?P<string>{STRING})
  | (?P<variable>{VARIABLE})
  | (?P<prefixed>{PREFIXED})
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
