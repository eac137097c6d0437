"""What the kernel holds a reader to, whatever its query does (Linux; elsewhere the deadline only).

A query runs in native code that cannot be stopped from within, so the limits are such that the
kernel ends the process: an alarm with its default action, a limit on address space, a filter on
system calls.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Final

#: Numbers of prctl(2) and seccomp(2).
_DEATH_SIGNAL, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 1, 38, 22, 2
_ALLOW, _REFUSE_WITH_EACCES, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000
#: Per machine: the number that the kernel calls it by, and its calls that make or use a socket
#: towards others: socket, connect, and io_uring_setup, which could do both unseen.
_MACHINES: Final = {
    "x86_64": (0xC000003E, (41, 42, 425)),
    "aarch64": (0xC00000B7, (198, 203, 425)),
}


def arm(seconds: float) -> None:
    """Have the kernel end this process after `seconds`: SIGALRM must have its default action."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def disarm() -> None:
    """Take back `arm`."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def limit_memory(memory: int) -> None:
    """Let this process map at most `memory` bytes more than it does now.

    No core dumps, and first to go when the machine is short of memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("800")


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent, the process `parent`, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # It ended before the kernel was told.


def cut_off() -> bool:
    """Refuse, in the kernel, every call that makes a socket or connects one, in this process and
    all that it forks. Says whether that is promised here.
    """
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    program = _program(*known)
    buffer = ctypes.create_string_buffer(program)
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SECCOMP, _FILTER, ctypes.create_string_buffer(head), 0, 0) == 0)


def _program(machine: int, calls: tuple[int, ...]) -> bytes:
    """A filter in the kernel's packet filter code: `calls` are refused, all else is allowed."""
    load, jump_equal, give = 0x20, 0x15, 0x06
    steps = [
        (load, 0, 0, 4),
        (jump_equal, 1, 0, machine),
        (give, 0, 0, _KILL),
        (load, 0, 0, 0),
    ]
    for left, call in zip(range(len(calls), 0, -1), calls, strict=True):
        steps.append((jump_equal, left, 0, call))
    steps += [(give, 0, 0, _ALLOW), (give, 0, 0, _REFUSE_WITH_EACCES)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
