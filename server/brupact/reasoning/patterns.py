"""Triple patterns as plain values: matching a triple against one, and filling one in."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple, Variable

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
Slot: TypeAlias = Term | Variable
Bindings: TypeAlias = Mapping[Variable, Term]


@dataclass(frozen=True)
class Pattern:
    """A triple in which any place may be a variable (SPARQL 1.1 Query, section 5.1)."""

    subject: Slot
    predicate: Slot
    object: Slot

    @property
    def slots(self) -> tuple[Slot, Slot, Slot]:
        """Subject, predicate and object."""
        return self.subject, self.predicate, self.object

    @cached_property
    def variables(self) -> frozenset[Variable]:
        """The variables that occur."""
        return frozenset(slot for slot in self.slots if isinstance(slot, Variable))

    def match(self, triple: Triple) -> dict[Variable, Term] | None:
        """What the variables stand for if `triple` is an instance of this, else ``None``."""
        found: dict[Variable, Term] = {}
        for slot, term in zip(self.slots, triple, strict=True):
            if isinstance(slot, Variable):
                if found.setdefault(slot, term) != term:
                    return None
            elif slot != term:
                return None
        return found

    def fill(self, bindings: Bindings) -> "Pattern":
        """This pattern with the variables replaced that `bindings` knows."""
        return Pattern(*(bindings.get(s, s) if isinstance(s, Variable) else s for s in self.slots))

    def triple(self) -> Triple | None:
        """The triple that this is, or ``None`` where a variable is left or RDF allows no such."""
        subject, predicate, object = self.slots
        if (
            isinstance(subject, NamedNode | BlankNode)
            and isinstance(predicate, NamedNode)
            and not isinstance(object, Variable)
        ):
            return Triple(subject, predicate, object)
        return None

    def __str__(self) -> str:
        """SPARQL's own notation, without the final dot."""
        return " ".join(str(slot) for slot in self.slots)


def in_graph(triple: Triple, name: NamedNode) -> Quad:
    """`triple` as it stands in the graph `name`."""
    return Quad(triple.subject, triple.predicate, triple.object, name)


def occurrences(store: Store, triple: Triple) -> Iterator[Quad]:
    """`triple` in each graph of `store` that holds it."""
    return store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)


def may_match(store: Store, pattern: Pattern, bindings: Bindings) -> bool:
    """Whether `store` has what `pattern` is under `bindings`, whatever its other variables are.

    That a variable stands for one thing in all places is not looked at.
    """
    subject, predicate, object = (
        bindings.get(slot) if isinstance(slot, Variable) else slot for slot in pattern.slots
    )
    if isinstance(subject, Literal) or not isinstance(predicate, NamedNode | None):
        return False
    return any(True for _ in store.quads_for_pattern(subject, predicate, object, None))


def joined(
    store: Store, patterns: Collection[Pattern], bindings: Bindings
) -> Iterator[dict[Variable, Term]]:
    """What `bindings` become where `store` has all of `patterns` that hang together with them.

    A pattern hangs together with what is known by a variable that has a value; those that do not
    are left out, as nothing is learnt from them.
    """
    following = next((p for p in patterns if not p.variables.isdisjoint(bindings)), None)
    if following is None:
        yield dict(bindings)
        return
    filled = following.fill(bindings)
    others = [pattern for pattern in patterns if pattern is not following]
    subject, predicate, object = (
        None if isinstance(slot, Variable) else slot for slot in filled.slots
    )
    if isinstance(subject, Literal) or not isinstance(predicate, NamedNode | None):
        return
    for quad in store.quads_for_pattern(subject, predicate, object, None):
        if (found := filled.match(quad.triple)) is not None:
            yield from joined(store, others, {**bindings, **found})
