"""Bringing the derived triples up to date with a change, at the cost of what the change reaches.

Delete and rederive (Gupta, Mumick and Subrahmanian, "Maintaining views incrementally", SIGMOD
1993), a stratum at a time: what a lost premise, or a gained triple that a rule wants absent, may
have supported is taken out; what still follows is put back; then what is new is followed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from pyoxigraph import NamedNode, Quad, Store, Triple, Variable

from brupact.namespaces import INFERRED, graph
from brupact.reasoning.fixpoint import (
    MORE,
    ClosureReport,
    Run,
    Violation,
    by_predicate,
    closure,
    contradictions,
    violations,
)
from brupact.reasoning.patterns import Bindings, Term, in_graph, joined
from brupact.reasoning.rules import Kind, Rule

#: A change of more quads than this is closed afresh.
SMALL_CHANGE: Final = 1000
#: Where lost triples stand while one asks what they supported.
_LOST: Final = graph("lost")


def revise(
    store: Store,
    rules: Iterable[Rule],
    added: Iterable[Quad],
    removed: Iterable[Quad],
    inferred_graph: NamedNode = INFERRED,
    *,
    consistent: bool = False,
) -> ClosureReport:
    """Take `removed` out of `store`, put `added` in, and bring `inferred_graph` up to date.

    The result is that of :func:`closure` afterwards. The graph must be up to date before. A quad
    that is both added and removed is there in the end. Are the data known to have been `consistent`
    before, only contradictions that the change brings are looked for: there are no others.

    :raises ValueError: if the change touches `inferred_graph`, which the rules alone write;
        nothing is changed then.
    """
    run = Run(store, list(rules), inferred_graph, MORE)
    new = set(added)
    gone = {quad for quad in removed if quad in store} - new
    new = {quad for quad in new if quad not in store}
    if any(quad.graph_name == inferred_graph for quad in gone | new):
        raise ValueError(f"{inferred_graph} holds what the rules derive; nobody else writes there")
    if len(gone) + len(new) > SMALL_CHANGE:
        _apply(store, gone, new)
        return closure(store, run.rules, inferred_graph)
    return _Revision(run, consistent).make(gone, new)


def _apply(store: Store, gone: Iterable[Quad], new: Iterable[Quad]) -> None:
    for quad in gone:
        store.remove(quad)
    store.extend(new)


@dataclass
class _Revision:
    """A change on its way up the strata."""

    run: Run
    #: Whether there was no contradiction before.
    consistent: bool
    #: Triples that held before and do not hold now.
    lost: set[Triple] = field(default_factory=set)
    #: Triples that hold now and did not before.
    gained: set[Triple] = field(default_factory=set)
    #: Of each triple that was put into the graph of derived triples or taken out of it: was it
    #: there at the start?
    started: dict[Triple, bool] = field(default_factory=dict)

    def make(self, gone: set[Quad], new: set[Quad]) -> ClosureReport:
        """Apply the change, then follow it up."""
        touched = {quad.triple for quad in gone | new}
        before = {triple for triple in touched if self.run.holds(triple)}
        _apply(self.run.store, gone, new)
        self._withdraw({quad.triple for quad in new})
        after = {triple for triple in touched if self.run.holds(triple)}
        self.lost, self.gained = before - after, after - before
        doubtful = self._supported(self.run.cases(self.run.constructs(), by_predicate(self.lost)))
        for stratum in self.run.strata():
            own = self.run.constructs(stratum, stratum)
            doubtful |= self._supported(self._objections(own, self.gained))
            if len(doubtful) > SMALL_CHANGE:
                return self._afresh()
            self._climb(doubtful, own, self.run.constructs(0, stratum))
            doubtful = set()
        return self._report()

    def _supported(self, cases: Iterable[tuple[Rule, Bindings]]) -> set[Triple]:
        """The derived triples for which `cases` may have been needed, at any remove.

        Rules of all strata count, so that nothing is left to hold itself up in a circle.
        """
        with self._as_before(self.lost):
            every = delta = self._derived(cases)
            while groups := by_predicate(delta):
                delta = self._derived(self.run.cases(self.run.constructs(), groups)) - every
                every |= delta
            return every

    @contextmanager
    def _as_before(self, lost: Iterable[Triple]) -> Iterator[None]:
        """See `lost` in the store as if it were still there."""
        self.run.store.extend(in_graph(triple, _LOST) for triple in lost)
        try:
            yield
        finally:
            self.run.store.remove_graph(_LOST)

    def _derived(self, cases: Iterable[tuple[Rule, Bindings]]) -> set[Triple]:
        return {
            triple
            for rule, bindings in cases
            for triple in self.run.conceivable(rule, bindings)
            if self.run.is_derived(triple)
        }

    def _climb(self, doubtful: set[Triple], own: list[Rule], active: list[Rule]) -> None:
        """Bring one stratum to rest: its `own` rules have not seen the change yet."""
        self._withdraw(doubtful)
        doubtful |= self.lost
        back = self._add({triple for triple in doubtful if self.run.derivable(triple, active)})
        new = self._note(self.run.step(by_predicate(self.gained), own))
        for rule, bindings in self._withdrawn(own, doubtful - back):
            new |= self._add(self.run.conclusions(rule, bindings))
        new |= self._note(self.run.propagate(back | new, active))
        self.lost = {triple for triple in doubtful if not self.run.holds(triple)}
        self.gained = {t for t in self.gained | new - doubtful if self.run.holds(t)}

    def _add(self, triples: Iterable[Triple]) -> set[Triple]:
        return self._note(self.run.add(triples))

    def _note(self, triples: set[Triple]) -> set[Triple]:
        for triple in triples:
            self.started.setdefault(triple, False)
        return triples

    def _withdraw(self, triples: Iterable[Triple]) -> None:
        for triple in triples:
            if self.run.is_derived(triple):
                self.started.setdefault(triple, True)
                self.run.store.remove(in_graph(triple, self.run.graph))

    def _then(self) -> set[Triple]:
        """Of the triples touched, those that were derived at the start."""
        return {triple for triple, there in self.started.items() if there}

    def _now(self) -> set[Triple]:
        """Of the triples touched, those that are derived now."""
        return {triple for triple in self.started if self.run.is_derived(triple)}

    def _afresh(self) -> ClosureReport:
        """Give up following the change, and close anew."""
        then = self._then() | (self.run.derived() - self.started.keys())
        report = closure(self.run.store, self.run.rules, self.run.graph)
        now = self.run.derived()
        return ClosureReport(now - then, frozenset(then - now), report.violations)

    def _report(self) -> ClosureReport:
        then, now = self._then(), self._now()
        return ClosureReport(frozenset(now - then), frozenset(then - now), self._broken())

    def _broken(self) -> tuple[Violation, ...]:
        """The contradictions that there are now."""
        if not self.consistent:
            return violations(self.run.store, self.run.rules)
        rules = [rule for rule in self.run.rules if rule.kind is Kind.CONSISTENCY]
        gained = self.run.cases(rules, by_predicate(self.gained))
        return contradictions(self.run.store, chain(gained, self._withdrawn(rules, self.lost)))

    def _withdrawn(
        self, rules: Iterable[Rule], lost: set[Triple]
    ) -> list[tuple[Rule, dict[Variable, Term]]]:
        """Each rule to whose conclusions one of `lost` was an objection, and to which."""
        with self._as_before(lost):
            return list(self._objections(rules, lost))

    def _objections(
        self, rules: Iterable[Rule], triples: Iterable[Triple]
    ) -> Iterator[tuple[Rule, dict[Variable, Term]]]:
        """Each rule that wants one of `triples` absent, and under which bindings it then fails.

        The triple alone often says little: that there is a later date. What else stands in the way
        with it says of which thing.
        """
        triples = list(triples)
        for rule in rules:
            known = frozenset().union(*(pattern.variables for pattern in rule.body.patterns))
            cases = {
                frozenset((name, term) for name, term in found.items() if name in known)
                for absence in rule.body.absences
                for pattern in absence.patterns
                for triple in triples
                if (bindings := pattern.match(triple)) is not None
                for found in joined(
                    self.run.store, [p for p in absence.patterns if p is not pattern], bindings
                )
            }
            yield from ((rule, dict(case)) for case in cases)
