"""The interface between those who ask and the engine that answers."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import msgspec
from pyoxigraph import Literal, NamedNode, Triple

from brupact.errors import BrupactError
from brupact.sparql.explain import Explanation


class Query(msgspec.Struct, frozen=True, omit_defaults=True):
    """A query and what the protocol lets a client say beside it (SPARQL 1.1 Protocol, 2.1).

    `results` and `graphs` are the media types that the client accepts for each kind of answer;
    ``None`` where it accepts none of ours. `booleans` is the one for ASK, where it likes best one
    that has no form of it.
    """

    text: str
    results: str | None
    graphs: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    infer: bool = True
    #: The language in which each column of a SELECT gets a column of labels; ``None`` for none.
    labels: str | None = None
    #: Values for variables that the query projects; bound, never written into its text.
    bindings: Mapping[str, NamedNode | Literal] = msgspec.field(default_factory=dict)
    #: What relative IRIs in the text are resolved against (RFC 3986, section 5.1).
    base: str | None = None
    #: The deadline that the client asks for; ``None`` for the service's own.
    seconds: float | None = None
    booleans: str | None = None
    #: Whether the rows, or triples, are to come in an order that the data alone decide.
    canonical: bool = False


class Answer(msgspec.Struct, frozen=True):
    """A whole answer, ready to be sent: in `body`, or if it is large in `file`, to be closed."""

    media_type: str
    body: bytes
    file: BinaryIO | None = None
    #: In bytes.
    size: int = -1
    #: The name of the commit that made the data; empty where changes are not kept.
    commit: str = ""

    def __post_init__(self) -> None:
        """Measure what is in memory."""
        if self.file is None:
            msgspec.structs.force_setattr(self, "size", len(self.body))


class QueryRefused(BrupactError):
    """A query that is not well formed or that is not answered; `line` and `column` from 1."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        """Keep the place apart from the reason."""
        super().__init__(reason)
        self.line, self.column = line, column


class ChangeRefused(BrupactError):
    """A well-formed change that is not made; `kind` says why, `details` is what is known of it."""

    def __init__(self, kind: str, reason: str, details: Mapping[str, Any]) -> None:
        """Keep what the gate says."""
        super().__init__(reason)
        self.kind, self.details = kind, details


class OutOfTime(BrupactError):
    """A query that took longer than it may."""


class TooComplex(BrupactError):
    """A query that the engine cannot take in, such as one nested a thousand levels deep."""


class Unavailable(BrupactError):
    """The engine cannot answer now, or not within the memory that a query may use."""


class OutOfMemory(Unavailable):
    """A query that needed more memory than it may use."""


class Stopped(Unavailable):
    """A query that the operator of the service ended."""


class Gone(Unavailable):
    """A query whose answer nobody waits for any more."""


class TooMany(BrupactError):
    """Whoever asks has too many queries under way."""


class NotAcceptable(BrupactError):
    """The client accepts no format in which this kind of answer is written."""


class Engine(Protocol):
    """Evaluates queries over the data."""

    @property
    def version(self) -> int:
        """The number of the version that is current; it grows with each change."""

    def query(self, query: Query) -> Answer:
        """The answer to `query`.

        :raises QueryRefused: if it is not well formed (SPARQL 1.1 Query, section 19).
        :raises NotAcceptable: if its kind of answer has no format that the client accepts.
        """

    def explain(self, query: Query, *, run: bool = False) -> Explanation:
        """What `query` means; with `run` it is evaluated, to tell what that takes.

        :raises QueryRefused: if it is not well formed, or not explained.
        """

    def describe(self, nodes: Sequence[str]) -> list[tuple[str, Triple]]:
        """All with one of `nodes`, or a fragment of one, as subject or object, and its graph.

        A fragment of a node is a part of it: what is said of the part belongs to the whole.
        """

    def labels(self, nodes: Sequence[str]) -> dict[str, list[Literal]]:
        """The labels of those of `nodes` that have one, in all languages."""

    def graph(self, name: str) -> list[Triple]:
        """The triples of the graph with the IRI `name`, in a fixed order; none if unknown.

        The empty name is that of the default graph.
        """

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold a triple, in order."""

    def has_graph(self, name: str) -> bool:
        """Whether there is a graph `name`, be it empty; the default graph always is."""

    def ready(self) -> bool:
        """Whether a query would be answered now."""


class ChangingEngine(Engine, Protocol):
    """An engine that also takes changes: each is done whole or not at all."""

    def update(
        self,
        text: str,
        base: str | None = None,
        *,
        dry_run: bool = False,
        seconds: float | None = None,
    ) -> None:
        """Carry out a SPARQL update; `base` is what relative IRIs are resolved against.

        With `dry_run` it is tried, and nothing is changed. `seconds` is a deadline shorter than
        that of the service.

        :raises QueryRefused: if it is not well formed or cannot be done.
        :raises OutOfTime: if it takes longer than it may.
        """

    def parse(self, document: bytes, media_type: str, base: str) -> bytes:
        """The triples of an RDF document as N-Triples, with blank nodes of its own.

        `media_type` is one of `brupact.sparql.formats.GRAPHS`; `base` is what relative IRIs are
        resolved against.

        :raises QueryRefused: if it is not well formed.
        :raises OutOfTime: if it takes longer than it may.
        """

    def submit(self, request: dict[str, Any]) -> dict[str, Any]:
        """What became of a change that someone is to account for; see `brupact.gate.Gate`.

        :raises QueryRefused: if it is not well formed or cannot be done.
        :raises ChangeRefused: if it may not be done, or what would come of it is refused.
        :raises OutOfTime: if it takes longer than it may.
        """

    def change_graph(self, action: str, name: str, triples: bytes) -> None:
        """Replace (``put``), add to (``post``) or drop (``delete``) the graph `name`.

        `triples` is an N-Triples document; its blank nodes are new nodes. The empty name is that
        of the default graph.
        """
