"""What a request to ``/sparql`` asks for (SPARQL 1.1 Protocol, section 2.1), read once, strictly.

Nothing is guessed: a parameter that may stand once and stands twice is an error.
"""

import math
import re
from binascii import a2b_qp
from collections import Counter
from collections.abc import Set
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from brupact.sparql.formats import DOCUMENTS, RESULTS

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

#: What percent-encoding leaves as it is and quoted-printable does not (RFC 2045, section 6.7); so
#: it does white space at the end, and ends of lines.
_ODD: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
#: The parameter by which a change is only tried.
DRY_RUN: Final = "dry-run"
#: The parameter by which a link asks for a format. Clients that know other services send `format`,
#: `output` and `results` with names of their own, and rely on the header.
AS: Final = "as"
#: Parameters of our own.
_OWN: Final = ("infer", "explain", AS, "labels", "timeout", "version", DRY_RUN)
#: Parameters that may stand once; those of the dataset repeat, and clients send others (SPARQL 1.1
#: Protocol, 2.1.4 and 2.2.3).
SINGLE: Final = frozenset({"query", "update", *_OWN})
#: Those that say something of a query: with one of them, an update is not what it looks like.
_OF_QUERIES: Final = frozenset({"infer", "explain", "labels", "version"})
#: The character set that a media type names (RFC 2046, section 4.1.2), and ours.
_CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([\w.:-]+)', re.IGNORECASE)
_CHARSETS: Final = ("utf-8", "utf8", "us-ascii")

#: The formats that can be asked for by their suffix.
_SUFFIXES: Final = tuple(format.suffix for format in (*RESULTS, *DOCUMENTS))
#: The values that a parameter of ours may have, the default first.
_CHOICES: Final = {"infer": ("on", "off"), "explain": ("off", "on", "run")}


class ProtocolError(Exception):
    """A request that is refused, with the HTTP status that says so.

    `line` and `column` are the place in the query or document that is sent, from 1, where known.
    """

    def __init__(
        self, status: int, reason: str, line: int | None = None, column: int | None = None
    ) -> None:
        """Keep the status and the place beside the reason."""
        super().__init__(reason)
        self.status, self.line, self.column = status, line, column


class Request(msgspec.Struct, frozen=True):
    """The operation of a request: a query, an update, or neither (the page of the endpoint)."""

    query: str | None
    update: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    using_graphs: tuple[str, ...]
    using_named_graphs: tuple[str, ...]
    infer: bool
    #: What is asked about the query in the place of its answer: ``off``, ``on`` or ``run``.
    explain: str
    #: The language of the labels that are asked for; empty for none.
    labels: str
    #: The deadline that the client asks for, in seconds; ``None`` for the service's own.
    seconds: float | None
    #: The version of the data that is asked, as the client names it; ``None`` for the current one.
    version: str | None = None
    #: Whether an update is only tried.
    dry_run: bool = False
    #: The suffix of the format that is asked for in the place of what Accept names; empty for none.
    format: str = ""


