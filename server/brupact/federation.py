"""SERVICE for the hosts that the operator allows (SPARQL 1.1 Federated Query).

The readers that evaluate queries can reach no other host, so each SERVICE is evaluated before: its
group alone, at its endpoint; its solutions take its place in the text as inline data. That is how
the standard defines it (section 4: the group is evaluated by itself, then joined) for an endpoint
that is named; one that is a variable has its values from the rest of the query, and is refused.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from brupact.contact import ContactFailed, select
from brupact.engine import Engine, Query, QueryRefused
from brupact.engine.exchange import Deadline
from brupact.engine.interface import OutOfTime, Unavailable
from brupact.errors import BrupactError
from brupact.namespaces import GENID, RDF
from brupact.settings import Settings
from brupact.sparql.federation import (
    Allowed,
    Service,
    empty_solution,
    endpoint,
    inline,
    prologue,
    services,
    without_contact,
)

#: How many SERVICE a query may have.
MOST: Final = 16
#: How many queries may wait for other hosts at a time, in a process.
AT_A_TIME: Final = 8
#: A graph that is nowhere: over it, evaluating a query is no more than reading it.
_NOWHERE: Final = (GENID + "nowhere",)
_JSON: Final = "application/sparql-results+json"
#: The formats in which solutions are read, by the media types that servers give them.
_FORMATS: Final = {
    _JSON: QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
}
#: Datatypes of literals that have a language (RDF 1.1 Concepts, section 3.3); no other has them.
_TAGGED: Final = (RDF + "langString", RDF + "dirLangString")
#: What a value that is unbound takes in inline data.
_UNDEF: Final = len("UNDEF ")

Row: TypeAlias = list[NamedNode | Literal | None]

_turns = threading.BoundedSemaphore(AT_A_TIME)


class ServiceForbidden(BrupactError):
    """A SERVICE that names a host which is not allowed."""


class ServiceFailed(BrupactError):
    """A SERVICE whose endpoint gave no answer that can be used."""

    def __init__(self, endpoint: str, reason: str) -> None:
        """Keep the endpoint apart from the reason."""
        super().__init__(f"SERVICE <{endpoint}>: {reason}")
        self.endpoint, self.reason = endpoint, reason


@dataclass(frozen=True)
class Resolved:
    """A query without SERVICE that means the same."""

    text: str
    #: What is missing from it, where a SERVICE SILENT failed: one line of ASCII each.
    warnings: tuple[str, ...] = ()
    #: Whether another host was contacted, be it in vain.
    contacted: bool = False


@dataclass(frozen=True)
class _Question:
    """What to ask where: the address is ``None`` where that is not allowed."""

    service: Service
    endpoint: str
    address: str | None
    text: str
    variables: Sequence[str]


@dataclass
class _Budget:
    """What the answers of all endpoints together may still take."""

    seconds: float
    deadline: Deadline
    rows: int
    bytes: int


class Federation:
    """Puts data in the place of SERVICE. May be used by several threads."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """`engine` reads the queries; `settings` name the hosts and the limits."""
        self._engine, self._settings = engine, settings
        self._allowed = Allowed.read(settings.service_hosts)

    def resolve(self, text: str, base: str | None = None, seconds: float | None = None) -> Resolved:
        """The query `text` with data in the place of each outermost SERVICE.

        What stands within a SERVICE is sent as it is: another SERVICE there is for the endpoint.
        `base` is what relative IRIs are resolved against, `seconds` a shorter limit than the one
        of the settings. No host is contacted unless the whole query can be.

        :raises QueryRefused: if the query is not well formed, or an endpoint is a variable.
        :raises ProtocolError: 400 if a SERVICE cannot be told from the rest.
        :raises ServiceForbidden: if a host is not allowed, without SILENT.
        :raises ServiceFailed: if an endpoint fails, without SILENT.
        :raises Unavailable: if too many queries wait for other hosts.
        """
        if "SERVICE" not in text.upper():
            return Resolved(text)
        self._over_nothing(without_contact(text), base)
        found = services(text)
        if len(found) > MOST:
            raise QueryRefused(f"{len(found)} SERVICE in a query: there may be {MOST}")
        opening = prologue(text, base)
        questions = [self._question(service, opening) for service in found]
        contacts = any(question.address for question in questions)
        parts, last, warnings = [], 0, []
        with _turn() if contacts else nullcontext():
            budget = self._budget(seconds)
            for question in questions:
                block, warning = _block(question, budget, self._allowed)
                parts += [text[last : question.service.start], block]
                last = question.service.end
                warnings += warning
        return Resolved("".join([*parts, text[last:]]), tuple(warnings), contacts)

    def _question(self, service: Service, opening: str) -> _Question:
        iri = endpoint(service, opening)
        address = iri and self._allowed.address(iri)
        if not address and not service.silent:
            raise self._refusal(service)
        text = f"{opening} SELECT * WHERE {service.group}"
        answer = self._over_nothing(without_contact(text), None)
        # In the place of other characters than those of an IRI in ASCII, for use in a header.
        shown = quote(iri or service.target, safe="/%:@!$&'()*+,;=?-._~#[]")
        variables: list[str] = json.loads(answer)["head"]["vars"]
        return _Question(service, shown, address or None, text, variables)

    def _refusal(self, service: Service) -> BrupactError:
        if not self._allowed.places:
            return ServiceForbidden(
                f"SERVICE {service.target}: this service contacts no other host."
            )
        if service.is_variable:
            return QueryRefused(
                f"SERVICE {service.target}: the endpoint is a variable, which this service does "
                "not evaluate; name the endpoint by its IRI"
            )
        return ServiceForbidden(
            f"SERVICE {service.target}: this service contacts only those that its operator allows."
        )

    def _over_nothing(self, text: str, base: str | None) -> bytes:
        """The answer to `text` where there are no data: what a query's form alone says."""
        return self._engine.query(
            Query(text, _JSON, "application/n-triples", _NOWHERE, _NOWHERE, base=base)
        ).body

    def _budget(self, seconds: float | None) -> _Budget:
        limit = min(seconds or self._settings.service_timeout, self._settings.service_timeout)
        return _Budget(
            limit,
            Deadline.after(limit),
            self._settings.service_max_rows,
            self._settings.service_max_bytes,
        )


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(blocking=False):
        raise Unavailable(f"{AT_A_TIME} queries wait for other services already")
    try:
        yield
    finally:
        _turns.release()


