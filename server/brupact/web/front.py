"""What stands in front of the Flask application: one event loop that reads requests, answers what
was asked before or is a query, and has the application answer the rest in threads.

An answer is sent once it is whole. Its length is said first, so that one which breaks off on the
way is seen to be broken.
"""

import asyncio
import itertools
import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import PreconditionFailed, RequestEntityTooLarge, RequestTimeout

from brupact import endpoint
from brupact.cache import tagged
from brupact.engine.lines import Lines
from brupact.errors import BrupactError
from brupact.journal import Request as Told
from brupact.sparql import protocol
from brupact.sparql.protocol import ProtocolError
from brupact.web import wsgi
from brupact.web.connection import Send
from brupact.web.context import Context
from brupact.web.headers import HEADERS
from brupact.web.kept import Kept, Key
from brupact.web.message import Request, head
from brupact.web.places import Places
from brupact.web.problems import FAILURE, REFERENCE
from brupact.web.reply import PIECE, Reply
from brupact.web.versions import choose
from brupact.web.watch import text

_LOG: Final = logging.getLogger(__name__)
#: What a response depends on, beside the address: all that `Vary` may name here.
_VARY: Final = (b"accept", b"accept-encoding", b"accept-language", b"cookie", b"if-none-match",
                b"if-match", b"accept-datetime")  # fmt: skip
#: Conditions on what is read are seen to here, for all codings alike. Those on a date do not hold:
#: no date is told (RFC 9110, section 13.1).
_CONDITIONS: Final = ("if-none-match", "if-match", "if-modified-since", "if-unmodified-since")
#: A body of more bytes than this is not looked up among what was asked before.
_LARGEST_KEY: Final = 1 << 16
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


