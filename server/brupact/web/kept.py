"""Responses that were sent before, as long as the data are the same."""

from typing import Final

#: What a response depends on, part by part; ``None`` for what was not said.
Key = tuple[str | bytes | None, ...]
#: A status, the head, open for more, and content.
Sent = tuple[int, bytes, bytes]
#: How many bytes of responses are kept, and the largest that is.
_CAPACITY: Final = 64 << 20
_LARGEST: Final = 1 << 20
#: What a response costs beside its bytes and those of its key.
_OVERHEAD: Final = 2048


class Kept:
    """Responses by what they depend on; to be used in one thread."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._sent: dict[Key, Sent] = {}
        self._size, self._version = 0, 0

    def get(self, key: Key, version: int) -> Sent | None:
        """What was sent for `key`, if it is about the data of `version`."""
        return self._sent.get(key) if version == self._version else None

    def keep(self, key: Key, version: int, sent: Sent) -> None:
        """Keep what was sent for `key` about the data of `version`; what is large is not kept."""
        _, said, content = sent
        if len(content) > _LARGEST:
            return
        if version != self._version or self._size > _CAPACITY:
            self._sent.clear()
            self._size, self._version = 0, version
        self._sent[key] = sent
        asked = sum(map(len, filter(None, key)))
        self._size += asked + len(said) + len(content) + _OVERHEAD
