"""A response on its way to the client: its coding, and what is left out since the client has it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from brupact.engine.wire import Spool
from brupact.web import coding

#: So many bytes are sent, or encoded in the event loop, at a time.
PIECE: Final = 1 << 18
#: What Cache-Control says of what is not sent again from here: past versions, since text that was
#: erased from them must not be sent again, and what differs each time.
_UNKEPT: Final = ("no-store", "immutable", "must-revalidate")


@dataclass(slots=True)
class Reply:
    """A response; its content is in `file` if it is large, and `size` bytes long."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    file: BinaryIO | None = None
    size: int = 0
    cookies: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Let go of the content."""
        self.body = b""
        if self.file is not None:
            self.file.close()
            self.file = None

    def pieces(self) -> Iterator[bytes]:
        """The content, piece by piece."""
        if self.file is None:
            for start in range(0, len(self.body), PIECE):
                yield self.body[start : start + PIECE]
        else:
            while piece := self.file.read(PIECE):
                yield piece

    def encode(self, chosen: str) -> None:
        """Put the content into the coding `chosen`."""
        spool = Spool()
        for piece in coding.encoded(self.pieces(), chosen):
            spool.write(piece)
        self.close()
        self.body, self.file = spool.whole()
        self.size = spool.size

    def is_expected(self, if_match: str | None) -> bool:
        """Whether this is what the client wants to read, if it says so (RFC 9110, 13.1.1)."""
        if self.status != 200 or if_match is None:
            return True
        return coding.matches(if_match, self.headers.get("etag", ""), is_weak=False)

    def negotiate(self, accept_encoding: str | None, if_none_match: str | None) -> str | None:
        """Say what the content depends on; leave it out if the client has it (RFC 9110, 13.1.2).

        Gives the coding that the client prefers; ``None`` for none.
        """
        if self.status != 200:
            return None
        headers, chosen = self.headers, None
        media_type = headers.get("content-type", "")
        if coding.varies(media_type):
            vary = headers.get("vary")
            headers["vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
            chosen = coding.choose(accept_encoding, media_type, self.size)
        if etag := headers.get("etag"):
            headers["etag"] = coding.tag(etag, chosen)
            is_read = "no-store" not in headers.get("cache-control", "")
            if is_read and if_none_match and coding.matches(if_none_match, etag):
                self.close()
                self.status, self.size, chosen = 304, 0, None
                headers.pop("content-type", None)
        if chosen is not None:
            headers["content-encoding"] = chosen
        return chosen

    @property
    def may_be_kept(self) -> bool:
        """Whether another who asks the same may have it, as long as the data are the same."""
        return (
            self.status in (200, 304)
            and self.file is None
            and "etag" in self.headers
            and not self.cookies
            and not any(word in self.headers.get("cache-control", "") for word in _UNKEPT)
        )
