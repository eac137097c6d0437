"""Content codings and conditional requests (RFC 9110, sections 8.4, 12.5.3 and 13)."""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import brotli
import zstandard

#: What encodes piece by piece, and how it is told that it was the last. Of two codings that a
#: client likes equally, the earlier: each is fast enough for every answer.
CODINGS: Final[dict[str, tuple[Callable[[], Any], str, str]]] = {
    "zstd": (lambda: zstandard.ZstdCompressor(3).compressobj(), "compress", "flush"),
    "br": (lambda: brotli.Compressor(quality=4), "process", "finish"),
    "gzip": (lambda: zlib.compressobj(5, wbits=31), "compress", "flush"),
}
#: Older names (RFC 9110, section 8.4.1.3).
_ALIASES: Final = {"x-gzip": "gzip"}
#: Below so many bytes a coding wins nothing.
_SMALLEST: Final = 860
#: Media types that are worth it; what is packed already is not.
_WORTH: Final = re.compile(
    r"text/|image/svg|application/(?:.*\+)?(?:json|xml|n-triples|n-quads|trig|javascript)\b"
)
_TAG: Final = re.compile(r'(W/)?"([^"]*)"')


def choose(accept_encoding: str | None, media_type: str, size: int) -> str | None:
    """The coding for a body of `size` bytes, or ``None`` for none (RFC 9110, section 12.5.3)."""
    if not accept_encoding or not _WORTH.match(media_type):
        return None
    weights = _weights(accept_encoding)
    others = weights.get("*", 0.0)
    weighed = [(weights.get(name, others), -i) for i, name in enumerate(CODINGS)]
    weight, place = max(weighed)
    # Without a word on it the identity is acceptable, and liked less than any other.
    identity = weights.get("identity", others if "*" in weights else None)
    if weight == 0 or (size < _SMALLEST and identity != 0) or weight < (identity or 0.0):
        return None
    return list(CODINGS)[-place]


@lru_cache(maxsize=512)
def varies(media_type: str) -> bool:
    """Whether the coding of a body of this type follows what the client accepts."""
    return bool(_WORTH.match(media_type))


def encoded(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """`pieces` in `coding`."""
    make, process, finish = CODINGS[coding]
    encoder = make()
    for piece in pieces:
        yield getattr(encoder, process)(piece)
    yield getattr(encoder, finish)()


def _weights(accept_encoding: str) -> dict[str, float]:
    weights = {}
    for element in accept_encoding.lower().split(","):
        name, _, parameter = element.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameter)
        name = _ALIASES.get(name.strip(), name.strip())
        weights[name] = float(quality[1]) if quality else 1.0 if not parameter else 0.0
    return weights


def tag(etag: str, coding: str | None) -> str:
    """The entity tag of what `etag` names, in `coding`: a representation of its own."""
    return etag if coding is None else f'{etag[:-1]}-{coding}"'


def matches(given: str, etag: str, *, is_weak: bool = True) -> bool:
    """Whether one of the entity tags `given` names what `etag` names, in whatever coding.

    Weak tags do so only where the comparison `is_weak` (RFC 9110, section 8.8.3.2).
    """
    if given.strip() == "*":
        return True
    plain = etag.strip('W/"')
    known = {plain, *(f"{plain}-{coding}" for coding in CODINGS)}
    return any(tag in known for weak, tag in _TAG.findall(given) if is_weak or not weak)
