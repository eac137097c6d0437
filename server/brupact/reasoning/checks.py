"""What can be wrong with a set of rules: an ontology that outgrows them, or bad strata."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import NamedNode, Store, Variable

from brupact.namespaces import PREFIXES, RDF_TYPE, RDFS
from brupact.reasoning.patterns import Bindings, Pattern, Slot, Term
from brupact.reasoning.rules import Kind, Rule

_OWL: Final = PREFIXES["owl"]
_SUB_CLASS: Final = NamedNode(RDFS + "subClassOf")
_SUB_PROPERTY: Final = NamedNode(RDFS + "subPropertyOf")
_INVERSE: Final = NamedNode(_OWL + "inverseOf")
_TRANSITIVE: Final = NamedNode(_OWL + "TransitiveProperty")
_DISJOINT: Final = NamedNode(_OWL + "disjointWith")

#: The rows of the OWL 2 RL tables that each construct needs for facts about instances.
CONSTRUCTS: Final[dict[NamedNode, frozenset[str]]] = {
    _SUB_CLASS: frozenset({"cax-sco", "scm-sco"}),
    _SUB_PROPERTY: frozenset({"prp-spo1", "scm-spo"}),
    _INVERSE: frozenset({"prp-inv1", "prp-inv2"}),
    _TRANSITIVE: frozenset({"prp-trp"}),
    _DISJOINT: frozenset({"cax-dw"}),
}
#: In the place of a term: a rule that could speak of any.
_ANY: Final = Variable("any")
#: Terms that declare or annotate, and from which nothing follows about instances.
INERT: Final = frozenset(
    NamedNode(namespace + name)
    for namespace, names in {
        _OWL: "AnnotationProperty Axiom Class DatatypeProperty NamedIndividual ObjectProperty "
        "Ontology annotatedProperty annotatedSource annotatedTarget backwardCompatibleWith "
        "deprecated imports incompatibleWith priorVersion versionIRI versionInfo",
        RDFS: "Class Datatype Resource comment isDefinedBy label seeAlso",
    }.items()
    for name in names.split()
)


def unreasoned(store: Store, rules: Iterable[Rule]) -> set[NamedNode]:
    """The OWL and RDFS constructs in use in `store` from which `rules` do not draw all.

    A construct is in use where it is a predicate or a type (OWL 2 Profiles, section 4.3).
    """
    names = {rule.name for rule in rules}
    return {
        term
        for term in _terms_in_use(store)
        if term.value.startswith((_OWL, RDFS))
        and term not in INERT
        and not (term in CONSTRUCTS and CONSTRUCTS[term] <= names)
    }


def _terms_in_use(store: Store) -> set[NamedNode]:
    used: set[NamedNode] = set()
    for quad in store:
        used.add(quad.predicate)
        if quad.predicate == RDF_TYPE and isinstance(quad.object, NamedNode):
            used.add(quad.object)
    return used


def unstratified(store: Store, rules: Iterable[Rule]) -> set[tuple[str, Slot]]:
    """Each rule that wants a term absent which rules of its stratum or above may still derive.

    With none, every absence is final when a rule looks for it. A term is a property, or a class
    in the place of ``rdf:type``. Which terms a rule over the schema reads and writes
    (``?x ?above ?y``) is taken from the ontology in `store`, once closed.
    """
    constructs = [rule for rule in rules if rule.kind is not Kind.CONSISTENCY]
    follows: dict[Slot, set[Slot]] = defaultdict(set)
    writes: dict[int, set[Slot]] = defaultdict(set)
    for rule in constructs:
        for bindings in _schema_bindings(store, rule):
            heads = {_term(head, bindings) for head in rule.body.heads}
            writes[rule.stratum] |= heads
            for pattern in (*rule.body.patterns, *_absent(rule)):
                follows[_term(pattern, bindings)] |= heads
    return {
        (rule.name, term)
        for rule in constructs
        for term in {_term(pattern, {}) for pattern in _absent(rule)}
        if {term, _ANY} & _reach(follows, _written_from(writes, rule.stratum))
    }


def _written_from(writes: dict[int, set[Slot]], lowest: int) -> set[Slot]:
    found: set[Slot] = set()
    for stratum, terms in writes.items():
        if stratum >= lowest:
            found |= terms
    return found


def _reach(follows: dict[Slot, set[Slot]], start: set[Slot]) -> set[Slot]:
    """What may be derived, directly or not, once triples of the terms `start` are."""
    reached: set[Slot] = set()
    todo = start
    while todo:
        reached |= todo
        todo = {after for term in (*todo, _ANY) for after in follows.get(term, ())} - reached
    return reached


def _absent(rule: Rule) -> list[Pattern]:
    return [pattern for absence in rule.body.absences for pattern in absence.patterns]


def _term(pattern: Pattern, bindings: Bindings) -> Slot:
    """The property, or for ``rdf:type`` the class, that `pattern` speaks of."""
    filled = pattern.fill(bindings)
    term = filled.object if filled.predicate == RDF_TYPE else filled.predicate
    return _ANY if isinstance(term, Variable) else term


def _schema_bindings(store: Store, rule: Rule) -> list[dict[Variable, Term]]:
    """What the variables of `rule` that stand for schema terms may be, after the ontology."""
    found: list[dict[Variable, Term]] = [{}]
    for variable, terms in rule.body.values.items():
        found = [known | {variable: term} for known in found for term in terms]
    for pattern in rule.body.patterns:
        if _is_schema(pattern):
            found = [more for known in found for more in _extended(store, pattern, known)]
    return found


def _is_schema(pattern: Pattern) -> bool:
    return pattern.predicate in CONSTRUCTS or pattern.object in CONSTRUCTS


def _extended(store: Store, pattern: Pattern, known: Bindings) -> Iterator[dict[Variable, Term]]:
    predicate = pattern.predicate
    if isinstance(predicate, NamedNode):
        filled = pattern.fill(known)
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if (bindings := filled.match(quad.triple)) is not None:
                yield {**known, **bindings}
