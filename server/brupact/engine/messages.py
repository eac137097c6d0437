"""What is asked of a reader and what its reply means, for all who ask."""

import signal
from typing import Any, Final

from brupact.engine.interface import (
    Answer,
    NotAcceptable,
    OutOfMemory,
    OutOfTime,
    Query,
    QueryRefused,
    TooComplex,
    Unavailable,
)
from brupact.engine.wire import DATA, Reply, json_frame

#: How long the host is given to say how a reader ended, and how often it is asked, in seconds.
PATIENCE: Final = 0.5
PAUSE: Final = 0.005
#: How often a question is put again that met a reader of a version before.
RETRIES: Final = 20
#: What is said of a query that was ended by its deadline.
TOO_LONG: Final = "the query took longer than it may"


def question(operation: str, seconds: float, **request: Any) -> bytes:
    """The frame that asks for `operation`, to be done in `seconds`."""
    return json_frame(DATA, {"operation": operation, "seconds": seconds} | request)


def query_question(query: Query, most: float, operation: str = "query", **more: Any) -> bytes:
    """The frame that asks `query`; `most` is the deadline of the service in seconds."""
    return question(operation, min(query.seconds or most, most), query=query, **more)


def is_final(reply: Reply) -> bool:
    """Whether `reply` came from a reader of the current version and ended as replies do."""
    return reply.end is not None and reply.end["status"] != "stale"


def ended(ended_by: int | None) -> None:
    """Say what the end of a reader means that went away; nothing if it was no fault of the query.

    :raises OutOfTime: if its deadline had passed.
    :raises OutOfMemory: if it could not have the memory that it asked for.
    :raises TooComplex: if the query brought it down.
    :raises Unavailable: for any other end.
    """
    if ended_by is not None and ended_by not in (0, signal.SIGTERM):
        raise failure(ended_by)


def failure(ended_by: int) -> Exception:
    """What the signal that ended a process says about what it was asked."""
    if ended_by == signal.SIGALRM:
        return OutOfTime(TOO_LONG)
    if ended_by == signal.SIGSEGV:
        return TooComplex("the query is too complex: it is nested too deeply")
    if ended_by == signal.SIGABRT:
        return OutOfMemory("the query needed more memory than it may")
    return Unavailable("the reader that evaluated the query was ended")


def whole(reply: Reply) -> dict[str, Any]:
    """The end of a reply that is whole.

    :raises QueryRefused: if the reader refused the question.
    :raises NotAcceptable: if it has no answer in a format that is accepted.
    :raises Unavailable: if it had not enough memory, or could not have the data.
    """
    end = reply.end or {}
    if end["status"] == "refused":
        raise QueryRefused(end["reason"], *end["place"])
    if end["status"] == "not acceptable":
        raise NotAcceptable(end["reason"])
    if end["status"] == "absent":
        raise Unavailable(end["reason"])
    if end["status"] == "memory":
        raise failure(signal.SIGABRT)
    return end


def answer(reply: Reply) -> Answer:
    """The answer to a query; raises as `whole`."""
    end = whole(reply)
    body, file = reply.spool.whole()
    return Answer(end["media_type"], body, file, reply.spool.size, end["commit"])
