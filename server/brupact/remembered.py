"""What a function made of a text that a client wrote, as long as it takes little to keep."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Final, TypeVar

_Text = TypeVar("_Text", bound=str | bytes | None)
_Made = TypeVar("_Made", bound=Hashable)
#: The longest text for which anything is kept, in characters or bytes.
_LONGEST: Final = 512


def remembered(most: int) -> Callable[[Callable[[_Text], _Made]], Callable[[_Text], _Made]]:
    """Have a function of one text made once for each of the `most` last short ones.

    `functools.lru_cache` counts texts, not bytes: long ones would fill the memory.
    """

    def decorate(make: Callable[[_Text], _Made]) -> Callable[[_Text], _Made]:
        short = lru_cache(maxsize=most)(make)

        @wraps(make)
        def made(text: _Text) -> _Made:
            return make(text) if text is not None and len(text) > _LONGEST else short(text)

        return made

    return decorate
