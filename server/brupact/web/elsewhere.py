"""How things that others describe are called where nothing here gives them a name."""

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

#: A code with more characters is one for machines.
_READABLE: Final = 20


class Place(NamedTuple):
    """Where an IRI of others leads: the host, and what it calls the thing."""

    host: str
    code: str


def place(iri: str) -> Place:
    """The place of `iri`; the code is the last part of its path, if it is one that people read."""
    parts = urlsplit(iri)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return Place(parts.netloc, last if len(last) <= _READABLE else "")
