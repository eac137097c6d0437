"""The dataset that a query names in its text (SPARQL 1.1 Query, section 13.2)."""

from typing import Final, NamedTuple

from brupact.sparql.tokens import Token, tokens

#: What follows the prologue of a query (SPARQL 1.1 Query, rule 2).
FORMS: Final = ("SELECT", "CONSTRUCT", "DESCRIBE", "ASK")


class Clauses(NamedTuple):
    """The dataset clauses of a query; IRIs stand as in the text, in full or with a prefix."""

    #: The text in front of the query form: what the IRIs are to be read with.
    prologue: str
    #: The IRIs after FROM.
    default: tuple[str, ...]
    #: The IRIs after FROM NAMED.
    named: tuple[str, ...]


def clauses(text: str) -> Clauses | None:
    """The dataset clauses of `text`; ``None`` where it names no dataset.

    Nothing is said of a text that is not well formed.
    """
    if "from" not in text.lower():
        return None
    outer = [token for token in tokens(text) if token.depth == 0]
    form = next((token for token in outer if token.says(*FORMS)), None)
    if form is None:
        return None
    default, named = [], []
    for token, next_one, after in zip(outer, outer[1:], [*outer[2:], None], strict=False):
        if not token.says("FROM"):
            continue
        if _is_iri(next_one):
            default.append(next_one.text)
        elif next_one.says("NAMED") and after and _is_iri(after):
            named.append(after.text)
    if not default and not named:
        return None
    return Clauses(text[: form.start], tuple(default), tuple(named))


def _is_iri(token: Token) -> bool:
    return token.kind in ("iri", "prefixed")
