"""Answers that were given before, as long as the data are the same."""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

import msgspec

from brupact.engine import Answer, Engine, Query
from brupact.sparql.canonical import is_volatile

#: How many bytes of answers are kept, and the largest that is.
CAPACITY: Final = 64 << 20
LARGEST: Final = 4 << 20
#: What an answer costs beside its content, in bytes.
_OVERHEAD: Final = 1024


class Tagged(msgspec.Struct, frozen=True):
    """An answer with the SHA-256 of its content; ``None`` where another may follow unasked."""

    answer: Answer
    sha256: str | None


class AnswerCache:
    """Asks an engine, or gives what it answered before to the same question about the same data.

    May be used by several threads.
    """

    def __init__(self, engine: Engine) -> None:
        """Nothing is kept yet."""
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Tagged] = OrderedDict()
        self._size, self._version = 0, 0

    def query(self, query: Query) -> Tagged:
        """The answer to `query`; raises as `Engine.query`."""
        version = self._engine.version
        key = _question(query)
        with self._lock:
            if version != self._version:
                self._kept.clear()
                self._size, self._version = 0, version
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        found = tagged(query, self._engine.query(query))
        # An answer may come from a version later than the one that was current before.
        if found.sha256 and found.answer.size <= LARGEST and self._engine.version == version:
            self._keep(key, found, version)
        return found

    def _keep(self, key: bytes, found: Tagged, version: int) -> None:
        with self._lock:
            if version != self._version or key in self._kept:
                return  # Other threads have asked at the same time.
            self._kept[key] = found
            self._size += found.answer.size + _OVERHEAD
            while self._size > CAPACITY:
                self._size -= self._kept.popitem(last=False)[1].answer.size + _OVERHEAD


def tagged(query: Query, answer: Answer) -> Tagged:
    """The answer to `query` with its tag, if it may be kept."""
    if answer.file is not None or is_volatile(query.text):
        return Tagged(answer, None)
    return Tagged(answer, hashlib.sha256(answer.body).hexdigest())


def _question(query: Query) -> bytes:
    """The SHA-256 of all in `query` that makes the answer what it is; the deadline does not.

    A question may be far longer than what is answered, so it is not kept itself.
    """
    values = msgspec.structs.asdict(query)
    del values["seconds"]
    values["bindings"] = sorted((name, str(term)) for name, term in query.bindings.items())
    return hashlib.sha256(repr(values).encode()).digest()
