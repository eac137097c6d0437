"""The dataset of an update as the protocol gives it (SPARQL 1.1 Protocol, section 2.2.3).

pyoxigraph takes no dataset beside an update, so the parameters become USING clauses of its text.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from brupact.sparql.protocol import ProtocolError
from brupact.sparql.tokens import Token, tokens

#: What an IRIREF may not hold (SPARQL 1.1 Query, rule 139).
_NOT_IN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


def with_dataset(update: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """`update` with the graphs as its dataset; unchanged where there are none.

    :raises ProtocolError: 400 if the update names its dataset itself, or a graph is no IRI.
    """
    if not default_graphs and not named_graphs:
        return update
    found = list(tokens(update))
    if any(token.depth == 0 and token.says("USING", "WITH") for token in found):
        raise ProtocolError(
            400, "the update names its dataset with USING or WITH: leave out the parameters"
        )
    clauses = "".join(
        [f" USING <{_iri(iri)}>" for iri in default_graphs]
        + [f" USING NAMED <{_iri(iri)}>" for iri in named_graphs]
    )
    parts, last = [], 0
    for start, end, replacement in _edits(update, found, clauses):
        parts += [update[last:start], replacement]
        last = end
    return "".join([*parts, update[last:]])


def _edits(update: str, found: list[Token], clauses: str) -> Iterable[tuple[int, int, str]]:
    """Where the clauses go: in front of each outer WHERE.

    ``DELETE WHERE { … }`` takes no clause; it is written out as ``DELETE { … } … WHERE { … }``.
    """
    for index, token in enumerate(found):
        if token.depth or not token.says("WHERE"):
            continue
        if index and found[index - 1].says("DELETE"):
            block = _block(update, found[index + 1 :])
            yield token.start, token.start, f"{block}{clauses} "
        else:
            yield token.start, token.start, f"{clauses} "


def _block(update: str, following: list[Token]) -> str:
    """The block that begins `following`; one that breaks off is for the engine to refuse."""
    closing = (t.end for t in following if t.text == "}" and t.depth == 0)
    return update[following[0].start : next(closing, None)] if following else ""


def _iri(text: str) -> str:
    if not text or _NOT_IN_IRI.search(text):
        raise ProtocolError(400, f"{text!r} is not an IRI")
    return text
