"""Whether the rows of an answer depend on chance: a part of them is taken, and no order is asked.

The order of solutions is undefined without ORDER BY (SPARQL 1.1 Query, section 15), so that LIMIT
and OFFSET may give other rows next time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from brupact.sparql.tokens import COMMENT, IRI, PREFIXED, STRING, VARIABLE

_FORMS: Final = ("SELECT", "CONSTRUCT", "DESCRIBE", "ASK")
_AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_SLICES: Final = ("LIMIT", "OFFSET")
_WORD: Final = "|".join((*_FORMS, *_AGGREGATES, *_SLICES, "ORDER", "GROUP"))
#: The next brace or word that counts, with the number after it. One expression leaps over all that
#: stands before, since this is asked of each query.
_MARK: Final = re.compile(
    rf"""
    (?: [^\w{{}}\#<'"?$@:]+ | {VARIABLE} | {PREFIXED} | {IRI} | {COMMENT} | {STRING} | @\w+
      | (?!(?:{_WORD})(?![^\W\d]|-)) \w[\w-]* | [^{{}}\w] )*+
    ( [{{}}] | (?:{_WORD})(?:\s|{COMMENT}[\r\n])*+\d* | \Z )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
#: How most queries end that have a LIMIT, from the last brace on.
_TAIL: Final = re.compile(
    r"\}\s*(GROUP\s+BY\b[^{}#'\"<>]*)?\bLIMIT\s+0*[1-9][0-9]*\s*\Z", re.IGNORECASE
)
#: What could leave less to chance, wherever it stands; without GROUP BY aggregates could, too.
_LESS: Final = ("ORDER", "ASK", "OFFSET")
_WITHOUT_IRIS: Final = re.compile(r"<[^\s<>]*>")
_PARTS: Final = re.compile(r"([A-Z_]+)(.*?)(\d*)\Z", re.DOTALL)


@dataclass
class _Form:
    """A query or a subquery, as far as its order and the number of its rows go."""

    words: set[str] = field(default_factory=set)
    #: By LIMIT or OFFSET: the digits of its number without zeros in front.
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def by_chance(self) -> bool:
        """Whether some of the rows are taken, and which is not said."""
        limit = self.numbers.get("LIMIT")
        if limit == "" or (limit is None and not self.numbers.get("OFFSET")):
            return False
        if "GROUP" not in self.words and not self.words.isdisjoint(_AGGREGATES):
            return False
        return self.words.isdisjoint(("ASK", "ORDER"))


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether one of `words` stands anywhere in `text`: a look before a closer one."""
    for word in words:  # noqa: SIM110 - a generator takes three times as long.
        if word in text:
            return True
    return False


def _ends_by_chance(text: str, upper: str) -> bool:
    """Whether `text` is seen at once to end in a LIMIT above 0 that leaves its rows to chance."""
    start = text.rfind("}")
    tail = _TAIL.match(text, start) if start >= 0 else None
    if tail is None or holds(upper, _LESS) or (tail[1] is None and holds(upper, _AGGREGATES)):
        return False
    line = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
    return "#" not in line or "#" not in _WITHOUT_IRIS.sub("", line)


def unordered_limit(text: str) -> bool:
    """Whether a query or a subquery of the query `text` has LIMIT or OFFSET but no ORDER BY.

    Not where that leaves nothing to chance: ``LIMIT 0``, ``OFFSET 0``, ASK, and an aggregate
    without GROUP BY, which has one row. An ORDER BY that leaves ties is taken for an order.
    """
    upper = text.upper()
    if "LIMIT" not in upper and "OFFSET" not in upper:
        return False
    if _ends_by_chance(text, upper):
        return True
    forms = [_Form()]
    for mark in _MARK.findall(text):
        if mark == "{":
            forms.append(_Form())
        elif mark == "}":
            if forms.pop().by_chance:
                return True
            forms = forms or [_Form()]
        elif found := _PARTS.match(mark.upper()):
            word, _, number = found.groups()
            forms[-1].words.add(word)
            if number:
                forms[-1].numbers[word] = number.lstrip("0")
    return any(form.by_chance for form in forms)
