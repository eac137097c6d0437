"""How a host carries out the changes that it is asked for."""

from collections.abc import Mapping
from typing import Any, Protocol

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from brupact.engine.local import place

#: What is asked for, and what came of it: what can stand in a frame of JSON.
Request = Mapping[str, Any]
Outcome = dict[str, Any]

#: The status of an attempt that may be carried out; any other is the end of it.
READY = "ready"
#: The status of a change that was carried out.
DONE = "done"
#: The status of a change that was carried out and changed nothing.
UNCHANGED = "unchanged"


class LetGo(Exception):
    """The data must be let go of: something was erased that no process may hold any more."""


class Changes(Protocol):
    """Each change is tried in a fork, where it may fail or be ended, and then done in the host."""

    @property
    def pace(self) -> float | None:
        """Others may change the data, too: how often one looks, in seconds; ``None`` for never."""

    def news(self) -> bool:
        """Whether there may be something that `restore` has not seen."""

    def restore(self, store: Store) -> Outcome:
        """Bring `store` up to what was confirmed: ``done``, or ``unchanged`` if it was.

        Asked when a host starts, when there are `news`, and when a change was `again` to be tried.

        :raises LetGo: if `store` cannot be brought up to date, but must be replaced.
        """

    def fresh(self) -> tuple[Store, int]:
        """What was confirmed, in a store of its own, to take the place of the one before; and the
        number of its version.
        """

    def repeated(self, request: Request) -> Outcome | None:
        """The end of a request that was carried out before, if this is one."""

    def attempt(self, store: Store, request: Request) -> Outcome:
        """Try `request` in `store`, which is a copy: it may be left in any state."""

    def carry_out(self, store: Store, request: Request, outcome: Outcome) -> Outcome:
        """Do what was tried and came out as `outcome`, and say how that ended.

        With the status ``again`` nothing was done, since the data had changed meanwhile.
        """


class Ungated:
    """Every well-formed change is carried out, and forgotten with the process."""

    pace: float | None = None

    def news(self) -> bool:
        """Nobody else changes anything."""
        return False

    def restore(self, store: Store) -> Outcome:
        """Nothing is kept."""
        return {"status": UNCHANGED}

    def fresh(self) -> tuple[Store, int]:
        """Nothing is kept."""
        return Store(), 0

    def repeated(self, request: Request) -> Outcome | None:
        """Nothing is remembered."""
        return None

    def attempt(self, store: Store, request: Request) -> Outcome:
        """Whether `request` can be carried out."""
        try:
            _carry_out(store, request)
        except Exception as error:  # Whatever it is, it must not be done in the host.
            reason = str(error)[:900]
            return {"status": "refused", "reason": reason, "place": place(reason)}
        return {"status": READY}

    def carry_out(self, store: Store, request: Request, outcome: Outcome) -> Outcome:
        """Do it."""
        _carry_out(store, request)
        return {"status": DONE}


def _carry_out(store: Store, request: Request) -> None:
    if "update" in request:
        store.update(request["update"], base_iri=request["base"])
        return
    name = NamedNode(request["name"]) if request["name"] else DefaultGraph()
    if request["action"] != "post":
        store.remove_graph(name)
    if request["action"] != "delete":
        if isinstance(name, NamedNode):
            store.add_graph(name)
        store.load(request["triples"].encode(), RdfFormat.N_TRIPLES, to_graph=name)
