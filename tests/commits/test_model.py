"""Random commits, reverts, redactions, snapshots and upgrades against a list of sets."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pyoxigraph import NamedNode, Quad
from tests.commits.given import Editor, graph, linked, node, said
from tests.conftest import SOAK

from brupact.commits import Log, history, lines, state
from brupact.commits.chain import Erasure
from brupact.commits.errors import NothingToErase, RevertConflict
from brupact.commits.upgrade import upgrade
from brupact.commits.verify import verify

POOL = [said("a", text) for text in "xyz"] + [said("b", text, "agreement") for text in "xyz"]
POOL += [linked(one, other, name) for one, other in ("ab", "bc") for name in ("agreement", "own")]
sets = st.sets(st.sampled_from(POOL), max_size=5)
places = st.integers(0, 1000)


class Machine(RuleBasedStateMachine):
    """What the log gives must be what the model knows."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        #: What was added and removed by each commit, as far as it is not erased.
        self.deltas: list[tuple[set[Quad], set[Quad]]] = []
        #: How many quads were erased from a version, by which commit.
        self.erased: list[Counter[int]] = []

    @initialize(first=sets)
    def release(self, first: set[Quad]) -> None:
        self.editor = Editor(self.folder, *first)
        self._note(first, set())

    def _note(self, added: set[Quad], removed: set[Quad]) -> None:
        self.deltas.append((set(added), set(removed)))
        self.erased.append(Counter())

    def _number(self, place: int) -> int:
        return place % len(self.deltas)

    @rule(added=sets, removed=sets)
    def commit(self, added: set[Quad], removed: set[Quad]) -> None:
        added, removed = added - self.editor.data, removed & self.editor.data
        self.editor.commit(added, removed)
        self._note(added, removed)

    @rule(place=places)
    def revert(self, place: int) -> None:
        number = self._number(place)
        added, removed = self.deltas[number]
        possible = added <= self.editor.data and not removed & self.editor.data
        lost = sum(row.letter == b"D" for row in self._rows(number))
        try:
            delta = history.revert(self.editor.log, number, self.editor.data)
        except RevertConflict as conflict:
            assert not possible or conflict.erased == lost > 0
            assert set(conflict.present) == removed & self.editor.data
            assert set(conflict.absent) == added - self.editor.data
            return
        assert possible and not lost
        back, away = map(set, delta.quads())
        assert (back, away) == (removed, added)
        self.editor.commit(back, away)
        self._note(back, away)

    def _rows(self, number: int) -> list[Erasure]:
        by = range(len(self.deltas))
        erasures = [row for n in by for row in self.editor.log.erasures(n)]
        return [row for row in erasures if row.number == number]

    @rule(secret=sets, places=st.sets(places, max_size=2))
    def redact(self, secret: set[Quad], places: set[int]) -> None:
        messages = {self._number(place) for place in places}
        left = {n for n in messages if self.editor.log.entry(n).message is not None}
        known = any(secret & (added | removed) for added, removed in self.deltas)
        gone = [len(version & secret) for version in self.editor.versions]
        try:
            number = self.editor.redact(*secret, messages=messages).number
        except NothingToErase:
            assert not known and not left
            return
        assert known or left
        for counts, count in zip(self.erased, gone, strict=True):
            counts.update({number: count} if count else {})
        self.deltas = [(added - secret, removed - secret) for added, removed in self.deltas]
        self._note(set(), set())

    @rule(place=places)
    def snapshot(self, place: int) -> None:
        state.snapshot(self.editor.log, self._number(place))

    @rule(release=sets)
    def upgrade(self, release: set[Quad]) -> None:
        before = set(self.editor.data)
        added, removed = map(set, upgrade(self.editor.log, release).delta.quads())
        self.editor.commit(added, removed, kind="release")
        self._note(added, removed)
        kept = {quad for quad in before if quad.graph_name == graph()}
        assert {q for q in self.editor.data if q.graph_name == graph()} == kept
        for name in {quad.graph_name for quad in release} - {graph()}:
            here = {quad for quad in self.editor.data if quad.graph_name == name}
            assert here == {quad for quad in release if quad.graph_name == name}

    @rule()
    def reopen(self) -> None:
        self.editor.log.close()
        self.editor.log = Log(self.folder, create=False)

    @rule(one=places, other=places)
    def difference(self, one: int, other: int) -> None:
        old, new = self._number(one), self._number(other)
        added, removed = map(set, history.diff(self.editor.log, old, new).quads())
        versions = self.editor.versions
        assert (added, removed) == (versions[new] - versions[old], versions[old] - versions[new])

    @rule(subject=st.sampled_from("abc").map(node))
    def touching(self, subject: NamedNode) -> None:
        expected = [
            number
            for number, (added, removed) in enumerate(self.deltas)
            if any(quad.subject == subject for quad in added | removed)
        ]
        found = history.entries(self.editor.log, subject=subject.value)
        assert [entry.number for entry in found] == expected

    @precondition(lambda self: self.deltas)
    @invariant()
    def every_version_is_as_the_model_knows_it(self) -> None:
        for number, expected in enumerate(self.editor.versions):
            found = state.at(self.editor.log, number)
            assert set(lines.quads(found.lines)) == expected
            assert found.redactions == self.erased[number]

    def teardown(self) -> None:
        if self.deltas:
            report = verify(self.editor.log)
            assert (report.problem, report.commits) == (None, len(self.deltas))
            self.editor.log.close()
        shutil.rmtree(self.folder)


TestModel = Machine.TestCase
TestModel.settings = settings(max_examples=25 * SOAK, stateful_step_count=20, deadline=None)
