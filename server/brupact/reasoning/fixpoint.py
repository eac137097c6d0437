"""Running the rules to a fixpoint.

Rules read the union of all graphs and write one graph of their own, which holds what is asserted
nowhere else. After its first run a rule is asked only for what follows from the triples found
since, each bound into its query (semi-naive evaluation). Negation is stratified: the rules of a
stratum run when all below are at rest, and those below run again on what they add.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from pyoxigraph import NamedNode, QuerySolutions, QueryTriples, Store, Triple, Variable

from brupact.errors import Inconsistent
from brupact.namespaces import INFERRED
from brupact.reasoning.patterns import (
    Bindings,
    Pattern,
    Term,
    in_graph,
    may_match,
    occurrences,
)
from brupact.reasoning.rules import Kind, Rule

#: So many new triples of one predicate are bound into a rule's query one by one; above, the rule
#: runs over everything. A bound run costs some 50 microseconds whatever the size of the store, so
#: few pay where everything is to be derived anyway, more where little has changed.
FEW: Final = 20
MORE: Final = 200

Groups: TypeAlias = dict[NamedNode, list[Triple]]


@dataclass(frozen=True)
class Violation:
    """A contradiction: the premises from which a consistency rule derives *false*."""

    rule: Rule
    premises: tuple[Triple, ...]

    def __str__(self) -> str:
        """What the rule says, then what stands against it."""
        return f"{self.rule.summaries['en']} But: {' . '.join(map(str, self.premises))}"


@dataclass(frozen=True)
class ClosureReport:
    """What a run of the rules changed in the graph of derived triples."""

    added: frozenset[Triple]
    removed: frozenset[Triple]
    violations: tuple[Violation, ...]

    def require_consistent(self) -> None:
        """Refuse data that contradict the ontology.

        :raises Inconsistent: if there is a violation.
        """
        if self.violations:
            raise Inconsistent("\n".join(map(str, self.violations)))


def closure(
    store: Store, rules: Iterable[Rule], inferred_graph: NamedNode = INFERRED
) -> ClosureReport:
    """Make `inferred_graph` hold just what follows by `rules` and is asserted nowhere.

    What stands in that graph before is not taken for granted: the result is the same as with an
    empty one (OWL 2 Profiles, section 4.3).
    """
    run = Run(store, list(rules), inferred_graph, FEW)
    before = run.derived()
    store.remove_graph(inferred_graph)
    for stratum in run.strata():
        found: set[Triple] = set()
        for rule in run.constructs(stratum, stratum):
            found |= run.add(run.conclusions(rule, {}))
        run.propagate(found, run.constructs(0, stratum))
    after = run.derived()
    return ClosureReport(after - before, before - after, violations(store, run.rules))


def violations(store: Store, rules: Iterable[Rule]) -> tuple[Violation, ...]:
    """The contradictions that the consistency rules among `rules` find in `store`, in order."""
    return contradictions(store, ((rule, {}) for rule in rules if rule.kind is Kind.CONSISTENCY))


def contradictions(store: Store, cases: Iterable[tuple[Rule, Bindings]]) -> tuple[Violation, ...]:
    """What consistency rules find in `store`, each under the bindings it comes with, in order."""
    found = {
        Violation(rule, premises)
        for rule, known in cases
        for bindings in solutions(store, rule, known)
        if (premises := instances(rule.body.patterns, bindings))
    }
    return tuple(sorted(found, key=lambda violation: (violation.rule.name, str(violation))))


def solutions(store: Store, rule: Rule, bindings: Bindings) -> Iterator[dict[Variable, Term]]:
    """The values of the variables of `rule` wherever its WHERE clause holds under `bindings`."""
    answer = cast(
        QuerySolutions,
        store.query(
            rule.body.select, use_default_graph_as_union=True, substitutions=dict(bindings)
        ),
    )
    for solution in answer:
        pairs = zip(answer.variables, solution, strict=True)
        yield {variable: term for variable, term in pairs if term is not None}


def instances(patterns: Iterable[Pattern], bindings: Bindings) -> tuple[Triple, ...]:
    """The triples that `patterns` become under `bindings`."""
    filled = (pattern.fill(bindings).triple() for pattern in patterns)
    return tuple(triple for triple in filled if triple is not None)


@dataclass(frozen=True)
class Run:
    """A store, the rules, and the graph that they write."""

    store: Store
    rules: Sequence[Rule]
    graph: NamedNode
    #: See ``FEW`` and ``MORE``.
    one_by_one: int

    def strata(self) -> list[int]:
        """The strata of the rules that add triples, lowest first."""
        return sorted({rule.stratum for rule in self.rules if rule.kind is not Kind.CONSISTENCY})

    def constructs(self, lowest: int = 0, highest: int = sys.maxsize) -> list[Rule]:
        """The rules that add triples, from one stratum to another, in order."""
        return [
            rule
            for rule in self.rules
            if rule.kind is not Kind.CONSISTENCY and lowest <= rule.stratum <= highest
        ]

    def derived(self) -> frozenset[Triple]:
        """What stands in the graph of derived triples."""
        quads = self.store.quads_for_pattern(None, None, None, self.graph)
        return frozenset(quad.triple for quad in quads)

    def holds(self, triple: Triple) -> bool:
        """Whether any graph has `triple`."""
        return any(True for _ in occurrences(self.store, triple))

    def is_derived(self, triple: Triple) -> bool:
        """Whether `triple` stands in the graph of derived triples."""
        return in_graph(triple, self.graph) in self.store

    def conclusions(self, rule: Rule, bindings: Bindings) -> set[Triple]:
        """What `rule` concludes under `bindings`; CONSTRUCT never makes a literal a subject."""
        return self._construct(rule, rule.text, bindings)

    def conceivable(self, rule: Rule, bindings: Bindings) -> set[Triple]:
        """What `rule` would conclude if none of its absences stood in the way."""
        return self._construct(rule, rule.body.positive, bindings)

    def _construct(self, rule: Rule, text: str, bindings: Bindings) -> set[Triple]:
        # Most cases end here, at a tenth of what the query costs.
        if not all(may_match(self.store, p, bindings) for p in rule.body.patterns):
            return set()
        answer = self.store.query(
            text, use_default_graph_as_union=True, substitutions=dict(bindings)
        )
        return set(cast(QueryTriples, answer))

    def add(self, triples: Iterable[Triple]) -> set[Triple]:
        """Put what holds nowhere yet into the graph, and give it."""
        new = {triple for triple in triples if not self.holds(triple)}
        self.store.extend(in_graph(triple, self.graph) for triple in new)
        return new

    def propagate(self, delta: Iterable[Triple], rules: Sequence[Rule]) -> set[Triple]:
        """Add all that follows by `rules` from `delta`, and give it."""
        every: set[Triple] = set()
        while groups := by_predicate(delta):
            delta = self.step(groups, rules)
            every |= delta
        return every

    def step(self, groups: Groups, rules: Sequence[Rule]) -> set[Triple]:
        """Add what `rules` conclude with one of the triples of `groups` as a premise."""
        new: set[Triple] = set()
        for rule, bindings in self.cases(rules, groups):
            new |= self.add(self.conclusions(rule, bindings))
        return new

    def cases(
        self, rules: Iterable[Rule], groups: Groups
    ) -> Iterator[tuple[Rule, dict[Variable, Term]]]:
        """Each rule that may have a triple of `groups` as a premise, and under what bindings."""
        for rule in rules:
            for bindings in self._restrictions(rule, groups):
                yield rule, bindings

    def _restrictions(self, rule: Rule, groups: Groups) -> list[dict[Variable, Term]]:
        """Bindings under which `rule` meets every triple of `groups` as a premise."""
        found: list[dict[Variable, Term]] = []
        for pattern in rule.body.patterns:
            for predicate, triples in _readable(rule, pattern, groups):
                if len(triples) <= self.one_by_one:
                    matches = map(pattern.match, triples)
                    found += [bindings for bindings in matches if bindings is not None]
                elif isinstance(pattern.predicate, Variable):
                    found.append({pattern.predicate: predicate})
                else:
                    return [{}]
        return found

    def derivable(self, triple: Triple, rules: Iterable[Rule]) -> bool:
        """Whether one of `rules` concludes `triple` from what holds."""
        return any(
            triple in self.conclusions(rule, bindings)
            for rule in rules
            for bindings in head_bindings(rule, triple)
        )


def by_predicate(triples: Iterable[Triple]) -> Groups:
    """`triples` by their predicate."""
    groups: Groups = defaultdict(list)
    for triple in triples:
        groups[triple.predicate].append(triple)
    return dict(groups)


def head_bindings(rule: Rule, triple: Triple) -> Iterator[dict[Variable, Term]]:
    """The bindings under which `rule` may conclude `triple`, computed values left open."""
    for head in rule.body.heads:
        if (bindings := head.match(triple)) is not None:
            yield {v: term for v, term in bindings.items() if v not in rule.body.computed}


def _readable(
    rule: Rule, pattern: Pattern, groups: Groups
) -> Iterator[tuple[NamedNode, list[Triple]]]:
    """The groups whose predicate `pattern` may have."""
    if isinstance(pattern.predicate, NamedNode):
        if pattern.predicate in groups:
            yield pattern.predicate, groups[pattern.predicate]
    elif isinstance(pattern.predicate, Variable):
        allowed = rule.body.values.get(pattern.predicate)
        for predicate, triples in groups.items():
            if allowed is None or predicate in allowed:
                yield predicate, triples
