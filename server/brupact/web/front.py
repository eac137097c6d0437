"""What stands in front of the Flask application: one event loop that reads requests, answers what
was asked before or is a query, and has the application answer the rest in threads (RSGI).

An answer is sent once it is whole. Its length is said first, so that one which breaks off on the
way is seen to be broken.
"""

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from brupact import endpoint
from brupact.cache import tagged
from brupact.engine.lines import Lines
from brupact.errors import BrupactError
from brupact.journal import Request
from brupact.sparql import protocol
from brupact.sparql.protocol import ProtocolError
from brupact.web import wsgi
from brupact.web.context import Context
from brupact.web.headers import HEADERS
from brupact.web.kept import Kept
from brupact.web.places import Places
from brupact.web.problems import FAILURE, REFERENCE
from brupact.web.reply import PIECE, Reply
from brupact.web.watch import text

_LOG: Final = logging.getLogger(__name__)
#: What a response depends on, beside the address: all that `Vary` may name here.
_VARY: Final = ("accept", "accept-encoding", "accept-language", "cookie", "if-none-match")
#: A body of more bytes than this is not looked up among what was asked before.
_LARGEST_KEY: Final = 1 << 16
#: The client may take so many seconds to take a piece, or to send a body.
_STALLED: Final = 60.0
#: A body of more bytes than this waits until no more than so many of its kind are being read.
_LARGE: Final = 1 << 20
_LARGE_AT_A_TIME: Final = 4
#: Readers that are never given to queries: pages find an answer beside any number of those.
_FOR_PAGES: Final = 4
#: What those ask who watch the service is answered in threads of its own, so many: it is
#: answered when all others wait.
_WATCHING: Final = ("/health", "/metrics", "/status")
_WATCHERS: Final = 4
#: The log tells no query of a body of more bytes than this.
_LONGEST_TOLD: Final = 1 << 14
_OURS: Final = {name.lower(): value for name, value in HEADERS.items()}
_READS: Final = ("GET", "HEAD")
_REFUSALS: Final = (RequestEntityTooLarge, RequestTimeout, ProtocolError, BrupactError)


@dataclass(slots=True)
class _Asked:
    """A request, with its body."""

    scope: Any
    body: bytes
    #: Why it is refused, if it is.
    failure: Exception | None
    #: Ends when whoever asks has gone.
    leaving: Callable[[], Awaitable[object]]
    number: str


