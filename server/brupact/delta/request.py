"""The operations of an update request and their parts (SPARQL 1.1 Query, rules 29 to 52).

They are found by their tokens. What is well formed is for the engine to say; a part is only ever
used in a text that the engine reads, so that one cut out at the wrong place is refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from brupact.sparql.tokens import Token, tokens

#: The clauses of a prologue, with how many tokens follow.
_PROLOGUE: Final = {"BASE": 1, "PREFIX": 2, "VERSION": 1}
_KEYWORDS: Final = tuple(
    "ADD ALL CLEAR COPY CREATE DATA DEFAULT DELETE DROP GRAPH INSERT INTO LOAD MOVE NAMED SILENT"
    " TO USING WHERE WITH".split()
)
#: A variable to its end, also with those characters that stand in no word (rule 166).
_VARIABLE: Final = re.compile(r"[?$]([\w\u00b7\u0300-\u036f\u203f\u2040]+)")
_CONTACT: Final = re.compile("LOAD|SERVICE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two braces, from `start` to `end` of `request`."""

    request: str
    start: int
    end: int
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The text without the braces."""
        return self.request[self.start : self.end]

    def variables(self) -> list[str]:
        """The names of its variables, each once."""
        return list(dict.fromkeys(match[1] for match in self._variables()))

    def with_variables(self, values: Mapping[str, str]) -> str:
        """The text with the text `values` in the place of each variable."""
        pieces, last = [], self.start
        for match in self._variables():
            pieces += [self.request[last : match.start()], values[match[1]]]
            last = match.end()
        return "".join([*pieces, self.request[last : self.end]])

    def _variables(self) -> Iterator[re.Match[str]]:
        for token in self.tokens:
            if token.kind == "variable" and (match := _VARIABLE.match(self.request, token.start)):
                yield match

    def graphs(self) -> tuple[bool, list[str]]:
        """Of a template: whether triples stand outside of GRAPH, and the names after GRAPH."""
        outside, names = False, []
        stream = iter(token for token in self.tokens if token.depth == 1)
        for token in stream:
            if token.says("GRAPH"):
                opening = next((t for t in stream if t.text == "{"), token)
                names.append(self.request[token.end : opening.start].strip())
            elif token.text not in (".", "}"):
                outside = True
        return outside, names


@dataclass(slots=True)
class Part:
    """A keyword of an operation, with the name or the block that follows it."""

    keyword: str
    name: str = ""
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of `request`, and the prologues before it."""

    request: str
    prologue: str
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tokens[0].start

    @property
    def text(self) -> str:
        """The text without the prologues."""
        return self.request[self.start : self.tokens[-1].end] + "\n"

    @property
    def labels(self) -> set[str]:
        """The labels of its blank nodes."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return {b.text for a, b in pairs if a.text == "_" and a.end == b.start}

    def parts(self) -> list[Part] | None:
        """Its keywords in order; ``None`` where it is made of anything else."""
        parts: list[Part] = []
        end = opening = 0
        for index, token in enumerate(self.tokens):
            if token.depth:
                continue
            if token.says(*_KEYWORDS):
                parts.append(Part(token.text.upper()))
                end = token.end
            elif not parts or parts[-1].block:
                return None
            elif token.text == "{":
                opening = index
            elif token.text == "}":
                start, inside = self.tokens[opening].end, self.tokens[opening + 1 : index]
                parts[-1].block = Block(self.request, start, token.start, inside)
            else:
                parts[-1].name = self.request[end : token.end].strip()
        return parts


def operations(request: str) -> list[Operation]:
    """The operations of `request`, in order; each may have a prologue (rule 29)."""
    pieces: list[list[Token]] = [[]]
    for token in tokens(request):
        if token.text == ";" and not token.depth:
            pieces.append([])
        else:
            pieces[-1].append(token)
    found, prologue = [], ""
    for piece in pieces:
        if first := _after_prologue(piece):
            prologue += request[piece[0].start : piece[first - 1].end] + "\n"
        if first < len(piece):
            found.append(Operation(request, prologue, tuple(piece[first:])))
    return found


def _after_prologue(piece: list[Token]) -> int:
    """The index of the first token that is not of the prologue."""
    place = 0
    while place < len(piece) and piece[place].says(*_PROLOGUE):
        place += 1 + _PROLOGUE[piece[place].text.upper()]
    return min(place, len(piece))


def contact(request: str) -> str | None:
    """The keyword by which `request` wants to reach another service: LOAD (not SILENT), SERVICE.

    The engine takes a keyword and a name that are written as one word, so that counts as well.
    """
    if not _CONTACT.search(request):
        return None
    found = list(tokens(request))
    pairs = list(zip(found, [*found[1:], None], strict=True))
    declared = {b.text for a, b in pairs if b and a.says("PREFIX")}
    for token, following in pairs:
        if token.kind not in ("word", "prefixed") or token.text in declared:
            continue
        prefix = token.text.partition(":")[0] + ":"
        if token.kind == "prefixed" and prefix in declared:
            continue
        if match := _CONTACT.match(token.text):
            silent = token.says("LOAD") and following and following.says("SILENT")
            if not silent:
                return match[0].upper()
    return None
