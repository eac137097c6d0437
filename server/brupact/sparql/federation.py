"""Which hosts a query or an update wants to reach, and which it may (SPARQL 1.1 Federated Query).

Pure functions on the text; the contact is made in `brupact.federation`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from urllib.parse import quote, urlsplit

from pyoxigraph import Literal, NamedNode, RdfFormat, Variable, parse

from brupact.sparql.protocol import ProtocolError
from brupact.sparql.tokens import Token, tokens

#: What a SERVICE or a LOAD may name.
_TARGETS: Final = ("iri", "prefixed", "variable")
_PORTS: Final = {"http": 80, "https": 443}
#: A segment of a path that leads up or nowhere, also percent-encoded (RFC 3986, section 5.2.4).
_DOTS: Final = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def contacts(text: str) -> Iterator[tuple[str, str]]:
    """Each SERVICE or LOAD of `text` that is not SILENT: the keyword, and what it wants to reach.

    What is in vain to reach is for the engine to fail at; this is for the message.
    """
    found = list(tokens(text))
    for token, following in zip(found, found[1:], strict=False):
        if token.says("SERVICE", "LOAD") and following.kind in _TARGETS:
            yield token.text.upper(), following.text


@dataclass(frozen=True)
class Service:
    """A SERVICE of a query: where it stands in the text, and what it asks whom."""

    start: int
    end: int
    silent: bool
    #: An IRI, a prefixed name or a variable, as it is written.
    target: str
    #: The group to evaluate, with its braces.
    group: str

    @property
    def is_variable(self) -> bool:
        """Whether the endpoint is a variable."""
        return self.target.startswith(("?", "$"))


def services(text: str) -> list[Service]:
    """Each SERVICE of the query `text` that stands in no other one, in order.

    :raises ProtocolError: 400 for one that is not well formed.
    """
    found, last = [], 0
    stream = list(tokens(text))
    for index, token in enumerate(stream):
        if token.start < last or not token.says("SERVICE"):
            continue
        service = _service(text, stream, index)
        if service is None:
            raise ProtocolError(400, f"SERVICE at character {token.start}: its group is not clear")
        found.append(service)
        last = service.end
    return found


def _service(text: str, stream: list[Token], index: int) -> Service | None:
    rest = stream[index + 1 : index + 4]
    silent = bool(rest) and rest[0].says("SILENT")
    if len(rest) < 2 + silent:
        return None
    target, opening = rest[silent : 2 + silent]
    if target.kind not in _TARGETS or opening.text != "{":
        return None
    for place in range(index + 3 + silent, len(stream)):
        token = stream[place]
        if token.text == "}" and token.depth == opening.depth:
            group = text[opening.start : token.end]
            return Service(stream[index].start, token.end, silent, target.text, group)
    return None


def without_contact(text: str) -> str:
    """`text` with each SERVICE turned into a GRAPH, each character that stays in its place.

    It is well formed just where `text` is, has the same variables in scope (SPARQL 1.1 Query,
    rules 58 and 59, and section 18.2.1), and reaches no host.
    """
    parts, last = [], 0
    before: Token | None = None
    for token in tokens(text):
        blank = before is not None and before.says("SERVICE") and token.says("SILENT")
        if blank or token.says("SERVICE"):
            parts += [text[last : token.start], " " * 6 if blank else "GRAPH  "]
            last = token.end
        before = token
    return "".join([*parts, text[last:]])


def prologue(text: str, base: str | None = None) -> str:
    """The BASE and PREFIX clauses of `text`, on one line; before them `base` as a BASE."""
    clauses = [f"BASE <{base}>"] if base else []
    stream = tokens(text)
    for token in stream:
        if token.says("BASE"):
            clauses.append(f"BASE {next(stream, token).text}")
        elif token.says("PREFIX"):
            clauses.append(f"PREFIX {next(stream, token).text} {next(stream, token).text}")
        elif token.says("VERSION"):
            next(stream, None)
        else:
            break
    return " ".join(clauses)


def endpoint(service: Service, prologue: str) -> str | None:
    """The absolute IRI of what `service` names; ``None`` if there is none."""
    # BASE, PREFIX and names are written in Turtle as in SPARQL (Turtle, section 6.5).
    document = f"{prologue} <x:s> <x:p> {service.target} ."
    try:
        (quad,) = parse(document.encode(), RdfFormat.TURTLE)
    except (SyntaxError, ValueError):
        return None
    return quad.object.value if isinstance(quad.object, NamedNode) else None


@dataclass(frozen=True)
class _Place:
    """Where an address leads: scheme, host, port and path."""

    scheme: str
    host: str
    port: int
    path: str

    def holds(self, other: "_Place") -> bool:
        """Whether `other` is this place or lies below it."""
        below = self.path if self.path.endswith("/") else f"{self.path}/"
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port) and (
            other.path == self.path or other.path.startswith(below)
        )


@dataclass(frozen=True)
class Allowed:
    """The places that may be contacted; none unless the operator names them."""

    places: tuple[_Place, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Allowed":
        """The places in `text`: ``https://host[:port][/path]``, with commas between them.

        :raises ValueError: for what is no such address.
        """
        places = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            place = _place(part)
            if place is None or "?" in part or "#" in part:
                raise ValueError(f"{part!r} is not an address such as https://example.org/sparql")
            places.append(place)
        return cls(tuple(places))

    def address(self, iri: str) -> str | None:
        """The address, in ASCII, at which to contact `iri`; ``None`` if that is not allowed.

        It is made of the very parts that were found to be allowed, so no other reading of `iri`
        leads elsewhere.
        """
        place = _place(iri)
        if place is None or not any(allowed.holds(place) for allowed in self.places):
            return None
        host = f"[{place.host}]" if ":" in place.host else place.host
        query = quote(urlsplit(iri).query, safe="/%:@!$&'()*+,;=?-._~")
        mark = "?" if query else ""
        return f"{place.scheme}://{host}:{place.port}{place.path}{mark}{query}"


def _place(iri: str) -> _Place | None:
    """Where `iri` leads; ``None`` if that is not clear: a password, dots in the path, no host."""
    try:
        parts = urlsplit(iri)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not host or "@" in parts.netloc or "\\" in iri:
        return None
    # In ASCII (RFC 3987, section 3.1); what is percent-encoded stays so.
    path = quote(parts.path, safe="/%:@!$&'()*+,;=-._~") or "/"
    if any(_DOTS.fullmatch(segment) for segment in path.split("/")):
        return None
    return _Place(parts.scheme, host.lower(), port, path)


def inline(variables: Sequence[str], rows: Iterable[Sequence[NamedNode | Literal | None]]) -> str:
    """The solutions `rows` as an inline data block (SPARQL 1.1 Query, section 10.2)."""
    names = " ".join(str(Variable(name)) for name in variables)
    # In N-Triples form no term ends before its end, whatever it holds.
    data = (" ".join("UNDEF" if term is None else str(term) for term in row) for row in rows)
    return " ".join(chain((f"VALUES ({names}) {{",), (f"({row})" for row in data), ("}",)))


def empty_solution(variables: Sequence[str]) -> str:
    """The one solution that binds nothing: what a SERVICE SILENT that failed stands for.

    It is Ω₀ of SPARQL 1.1 Federated Query, section 2.3; `variables` stay in scope.
    """
    return inline(variables, [[None] * len(variables)])
