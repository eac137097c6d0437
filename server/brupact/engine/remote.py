"""An engine elsewhere: any service that speaks the SPARQL 1.1 Protocol.

SPARQLWrapper writes the requests. Solutions come as JSON or XML and graphs as N-Triples, Turtle or
RDF/XML, whatever format the client asked for: they are read whole and written anew here, so that an
answer which breaks off is seen to, and every format that we offer is to be had from every service.
"""

import io
import itertools
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)
from SPARQLWrapper import POST, SPARQLWrapper

from brupact.engine.exchange import Deadline, Reply, post
from brupact.engine.interface import Answer, OutOfTime, Query, QueryRefused, Unavailable
from brupact.engine.writing import writer
from brupact.errors import BrupactError
from brupact.namespaces import GRAPH, INFERRED, LABELS
from brupact.sparql.bound import CannotBind, with_values
from brupact.sparql.dataset import FORMS, clauses
from brupact.sparql.explain import Explanation
from brupact.sparql.tokens import Token, tokens

#: The most bytes of an answer that are taken.
LARGEST: Final = 1 << 28
#: How many nodes are asked for at a time.
_AT_ONCE: Final = 500
#: How long `ready` waits, in seconds.
_PATIENCE: Final = 1.0
#: A graph that nobody has: it stands for no graph at all, which the protocol cannot say.
_NOWHERE: Final = f"{GRAPH}nowhere"

_SOLUTIONS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
}
_GRAPHS: Final = {
    "application/n-triples": RdfFormat.N_TRIPLES,
    "text/plain": RdfFormat.N_TRIPLES,
    "text/turtle": RdfFormat.TURTLE,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
#: What is asked for, by whether the answer is a graph.
_ACCEPT: Final = {
    False: "application/sparql-results+json, application/sparql-results+xml;q=0.5",
    True: "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.4",
}
#: Headers by which Virtuoso says that the answer is only a part.
_PARTIAL: Final = ("X-SQL-State", "X-SPARQL-MaxRows")
#: Status codes that mean a time limit (RFC 9110, sections 15.5.9 and 15.6.5).
_TOO_LATE: Final = (408, 504)
#: How services name the place of an error.
_PLACES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r"\bline:? (\d+),? col(?:umn)?:? (\d+)", r"\bat (\d+):(\d+)", r"\bline (\d+)()")
)
#: An ASCII character as an escape, by which some services hide a keyword or the end of a string.
_ASCII_ESCAPE: Final = re.compile(r"\\u00[0-7][0-9a-f]|\\U000000[0-7][0-9a-f]", re.IGNORECASE)
#: A name that is none (SPARQL 1.1 Query, rule 169): it ends at the colon, and more follows.
_CUT_SHORT: Final = re.compile(r"[^:]*:[.-]+[^.-]")
_ABSOLUTE: Final = re.compile(r"<[a-z][a-z0-9+.-]*:", re.IGNORECASE)
#: The longest message that is passed on, in characters.
_LONGEST: Final = 500

_NODES: Final = """SELECT DISTINCT ?g ?s ?p ?o WHERE {{
  {{ VALUES ?s {{ {nodes} }} GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ VALUES ?o {{ {nodes} }} GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ VALUES ?s {{ {nodes} }} ?s ?p ?o FILTER NOT EXISTS {{ GRAPH ?h {{ ?s ?p ?o }} }} }}
  UNION {{ VALUES ?o {{ {nodes} }} ?s ?p ?o FILTER NOT EXISTS {{ GRAPH ?h {{ ?s ?p ?o }} }} }}
}}"""
_NAMES: Final = """SELECT DISTINCT ?s ?p ?o WHERE {{
  VALUES ?s {{ {nodes} }} VALUES ?p {{ {predicates} }}
  {{ GRAPH ?g {{ ?s ?p ?o }} }} UNION {{ ?s ?p ?o }}
  FILTER(isLiteral(?o))
}}"""
_ALL: Final = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
_ONE: Final = "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
_REST: Final = """CONSTRUCT { ?s ?p ?o }
WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"""


class BadAddress(BrupactError):
    """An address that no remote service can have."""


