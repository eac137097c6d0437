"""Processes that are forked to do one thing and never return."""

import faulthandler
import os
import signal
import threading
from collections.abc import Callable

from brupact.engine import limits


def fork(work: Callable[[], object]) -> int:
    """Do `work` in a process of its own, which ends with this one; the number of that process."""
    parent = os.getpid()
    if process := os.fork():
        return process
    try:
        limits.die_with_parent(parent)
        faulthandler.disable()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        # In a thread of its own, which has random numbers of its own: the engine keeps their
        # state for each thread, and a fork has that of its parent (UUID, BNODE, RAND).
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        os._exit(0)


def reap() -> dict[int, int]:
    """The processes that have ended, each with the signal that ended it; 0 for none."""
    ended: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not process:
            return ended
        ended[process] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def wakened() -> int:
    """Where there is something to read when a process that this one forked has ended."""
    wake, wake_to = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(wake_to, False)
    signal.set_wakeup_fd(wake_to, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wake
