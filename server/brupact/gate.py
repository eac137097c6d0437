"""The gate: what every change passes before it is public.

A change is tried aside, closed under the rules, validated by the shapes at the cost of what it can
affect, and only then put into the log and into the data. What is refused leaves nothing behind.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from brupact import reasoning
from brupact.commits import lines, state
from brupact.commits.errors import Busy, NotWritten, Stale
from brupact.commits.log import Draft, Entry, Log
from brupact.commits.upgrade import EDITORS, upgrade
from brupact.commits.watch import Watch
from brupact.delta import (
    ContactRefused,
    Delta,
    NotWritable,
    of_graph,
    of_quads,
    of_update,
    require_writable,
    stays_apart,
)
from brupact.engine.changes import DONE, READY, UNCHANGED, LetGo, Outcome, Request
from brupact.engine.interface import QueryRefused
from brupact.errors import BrupactError
from brupact.namespaces import INFERRED
from brupact.reasoning import Rule
from brupact.recording import recorded
from brupact.sparql.protocol import ProtocolError
from brupact.validation import (
    Change,
    CompiledShapes,
    Finding,
    load_shapes,
    validate_change,
)

#: Of so many requests that were made, the content is known to whoever sends a key again.
_KEYS: Final = 10_000
#: What a request asks for; the rest says when, on what condition, and how.
_CONTENT: Final = (
    "update", "base", "using", "using_named", "added", "removed", "action", "name", "triples",
    "only_new", "agent", "message",
)  # fmt: skip
#: The role that may write more than the graphs of editors.
ADMIN: Final = "admin"


@dataclass(frozen=True)
class Law:
    """What data are held to: the rules and the shapes, each with the hash of its files."""

    rules: tuple[Rule, ...]
    shapes: CompiledShapes
    rules_hash: str
    shapes_hash: str
    #: The SHACL engine.
    engine: str


def read_law(rules: Path, shapes: Path, engine: str) -> Law:
    """The rules and shapes in two folders.

    :raises BrupactError: if they cannot be read, or used with the SHACL engine `engine`.
    """
    known = load_shapes(shapes)
    known.prepare(engine)
    return Law(tuple(reasoning.load_rules(rules)), known, _hash(rules), _hash(shapes), engine)


def _hash(folder: Path) -> str:
    """The SHA-256 of the names and contents of the files in `folder`, in order."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(folder)}\n{content}\n".encode())
    return whole.hexdigest()


@dataclass(frozen=True)
class _Effect:
    """All that a change does, derived triples included."""

    added: frozenset[Quad]
    removed: frozenset[Quad]
    gained: int
    lost: int