class Front:
    """Serves `app`; queries of those who read are put to the readers straight from the loop."""

    def __init__(self, app: Flask, context: Context, lines: Lines | None) -> None:
        """Without `lines`, as for a scratch service, the application answers everything."""
        self._app, self._context = app, context
        settings = context.settings
        self._script = urlsplit(settings.public_url).path
        self._base = f"{settings.public_url}/sparql"
        self._threads = ThreadPoolExecutor(settings.web_threads, "web")
        # Where queries wait that the application sees to: pages need not wait behind them.
        self._askers = ThreadPoolExecutor(settings.web_threads, "ask")
        self._watchers = ThreadPoolExecutor(_WATCHERS, "watch")
        self._watch = context.watch
        self._kept = Kept()
        self._start, self._numbers = secrets.token_hex(4), itertools.count(1)
        if lines is not None:
            most = max(1, settings.readers - _FOR_PAGES)
            one, long = settings.client_queries, settings.client_long_queries
            context.places = Places(lines, most, one, long)
        self._places = context.places

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start what goes on beside the requests."""
        if self._places is not None:
            self._places.loop = loop
            self._sweeper = loop.create_task(self._places.sweep())

    def kept(self, request: Request) -> tuple[bytes, bytes] | None:
        """The answer to `request` if it is here: see `Handler`."""
        started = time.perf_counter()
        request.key = self._key(request)
        if request.key is None:
            return None
        found = self._kept.get(request.key, self._context.engine.version)
        if found is None:
            return None
        status, said, content = found
        number = self._number()
        self._note(request, number, status, len(content), started, is_kept=True)
        return b"%sx-request-id: %s\r\n" % (said, number.encode()), content

    async def reply(self, request: Request, gone: "asyncio.Future[None]", send: Send) -> None:
        """Answer `request` by `send`: see `Handler`."""
        started = time.perf_counter()
        number = self._number()
        version = self._context.engine.version
        key = None if request.failure else request.key or self._key(request)
        reply = await self._made(request, gone, number)
        status, said = reply.status, head(reply.status, _listed(reply))
        if key and reply.may_be_kept and self._context.engine.version == version:
            self._kept.keep(key, version, (status, said, reply.body))
        sent = await send(b"%sx-request-id: %s\r\n" % (said, number.encode()), reply)
        self._note(request, number, status, sent, started, is_kept=False)

    def _number(self) -> str:
        return f"{self._start}-{next(self._numbers)}"

    def _note(
        self, request: Request, number: str, status: int, sent: int, started: float, *,
        is_kept: bool,
    ) -> None:  # fmt: skip
        """Count `request`, and have the log tell of it if its turn has come."""
        seconds = time.perf_counter() - started
        path = self._below(request.path)
        if weight := self._watch.note(path, status, sent, seconds, is_kept):
            self._tell(request, number, status, sent, seconds, weight)

    async def _made(self, request: Request, gone: "asyncio.Future[None]", number: str) -> Reply:
        """The reply to a request, as it is sent."""
        try:
            reply = await self._answered(request, gone, number)
            said = request.header
            if request.method in _READS and not reply.is_expected(said(b"if-match")):
                reply.close()
                request.failure = PreconditionFailed()
                reply = await self._by_app(request, number, self._threads)
            if chosen := reply.negotiate(said(b"accept-encoding"), said(b"if-none-match")):
                if reply.size <= PIECE:
                    reply.encode(chosen)
                else:
                    await self._in_thread(reply.encode, chosen)
        except Exception:
            _LOG.exception("request %s failed", number)
            content = f"The service failed; the operator finds it under {number}.\n".encode()
            headers = {**_OURS, "content-type": "text/plain; charset=utf-8"}
            reply = Reply(500, headers, content, None, len(content))
        if reply.status not in (204, 304):
            reply.headers["content-length"] = str(reply.size)
        if request.method == "HEAD":
            reply.close()
        return reply

    async def _answered(self, request: Request, gone: "asyncio.Future[None]", number: str) -> Reply:
        is_query = self._is_endpoint(request)
        if self._places is not None and is_query and not request.failure:
            try:
                if (reply := await self._queried(self._places, request, gone)) is not None:
                    return reply
            except _REFUSALS as error:
                request.failure = error
        return await self._by_app(request, number, self._askers if is_query else self._threads)

    async def _queried(
        self, places: Places, request: Request, gone: "asyncio.Future[None]"
    ) -> Reply | None:
        """The answer to a query; ``None`` for what the application has to see to."""
        if request.method not in (*_READS, "POST"):
            return None
        method = "POST" if request.method == "POST" else "GET"
        said = request.header
        asked = protocol.read(
            method, request.query, said(b"content-type"), request.body, said(b"content-encoding")
        )
        if (text := asked.query) is None or asked.explain != "off" or endpoint.may_contact(text):
            return None
        query = endpoint.query(asked, text, said(b"accept"), self._base)
        version, past = "", None
        if asked.version is not None:
            context = self._context
            past = await self._in_thread(choose, context.engine, context.settings, asked.version)
            version = past.entry.name
        try:
            answer = await places.query(query, self.client(request), gone, version)
        except BrupactError as error:
            raise endpoint.failure(error, text) from None
        found = tagged(query, answer)
        headers = _OURS | endpoint.headers(found, query, past.warnings if past else ())
        if past is not None:
            headers |= past.of_answer(found, text)
        if found.sha256 is not None:
            headers["etag"] = f'"{found.sha256}"'
        return Reply(200, headers, answer.body, answer.file, answer.size)

    async def _by_app(self, request: Request, number: str, threads: ThreadPoolExecutor) -> Reply:
        path = self._below(request.path)
        if path.startswith(_WATCHING):
            threads = self._watchers
        environ = wsgi.environment(
            method="GET" if request.method == "HEAD" else request.method,
            script=self._script, path=path, query=request.query.decode("latin-1"),
            headers=(
                (name, value)
                for name, value in request.fields()
                if name not in _CONDITIONS or request.method not in _READS
            ),
            body=request.body, client=self.client(request),
        )  # fmt: skip
        environ |= {FAILURE: request.failure, REFERENCE: number}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, wsgi.run, self._app, environ)

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _tell(
        self, request: Request, number: str, status: int, sent: int, seconds: float, weight: float
    ) -> None:
        """Have the log tell of a request, for as many as `weight` says."""
        method, path, asked = request.method, request.path, None
        if self._is_endpoint(request) and len(request.body) <= _LONGEST_TOLD:
            said = request.header(b"content-type")
            asked = partial(text, method, request.query, said, request.body)
        self._context.journal.tell(
            Told(number, method, path, status, sent, seconds, self.client(request), weight, asked,
                 time.time())
        )  # fmt: skip

    def _below(self, path: str) -> str:
        """`path` within the service, whether a proxy has taken the path of the service off it."""
        script = self._script
        if script and path.startswith(script) and path[len(script) :][:1] in ("", "/"):
            return path[len(script) :]
        return path

    def _is_endpoint(self, request: Request) -> bool:
        return self._below(request.path).rstrip("/") == "/sparql"

    def client(self, request: Request) -> str:
        """The address of whoever asks, as the proxies say that the operator trusts."""
        if proxies := self._context.settings.proxies:
            said = (request.header(b"x-forwarded-for") or "").split(",")
            if len(said) >= proxies and (address := said[-proxies].strip()):
                return address
        return request.client

    def _key(self, request: Request) -> Key | None:
        """What the response to a request depends on; ``None`` where it may not be kept."""
        get, body = request.headers.get, request.body
        if self._places is None or get(b"authorization") is not None or len(body) > _LARGEST_KEY:
            return None
        if request.method in _READS:
            return request.method, request.target, *map(get, _VARY)
        if request.method == "POST" and self._is_endpoint(request):
            return body, get(b"content-type"), request.target, *map(get, _VARY)
        return None


def _listed(reply: Reply) -> list[tuple[str, str]]:
    cookies = (("set-cookie", cookie) for cookie in reply.cookies)
    return [*reply.headers.items(), *cookies, ("server", "brupact")]
