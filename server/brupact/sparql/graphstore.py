"""What a request to the graph store means (SPARQL 1.1 Graph Store HTTP Protocol), read strictly."""

import re
from collections.abc import Callable, Collection, Iterator
from itertools import groupby
from typing import Final
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

from brupact.namespaces import GRAPH
from brupact.sparql.formats import GRAPHS
from brupact.sparql.protocol import UPDATE, ProtocolError, refuse_charset, single_values
from brupact.sparql.tokens import Token, tokens

#: Several documents in one body (RFC 7578).
MULTIPART: Final = "multipart/form-data"
#: The name of the default graph.
DEFAULT: Final = ""
#: The list of the graphs is a page too, and each page may be asked for in a language.
_PAGE_LANGUAGE: Final = "lang"

#: What the path of an IRI may hold beside ASCII (RFC 3987, section 2.2: ucschar).
_UCSCHAR: Final = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U000e1000-\U000efffd" + "".join(
    f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0xE0000, 0x10000)
)
#: What stands percent-encoded there.
_ENCODED: Final = re.compile(rf"[^A-Za-z0-9_!$&'()*+,;=:@/.~{_UCSCHAR}-]")
#: Control characters, and what stands for that which is not UTF-8.
_UNCLEAR: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")
_MEDIA_TYPES: Final = {
    name: format.media_type for format in GRAPHS for name in (format.media_type, *format.aliases)
}
#: The codings that change nothing, by header (RFC 9110, section 8.4; RFC 2045, section 6.2).
_PLAIN: Final = {
    "Content-Encoding": ("", "identity"),
    "Content-Transfer-Encoding": ("", "7bit", "8bit", "binary"),
}


def named(reference: str) -> str:
    """The IRI of the graph at ``/graphs/{reference}``; `reference` has been decoded once.

    :raises ProtocolError: 400 for what cannot be told from another one.
    """
    if _UNCLEAR.search(reference):
        raise ProtocolError(400, "the name of a graph is UTF-8 without control characters")
    return GRAPH + _ENCODED.sub(lambda match: quote(match[0], safe=""), reference)


def asked(query_string: bytes, below: str, also: Collection[str] = ()) -> str | None:
    """The graph that the parameters name (section 4.2): an IRI, `DEFAULT`, or ``None`` for none.

    An address that begins with `below` is the address of a graph here, and means that graph. What
    `also` names are parameters that say nothing of the graph.

    :raises ProtocolError: 400 for a parameter that does not exist, stands twice, or is no IRI.
    """
    values = single_values(query_string)
    given = {name: value for name, value in values.items() if name not in also}
    if unknown := given.keys() - {"default", "graph", _PAGE_LANGUAGE}:
        raise ProtocolError(
            400, f"there is no parameter {min(unknown)!r}: say 'default' or 'graph'"
        )
    if {"default", "graph"} <= given.keys():
        raise ProtocolError(400, "give either 'default' or 'graph', not both")
    if given.get("default"):
        raise ProtocolError(400, "the parameter 'default' has no value")
    if "graph" not in given:
        return DEFAULT if "default" in given else None
    return _iri(given["graph"], below)


def _iri(text: str, below: str) -> str:
    try:
        iri = NamedNode(text).value
    except ValueError:
        raise ProtocolError(400, f"graph={text}: give an absolute IRI") from None
    reference = iri.removeprefix(below)
    if iri.startswith(below) and reference and not {"?", "#"} & set(reference):
        return named(unquote(reference))
    return iri


def refuse_parameters(query_string: bytes) -> None:
    """Refuse a graph in the parameters where the path names one.

    :raises ProtocolError: 400.
    """
    if single_values(query_string).keys() & {"default", "graph"}:
        raise ProtocolError(400, "the path names the graph: leave out 'default' and 'graph'")


def media_type(content_type: str | None) -> str:
    """The format of a document that is sent, by the media type that the tables give it.

    :raises ProtocolError: 415 for what is not RDF, or not in UTF-8.
    """
    name = (content_type or "").partition(";")[0]
    found = _MEDIA_TYPES.get(name.strip().lower())
    if found is None:
        known = ", ".join(format.media_type for format in GRAPHS)
        raise ProtocolError(415, f"send {known}, not {name.strip() or 'no content type'}")
    refuse_charset(content_type)
    return found


def refuse_coding(header: Callable[[str], str | None]) -> None:
    """Refuse a body, or a part of one, that is not sent whole and as it is.

    `header` gives the value of a header by its name.

    :raises ProtocolError: 415 for a coding, 400 for a range (RFC 9110, section 14.5).
    """
    for name, plain in _PLAIN.items():
        if (coding := header(name) or "").strip().lower() not in plain:
            raise ProtocolError(415, f"the body is sent in the coding {coding}: send it plain")
    if header("Content-Range") is not None:
        raise ProtocolError(400, "what is sent is sent whole: leave out Content-Range")


