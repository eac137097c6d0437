"""Answers that can be cited: an order of rows that the data alone decide, and what has none.

The order of solutions is undefined without ORDER BY, and among those that ORDER BY holds for equal
(SPARQL 1.1 Query, section 15.1). So ORDER BY is completed by keys that tell any two rows apart.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from brupact.sparql.dataset import FORMS
from brupact.sparql.order import holds, unordered_limit
from brupact.sparql.tokens import Token, tokens

#: What gives another value each time (SPARQL 1.1 Query, section 17.4), or comes from elsewhere.
VOLATILE: Final = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")
#: What depends on the order in which the engine comes upon solutions (section 18.5.1).
_BY_CHANCE: Final = ("SAMPLE", "GROUP_CONCAT")
_SLICES: Final = ("LIMIT", "OFFSET")
#: What may follow ORDER BY in a query (section 19.8, rules 18 to 28).
_AFTER_ORDER: Final = (*_SLICES, "VALUES")
#: Together they tell any two terms apart: blank nodes are the same only by chance anyway.
_KEYS: Final = "STR({0}) LANG({0}) STR(DATATYPE({0}))"


def completed(text: str, variables: Sequence[str]) -> str:
    """The well-formed query `text`, with a total order of the rows with `variables`.

    The rows that it has in another order stay in that; what is no SELECT stays as it is.
    """
    outer = [token for token in tokens(text) if token.depth == 0]
    form = next((place for place, token in enumerate(outer) if token.says(*FORMS)), None)
    if form is None or not outer[form].says("SELECT") or not variables:
        return text
    rest = outer[form:]
    end = next((t.start for t in rest if t.says(*_AFTER_ORDER)), outer[-1].end)
    is_ordered = any(token.says("ORDER") for token in rest)
    keys = " ".join(_KEYS.format(f"?{name}") for name in variables)
    return f"{text[:end]} {'' if is_ordered else 'ORDER BY '}{keys} {text[end:]}"


def is_volatile(text: str) -> bool:
    """Whether a query may have another answer each time."""
    return _says(text, VOLATILE)


def uncitable(text: str) -> str | None:
    """Why the answer to `text` about the same data may be another next time; ``None`` if not."""
    if is_volatile(text):
        return "it uses a function that gives another value each time, or SERVICE"
    if unordered_limit(text):
        return "LIMIT or OFFSET without ORDER BY leaves its rows to chance"
    if _slices_ties(text):
        return "LIMIT or OFFSET in a subquery, CONSTRUCT or DESCRIBE may cut rows of equal order"
    if _says(text, _BY_CHANCE):
        return "SAMPLE and GROUP_CONCAT depend on the order in which solutions are found"
    if "CONSTRUCT" in text.upper() and _makes_blank_nodes(tokens(text)):
        return "its template makes blank nodes, which have other names each time"
    return None


def _slices_ties(text: str) -> bool:
    """Whether LIMIT or OFFSET stands where no order is completed: see `completed`."""
    if not _says(text, _SLICES):
        return False
    form = next((token for token in tokens(text) if token.depth == 0 and token.says(*FORMS)), None)
    is_select = form is not None and form.says("SELECT")
    return any(t.says(*_SLICES) and (t.depth or not is_select) for t in tokens(text))


def _says(text: str, words: Sequence[str]) -> bool:
    return holds(text.upper(), words) and any(t.says(*words) for t in tokens(text))


def _makes_blank_nodes(stream: Iterable[Token]) -> bool:
    """Whether the template of a CONSTRUCT has a blank node: ``[ ]``, ``_:`` or a collection."""
    is_template = False
    for token in stream:
        if token.depth == 0:
            if is_template and token.text == "}":
                return False
            is_template = is_template or token.says("CONSTRUCT")
        elif is_template and token.kind == "other" and token.text in "[(_":
            return True
    return False
