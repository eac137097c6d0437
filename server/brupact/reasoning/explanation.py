"""Why a triple is here: each rule that yields it, with the triples from which it does.

Nothing is kept for this while the rules run. A rule is a query, so the reasons are its WHERE
clause with the triple bound, asked when somebody wants to know.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store, Triple

from brupact.namespaces import INFERRED
from brupact.reasoning.fixpoint import head_bindings, instances, solutions
from brupact.reasoning.patterns import Bindings, occurrences
from brupact.reasoning.rules import Absence, Kind, Rule


@dataclass(frozen=True)
class Premise:
    """A triple that a rule needed, and where it stands."""

    triple: Triple
    #: The graphs that hold it: one, if each triple stands in one graph only.
    graphs: tuple[NamedNode | BlankNode | DefaultGraph, ...]
    #: Whether it stands in the graph of derived triples alone.
    derived: bool
    #: Why it is there, as far down as was asked for.
    because: "tuple[Explanation, ...]" = ()


@dataclass(frozen=True)
class Explanation:
    """One application of a rule."""

    rule: Rule
    conclusion: Triple
    premises: tuple[Premise, ...]
    #: What the rule looked for and did not find, with the values that it looked for.
    absences: tuple[Absence, ...]


def explain(
    store: Store,
    rules: Iterable[Rule],
    triple: Triple,
    *,
    inferred_graph: NamedNode = INFERRED,
    depth: int = 1,
) -> list[Explanation]:
    """Each application of one of `rules` that yields `triple`, in a fixed order.

    A reason that itself needs `triple` is none and is left out. With a `depth` above 1 derived
    premises are explained in turn, so many steps down. A triple that no rule yields has no
    explanation, whether it is asserted or not there at all.
    """
    constructs = [rule for rule in rules if rule.kind is not Kind.CONSISTENCY]
    return _Search(store, constructs, inferred_graph).explain(triple, frozenset(), depth)


@dataclass
class _Search:
    """The applications of rules found so far, on the way down to what is asserted."""

    store: Store
    rules: Sequence[Rule]
    graph: NamedNode
    known: dict[Triple, list[Explanation]] = field(default_factory=dict)

    def explain(self, triple: Triple, above: frozenset[Triple], depth: int) -> list[Explanation]:
        """The reasons for `triple` that stand without it and without the triples `above` it."""
        above |= {triple}
        return [
            Explanation(
                found.rule,
                found.conclusion,
                tuple(self._deeper(premise, above, depth - 1) for premise in found.premises),
                found.absences,
            )
            for found in self._sound(triple, above)
        ]

    def _deeper(self, premise: Premise, above: frozenset[Triple], depth: int) -> Premise:
        if depth < 1 or not premise.derived:
            return premise
        because = tuple(self.explain(premise.triple, above, depth))
        return Premise(premise.triple, premise.graphs, premise.derived, because)

    def _sound(self, triple: Triple, above: frozenset[Triple]) -> list[Explanation]:
        """The applications for `triple` whose premises all follow without what is `above`."""
        candidates = self._applications(triple)
        proven = self._proven(candidates, above)
        return [found for found in candidates if _needs(found) <= proven]

    def _proven(self, candidates: list[Explanation], above: frozenset[Triple]) -> set[Triple]:
        """The derived triples below `candidates` that follow without what is `above`."""
        reached: dict[Triple, list[Explanation]] = {}
        todo = [triple for found in candidates for triple in _needs(found)]
        while todo:
            triple = todo.pop()
            if triple not in reached and triple not in above:
                reached[triple] = self._applications(triple)
                todo += [need for found in reached[triple] for need in _needs(found)]
        proven: set[Triple] = set()
        while new := {
            triple
            for triple, applications in reached.items()
            if triple not in proven and any(_needs(a) <= proven for a in applications)
        }:
            proven |= new
        return proven

    def _applications(self, triple: Triple) -> list[Explanation]:
        """Every application of a rule that yields `triple`, circular ones too."""
        if triple not in self.known:
            found = {
                application
                for rule in self.rules
                for bindings in head_bindings(rule, triple)
                for application in self._apply(rule, triple, bindings)
            }
            self.known[triple] = sorted(found, key=_order)
        return self.known[triple]

    def _apply(self, rule: Rule, triple: Triple, bindings: Bindings) -> Iterator[Explanation]:
        for solution in solutions(self.store, rule, bindings):
            if triple in instances(rule.body.heads, solution):
                premises = instances(rule.body.patterns, solution)
                yield Explanation(
                    rule,
                    triple,
                    tuple(self._premise(premise) for premise in premises),
                    tuple(_filled(absence, solution) for absence in rule.body.absences),
                )

    def _premise(self, triple: Triple) -> Premise:
        quads = occurrences(self.store, triple)
        graphs = tuple(sorted({quad.graph_name for quad in quads}, key=str))
        return Premise(triple, graphs, graphs == (self.graph,))


def _needs(explanation: Explanation) -> set[Triple]:
    return {premise.triple for premise in explanation.premises if premise.derived}


def _filled(absence: Absence, bindings: Bindings) -> Absence:
    return Absence(tuple(p.fill(bindings) for p in absence.patterns), absence.text)


def _order(explanation: Explanation) -> tuple[str, list[str]]:
    return explanation.rule.name, [str(premise.triple) for premise in explanation.premises]