class RemoteEngine:
    """Puts its questions to the SPARQL service at one address, and contacts nothing else.

    *Versions.* The data of a remote service can change unseen. With `refresh` 0 the version grows
    each time it is asked for, so nothing that is kept for a version is ever used again: every
    answer is of now. With `refresh` above 0 the version grows every so many seconds, and what is
    published may be as old as that: how old is the operator's choice.

    *The default graph* is the service's own; ours is the union of all graphs. With `gather` the
    graphs of the service are named as the default graph in each query that names none, for a
    service that keeps its default graph apart.

    *What is not asked.* SERVICE, since nothing would hold the service back from other hosts; a text
    that is no query; values for variables where they cannot be written into the text and mean the
    same (`brupact.sparql.bound`). What DESCRIBE gives is the service's own choice.
    """

    def __init__(
        self, address: str, *, seconds: float = 30.0, refresh: float = 0.0, gather: bool = False
    ) -> None:
        """Ask the service at `address`; each question has `seconds` as its deadline.

        :raises BadAddress: if `address` is no http or https address, or holds a password.
        """
        self._address, self._seconds = _address(address), seconds
        self._refresh, self._gather = refresh, gather
        self._asked = itertools.count()
        self._known: tuple[int, list[str]] | None = None

    @property
    def version(self) -> int:
        """A number that grows: each time it is asked for, or every `refresh` seconds."""
        return int(time.monotonic() / self._refresh) if self._refresh else next(self._asked)

    def query(self, query: Query) -> Answer:
        """The answer to `query`, whole; see `Engine`."""
        if query.labels:
            raise QueryRefused("the data are on a remote service, which knows no labels=")
        deadline = self._deadline(query.seconds)
        form = _form(query.text)
        text = _based(query.text, query.base)
        try:
            text = with_values(text, query.bindings) if query.bindings else text
        except CannotBind as error:
            raise QueryRefused(f"the data are on a remote service: {error}") from None
        parameters = self._dataset(query, deadline)
        try:
            result = self._ask(text, deadline, parameters, graph=form in ("CONSTRUCT", "DESCRIBE"))
        except QueryRefused as error:
            raise _moved(error, text != query.text) from None
        media_type, write = writer(result, query)
        buffer = io.BytesIO()
        _well_formed(lambda: write(buffer))
        return Answer(media_type, buffer.getvalue())

    def describe(self, nodes: Sequence[str]) -> list[tuple[str, Triple]]:
        """All with one of `nodes`, or a fragment of one, as subject or object, and its graph."""
        deadline, found = self._deadline(), dict[tuple[str, Triple], None]()
        bases = tuple(f"{node}#" for node in nodes)
        waiting, seen = _nodes(nodes), set(_nodes(nodes))
        while waiting:
            rows = list(self._rows(_NODES, waiting, deadline))
            found |= {_statement(row): None for row in rows}
            terms = dict.fromkeys(
                term
                for row in rows
                for term in (row["s"], row["o"])
                if isinstance(term, NamedNode) and term.value.startswith(bases)
            )
            waiting = [term for term in terms if term not in seen]
            seen.update(waiting)
        return list(found)

    def labels(self, nodes: Sequence[str]) -> dict[str, list[Literal]]:
        """The labels of those of `nodes` that have one, in all languages."""
        names: dict[str, dict[str, list[Literal]]] = {}
        for row in self._rows(_NAMES, _nodes(nodes), self._deadline()):
            about, said = (cast(NamedNode, row[name]).value for name in "sp")
            names.setdefault(about, {}).setdefault(said, []).append(cast(Literal, row["o"]))
        order = [predicate.value for predicate in LABELS]
        return {node: said[min(said, key=order.index)] for node, said in names.items()}

    def graph(self, name: str) -> list[Triple]:
        """The triples of the graph `name`, in a fixed order; of the default graph, those that
        stand in no named graph.
        """
        asked = [_ONE.format(graph=graph) for graph in _nodes([name])] if name else [_REST]
        triples = [t for text in asked for t in self._triples(text, self._deadline())]
        return sorted(set(triples), key=str)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold a triple, in order."""
        return self._graphs(self._deadline())

    def has_graph(self, name: str) -> bool:
        """Whether there is a graph `name`; a service may not know of empty ones."""
        deadline = self._deadline()
        return not name or any(
            self._ask(f"ASK {{ GRAPH {graph} {{ }} }}", deadline) for graph in _nodes([name])
        )

    def explain(self, query: Query, *, run: bool = False) -> Explanation:
        """Not told: the protocol has no question for it, and texts of others are read elsewhere.

        :raises QueryRefused: always.
        """
        raise QueryRefused("the data are on a remote service, which explains no query")

    def ready(self) -> bool:
        """Whether a query would be answered now."""
        try:
            return bool(self._ask("ASK {}", self._deadline(_PATIENCE)))
        except (Unavailable, OutOfTime, QueryRefused):
            return False

    def _deadline(self, seconds: float | None = None) -> Deadline:
        return Deadline.after(min(seconds or self._seconds, self._seconds))

    def _dataset(self, query: Query, deadline: Deadline) -> Iterator[tuple[str, str]]:
        """The dataset of `query` as parameters (SPARQL 1.1 Protocol, section 2.1.4)."""
        default, named = query.default_graphs, query.named_graphs
        if not default and not named and not clauses(query.text):
            if not query.infer or self._gather:
                graphs = self._kept_graphs(deadline)
                left = [g for g in graphs if query.infer or g != INFERRED.value]
                default = named = tuple(left) or (_NOWHERE,)
        return itertools.chain(
            (("default-graph-uri", iri) for iri in default),
            (("named-graph-uri", iri) for iri in named),
        )

    def _kept_graphs(self, deadline: Deadline) -> list[str]:
        """The graphs, as old as an answer may be."""
        version, known = self.version, self._known
        if known is None or known[0] != version:
            self._known = known = version, self._graphs(deadline)
        return known[1]

    def _graphs(self, deadline: Deadline) -> list[str]:
        rows = _rows(self._ask(_ALL, deadline))
        return sorted(row["g"].value for row in rows if isinstance(row["g"], NamedNode))

    def _rows(
        self, asked: str, nodes: Sequence[NamedNode], deadline: Deadline
    ) -> Iterator[QuerySolution]:
        """The solutions of `asked` for `nodes`, some at a time."""
        for start in range(0, len(nodes), _AT_ONCE):
            some = " ".join(map(str, nodes[start : start + _AT_ONCE]))
            text = asked.format(nodes=some, predicates=" ".join(map(str, LABELS)))
            yield from _rows(self._ask(text, deadline))

    def _triples(self, text: str, deadline: Deadline) -> list[Triple]:
        return cast(list[Triple], self._ask(text, deadline, graph=True))

    def _ask(
        self,
        text: str,
        deadline: Deadline,
        parameters: Iterable[tuple[str, str]] = (),
        *,
        graph: bool = False,
    ) -> Any:
        """What the service answers: solutions, a truth value, or a list of triples."""
        request = _request(self._address, text, parameters, _ACCEPT[graph])
        headers = dict(request.header_items())
        reply = post(self._address, headers, request.data, deadline, LARGEST)
        if reply.status != 200:
            raise _failure(reply)
        if any(name in reply.headers for name in _PARTIAL):
            raise Unavailable("the remote service gave only a part of the answer")
        media_type, read = reply.headers.get_content_type(), _read_graph if graph else _read_results
        return _well_formed(lambda: read(media_type, reply.body))


def _address(address: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    else:
        usable = usable and parts.scheme in ("http", "https") and "@" not in parts.netloc
    if not usable or not address.isascii() or re.search(r"\s", address):
        raise BadAddress(f"{address!r}: give the http or https address of a SPARQL service")
    return address


def _request(address: str, text: str, parameters: Iterable[tuple[str, str]], accept: str) -> Any:
    """The request (SPARQL 1.1 Protocol, section 2.1.2), as SPARQLWrapper writes it."""
    client = SPARQLWrapper(address, agent="brupact")
    client.setMethod(POST)
    client.setOnlyConneg(True)
    client.addCustomHttpHeader("Accept", accept)
    for name, value in parameters:
        client.addParameter(name, value)
    # Not by setQuery: its search for the kind of query takes quadratic time, and a text in which
    # it sees an update is sent as one. The kind is the one it starts with, a query.
    client.queryString = text
    return client._createRequest()


def _form(text: str) -> str:
    """The form of a query that may be passed on.

    The service can reach other hosts and readers of data here cannot, so a text in which the
    service may see something else than is seen here is refused.

    :raises QueryRefused: for what is no query, or names a SERVICE, or hides its words.
    """
    if escape := _ASCII_ESCAPE.search(text):
        place = _place_in(text, escape.start())
        raise QueryRefused(f"{escape[0]}: write the character itself", *place)
    found = list(tokens(text))
    for token in found:
        if token.says("SERVICE"):
            raise QueryRefused("SERVICE is not passed on to the remote service")
        if token.text in ("'", '"'):
            raise QueryRefused("a string does not end", *_place_in(text, token.start))
        if token.kind == "prefixed" and _CUT_SHORT.match(token.text):
            raise QueryRefused("put a space behind the name", *_place_in(text, token.start))
    prologue = itertools.takewhile(lambda token: not token.says(*FORMS), found)
    words = [token for token in prologue if token.kind == "word"]
    form = next((token.text.upper() for token in found if token.says(*FORMS)), None)
    if stray := next((t for t in words if not t.says("BASE", "PREFIX", "VERSION")), None):
        raise _no_query(text, stray)
    if form is None:
        raise _no_query(text, None)
    return form


def _no_query(text: str, token: Token | None) -> QueryRefused:
    place = _place_in(text, token.start if token else len(text))
    return QueryRefused(f"expected one of {', '.join(FORMS)}", *place)


def _place_in(text: str, index: int) -> tuple[int, int]:
    """The line and the column of the character at `index`, from 1."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _based(text: str, base: str | None) -> str:
    """`text` with `base` as its BASE, if it holds a relative IRI: the service has its own."""
    relative = any(t.kind == "iri" and not _ABSOLUTE.match(t.text) for t in tokens(text))
    return f"BASE {NamedNode(base)} {text}" if base and relative else text


