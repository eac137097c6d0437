"""Changes made in this process, beside a service or without one, through the same gate."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Quad, Store

from brupact.commits import lines, state
from brupact.commits.errors import CommitError, NoLog, Stale
from brupact.commits.history import revert
from brupact.commits.log import Draft, Entry, Log
from brupact.commits.redaction import redact
from brupact.commits.version import Version
from brupact.delta import Delta
from brupact.engine.changes import DONE, READY, LetGo, Outcome, Request
from brupact.gate import ADMIN, Gate, Law, as_quads, as_text
from brupact.namespaces import INFERRED

_LINE_OF_INFERRED: Final = str(INFERRED).encode()


class NotReverted(CommitError):
    """A commit that cannot be undone by its kind."""


@dataclass(frozen=True)
class Author:
    """In whose name changes are made, and why; `agent` is an IRI."""

    agent: str
    message: str


class Desk:
    """The log in the folder `directory`, with the data of its head at hand.

    :raises NoLog: if there is none yet.
    """

    def __init__(self, directory: Path, law: Law) -> None:
        """Read the data."""
        self._directory, self._law = directory, law
        self._open()

    def _open(self) -> None:
        with Log(self._directory, create=False) as log:
            head = log.head()
            if head is None:
                raise NoLog(f"{self._directory}: no commits yet; brupact serve makes the first")
            self.store: Store = state.at(log, head.number).store()
        self._gate = Gate(self._directory, self._law, head.number)
        self._restore()

    def _restore(self) -> None:
        try:
            self._gate.restore(self.store)
        except LetGo:
            self._open()

    def make(self, change: Request, author: Author, *, dry_run: bool = False) -> Outcome:
        """What became of `change`, as `Gate` says it; with `dry_run` it is only tried."""
        request = {**change, "role": ADMIN, "agent": author.agent, "message": author.message}
        while True:
            outcome = self._gate.attempt(self.store, request)
            if outcome["status"] != READY:
                self._open()  # What was tried may have been left half done.
                return outcome
            added, removed = as_quads(outcome["added"]), as_quads(outcome["removed"])
            Delta(frozenset(added), frozenset(removed)).inverse().apply(self.store)
            if dry_run:
                return outcome
            end = self._gate.carry_out(self.store, request, outcome)
            if end["status"] != "again":
                return end
            self._restore()

    def revert(self, version: Version, author: Author, *, dry_run: bool = False) -> Outcome:
        """Undo the commit `version` by a new one.

        :raises RevertConflict: if the data have changed since, or are erased.
        :raises NotReverted: for the first release, and for a redaction.
        """
        with Log(self._directory, create=False) as log:
            entry = log.entry(version)
            if not entry.number or entry.kind == "redaction":
                what = "what was erased does not come back" if entry.number else "nothing is before"
                raise NotReverted(f"commit {entry.number} cannot be undone: {what}")
            added, removed = revert(log, version, self.store, INFERRED).quads()
        return self.make(quads(added, removed), author, dry_run=dry_run)

    def erase(self, targets: Iterable[Quad], messages: Collection[int], author: Author) -> Outcome:
        """Erase `targets` from all versions, and the messages of the commits in `messages`.

        What the data still hold of it is first taken out through the gate, in a commit of its own,
        so that the rest still conforms and what was derived from it goes, too.

        :raises NothingToErase: if no commit holds any of it.
        """
        wanted = set(targets)
        present = [q for q in wanted if q in self.store and q.graph_name != INFERRED]
        if present:
            end = self.make(quads((), present), author)
            if end["status"] != DONE:
                return end
            with Log(self._directory, create=False) as log:
                wanted |= set(lines.quads(log.record(end["number"]).removed))
        while True:
            try:
                return _told(self._redacted(wanted, messages, author))
            except Stale:
                self._restore()

    def _redacted(self, wanted: set[Quad], messages: Collection[int], author: Author) -> Entry:
        with Log(self._directory, create=False) as log:
            head = log.head()
            assert head is not None
            wanted |= {q for q in _derived_from(log, wanted, head) if q not in self.store}
            draft = Draft(head.name, author.agent, author.message, (), wanted,
                          self._law.rules_hash, self._law.shapes_hash)  # fmt: skip
            return redact(log, draft, self.store, messages).entry


def quads(added: Iterable[Quad], removed: Iterable[Quad]) -> dict[str, str]:
    """The change that adds `added` and removes `removed`, as a request."""
    return {"added": as_text(added), "removed": as_text(removed)}


def _derived_from(log: Log, wanted: Iterable[Quad], head: Entry) -> set[Quad]:
    """The derived quads of any version that say something of `wanted` in other words."""
    said = {(q.subject, q.object) for q in wanted if isinstance(q.object, Literal)}
    found: set[Quad] = set()
    for record, _ in log.records(0, head.number) if said else ():
        both = (*record.added, *record.removed)
        derived = [line for line in both if lines.graph(line) == _LINE_OF_INFERRED]
        found |= {q for q in lines.quads(derived) if (q.subject, q.object) in said}
    return found


def _told(entry: Entry) -> Outcome:
    return {"status": DONE, "number": entry.number, "name": entry.name, "time": entry.time,
            "added": entry.additions, "removed": entry.removals, "gained": 0,
            "lost": 0}  # fmt: skip