def read(
    method: str,
    query_string: bytes,
    content_type: str | None,
    body: bytes,
    coding: str | None = None,
) -> Request:
    """The operation that a request asks for.

    `content_type` is the whole header, `coding` the header Content-Encoding. Form fields are
    decoded exactly once.

    :raises ProtocolError: 400 for what is malformed or doubled, 415 for another media type or
        character set, or for what is sent in a coding.
    """
    pairs = _pairs(query_string)
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if method == "POST":
        if coding and coding.strip().lower() != "identity":
            raise ProtocolError(415, f"the body is sent in the coding {coding}: send it plain")
        if media_type == FORM:
            pairs += _pairs(body)
        elif media_type in (QUERY, UPDATE):
            refuse_charset(content_type)
            pairs.append((media_type.rpartition("-")[2], _text(body)))
        else:
            raise ProtocolError(
                415, f"send {FORM}, {QUERY} or {UPDATE}, not {media_type or 'no content type'}"
            )
    single = dict(pairs)
    if len(single) < len(pairs):
        _refuse_repeated(pairs, SINGLE)
    if "query" in single and "update" in single:
        raise ProtocolError(400, "give either 'query' or 'update', not both")
    if method != "POST" and "update" in single:
        raise ProtocolError(400, "an update is sent by POST")
    if "update" in single and (astray := _OF_QUERIES & single.keys()):
        raise ProtocolError(400, f"an update takes no {min(astray)!r}")
    return Request(
        query=single.get("query"),
        update=single.get("update"),
        default_graphs=_all(pairs, "default-graph-uri", single),
        named_graphs=_all(pairs, "named-graph-uri", single),
        using_graphs=_all(pairs, "using-graph-uri", single),
        using_named_graphs=_all(pairs, "using-named-graph-uri", single),
        infer=_choice("infer", single) == "on",
        explain=_choice("explain", single),
        labels=single.get("labels", ""),
        seconds=_seconds(single.get("timeout")),
        version=single.get("version"),
        dry_run=DRY_RUN in single,
        format=_format(single.get(AS, "")),
    )


def single_values(query_string: bytes) -> dict[str, str]:
    """The parameters of a query string, each of which may stand once.

    :raises ProtocolError: 400 for a parameter given twice, or what is not UTF-8.
    """
    pairs = _pairs(query_string)
    _refuse_repeated(pairs, {name for name, _ in pairs})
    return dict(pairs)


def _refuse_repeated(pairs: list[tuple[str, str]], names: Set[str]) -> None:
    """Refuse parameters of which one with one of `names` is given twice."""
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1 and name in names:
            raise ProtocolError(400, f"the parameter {name!r} is given {times} times; once only")


def _all(pairs: list[tuple[str, str]], name: str, given: dict[str, str]) -> tuple[str, ...]:
    """All values of the parameter `name`, if it is among those `given`."""
    return tuple(value for key, value in pairs if key == name) if name in given else ()


def refuse_charset(content_type: str | None) -> None:
    """Refuse a text that its media type says to be in another character set than UTF-8.

    :raises ProtocolError: 415.
    """
    charset = _CHARSET.search(content_type or "")
    if charset and charset[1].lower() not in _CHARSETS:
        raise ProtocolError(415, f"send UTF-8, not {charset[1]}")


def _choice(name: str, given: dict[str, str]) -> str:
    choices = _CHOICES[name]
    if (value := given.get(name, choices[0])) not in choices:
        raise ProtocolError(400, f"{name}={value}: say one of {', '.join(choices)}")
    return value


def _format(suffix: str) -> str:
    if suffix and suffix not in _SUFFIXES:
        raise ProtocolError(400, f"{AS}={suffix}: say one of {', '.join(_SUFFIXES)}")
    return suffix


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ProtocolError(400, f"timeout={text}: give a number of seconds above zero")
    return seconds


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        if not encoded.isascii():
            raise UnicodeError
        return [
            (_decoded(name), _decoded(value))
            for name, _, value in (pair.partition(b"=") for pair in encoded.split(b"&") if pair)
        ]
    except UnicodeError:
        raise ProtocolError(400, "the parameters are not percent-encoded UTF-8") from None


def _decoded(encoded: bytes) -> str:
    """What a name or a value stands for (WHATWG URL, application/x-www-form-urlencoded parsing)."""
    spaced = encoded.replace(b"+", b" ")
    if b"%" not in spaced:
        return spaced.decode()
    if spaced[-1:].isspace() or b"\n" in spaced or b"\r" in spaced or _ODD.search(spaced):
        return unquote_to_bytes(spaced).decode()
    # Quoted-printable, which the standard library decodes in C, differs in its sign alone.
    return a2b_qp(spaced.replace(b"=", b"=3D").replace(b"%", b"=")).decode()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"the body is not UTF-8 at byte {error.start}") from None
