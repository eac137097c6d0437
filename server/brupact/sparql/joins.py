"""How an aggregate over a few patterns is joined: written so that each pattern is met once.

The engine joins the triple patterns of one group by looking up each solution of one pattern in the
next. Where patterns have about as many triples each, and not too many, to read all of each once and
to join by a hash table takes less; the engine does that with subqueries. A pattern on its own in a
SELECT of its variables has the same solutions (SPARQL 1.1 Query, sections 18.2.2 and 18.2.4.4).
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from brupact.sparql.tokens import IRI, PREFIXED, VARIABLE

#: All before the projection. What has comments is left to the engine as it is.
_SELECT: Final = re.compile(
    rf"\s*(?:(?:PREFIX\s+(?:{PREFIXED})\s*|BASE\s*)(?:{IRI})\s*)*SELECT\b", re.I
)
_PREFIX: Final = re.compile(rf"PREFIX\s+(\S*?:)\s*({IRI})", re.I)
#: All solutions are needed: the first is not to come sooner.
_AGGREGATE: Final = re.compile(r"\b(?:COUNT|SUM|MIN|MAX|AVG|GROUP_CONCAT|SAMPLE)\s*\(", re.I)
_VERB: Final = rf"a(?=\s)|{IRI}|{PREFIXED}"
_REST: Final = rf"\s*({_VERB})\s*({VARIABLE})\s*"
#: Patterns of two variables each, subject by subject, and nothing else.
_TRIPLES: Final = re.compile(
    rf"\s*(?:{VARIABLE}{_REST}(?:;{_REST})*(?:\.\s*(?=[?$])|\.?\s*\Z))+\Z", re.I
)
_SAME: Final = re.compile(rf"({VARIABLE})?{_REST}[.;]?\s*", re.I)
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#: The most patterns, triples of all of them, and times that one may have more than another. Beyond,
#: the hash table leaves the caches of a processor, or most of a pattern is read in vain.
_PATTERNS: Final = 4
_MOST: Final = 20_000
_UNLIKE: Final = 4


def hashed(text: str, counts: Mapping[str, int]) -> str | None:
    """The query `text` with each of its patterns in a subquery; ``None`` where that is no quicker.

    `counts` says how many triples each predicate has. It may be old: the answer is the same.
    """
    start, end = text.find("{"), text.rfind("}")
    if text.count("{") != 1 or text.count("}") != 1 or not _AGGREGATE.search(text, 0, start):
        return None
    head = _SELECT.match(text)
    if head is None or not _TRIPLES.match(text, start + 1, end):
        return None
    patterns = _patterns(text[start + 1 : end])
    if not _are_chained(patterns):
        return None
    prefixes = {name: iri[1:-1] for name, iri in _PREFIX.findall(head[0])}
    sizes = [counts.get(_full(verb, prefixes), 0) for _, verb, _ in patterns]
    if not all(sizes) or sum(sizes) > _MOST or max(sizes) > min(sizes) * _UNLIKE:
        return None
    parts = "".join(f"{{SELECT {s} {o} {{{s} {verb} {o}}}}}" for s, verb, o in patterns)
    return f"{text[:start]}{{{parts}}}{text[end + 1 :]}"


def _patterns(block: str) -> list[tuple[str, str, str]]:
    found, subject = [], ""
    for written, verb, value in _SAME.findall(block):
        subject = written or subject
        found.append((subject, verb, value))
    return found


def _are_chained(patterns: list[tuple[str, str, str]]) -> bool:
    """Whether each has two variables, and one of them in common with the one before."""
    sides = [{s[1:], o[1:]} for s, _, o in patterns]
    return (
        2 <= len(sides) <= _PATTERNS
        and all(len(side) == 2 for side in sides)
        and all(one & other for one, other in pairwise(sides))
    )


def _full(verb: str, prefixes: Mapping[str, str]) -> str:
    if verb == "a":
        return _TYPE
    if verb.startswith("<"):
        return verb[1:-1]
    prefix, colon, name = verb.partition(":")
    return prefixes.get(prefix + colon, "") + name
