"""Answers that were given before, as long as the data are the same."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Final

from brupact.engine import Answer, Engine, Query
from brupact.sparql.tokens import tokens

#: What gives another value each time (SPARQL 1.1 Query, section 17.4), or comes from elsewhere.
VOLATILE: Final = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")
#: How many bytes of answers are kept, and the largest that is.
CAPACITY: Final = 64 << 20
LARGEST: Final = 4 << 20


@dataclass(frozen=True)
class Tagged:
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
        self._kept: OrderedDict[tuple[object, ...], Tagged] = OrderedDict()
        self._size = 0

    def query(self, query: Query) -> Tagged:
        """The answer to `query`; raises as `Engine.query`."""
        version = self._engine.version
        key = (version, *_question(query))
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        answer = self._engine.query(query)
        if any(token.says(*VOLATILE) for token in tokens(query.text)):
            return Tagged(answer, None)
        tagged = Tagged(answer, hashlib.sha256(answer.body).hexdigest())
        # An answer may come from a version later than the one that was current before.
        if len(answer.body) <= LARGEST and self._engine.version == version:
            self._keep(key, tagged)
        return tagged

    def _keep(self, key: tuple[object, ...], tagged: Tagged) -> None:
        with self._lock:
            if key in self._kept:
                return  # Another thread asked the same at the same time.
            self._kept[key] = tagged
            self._size += len(tagged.answer.body)
            while self._size > CAPACITY:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.answer.body)


def _question(query: Query) -> tuple[object, ...]:
    """All of `query` that makes the answer what it is; the deadline does not."""
    values = {field.name: getattr(query, field.name) for field in fields(query)}
    del values["seconds"]
    bindings = values.pop("bindings")
    return (*values.values(), *sorted((name, str(term)) for name, term in bindings.items()))
