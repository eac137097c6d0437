"""One connection of a client: requests are parsed from it by llhttp, and answered in order.

What is malformed, too large or too slow is refused here (RFC 9112, sections 2.2, 3.2 and 6.3);
`handler` sees requests that are whole.
"""

import asyncio
import logging
import os
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Protocol

import httptools
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from brupact.web.message import Clock, Request, head, path
from brupact.web.reply import PIECE, Reply

_LOG: Final = logging.getLogger(__name__)
#: The largest target, field and head, in bytes. What is negotiated by a field takes time, and its
#: length is the client's choice.
_TARGET: Final = 1 << 16
_FIELD: Final = 1 << 14
_HEAD: Final = 1 << 17
#: What a Host may be made of (RFC 9110, section 7.2; RFC 3986, section 3.2.2).
_HOST: Final = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
#: Where too many connections are open, so many make room at a time: it is looked for them seldom.
_EVICTED: Final = 64
#: A client has so many seconds for a head, to send more of a body, to take more of an answer, and
#: to ask again on a connection.
_FOR_HEAD: Final = 15.0
STALLED: Final = 60.0
_IDLE: Final = 75.0
#: A body has to come this fast, in bytes a second, once a minute has passed.
_SLOWEST: Final = 1 << 14
#: So many requests of a connection wait for the one before; it is not read beyond.
_AHEAD: Final = 8
#: A body of more bytes than this waits until no more than so many of its kind are being read.
LARGE: Final = 1 << 20
LARGE_AT_A_TIME: Final = 4
#: One that was refused has so many seconds to read why.
_LINGER: Final = 2.0
#: So many seconds after an answer the loop stays awake: a processor that went to sleep takes as
#: long to wake as it takes to answer, and whoever asked often asks again. Not with one processor.
_AWAKE: Final = 0.0001 if (os.cpu_count() or 1) > 1 else 0.0
#: While one request alone is being answered it stays awake for so many seconds.
_EXPECTANT: Final = 20 * _AWAKE
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE: Final = b"connection: close\r\n"


#: Sends the head of an answer, open for more, and its content; the number of bytes of content
#: that were sent.
Send = Callable[[bytes, Reply], Awaitable[int]]


class Handler(Protocol):
    """Answers requests."""

    def kept(self, request: Request) -> tuple[bytes, bytes] | None:
        """The head, open for more, and the content of an answer that is here at once."""

    async def reply(self, request: Request, gone: "asyncio.Future[None]", send: Send) -> None:
        """Answer `request` by `send`; `gone` ends when the client leaves."""


