"""All of it together: the terms, the shapes that look at each, the rules that derive it."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import NamedNode

from brupact.describe import Description, Statement
from brupact.engine import Engine
from brupact.namespaces import GRAPH, PACT, RDF_TYPE, RULES, SHAPES
from brupact.reasoning import Rule, load_rules
from brupact.vocabulary.shapes import Limit, NodeShape, read_shapes
from brupact.vocabulary.terms import Module, Term, read_modules
from brupact.vocabulary.uses import Use, read_uses

#: The graphs that a vocabulary is read from.
_ONTOLOGY: Final = GRAPH + "ontology"
_SHAPES: Final = GRAPH + "shapes"
_RULES: Final = GRAPH + "rules"


@dataclass(frozen=True)
class Vocabulary:
    """Ontology, shapes, rules and uses of one version of the data."""

    modules: dict[str, Module]
    shapes: dict[str, NodeShape]
    rules: dict[str, Rule]
    uses: dict[str, Use]

    @cached_property
    def terms(self) -> dict[str, Term]:
        """All terms, by IRI."""
        return {term.iri: term for module in self.modules.values() for term in module.terms}

    @cached_property
    def module_of(self) -> dict[str, str]:
        """By term: the stem of its module."""
        return {term.iri: stem for stem, m in self.modules.items() for term in m.terms}

    @cached_property
    def limits(self) -> dict[str, list[tuple[NodeShape, Limit]]]:
        """By property: the limits of its values, each with its shape."""
        found: dict[str, list[tuple[NodeShape, Limit]]] = {}
        for shape in self.shapes.values():
            for limit in shape.limits:
                for property in dict.fromkeys(limit.path.properties):
                    found.setdefault(property, []).append((shape, limit))
        return found

    @cached_property
    def shapes_of(self) -> dict[str, list[NodeShape]]:
        """By class: the shapes that look at its instances."""
        found: dict[str, list[NodeShape]] = {}
        for shape in self.shapes.values():
            for iri in shape.classes:
                found.setdefault(iri, []).append(shape)
        return found

    @cached_property
    def shapes_by_module(self) -> dict[str, list[NodeShape]]:
        """By stem of the module whose classes they look at, the empty stem for all others."""
        found: dict[str, list[NodeShape]] = {stem: [] for stem in (*self.modules, "")}
        for shape in self.shapes.values():
            stems = {self.module_of.get(iri, "") for iri in shape.classes} or {""}
            found[min(stems)].append(shape)
        return {stem: shapes for stem, shapes in found.items() if shapes}

    @cached_property
    def derivations(self) -> dict[str, list[Rule]]:
        """By property or class: the rules that derive it and name it."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules.values():
            for term in derived(rule):
                found.setdefault(term, []).append(rule)
        return found

    def limit(self, iri: str, property: str) -> Limit | None:
        """What the shapes of the class `iri` say of how many values `property` has."""
        for shape in self.shapes_of.get(iri, ()):
            for limit in shape.limits:
                counts = limit.least is not None or limit.most is not None
                if limit.path.only == property and counts and not limit.some:
                    return limit
        return None


def derived(rule: Rule) -> list[str]:
    """The properties that a rule derives, and the classes to which it lets a thing belong."""
    found = []
    for head in rule.body.heads:
        slot = head.object if head.predicate == RDF_TYPE else head.predicate
        if isinstance(slot, NamedNode):
            found.append(slot.value)
    return list(dict.fromkeys(found))


def read_vocabulary(engine: Engine) -> Vocabulary:
    """The vocabulary that `engine` holds; empty where it holds no such graph."""
    ontology = Description(PACT.removesuffix("#"), _statements(engine, _ONTOLOGY))
    shapes = Description(SHAPES.removesuffix("#"), _statements(engine, _SHAPES))
    modules = read_modules(ontology)
    terms = [term.iri for module in modules.values() for term in module.terms]
    known = {t.subject.value for t in engine.graph(_RULES) if isinstance(t.subject, NamedNode)}
    return Vocabulary(
        modules,
        read_shapes(shapes),
        {rule.name: rule for rule in load_rules() if RULES + rule.name in known},
        read_uses(engine, terms),
    )


class Vocabularies:
    """The vocabulary of the version that is served, read anew for each; for several threads."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is read before somebody asks."""
        self._engine = engine
        self._lock = threading.Lock()
        self._made: tuple[int, Vocabulary] | None = None

    def of(self, engine: Engine) -> Vocabulary:
        """The vocabulary of `engine`: the one that is served, or that of a past version."""
        if engine is not self._engine:
            return read_vocabulary(engine)
        version = engine.version
        with self._lock:
            if self._made is None or self._made[0] != version:
                self._made = (version, read_vocabulary(engine))
            return self._made[1]


def _statements(engine: Engine, graph: str) -> list[Statement]:
    return [(graph, triple) for triple in engine.graph(graph)]