class Gate:
    """Carries out changes that conform, and keeps them in the log in `directory`.

    See `brupact.engine.changes.Changes`. The log is opened by the host, once, and used by it alone:
    forks have nothing to do with it.
    """

    #: How often one looks for commits of others, in seconds.
    pace: float | None = 0.5

    def __init__(self, directory: Path, law: Law, base: int) -> None:
        """The data that are served first are those of the commit `base`."""
        self._directory, self._law, self._base = directory, law, base
        self._head: Entry | None = None
        self._opened: Log | None = None
        self._watch = Watch(directory)
        #: What was asked for under a key, hashed; kept in memory alone, since it may be erased.
        self._asked: dict[str, bytes] = {}

    def _log(self) -> Log:
        if self._opened is None:
            self._opened = Log(self._directory, create=False)
        return self._opened

    def news(self) -> bool:
        """Whether the log may have commits that `restore` has not seen."""
        return self._watch.changed()

    def restore(self, store: Store) -> Outcome:
        """Bring `store` up to the head of the log.

        :raises LetGo: if something was erased meanwhile, which `store` still holds.
        """
        apart = True
        log = self._log()
        known = self._head or log.entry(self._base)
        head = log.head() or known
        if any(log.entries("kind = 'redaction' AND number > ?", (known.number,))):
            raise LetGo
        for record, _ in log.records(known.number + 1, head.number):
            added, removed = lines.quads(record.added), lines.quads(record.removed)
            delta = Delta(frozenset(added), frozenset(removed))
            apart = apart and stays_apart(store, delta)
            _make(store, delta)
        self._head = head
        status = DONE if head.number > known.number else UNCHANGED
        return {"status": status, "apart": apart, "name": head.name}

    def fresh(self) -> tuple[Store, int]:
        """The data at the head of the log, in a store of their own, and its number; they are the
        first now.

        :raises CommitError: if the log cannot be read.
        """
        with Log(self._directory, create=False) as log:
            head = log.head() or log.entry(self._base)
            store = state.at(log, head.number).store()
        self._base, self._head = head.number, None
        return store, head.number

    def repeated(self, request: Request) -> Outcome | None:
        """The end of a change whose key was used before: it is not made again.

        A key that stands for what another agent asked for, or, as far as this host knows, for
        something else, is refused.
        """
        if not (key := request.get("key")) or (known := self._log().find(key)) is None:
            return None
        asked = _content(request)
        if known.agent != request["agent"] or self._asked.get(key, asked) != asked:
            reason = f"the key {key} stands for another change, commit {known.number}"
            return _refused("reused", f"{reason}: give each change a key of its own")
        return _done(known, 0, 0)

    def attempt(self, store: Store, request: Request) -> Outcome:
        """What `request` does to `store`, or why it is refused."""
        expected = request.get("previous")
        if expected and self._head and expected != self._head.name:
            return _refused("stale", f"the head of the log is {self._head.name}, not {expected}")
        if request.get("only_new") and store.contains_named_graph(NamedNode(request["name"])):
            return _refused("stale", f"there is a graph {request['name']} already")
        try:
            delta = _delta(store, request)
            is_admin = request["role"] == ADMIN
            named = (n for n in store.named_graphs() if isinstance(n, NamedNode))
            writable = (*EDITORS, *named) if is_admin else EDITORS
            require_writable(delta, writable, others=is_admin)
        except QueryRefused as error:
            place = [error.line, error.column]
            return {"status": "refused", "reason": str(error), "place": place}
        except ProtocolError as error:
            return {"status": "refused", "reason": str(error), "place": [None, None]}
        except ContactRefused as error:
            return _refused("contact", str(error))
        except NotWritable as error:
            told = [graph.value for graph in error.writable]
            return _refused("unwritable", str(error), writable=told)
        assert self._head is not None
        delta = recorded(store, delta, self._head.number + 1)
        effect, refusal = examine(store, delta, self._law, consistent=True)
        if refusal is not None:
            return refusal
        return {
            "status": READY,
            "added": as_text(effect.added),
            "removed": as_text(effect.removed),
            "gained": effect.gained,
            "lost": effect.lost,
        }

    def carry_out(self, store: Store, request: Request, outcome: Outcome) -> Outcome:
        """Put what was tried into the log, then into `store`."""
        added, removed = as_quads(outcome["added"]), as_quads(outcome["removed"])
        assert self._head is not None
        if not added and not removed:
            return _done(self._head, outcome["gained"], outcome["lost"]) | {"status": UNCHANGED}
        draft = self._draft(request, added, removed)
        try:
            entry = self._log().append(draft, store).entry
        except Stale:
            return {"status": "again"}
        except Busy as error:
            return _refused("busy", str(error))
        except NotWritten as error:
            return _refused("unwritten", str(error))
        if key := request.get("key"):
            self._asked[key] = _content(request)
            if len(self._asked) > _KEYS:
                del self._asked[next(iter(self._asked))]
        delta = Delta(frozenset(added), frozenset(removed))
        apart = stays_apart(store, delta)
        _make(store, delta)
        self._head = entry
        return _done(entry, outcome["gained"], outcome["lost"]) | {"apart": apart}

    def _draft(self, request: Request, added: list[Quad], removed: list[Quad]) -> Draft:
        assert self._head is not None
        return Draft(
            previous=self._head.name, agent=request["agent"], message=request["message"],
            added=added, removed=removed, rules=self._law.rules_hash, shapes=self._law.shapes_hash,
            key=request.get("key"),
        )  # fmt: skip


def examine(
    store: Store, delta: Delta, law: Law, *, consistent: bool = False, anew: bool = False
) -> tuple[_Effect, Outcome | None]:
    """Make `delta` in `store`, close it under the rules, and say why it is refused, if it is.

    `consistent` says that the same rules found no contradiction in `store` before; `anew`, that
    nothing is taken over from what other rules and shapes found.
    """
    if anew:
        _make(store, delta)
        closed = reasoning.closure(store, law.rules)
    else:
        closed = reasoning.revise(
            store, law.rules, delta.added, delta.removed, consistent=consistent
        )
    gained, lost = _derived(closed.added), _derived(closed.removed)
    effect = _Effect(delta.added | gained, delta.removed | lost, len(gained), len(lost))
    if closed.violations:
        reasons = [str(violation) for violation in closed.violations]
        return effect, _refused("inconsistent", "\n".join(reasons), reasons=reasons)
    change = Change(frozenset(store) if anew else effect.added, effect.removed)
    report = validate_change(store, change, law.shapes, engine=law.engine)
    if report.conforms:
        return effect, None
    found = [_told(finding) for finding in report.findings]
    reason = f"the data would not conform: {len(found)} results of validation"
    return effect, _refused("invalid", reason, report=report.turtle, findings=found)


