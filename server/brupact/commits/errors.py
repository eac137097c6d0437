"""What can go wrong with the log of commits and is the caller's to mend."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad

from brupact.errors import BrupactError


class CommitError(BrupactError):
    """The base class of all that follow."""


class NoLog(CommitError):
    """There is no log in a folder, or a file that is none, or one of another format."""


class NotEmpty(CommitError):
    """A folder in which something is to be made holds something already."""


class Busy(CommitError):
    """Another process held the log for longer than one waits."""


class NotWritten(CommitError):
    """The disk does not take what is to be written: full, read-only, broken. The log is as before.

    What failed may be made again when the disk is well.
    """


class UnknownVersion(CommitError):
    """No commit is named so; or a time before the first commit, or one that is yet to come."""


class Stale(CommitError):
    """A commit builds on one that is not the head: someone else was first.

    `head` is the name of the head, ``None`` in an empty log.
    """

    def __init__(self, previous: str | None, head: str | None) -> None:
        """Keep both names, so that the caller can show what came between."""
        self.previous, self.head = previous, head
        super().__init__(f"the change builds on {previous or 'nothing'}, the head is {head}")


class KeyReused(CommitError):
    """An idempotency key that stands for another commit already."""


class HasBlankNode(CommitError):
    """A quad holds a blank node: give it an IRI first (RDF 1.1 Concepts, section 3.5)."""

    def __init__(self, quad: Quad) -> None:
        """Name the first such quad."""
        self.quad = quad
        super().__init__(f"a commit holds no blank nodes: {quad}")


class Inexact(CommitError):
    """A delta that does not fit the data: it adds what is `present` or removes what is `absent`."""

    def __init__(self, present: Sequence[Quad], absent: Sequence[Quad]) -> None:
        """Keep the quads in the way."""
        self.present, self.absent = tuple(present), tuple(absent)
        super().__init__(
            f"{len(self.present)} quads to add are there already, "
            f"{len(self.absent)} quads to remove are not there"
        )


class RevertConflict(Inexact):
    """A commit cannot be undone: the data have changed since, or its text is `erased`."""

    def __init__(self, present: Sequence[Quad], absent: Sequence[Quad], erased: int) -> None:
        """Keep the quads in the way, and how many would have to come back but are erased."""
        super().__init__(present, absent)
        self.erased = erased


class NothingToErase(CommitError):
    """No commit holds what a redaction is to erase."""


class Damaged(CommitError):
    """What is stored cannot be read: the log, a snapshot or a backup is broken."""

    def __init__(self, place: Path | str, reason: str) -> None:
        """Say where."""
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}")