#: The operations of a patch, by what stands outside their braces (SPARQL 1.1 Update, 3.1): I is an
#: IRI, P a prefix.
_OPERATION: Final = re.compile(
    r"(?:PREFIX P I |BASE I )*"
    r"(?:(?:INSERT|DELETE) DATA { } |DELETE WHERE { } "
    r"|(?:DELETE { } )?(?:INSERT { } )?WHERE { } )?"
)
#: The engine wants no space after a keyword: these are found inside a longer word as well.
_ELSEWHERE: Final = re.compile(r"GRAPH|SERVICE", re.IGNORECASE)
#: The engine reads without tokens, and where something does not fit it tries something shorter: a
#: string with an escape that does not exist may begin as an empty one, for instance. So what is
#: read here is refused unless it can be read in one way only: a string whose escapes all exist,
_ESCAPE: Final = re.compile(
    r"""\\([tbnrf"'\\]
          | u(?![dD][89a-fA-F])[0-9a-fA-F]{4}
          | U(?!0000[dD][89a-fA-F])(?:0010|000[0-9a-fA-F])[0-9a-fA-F]{4})?""",
    re.VERBOSE,
)
#: between brackets, where ``<`` also compares, an IRI that no comparison looks like,
_WHOLE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_COMPARING: Final = frozenset("#'()")
#: and such a keyword in the local part of a name only if the name, at its full length, is an IRI.
_LOCAL: Final = re.compile(r":[A-Za-z0-9_][A-Za-z0-9_-]*\.*")
_NAMESPACE: Final = ("/>", "#>")
#: Opens or escapes nothing.
_STRAY: Final = frozenset("\\'\"")


def confined(update: str, graph: str) -> str:
    """`update` so that it reads and writes `graph` alone (section 5.7).

    The triples of INSERT DATA, DELETE DATA and DELETE WHERE are put into ``GRAPH``, any other
    operation gets a ``WITH``; what names a graph itself is refused, be it the same.

    :raises ProtocolError: 422 for what is more than that; a malformed update may be.
    """
    found = list(tokens(update))
    _refuse_elsewhere(found)
    edits: list[tuple[int, str]] = []
    outer = [token for token in found if token.depth <= 0]
    for is_end, operation in groupby(outer, key=lambda token: token.text == ";"):
        if not is_end:
            edits += _edits(list(operation), graph)
    parts, last = [], 0
    for position, inserted in edits:
        parts += [update[last:position], inserted]
        last = position
    return "".join([*parts, update[last:]])


def _refuse_elsewhere(found: list[Token]) -> None:
    namespaces = _namespaces(found)
    brackets = 0
    for before, token in zip([None, *found], found, strict=False):
        brackets += (token.text == "(") - (token.text == ")")
        # The name of a prefix, not what follows it; a keyword before an empty prefix looks alike.
        words = token.text.partition(":")[0] if token.kind == "prefixed" else token.text
        if token.kind in ("word", "prefixed") and (seen := _ELSEWHERE.search(words)):
            raise ProtocolError(
                422, f"{seen[0].upper()}: a patch reads and writes the graph of the request alone"
            )
        if not _is_certain(token, before, namespaces, is_in_brackets=brackets > 0):
            raise ProtocolError(
                422, f"{token.text[:99]} can be read in two ways: write it in another one"
            )


def _namespaces(found: list[Token]) -> set[str]:
    """The prefixes, with their colon, after which each name of ASCII letters makes an IRI."""
    declared: dict[str, list[str]] = {}
    for word, prefix, iri in zip(found, found[1:], found[2:], strict=False):
        if word.says("PREFIX"):
            declared.setdefault(prefix.text, []).append(iri.text)
    return {p for p, iris in declared.items() if all(iri.endswith(_NAMESPACE) for iri in iris)}


def _is_certain(
    token: Token, before: Token | None, namespaces: set[str], *, is_in_brackets: bool
) -> bool:
    """Whether the engine cannot but read `token` as one, once it has read what is before it."""
    if token.kind == "string":
        return all(escape[1] for escape in _ESCAPE.finditer(token.text))
    if token.kind == "iri" and is_in_brackets:
        return not _COMPARING & set(token.text) or bool(_WHOLE.match(token.text))
    if token.kind == "prefixed" and _ELSEWHERE.search(token.text):
        prefix, _, local = token.text.partition(":")
        is_label = before is not None and (before.text, before.end) == ("_", token.start)
        known = is_label and not prefix or f"{prefix}:" in namespaces
        return known and bool(_LOCAL.fullmatch(f":{local}"))
    return token.text not in _STRAY


def _edits(operation: list[Token], graph: str) -> Iterator[tuple[int, str]]:
    """What is written where into `operation`, the tokens outside its braces."""
    if not _OPERATION.fullmatch("".join(f"{_outline(token)} " for token in operation)):
        raise ProtocolError(
            422,
            "a patch is made of INSERT DATA, DELETE DATA, DELETE WHERE and DELETE … INSERT … WHERE "
            "without WITH and USING",
        )
    verbs = [i for i, token in enumerate(operation) if token.says("INSERT", "DELETE")]
    if not verbs or graph == DEFAULT:
        return
    if operation[verbs[0] + 1].says("DATA", "WHERE"):
        opening, closing = operation[verbs[0] + 2 : verbs[0] + 4]
        yield opening.end, f" GRAPH <{graph}> {{"
        yield closing.start, "}"
    else:
        yield operation[verbs[0]].start, f"WITH <{graph}> "


def _outline(token: Token) -> str:
    if token.kind == "iri":
        return "I"
    if token.kind == "prefixed" and token.text.endswith(":"):
        return "P"
    return token.text.upper() if token.kind == "word" else token.text


def patch_type(content_type: str | None) -> None:
    """Refuse a patch that is not a SPARQL update in UTF-8.

    :raises ProtocolError: 415.
    """
    name = (content_type or "").partition(";")[0]
    if name.strip().lower() != UPDATE:
        raise ProtocolError(415, f"send {UPDATE}, not {name.strip() or 'no content type'}")
    refuse_charset(content_type)
