"""``/sparql`` without a server: what a request asks of the engine, and what is said of the answer.

Both ways to the endpoint use it: the fast one (`brupact.web.front`) and any WSGI server.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from brupact.cache import Tagged
from brupact.engine import Query, QueryRefused
from brupact.engine.interface import NotAcceptable
from brupact.remembered import remembered
from brupact.sparql import formats, protocol
from brupact.sparql.canonical import uncitable
from brupact.sparql.federation import contacts
from brupact.sparql.formats import Format
from brupact.sparql.negotiation import best
from brupact.sparql.order import unordered_limit
from brupact.sparql.protocol import ProtocolError

#: What is said of an answer that may be another next time.
UNORDERED: Final = (
    "LIMIT or OFFSET without ORDER BY: which rows are in the answer is left to chance"
)
#: The longest address that is given for a citation: servers and proxies commonly take 8,000 bytes
#: in a line (RFC 9110, section 4.1).
LONGEST: Final = 6000
#: What may not stand in a query string as it is, or means something there.
_CODES: Final = tuple((c, quote_plus(c)) for c in '%+ \n\r\t&#"<>[\\]^`{|}')


def query(asked: protocol.Request, text: str, accept: str | None, base: str) -> Query:
    """The query that a request asks (SPARQL 1.1 Protocol, section 2.1).

    `accept` is the Accept header, `base` what relative IRIs are resolved against.
    """
    results, booleans, graphs = _named(asked.format) if asked.format else _negotiated(accept)
    return Query(
        text,
        results=results,
        booleans=booleans,
        graphs=graphs,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        infer=asked.infer,
        labels=asked.labels or None,
        base=base,
        seconds=asked.seconds,
        canonical=asked.version is not None,
    )


def headers(found: Tagged, asked: Query, warnings: Sequence[str] = ()) -> dict[str, str]:
    """What is said of the answer to `asked` beside its content; its entity tag stands alone.

    `warnings` is what became of it on the way, one line each.
    """
    cited, warnings = "", list(warnings)
    if unordered_limit(asked.text):
        warnings.append(UNORDERED)
    if found.answer.commit:
        if reason := uncitable(asked.text):
            warnings.append(f"this answer cannot be cited: {reason}")
        else:
            cited = citation(asked, found.answer.commit)
    return (
        ({"brupact-warning": ", ".join(warnings)} if warnings else {})
        | ({"brupact-version": found.answer.commit} if found.answer.commit else {})
        | ({"link": f'<{cited}>; rel="cite-as"'} if cited else {})
    ) | {
        "content-type": found.answer.media_type,
        "vary": "Accept",
        # It may be kept, and must be asked for anew each time: the data may have changed.
        "cache-control": "no-store" if found.sha256 is None else "no-cache",
    }


def citation(asked: Query, commit: str) -> str:
    """Where the answer to `asked` from the version `commit` is found, for ever the same bytes.

    Empty where the address would be too long to be used: the query is then to be posted.
    """
    parameters = [("default-graph-uri", name) for name in asked.default_graphs]
    parameters += [("named-graph-uri", name) for name in asked.named_graphs]
    if not asked.infer:
        parameters.append(("infer", "off"))
    if asked.labels:
        parameters.append(("labels", asked.labels))
    more = f"&{urlencode(parameters)}" if parameters else ""
    address = f"{asked.base}?version={commit}&query={_encoded(asked.text)}{more}"
    return address if len(address) <= LONGEST else ""


def _encoded(text: str) -> str:
    """`text` as it may stand in a query string (RFC 3986, section 3.4).

    It is done for each query that is evaluated, so what is common is done four times as fast as
    `quote_plus` does it.
    """
    if len(text) > LONGEST:
        return text  # It is not used.
    encoded = text
    for character, code in _CODES:
        encoded = encoded.replace(character, code)
    return encoded if encoded.isascii() and encoded.isprintable() else quote_plus(text)


def failure(error: Exception, text: str) -> Exception:
    """What is malformed, or failed since it wanted to reach another host, or cannot be done."""
    if isinstance(error, NotAcceptable):
        return ProtocolError(406, f"No format that is asked for fits {error}")
    if isinstance(error, QueryRefused):
        refused = forbidden(text) if error.line is None else None
        return refused or ProtocolError(400, str(error), error.line, error.column)
    return error


def may_contact(text: str) -> bool:
    """Whether a text may want to reach another host: a look before a closer one."""
    folded = text.upper()
    return "SERVICE" in folded or "LOAD" in folded


def forbidden(text: str) -> ProtocolError | None:
    """The refusal of a text that wants to reach another host and does not say SILENT."""
    for keyword, address in contacts(text) if may_contact(text) else ():
        return ProtocolError(403, f"{keyword} {address}: this service contacts no other host.")
    return None


#: What a client may ask for: tables, the result of ASK, graphs.
_KINDS: Final = (formats.RESULTS, formats.BOOLEANS, formats.DOCUMENTS)
#: The media type of each kind that is accepted; ``None`` where none is.
_Accepted = tuple[str | None, str | None, str | None]


def _named(suffix: str) -> _Accepted:
    """The media types that a suffix stands for."""
    tables, booleans, graphs = (
        next((offer.media_type for offer in offers if offer.suffix == suffix), None)
        for offers in _KINDS
    )
    return tables, booleans, graphs


@remembered(512)
def _negotiated(accept: str | None) -> _Accepted:
    """The media types that an Accept header prefers."""
    tables, booleans, graphs = (_preferred(accept, offers) for offers in _KINDS)
    return tables, booleans, graphs


def _preferred(accept: str | None, offers: Sequence[Format[Any]]) -> str | None:
    index = best(accept, [(offer.media_type, *offer.aliases) for offer in offers])
    return None if index is None else offers[index].media_type