class Connections:
    """What all connections of a server share."""

    def __init__(self, handler: Handler, largest_body: int, most: int) -> None:
        """`most` connections are open at a time; a body has at most `largest_body` bytes."""
        self.handler, self.largest_body, self.most = handler, largest_body, most
        self.open: set[_Connection] = set()
        self.clock = Clock()
        #: How many requests are being answered.
        self.at_work = 0
        #: Until when the loop does not go to sleep.
        self._awake = 0.0
        self._is_awake = False
        self._large = 0
        self._waiting: deque[_Connection] = deque()

    def make(self) -> "_Connection":
        """A new connection."""
        return _Connection(self)

    def make_room(self) -> None:
        """Close those that have been still for longest, if too many are open.

        Nobody who is being answered is among them; what is sent slowly, or not at all, holds the
        places of others only as long as those come one by one.
        """
        if len(self.open) >= self.most:
            still = sorted((c for c in self.open if c.is_still), key=lambda c: c.moved)
            for connection in still[: min(_EVICTED, 1 + len(still) // 2)]:
                connection.evict()

    def take_large(self, connection: "_Connection") -> bool:
        """Whether `connection` may read a large body now; else it is told when."""
        if self._large < LARGE_AT_A_TIME:
            self._large += 1
            return True
        self._waiting.append(connection)
        return False

    def give_large(self) -> None:
        """Let another read a large body."""
        self._large -= 1
        while self._waiting:
            connection = self._waiting.popleft()
            if connection.resume_large():
                self._large += 1
                return

    def began(self) -> None:
        """Note that a request is being answered."""
        self.at_work += 1
        self._wake(time.monotonic() + _EXPECTANT)

    def wrote(self) -> float:
        """Note that an answer was sent; the time."""
        now = time.monotonic()
        self._wake(now + _AWAKE)
        return now

    def _wake(self, until: float) -> None:
        """Keep the loop awake until then, unless it has several requests to answer."""
        if _AWAKE and self.at_work <= 1:
            self._awake = until
            if not self._is_awake:
                self._is_awake = True
                asyncio.get_running_loop().call_soon(self._stay_awake)

    def _stay_awake(self) -> None:
        """Have the loop look at its connections again at once, for a while."""
        if self.at_work <= 1 and time.monotonic() < self._awake:
            asyncio.get_running_loop().call_soon(self._stay_awake)
        else:
            self._is_awake = False

    def sweep(self) -> None:
        """Close what stands still."""
        now = time.monotonic()
        for connection in list(self.open):
            connection.check(now)


class _Connection(asyncio.Protocol):
    """A connection; see the module."""

    def __init__(self, shared: Connections) -> None:
        self._shared, self._handler = shared, shared.handler
        self._parser: Any = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        self._came = bytearray()
        self._size = self._pieces = 0
        self._is_large = self._waits = False
        #: Why the request that is being read is refused: the answer to it is the last.
        self._refusal: tuple[int, str] | None = None
        self._expects = False
        self._began = self._moved = time.monotonic()
        self._queue: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        self._over = self._left = False
        self._drained: asyncio.Future[None] | None = None

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if peer else ""
        self._shared.make_room()
        self._shared.open.add(self)
        if len(self._shared.open) > self._shared.most:
            self._refuse(503, "Too many connections are open.")

    def connection_lost(self, exception: Exception | None) -> None:
        self._shared.open.discard(self)
        self._over = True
        self._leave()
        self._let_go()
        self.resume_writing()
        self._queue.clear()
        self._parser = None

    def eof_received(self) -> bool:
        self._leave()
        self._left = True
        return self._task is not None

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
            self._drained = None
            if not self._over:
                self._read_on()

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        self._moved = time.monotonic()
        self._pieces += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol is offered and not taken up (RFC 9110, section 7.8).
            self._transport.pause_reading()
        except httptools.HttpParserError as error:
            if self._refusal is None and isinstance(error, httptools.HttpParserInvalidMethodError):
                self._refusal = 501, "The method is not known."
            self._refuse(*self._refusal or (400, "The request is not HTTP/1.1."))
            return
        if self._request is not None and not self._came and self._pieces > _HEAD:
            self._refuse(431, f"The head of a request has at most {_HEAD} bytes.")

    # What the parser tells.

    def on_message_begin(self) -> None:
        self._request = Request(self._client)
        self._began, self._size, self._pieces, self._expects = self._moved, 0, 0, False
        self._came = bytearray()

    def on_url(self, url: bytes) -> None:
        assert self._request is not None
        self._request.target += url
        if len(self._request.target) > _TARGET:
            self._stop(414, f"The target of a request has at most {_TARGET} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self._request is not None
        headers, name = self._request.headers, name.lower()
        self._size += len(name) + len(value) + 4
        if self._size > _HEAD:
            self._stop(431, f"The head of a request has at most {_HEAD} bytes.")
        if self._request.method:
            return  # A trailer: none is of use here (RFC 9110, section 6.5.1).
        if name in headers:
            if name == b"host":
                self._stop(400, "A request names one Host.")
            value = headers[name] + (b"; " if name == b"cookie" else b", ") + value
        if len(value) > _FIELD:
            self._stop(431, f"A field of the head has at most {_FIELD} bytes.")
        headers[name] = value

    def on_headers_complete(self) -> None:
        request, parser = self._request, self._parser
        assert request is not None
        self._size = self._pieces = 0
        request.method = parser.get_method().decode("latin-1")
        request.path = path(request.target)
        request.keep_alive = parser.should_keep_alive() and not parser.should_upgrade()
        headers, version = request.headers, parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._stop(505, "This is a server of HTTP/1.1.")
        if b"host" not in headers and version == "1.1":
            self._stop(400, "A request of HTTP/1.1 names its Host.")
        if not _HOST.fullmatch(headers.get(b"host", b"")):
            self._stop(400, "The Host is no name of a host.")
        if headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            self._stop(501, "The only transfer coding that is known is chunked.")
        if (said := headers.get(b"content-length")) and int(said) > self._shared.largest_body:
            request.failure = RequestEntityTooLarge()
            # What follows is not read: the answer is the last on this connection.
            request.keep_alive = False
            self._take(request)
            self._stop(413, "")
        if headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        request = self._request
        assert request is not None
        self._came += body
        if len(self._came) > self._shared.largest_body:
            request.failure = RequestEntityTooLarge()
            request.keep_alive = False
            self._let_go()
            self._take(request)
            self._stop(413, "")
        if len(self._came) > LARGE and not self._is_large and not self._waits:
            if self._shared.take_large(self):
                self._is_large = True
            else:
                self._waits = True
                self._transport.pause_reading()

    def on_message_complete(self) -> None:
        request = self._request
        assert request is not None
        if self._came:
            request.body, self._came = bytes(self._came), bytearray()
        self._let_go()
        self._take(request)

    # What is done with it.

    def _take(self, request: Request) -> None:
        """Answer `request`, now or after those before it."""
        self._request = None
        if self._task is None and self._drained is None and request.failure is None:
            found = self._handler.kept(request)
            if found is not None:
                self._write(request, *found)
                return
        self._queue.append(request)
        if len(self._queue) > _AHEAD:
            self._transport.pause_reading()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    def _write(self, request: Request, said: bytes, content: bytes) -> None:
        """Send an answer that is small."""
        if request.keep_alive:
            self._transport.write(b"".join((said, self._shared.clock.line(), b"\r\n", content)))
        else:
            line = self._shared.clock.line()
            self._transport.write(b"".join((said, line, _CLOSE, b"\r\n", content)))
            self._finish()
        self._moved = self._shared.wrote()

    async def _work(self) -> None:
        """Answer what waits, one after the other."""
        shared = self._shared
        shared.began()
        try:
            while self._queue and not self._over:
                request = self._queue.popleft()
                if len(self._queue) == _AHEAD:
                    self._read_on()
                self._gone = asyncio.get_running_loop().create_future()
                if self._left:
                    self._gone.set_result(None)
                send = partial(self._send, request)
                await self._handler.reply(request, self._gone, send)
        except Exception:
            _LOG.exception("an answer could not be sent")
            self._transport.abort()
        finally:
            shared.at_work -= 1
            self._task = None
        if self._left and not self._over:
            self._finish()

    async def _send(self, request: Request, said: bytes, reply: Reply) -> int:
        """Send `reply`; the number of bytes of content that were sent."""
        if self._over:
            reply.close()
            return 0
        if reply.file is None and len(reply.body) <= PIECE and self._drained is None:
            self._write(request, said, reply.body)
            return len(reply.body)
        sent = 0
        self._write_head(request, said)
        try:
            for piece in reply.pieces():
                self._transport.write(piece)
                if self._drained is not None:
                    async with asyncio.timeout(STALLED):
                        await self._drained
                if self._transport.is_closing():
                    break
                sent += len(piece)
        except TimeoutError:
            self._over = True
            self._transport.abort()
        finally:
            reply.close()
        self._moved = self._shared.wrote()
        if not request.keep_alive and not self._over:
            self._finish()
        return sent

    def _finish(self) -> None:
        """Close the connection after what was written.

        Where more may come that nobody reads, the client is given time to read the answer: a
        connection that is closed over unread bytes is reset (RFC 9112, section 9.6).
        """
        self._over = True
        if self._refusal is None or self._left:
            self._transport.close()
        else:
            self._transport.write_eof()
            self._transport.resume_reading()
            asyncio.get_running_loop().call_later(_LINGER, self._transport.abort)

    def _write_head(self, request: Request, said: bytes) -> None:
        line = self._shared.clock.line()
        self._transport.write(said + line + (b"" if request.keep_alive else _CLOSE) + b"\r\n")

    def _stop(self, status: int, why: str) -> None:
        """Read no further; without `why` the request was handed on with its failure."""
        self._refusal = status, why
        raise ValueError(why)

    def _refuse(self, status: int, why: str) -> None:
        """Answer that what came is no request, as the last on this connection."""
        if not why:
            self._transport.pause_reading()
            return
        if self._task is None and not self._over:
            content = f"{why}\n".encode()
            fields = (("content-type", "text/plain; charset=utf-8"), ("server", "brupact"),
                      ("content-length", str(len(content))))  # fmt: skip
            said = head(status, fields)
            self._transport.write(said + self._shared.clock.line() + _CLOSE + b"\r\n" + content)
            self._refusal = status, why
            self._finish()
        else:
            # Those before it are answered first.
            self._left = True
            self._transport.pause_reading()

    @property
    def is_still(self) -> bool:
        """Whether nothing is being answered, so that it may be closed."""
        return self._task is None and not self._over

    @property
    def moved(self) -> float:
        """When something last came or went."""
        return self._moved

    def evict(self) -> None:
        """Close the connection, to make room for others."""
        self._shared.open.discard(self)
        self._over = True
        self._transport.abort()

    def check(self, now: float) -> None:
        """Close the connection if it stands still."""
        if self._over and now - self._moved > STALLED:
            self._transport.abort()
        elif self._over or self._waits:
            return
        elif self._request is not None:
            if self._came or self._request.method:
                allowed = STALLED + len(self._came) / _SLOWEST
                if now - self._moved > STALLED or now - self._began > allowed:
                    request, self._request = self._request, None
                    request.failure, request.keep_alive = RequestTimeout(), False
                    self._let_go()
                    self._transport.pause_reading()
                    self._take(request)
            elif now - self._began > _FOR_HEAD:
                self._refuse(408, "The head of the request did not come in time.")
        elif self._task is None and now - self._moved > _IDLE:
            self._finish()

    def resume_large(self) -> bool:
        """Read a large body on; whether there is one still."""
        self._waits = False
        if self._over or self._request is None:
            return False
        self._is_large = True
        self._began = self._moved = time.monotonic()
        self._read_on()
        return True

    def _let_go(self) -> None:
        self._waits = False
        if self._is_large:
            self._is_large = False
            self._shared.give_large()

    def _read_on(self) -> None:
        if self._drained is None and not self._waits and not self._left:
            if len(self._queue) <= _AHEAD and self._refusal is None:
                self._transport.resume_reading()

    def _leave(self) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