def open_log(directory: Path, release: Store, law: Law, agent: str) -> tuple[Store, int]:
    """The data at the head of the log in `directory`, and its number.

    An empty log begins with `release`. Where the log has another release, the data become those of
    `release`, through the gate; what editors wrote stays. What others changed in the graphs of the
    release stays until another release comes, which takes it back and says so.

    :raises CommitError: if the log cannot be read or written.
    :raises ReleaseRefused: if the data and the new release do not go together.
    """
    log = Log(directory)
    head = log.head()
    if head is None:
        draft = Draft(None, agent, "The release as packaged", release, (), law.rules_hash,
                      law.shapes_hash, kind="release")  # fmt: skip
        return release, log.append(draft, frozenset[Quad]()).entry.number
    current = state.at(log, head.number)
    found = upgrade(log, release, (*EDITORS, INFERRED), current)
    store = current.store()
    added, removed = found.delta.quads()
    delta = Delta(frozenset(added), frozenset(removed))
    is_same_law = (head.rules, head.shapes) == (law.rules_hash, law.shapes_hash)
    if not delta and is_same_law:
        return store, head.number
    before = frozenset(store)
    # What old rules derived, and old shapes let pass, says nothing about the new ones.
    effect, refusal = examine(store, delta, law, anew=not is_same_law)
    if refusal is not None:
        raise ReleaseRefused(directory, refusal)
    message = "A new release"
    if undone := len(found.undone.added) + len(found.undone.removed):
        message += f"; it takes back {undone} statements that others changed in its graphs"
    draft = Draft(head.name, agent, message, effect.added, effect.removed, law.rules_hash,
                  law.shapes_hash, kind="release")  # fmt: skip
    return store, log.append(draft, before).entry.number


class ReleaseRefused(BrupactError):
    """A release that does not go together with what editors wrote."""

    def __init__(self, directory: Path, refusal: Outcome) -> None:
        """Tell each finding: its shape, or constraint, and the node."""
        self.findings: list[dict[str, Any]] = refusal.get("findings", [])
        told = (f"\n  {f['constraint'] or f['shape']} {f['focus_node']}" for f in self.findings)
        reason = f"{directory}: the packaged release is refused: {refusal['reason']}"
        super().__init__(reason + "".join(told))


def _delta(store: Store, request: Request) -> Delta:
    if "update" in request:
        return of_update(
            store, request["update"], request["base"], union=True,
            using=request.get("using", ()), using_named=request.get("using_named", ()),
        )  # fmt: skip
    if "added" in request:
        return of_quads(store, as_quads(request["added"]), as_quads(request["removed"]))
    triples = [q.triple for q in parse(request["triples"].encode(), RdfFormat.N_TRIPLES)]
    return of_graph(store, request["action"], request["name"], triples)


def _content(request: Request) -> bytes:
    """A hash of what `request` asks for."""
    content = [request.get(name) for name in _CONTENT]
    return hashlib.sha256(json.dumps(content, default=list).encode()).digest()


def _make(store: Store, delta: Delta) -> None:
    """Make the change `delta` in `store`; a graph without quads is none, as in the log."""
    delta.apply(store)
    for name in {quad.graph_name for quad in delta.removed}:
        if not isinstance(name, DefaultGraph) and not any(
            store.quads_for_pattern(None, None, None, name)
        ):
            store.remove_graph(name)


def _derived(triples: Iterable[Triple]) -> frozenset[Quad]:
    return frozenset(Quad(t.subject, t.predicate, t.object, INFERRED) for t in triples)


def _told(finding: Finding) -> dict[str, Any]:
    """What a client is told of a validation result."""
    told = {name: getattr(finding, name) for name in (
        "severity", "focus_node", "path", "value", "shape", "component", "constraint",
    )}  # fmt: skip
    return told | {"messages": dict(finding.messages)}


def _refused(status: str, reason: str, **details: object) -> Outcome:
    return {"status": status, "reason": reason, **details}


def _done(entry: Entry, gained: int, lost: int) -> Outcome:
    names: Mapping[str, object] = {"number": entry.number, "name": entry.name, "time": entry.time}
    counts = {"added": entry.additions, "removed": entry.removals, "gained": gained, "lost": lost}
    return {"status": DONE, **names, **counts}


def as_text(quads: Iterable[Quad]) -> str:
    """`quads` as a request or an outcome has them: N-Quads."""
    return (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()


def as_quads(text: str) -> list[Quad]:
    """The quads in a request or an outcome."""
    return list(parse(text.encode(), RdfFormat.N_QUADS))
