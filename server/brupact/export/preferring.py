"""What a client prefers, as regular expressions over its header, for servers that count nothing.

Neither nginx nor Apache's rewriting reads quality values (RFC 9110, section 12.4.2). A list of
expressions does: one for each quality to a tenth, in each the values in their order; the first that
fits the header is what the client prefers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from brupact.export.addresses import FORMATS
from brupact.library import LANGUAGES
from brupact.sparql.formats import DATASETS, GRAPHS, PAGE, RESULTS, Format
from brupact.web.languages import DEFAULT

#: Parameters that are no quality.
_PARAMETERS: Final = r"\s*(?:;(?!\s*q=)[^;,]*)*"
#: The qualities, the best first; 0 is a refusal.
_QUALITIES: Final = (
    r"(?:;\s*q=1(?:\.0*)?\s*)?",
    *(rf";\s*q=0?\.{tenth}\d*\s*" for tenth in range(9, 0, -1)),
    r";\s*q=0?\.0\d*[1-9]\d*\s*",
)
#: What a suffix means where no query is answered.
GENERAL: Final = {"json": "application/json", "xml": "application/xml"}
#: A name, as it stands in the header or with wildcards, and what is meant by it.
Offer = tuple[Sequence[str], str]


def formats() -> list[tuple[str, str]]:
    """Over the header Accept: an expression, and the suffix of what it asks for."""
    offers = [_offer(format) for format in (PAGE, *GRAPHS)]
    wild = (["*/*", "text/*", "application/*"], PAGE.suffix)
    found = list(_ranked([*offers, wild]))
    # Who names nothing else: a client that gets quads looks in vain in its default graph.
    return found + [pair for format in DATASETS for pair in _ranked([_offer(format)])]


def languages() -> list[tuple[str, str]]:
    """Over the header Accept-Language: an expression, and the tag of what it asks for."""
    offers = [([tag, f"{tag}-*"], tag) for tag in LANGUAGES]
    return list(_ranked([*offers, (["*"], DEFAULT)]))


def suffixes() -> list[tuple[str, str]]:
    """The suffix and the media type of all formats, each once; those of results are apart."""
    types = {PAGE.suffix: PAGE.media_type}
    for format in FORMATS:
        types.setdefault(format.suffix, format.media_type)
    return sorted((types | {suffix: GENERAL[suffix] for suffix, _ in results()}).items())


def results() -> list[tuple[str, str]]:
    """What is otherwise the suffix of results of queries, and the media type of those."""
    return [(f.suffix, f.media_type) for f in RESULTS if f.suffix in GENERAL]


def _offer(format: Format[Any]) -> Offer:
    return [format.media_type, *format.aliases], format.suffix


def _ranked(offers: Iterable[Offer]) -> Iterator[tuple[str, str]]:
    for quality in _QUALITIES:
        for names, meant in offers:
            either = "|".join(map(_name, names))
            yield rf"(?:^|,)\s*(?:{either}){_PARAMETERS}{quality}(?:,|$)", meant


def _name(name: str) -> str:
    """`name` as an expression; after a hyphen, an asterisk is any subtag (RFC 4647)."""
    if name.endswith("-*"):
        return re.sub(r"([.+])", r"\\\1", name[:-2]) + "-[a-z0-9-]+"
    return re.sub(r"([.+*])", r"\\\1", name)