class Front:
    """Serves `app`; queries of those who read are put to the readers straight from the loop."""

    def __init__(self, app: Flask, context: Context, lines: Lines | None) -> None:
        """Without `lines`, as for a scratch service, the application answers everything."""
        self._app, self._context = app, context
        settings = context.settings
        self._script = urlsplit(settings.public_url).path
        self._sparql = ("/sparql", f"{self._script}/sparql")
        self._base = f"{settings.public_url}/sparql"
        self._threads = ThreadPoolExecutor(settings.web_threads, "web")
        # Where queries wait that the application sees to: pages need not wait behind them.
        self._askers = ThreadPoolExecutor(settings.web_threads, "ask")
        self._watchers = ThreadPoolExecutor(_WATCHERS, "watch")
        self._watched = tuple(self._script + path for path in _WATCHING)
        self._watch = context.watch
        self._kept = Kept()
        self._start, self._numbers = secrets.token_hex(4), itertools.count(1)
        if lines is not None:
            most = max(1, settings.readers - _FOR_PAGES)
            one, long = settings.client_queries, settings.client_long_queries
            context.places = Places(lines, most, one, long)
        self._places = context.places

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start what goes on beside the requests."""
        self._large = asyncio.Semaphore(_LARGE_AT_A_TIME)
        if self._places is not None:
            self._places.loop = loop
            self._sweeper = loop.create_task(self._places.sweep())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        started = time.perf_counter()
        number = f"{self._start}-{next(self._numbers)}"
        version = self._context.engine.version
        body, failure = b"", None
        if scope.method not in _READS:
            try:
                body = await self._body(scope, protocol)
            except _REFUSALS as error:
                failure = error
        key = None if failure else self._key(scope, body)
        kept = self._kept.get(key, version) if key else None
        if kept is not None:
            status, headers, content = kept
            protocol.response_bytes(status, [*headers, ("x-request-id", number)], content)
            sent = len(content)
        else:
            asked = _Asked(scope, body, failure, protocol.client_disconnect, number)
            reply = await self._made(asked)
            status, headers = reply.status, _listed(reply)
            if key and reply.may_be_kept and self._context.engine.version == version:
                self._kept.keep(key, version, (status, headers, reply.body))
            sent = await self._send(protocol, reply, [*headers, ("x-request-id", number)])
        seconds = time.perf_counter() - started
        if weight := self._watch.note(scope.path, status, sent, seconds, kept is not None):
            self._tell(scope, body, number, status, sent, seconds, weight)

    async def _made(self, asked: _Asked) -> Reply:
        """The reply to a request, as it is sent."""
        said = asked.scope.headers
        try:
            reply = await self._answered(asked)
            if chosen := reply.negotiate(said.get("accept-encoding"), said.get("if-none-match")):
                if reply.size <= PIECE:
                    reply.encode(chosen)
                else:
                    await self._in_thread(reply.encode, chosen)
        except Exception:
            _LOG.exception("request %s failed", asked.number)
            content = f"The service failed; the operator finds it under {asked.number}.\n".encode()
            headers = {**_OURS, "content-type": "text/plain; charset=utf-8"}
            reply = Reply(500, headers, content, None, len(content))
        if reply.status not in (204, 304):
            reply.headers["content-length"] = str(reply.size)
        if asked.scope.method == "HEAD":
            reply.close()
        return reply

    async def _answered(self, asked: _Asked) -> Reply:
        is_query = asked.scope.path.rstrip("/") in self._sparql
        if self._places is not None and is_query and not asked.failure:
            try:
                if (reply := await self._queried(self._places, asked)) is not None:
                    return reply
            except _REFUSALS as error:
                asked.failure = error
        return await self._by_app(asked, self._askers if is_query else self._threads)

    async def _queried(self, places: Places, request: _Asked) -> Reply | None:
        """The answer to a query; ``None`` for what the application has to see to."""
        scope = request.scope
        if scope.method not in (*_READS, "POST"):
            return None
        method = "POST" if scope.method == "POST" else "GET"
        said = scope.headers.get("content-type")
        asked = protocol.read(method, scope.query_string.encode(), said, request.body)
        if (text := asked.query) is None or asked.explain != "off" or endpoint.may_contact(text):
            return None
        query = endpoint.query(asked, text, scope.headers.get("accept"), self._base)
        try:
            answer = await places.query(query, self.client(scope), request.leaving)
        except BrupactError as error:
            raise endpoint.failure(error, text) from None
        found = tagged(query, answer)
        headers = _OURS | endpoint.headers(found, text)
        if found.sha256 is not None:
            headers["etag"] = f'"{found.sha256}"'
        return Reply(200, headers, answer.body, answer.file, answer.size)

    async def _by_app(self, asked: _Asked, threads: ThreadPoolExecutor) -> Reply:
        scope, script, path = asked.scope, self._script, asked.scope.path
        if script and (path == script or path.startswith(f"{script}/")):
            path = path[len(script) :]
        environ = wsgi.environment(
            method="GET" if scope.method == "HEAD" else scope.method,
            script=script, path=path, query=scope.query_string,
            # Conditions on what is read are seen to here, for all codings alike.
            headers=((n, v) for n, v in scope.headers.items() if n != "if-none-match"),
            body=asked.body, client=self.client(scope),
        )  # fmt: skip
        environ |= {FAILURE: asked.failure, REFERENCE: asked.number}
        if scope.path.startswith(self._watched):
            threads = self._watchers
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, wsgi.run, self._app, environ)

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _tell(
        self, scope: Any, body: bytes, number: str, status: int, sent: int, seconds: float,
        weight: float,
    ) -> None:  # fmt: skip
        """Have the log tell of a request, for as many as `weight` says."""
        method, path, asked = scope.method, scope.path, None
        if path in self._sparql and len(body) <= _LONGEST_TOLD:
            said = scope.headers.get("content-type")
            asked = partial(text, method, scope.query_string, said, body)
        self._context.journal.tell(
            Request(number, method, path, status, sent, seconds, self.client(scope), weight,
                    asked, time.time())
        )  # fmt: skip

    async def _body(self, scope: Any, protocol: Any) -> bytes:
        """The body of a request, which must come in time and not be too large."""
        most = self._context.settings.max_body
        if (said := scope.headers.get("content-length")) and int(said) > most:
            raise RequestEntityTooLarge
        body, is_large = bytearray(), False
        try:
            async with asyncio.timeout(_STALLED) as stalled:
                async for piece in protocol:
                    body += piece
                    if len(body) > most:
                        raise RequestEntityTooLarge
                    if len(body) > _LARGE and not is_large:
                        await self._large.acquire()
                        is_large = True
                        stalled.reschedule(asyncio.get_running_loop().time() + _STALLED)
        except TimeoutError:
            raise RequestTimeout from None
        finally:
            if is_large:
                self._large.release()
        return bytes(body)

    def client(self, scope: Any) -> str:
        """The address of whoever asks, as the proxies say that the operator trusts."""
        if proxies := self._context.settings.proxies:
            said = (scope.headers.get("x-forwarded-for") or "").split(",")
            if len(said) >= proxies and (address := said[-proxies].strip()):
                return str(address)
        return str(scope.client.rpartition(":")[0])

    async def _send(self, protocol: Any, reply: Reply, headers: list[tuple[str, str]]) -> int:
        """Send `reply`; the number of bytes of content that were sent."""
        if reply.file is None and len(reply.body) <= PIECE:
            if reply.body:
                protocol.response_bytes(reply.status, headers, reply.body)
            else:
                protocol.response_empty(reply.status, headers)
            return len(reply.body)
        sent = 0
        transport = protocol.response_stream(reply.status, headers)
        try:
            for piece in reply.pieces():
                async with asyncio.timeout(_STALLED):
                    await transport.send_bytes(piece)
                sent += len(piece)
        except (TimeoutError, RuntimeError):
            pass  # The client went away or takes nothing: what it got is shorter than was said.
        finally:
            reply.close()
        return sent

    def _key(self, scope: Any, body: bytes) -> tuple[object, ...] | None:
        """What the response to a request depends on; ``None`` where it may not be kept."""
        headers = scope.headers
        if self._places is None or "authorization" in headers or len(body) > _LARGEST_KEY:
            return None
        if scope.method in _READS:
            return scope.method, scope.path, scope.query_string, *map(headers.get, _VARY)
        if scope.method == "POST" and scope.path in self._sparql:
            said = headers.get("content-type")
            return body, said, scope.query_string, *map(headers.get, _VARY)
        return None


def _listed(reply: Reply) -> list[tuple[str, str]]:
    cookies = (("set-cookie", cookie) for cookie in reply.cookies)
    return [*reply.headers.items(), *cookies, ("server", "brupact")]
