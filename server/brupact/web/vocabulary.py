"""The pages about the ontology, the shapes and the rules, whole or by module."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template
from pyoxigraph import NamedNode

from brupact.describe import Description, Name, full, named, shorten
from brupact.namespaces import PACT, RULES, SHAPES
from brupact.sparql.formats import DOCUMENTS
from brupact.vocabulary import Limit, Module, NodeShape, Term, Vocabulary, said
from brupact.web import applications
from brupact.web.context import context, engine
from brupact.web.diagrams import Diagram, counted, of_module
from brupact.web.languages import language
from brupact.web.representations import Representation
from brupact.web.texts import texts

#: What stands between the base and the name in the IRI of a module.
_PARTS = {"ontology": PACT.removesuffix("#"), "shapes": SHAPES.removesuffix("#")}


@dataclass(frozen=True)
class Part:
    """A module as a page shows it: its terms or its shapes, and its diagram if it has one."""

    stem: str
    iri: str
    #: What it is called and what it is about, by language.
    titles: dict[str, str]
    words: dict[str, str]
    terms: tuple[Term, ...] = ()
    shapes: tuple[NodeShape, ...] = ()
    diagram: Diagram | None = None


def whole(name: str, thing: Description, chosen: Representation) -> str:
    """The page about the ``ontology`` or the ``shapes``, `thing`."""
    known = context().vocabularies.of(engine())
    parts = [_part(name, stem, known) for stem in _stems(name, known)]
    return _rendered(name, thing, chosen, known, parts)


def page(thing: Description, chosen: Representation) -> str | None:
    """The page about a module or a rule; ``None`` for any other thing."""
    if thing.node.startswith(RULES):
        rule = context().vocabularies.of(engine()).rules.get(thing.node.removeprefix(RULES))
        if rule is not None:
            found = applications.of(rule, engine())
            iris = {*found.iris, *found.terms}
            return _page("rule.html", thing, chosen, iris, rule=rule, found=found)
    for name, base in _PARTS.items():
        if thing.node.startswith(base + "/"):
            known = context().vocabularies.of(engine())
            stem = thing.node.rpartition("/")[2]
            if stem in _stems(name, known):
                return _rendered(name, thing, chosen, known, [_part(name, stem, known)])
    return None


def _stems(name: str, known: Vocabulary) -> Iterable[str]:
    return known.modules if name == "ontology" else known.shapes_by_module


def _part(name: str, stem: str, known: Vocabulary) -> Part:
    if not stem:
        return Part(stem, "", {}, {}, shapes=tuple(known.shapes_by_module[stem]))
    module = known.modules[stem]
    titles = {tag: _bare(title) for tag, title in said(module.table, "dcterms:title").items()}
    words = said(module.table, "dcterms:description")
    if name == "shapes":
        shapes = tuple(known.shapes_by_module[stem])
        return Part(stem, module.iri, titles, words, shapes=shapes)
    diagram = of_module(module, known, _called(module))
    return Part(stem, module.iri, titles, words, module.terms, diagram=diagram)


def _bare(title: str) -> str:
    """The title of a module without that of the ontology: all have it in common."""
    words = title.rpartition(":")[2].strip()
    return words[:1].upper() + words[1:]


def _called(module: Module) -> "_Caller":
    """Short names for the boxes of a diagram."""
    iris = {i for t in module.terms for i in (t.iri, *t.domains, *t.ranges, *t.above)}
    return _Caller(named(engine(), iris, language()))


class _Caller:
    """Gives the name of a thing as a page calls it, without its language."""

    def __init__(self, names: dict[str, Name]) -> None:
        self.names, self.words = names, texts(language())

    def __call__(self, iri: str) -> str:
        """The name of `iri`."""
        key = f"class.{shorten(iri)}"
        if iri in self.names:
            return self.names[iri].value
        return self.words(key) if self.words.has(key) else shorten(iri)


def _rendered(
    name: str, thing: Description, chosen: Representation, known: Vocabulary, parts: list[Part]
) -> str:
    terms = [{"@type": "DefinedTerm", "@id": t.iri} for part in parts for t in part.terms]
    iris = set(_iris(parts, known))
    return _page(f"{name}.html", thing, chosen, iris, parts=parts, known=known, counted=counted,
                 terms_data=terms)  # fmt: skip


def _page(
    template: str, thing: Description, chosen: Representation, iris: set[str], **more: Any
) -> str:
    names = named(engine(), {thing.node, *iris}, language())
    return render_template(template, thing=thing, title=names.get(thing.node), names=names,
                           formats=DOCUMENTS, path=chosen.path, query=chosen.query, full=full,
                           **more)  # fmt: skip


def _iris(parts: Iterable[Part], known: Vocabulary) -> Iterator[str]:
    """Whatever the parts show the name of."""
    for part in parts:
        yield part.iri
        for term in part.terms:
            yield from (term.iri, *term.above, *term.below, *term.inverse)
            yield from (*term.domains, *term.ranges)
            yield from (i for m in term.mappings for i in (m.predicate, m.other))
            if use := known.uses.get(term.iri):
                yield from (use.example, use.value)
            for shape, limit in known.limits.get(term.iri, ()):
                yield from _of_limit(shape, limit)
            for shape in known.shapes_of.get(term.iri, ()):
                for limit in shape.limits:
                    yield from _of_limit(shape, limit)
            yield from (rule.iri.value for rule in known.derivations.get(term.iri, ()))
        for shape in part.shapes:
            yield shape.iri
            for limit in shape.limits:
                yield from _of_limit(shape, limit)


def _of_limit(shape: NodeShape, limit: Limit) -> Iterator[str]:
    yield from (shape.iri, *(iri for _, iri in shape.targets), *limit.path.properties)
    yield from (*limit.kinds, *limit.some)
    yield from (t.value for t in limit.choices if isinstance(t, NamedNode))
    yield from (t.value for _, t in limit.others if isinstance(t, NamedNode))
