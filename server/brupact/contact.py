"""What is asked of other hosts while a query is answered: of those that are allowed, in time."""

import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin

from SPARQLWrapper import POST, SPARQLWrapper

from brupact.engine.exchange import Deadline, Reply, post
from brupact.engine.interface import OutOfTime, Unavailable
from brupact.errors import BrupactError
from brupact.sparql.federation import Allowed

#: The status codes that ask to send the same elsewhere (RFC 9110, section 15.4).
_REDIRECTS: Final = (301, 302, 307, 308)
#: How many addresses are tried.
_HOPS: Final = 5
_ACCEPT: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.5"


class ContactFailed(BrupactError):
    """Another host gave no answer that can be used; the text says why, in words of our own."""


def select(address: str, text: str, allowed: Allowed, deadline: Deadline, most: int) -> Reply:
    """What the endpoint at `address` replies to a SELECT query: with status 200, `most` bytes.

    `address` is one that `allowed` gave; redirects are followed to others that it gives. Nothing
    of a client's request is passed on but `text`.

    :raises OutOfTime: if the reply is not there, whole, by `deadline`.
    :raises ContactFailed: if there is none that can be used.
    """
    request = _request(address, text)
    headers = dict(request.header_items())
    for _ in range(_HOPS):
        try:
            reply = _in_time(
                partial(post, address, headers, request.data, deadline, most), deadline
            )
        except Unavailable as error:
            raise ContactFailed(str(error)) from error
        if reply.status == 200:
            return reply
        if reply.status not in _REDIRECTS:
            raise ContactFailed(f"the remote service answers with status {reply.status}")
        further = allowed.address(urljoin(address, reply.headers.get("Location", "")))
        if further is None:
            raise ContactFailed("the remote service sends to an address that is not allowed")
        address = further
    raise ContactFailed(f"the remote service sends on more than {_HOPS} times")


def _request(address: str, text: str) -> Any:
    """The request (SPARQL 1.1 Protocol, section 2.1.2), as SPARQLWrapper writes it."""
    client = SPARQLWrapper(address, agent="brupact")
    client.setMethod(POST)
    client.setOnlyConneg(True)
    client.addCustomHttpHeader("Accept", _ACCEPT)
    # Not by setQuery: the expressions by which it looks for the kind of a query take quadratic
    # time, a second for 56 kB of PREFIX. The kind is SELECT, that of the query it starts with.
    client.queryString = text
    return client._createRequest()


def _in_time(ask: Callable[[], Reply], deadline: Deadline) -> Reply:
    """What `ask` gives.

    Looking up the name of a host takes what the system likes, and nothing can stop it: so it
    happens in a thread that may be left to itself, and ends when the system gives up.
    """
    results: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(ask())
        except Exception as error:
            results.put(error)

    threading.Thread(target=run, daemon=True, name="contact").start()
    try:
        result = results.get(timeout=deadline.left())
    except (queue.Empty, TimeoutError):
        raise OutOfTime("the remote service did not answer in time") from None
    if isinstance(result, Exception):
        raise result
    return result