def _block(question: _Question, budget: _Budget, allowed: Allowed) -> tuple[str, list[str]]:
    """The inline data for a SERVICE, and what to say where they are not those of its endpoint."""
    try:
        rows = _ask(question, budget, allowed)
    except ContactFailed as error:
        failure = ServiceFailed(question.endpoint, str(error))
        if not question.service.silent:
            raise failure from error
        return empty_solution(question.variables), [f"{failure}; its part is missing"]
    return inline(question.variables, rows), []


def _ask(question: _Question, budget: _Budget, allowed: Allowed) -> list[Row]:
    if question.address is None:
        raise ContactFailed("the service may not contact it")
    try:
        reply = select(question.address, question.text, allowed, budget.deadline, budget.bytes)
    except OutOfTime:
        raise ContactFailed(f"timed out after {budget.seconds:g} s") from None
    budget.bytes -= len(reply.body)
    media_type = reply.headers.get_content_type()
    if media_type not in _FORMATS:
        raise ContactFailed("the remote service answers in a format that was not asked for")
    found = _read(reply.body, _FORMATS[media_type], question.variables, budget)
    if isinstance(found, str):
        raise ContactFailed(found)
    secret = secrets.token_hex()
    return [[_term(term, secret) for term in row] for row in found]


def _read(
    body: bytes, format: QueryResultsFormat, variables: Sequence[str], budget: _Budget
) -> list[list[Any]] | str:
    """The values of `variables` in each solution; or what is wrong with `body`.

    Nothing is raised: an error would hold on to the engine's reader, which this thread must free.
    """
    try:
        found = parse_query_results(body, format)
        if not isinstance(found, QuerySolutions):
            return "the answer has no solutions"
        names = [variable.value for variable in found.variables]
        if not set(names) <= set(variables):
            return "the answer has a variable that was not asked for"
        most = min(budget.rows, budget.bytes // (_UNDEF * max(1, len(variables))))
        solutions = list(islice(found, most + 1))
    except (SyntaxError, ValueError):
        return "the answer is malformed"
    if len(solutions) > most:
        return "the answer has more solutions than are taken"
    budget.rows -= len(solutions)
    budget.bytes -= len(solutions) * len(variables) * _UNDEF
    columns = [names.index(name) if name in names else None for name in variables]
    return [[None if at is None else row[at] for at in columns] for row in solutions]


def _term(term: Any, secret: str) -> NamedNode | Literal | None:
    """`term` as it can stand in inline data: an IRI in the place of a blank node.

    It is that of this answer alone, as the scope of blank nodes is the document.
    """
    if isinstance(term, BlankNode):
        digest = hashlib.sha256(f"{secret} {term.value}".encode()).hexdigest()
        return NamedNode(GENID + digest[:32])
    if isinstance(term, Literal) and not term.language and term.datatype.value in _TAGGED:
        raise ContactFailed("the answer has text in a language that it does not name")
    if term is None or isinstance(term, NamedNode | Literal):
        return term
    raise ContactFailed("the answer has a term that cannot stand in inline data")