def _moved(error: QueryRefused, changed: bool) -> QueryRefused:
    """`error` without a column, where the text that was sent is not the one that was asked."""
    return QueryRefused(str(error), error.line, None if changed else error.column)


def _failure(reply: Reply) -> Exception:
    """What a reply that is no answer means."""
    if reply.status == 400:
        return _refusal(reply)
    if reply.status in _TOO_LATE:
        return OutOfTime("the remote service took longer than it may")
    if 300 <= reply.status < 400:
        return Unavailable("the remote service sends to another address, which is not followed")
    return Unavailable(f"the remote service answers with status {reply.status}")


def _refusal(reply: Reply) -> QueryRefused:
    """What the service says of a query that it does not take, as plain text."""
    text = reply.body[: 1 << 16].decode(errors="replace")
    members: Mapping[str, Any] = {}
    media_type = reply.headers.get_content_type()
    if media_type.endswith("json"):
        try:
            members = dict(json.loads(text))
        except (ValueError, TypeError, RecursionError):
            members = {}
        text = str(members.get("detail") or members.get("message") or "")
    elif media_type != "text/plain":
        text = ""
    # On one line, without what a terminal or a log would take for more than text.
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())[:_LONGEST] or "the remote service refuses the query"
    line, column = (members.get(name) for name in ("line", "column"))
    if isinstance(line, int) and isinstance(column, int):
        return QueryRefused(text, line, column)
    found = next(filter(None, (place.search(text) for place in _PLACES)), None)
    places = [int(number) if number else None for number in found.groups()] if found else []
    return QueryRefused(text, *places)


