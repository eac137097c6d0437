"""The documents in a body of several parts (RFC 7578)."""

from collections.abc import Iterator
from typing import Final

from werkzeug.datastructures import Headers
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from brupact.sparql.graphstore import MULTIPART
from brupact.sparql.protocol import ProtocolError

#: More parts than this in one body are no graph.
_PARTS: Final = 10_000


def parts(body: bytes, boundary: str) -> Iterator[tuple[str, Headers, bytes]]:
    """Each part of `body`: its name, its headers, its content.

    :raises ProtocolError: 400 for a body that has no such parts.
    """
    if not boundary:
        raise ProtocolError(400, f"the {MULTIPART} has no boundary")
    decoder = MultipartDecoder(boundary.encode(), max_parts=_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field | File):
                name, headers, content = event.name, event.headers, b""
            if isinstance(event, Data):
                content += event.data
                if not event.more_data:
                    yield name, headers, content
    except ValueError as error:
        raise ProtocolError(400, f"the body is no {MULTIPART}: {error}") from None
