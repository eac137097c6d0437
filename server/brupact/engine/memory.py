"""How the memory of the data is laid out, for processes that are forked to read it (Linux)."""

import contextlib
import ctypes
import resource
import sys
from pathlib import Path
from typing import Final

#: A page of the larger kind, in bytes, and what tells the kernel to use it (madvise(2)).
_LARGE_PAGE: Final = 2 << 20
_WANTED, _NOW = 14, 25
#: Memory that was let go is given back to the kernel above so many bytes (mallopt(3)).
_TRIM, _KEPT = -1, 64 << 20
#: How many heaps there are for threads, and from how many bytes on something lies outside of them;
#: the C library's own bound rises up to 32 MiB with what it has seen (mallopt(3)).
_HEAPS: Final = -8
_APART, _LARGE = -3, 128 << 10


def settle() -> None:
    """Have what this process holds now lie in large pages, and what it lets go stay with it.

    A fork then copies far fewer entries of the page table (1 ms in the place of 14 at a million
    triples), and readers find their way through fewer of them. Does nothing elsewhere.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):
        libc.mallopt(_TRIM, _KEPT)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, _, _, _, *name = line.split()
        if rights != "rw-p" or name not in ([], ["[heap]"]):
            continue
        start, end = (int(number, 16) for number in span.split("-"))
        start = -(-start // _LARGE_PAGE) * _LARGE_PAGE
        size = (end - start) // _LARGE_PAGE * _LARGE_PAGE
        if size > 0:
            # A kernel that cannot leaves all as it is.
            libc.madvise(start, size, _WANTED)
            libc.madvise(start, size, _NOW)


def share_heap() -> None:
    """Have all threads that this process starts use one heap: what one lets go another can take.

    Else each fills one of its own, which grows with the largest things it ever held. Those lie
    apart, so that they leave no holes behind that small ones are put into.
    """
    with contextlib.suppress(AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_HEAPS, 1)
        libc.mallopt(_APART, _LARGE)


def held() -> int:
    """How many bytes of memory this process holds; 0 where that is not known."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def give_back() -> None:
    """Give back to the kernel what this process has let go (malloc_trim(3)), where it can."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
