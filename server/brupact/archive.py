"""Past versions of the data that are served, made from the log of commits."""

from pathlib import Path

from pyoxigraph import NamedNode, Store

from brupact.commits import state
from brupact.commits.history import between
from brupact.commits.log import Log
from brupact.delta import Delta, stays_apart
from brupact.engine.local import LocalEngine


class Archive:
    """The versions in the log in `directory`; see `brupact.engine.archive.Versions`.

    The log is opened where it is used: it must not cross a fork.
    """

    def __init__(self, directory: Path, base: int) -> None:
        """The data that are loaded first are those of the commit `base`."""
        self._directory, self._base = directory, base

    def begin(self, base: int) -> None:
        """See `Versions`."""
        self._base = base

    def _log(self) -> Log:
        return Log(self._directory, create=False)

    def mark(self) -> int:
        """Another number as soon as something was erased from past versions."""
        with self._log() as log:
            return state.last_erasure(log) or 0

    def engine(self, name: str, store: Store, current: LocalEngine) -> LocalEngine:
        """What answers from the version `name`; see `Versions`."""
        with self._log() as log:
            if (state.last_erasure(log) or 0) > self._base:
                # What is loaded may still hold what was erased since: it is not built upon.
                return LocalEngine(state.at(log, name).store())
            with log.reading():
                lines = between(log, self._base, log.entry(name).number)
        added, removed = map(frozenset, lines.quads())
        delta = Delta(added, removed)
        apart = stays_apart(store, delta)
        delta.apply(store)
        _drop_empty(store)
        return current.after(apart)


def _drop_empty(store: Store) -> None:
    """Let a graph be there only as long as it holds something, whatever was in it before."""
    for name in list(store.named_graphs()):
        assert isinstance(name, NamedNode)  # A log holds no blank nodes.
        if next(iter(store.quads_for_pattern(None, None, None, name)), None) is None:
            store.remove_graph(name)
