"""Proactive content negotiation (RFC 9110, section 12.5.1).

Written out because the libraries at hand let an exact media type with a parameter lose against
``*/*``, and fall back in silence where the standard says 406.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_RANGE = re.compile(
    rf"\s*({_TOKEN})/({_TOKEN})((?:\s*;\s*{_TOKEN}\s*=\s*(?:{_TOKEN}|{_QUOTED}))*)\s*"
)
_PARAMETER = re.compile(rf";\s*({_TOKEN})\s*=\s*({_TOKEN}|{_QUOTED})")
_ELEMENT = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*")*)(?:,|$)')


class MediaRange(NamedTuple):
    """One element of an Accept header; `parameters` without ``q``, names and values folded."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def precision(self, media_type: str) -> tuple[int, int] | None:
        """How closely this range names `media_type`, or ``None`` where it does not.

        A parameter that an offer does not know (``charset``, ``profile``) narrows nothing here:
        the offer is still the closest thing to what was asked for.
        """
        kind, _, subtype = media_type.partition("/")
        if (self.type, self.subtype) == (kind, subtype):
            return 2, len(self.parameters)
        if (self.type, self.subtype) == (kind, "*"):
            return 1, 0
        return (0, 0) if (self.type, self.subtype) == ("*", "*") else None


def parse_accept(header: str) -> list[MediaRange]:
    """The media ranges of an Accept header; what does not follow the grammar is passed over."""
    ranges = []
    for element in _ELEMENT.findall(header):
        if not (match := _RANGE.fullmatch(element)):
            continue
        parameters = {
            name.lower(): value.strip('"').lower() for name, value in _PARAMETER.findall(match[3])
        }
        quality = _quality(parameters.pop("q", "1"))
        ranges.append(
            MediaRange(match[1].lower(), match[2].lower(), frozenset(parameters.items()), quality)
        )
    return ranges


def _quality(text: str) -> float:
    return float(text) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", text) else 0.0


def best(header: str | None, offers: Sequence[Iterable[str]]) -> int | None:
    """The index of the offer that `header` prefers, or ``None`` where it accepts none of them.

    Each offer is the media types by which one representation is known. An absent or empty header
    accepts everything: the first offer. Among equals the earlier offer wins, but a type that was
    named outright wins over one that only a wildcard lets in.
    """
    if header is None or not header.strip():
        return 0
    ranges = parse_accept(header)
    best_index, best_score = None, (0.0, (-1, -1))
    for index, names in enumerate(offers):
        score = max((_score(ranges, name) for name in names), default=(0.0, (-1, -1)))
        if score[0] > 0 and score > best_score:
            best_index, best_score = index, score
    return best_index


def _score(ranges: Iterable[MediaRange], name: str) -> tuple[float, tuple[int, int]]:
    matches = [(found, r.quality) for r in ranges if (found := r.precision(name)) is not None]
    if not matches:
        return 0.0, (-1, -1)
    precision, quality = max(matches)
    return quality, precision