def _read_results(media_type: str, body: bytes) -> QuerySolutions | QueryBoolean:
    if media_type not in _SOLUTIONS:
        raise Unavailable(f"the remote service answers in a format not asked for: {media_type}")
    return parse_query_results(body, _SOLUTIONS[media_type])


def _read_graph(media_type: str, body: bytes) -> list[Triple]:
    if media_type not in _GRAPHS:
        raise Unavailable(f"the remote service answers in a format not asked for: {media_type}")
    return [quad.triple for quad in parse(body, _GRAPHS[media_type])]


def _well_formed(read: Callable[[], Any]) -> Any:
    """What `read` gives.

    :raises Unavailable: if it finds that the answer is cut off or otherwise malformed.
    """
    try:
        return read()
    except (SyntaxError, ValueError) as error:
        raise Unavailable("the answer of the remote service is malformed or breaks off") from error


def _rows(result: Any) -> list[QuerySolution]:
    if not isinstance(result, QuerySolutions):
        raise Unavailable("the remote service answers with a truth value, not with solutions")
    rows: list[QuerySolution] = _well_formed(lambda: list(result))
    return rows


def _statement(row: QuerySolution) -> tuple[str, Triple]:
    graph, parts = row["g"], [cast(Any, row[name]) for name in "spo"]
    return getattr(graph, "value", ""), Triple(*parts)


def _nodes(iris: Sequence[str]) -> list[NamedNode]:
    """`iris` as terms, without what is no IRI (RFC 3987): nothing is said of that."""
    nodes = []
    for iri in dict.fromkeys(iris):
        try:
            nodes.append(NamedNode(iri))
        except ValueError:
            continue
    return nodes
