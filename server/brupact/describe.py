"""What the graph says about one thing, for a page or an RDF document about it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from pyoxigraph import Literal, NamedNode, Triple

from brupact.engine import Engine
from brupact.namespaces import BASE, GRAPH, ID, PREFIXES, RULES
from brupact.remembered import remembered
from brupact.sparql.labelled import LANGUAGES

Term: TypeAlias = NamedNode | Literal
#: A triple with the name of the graph in which it stands.
Statement: TypeAlias = tuple[str, Triple]
#: By predicate: the terms at the other end, each with its graph.
Table: TypeAlias = dict[str, list[tuple[Term, str]]]

_OWL: Final = PREFIXES["owl"]
_DEFINED_BY: Final = PREFIXES["rdfs"] + "isDefinedBy"
_VERSION: Final = _OWL + "versionIRI"
_REPLACED_BY: Final = PREFIXES["dcterms"] + "isReplacedBy"


@dataclass(frozen=True, order=True)
class Quotation:
    """A sentence of the source: its language, its IRI, and the words of each stretch of it."""

    language: str
    iri: str
    stretches: tuple[str, ...]

    @property
    def fragment(self) -> str:
        """The name of the quotation on the page about the thing that it quotes."""
        return self.iri.partition("#")[2]


@dataclass
class Description:
    """All that is said of `node` and of its parts, and all that points to it.

    Parts are the nodes whose IRI is that of `node` with a fragment.
    """

    node: str
    statements: list[Statement]
    #: What is said of each subject, by predicate.
    tables: dict[str, Table] = field(init=False)
    #: What points to the node, by predicate.
    incoming: Table = field(init=False)

    def __post_init__(self) -> None:
        """Group the statements; what is said with one predicate is put in one order."""
        self.tables, self.incoming = defaultdict(lambda: defaultdict(list)), defaultdict(list)
        for graph, (subject, predicate, object) in self.statements:
            if not isinstance(subject, NamedNode) or not isinstance(object, NamedNode | Literal):
                continue
            self.tables[subject.value][predicate.value].append((object, graph))
            if object.value == self.node and isinstance(object, NamedNode):
                self.incoming[predicate.value].append((subject, graph))
        for table in (*self.tables.values(), self.incoming):
            for said in table.values():
                said.sort(key=_place)

    @property
    def outgoing(self) -> Table:
        """What is said of the node, by predicate."""
        return self.tables.get(self.node, {})

    @property
    def parts(self) -> list[str]:
        """The fragments of the parts of the node, in order."""
        start = self.node + "#"
        return sorted(iri.removeprefix(start) for iri in self.tables if iri.startswith(start))

    @property
    def known(self) -> bool:
        """Whether the graph says anything of the thing itself."""
        return bool(self.outgoing)

    @property
    def gone(self) -> bool:
        """Whether the thing once was and is no more (``owl:deprecated``)."""
        values = self.outgoing.get(_OWL + "deprecated", ())
        return any(isinstance(term, Literal) and term.value == "true" for term, _ in values)

    @property
    def successors(self) -> list[str]:
        """What has taken the place of the thing (``dcterms:isReplacedBy``)."""
        return [term.value for term, _ in self.outgoing.get(_REPLACED_BY, ())]

    @property
    def triples(self) -> list[Triple]:
        """The triples of the document, each once."""
        return list(dict.fromkeys(triple for _, triple in self.statements))

    def quotations(self) -> list["Quotation"]:
        """The sentences of the source about the thing, by language and place."""
        quotes = []
        for quote, _ in self.outgoing.get(PREFIXES["pact"] + "hasQuote", ()):
            said = self.tables[quote.value]
            stretches = []
            for target, _ in said.get(PREFIXES["oa"] + "hasTarget", ()):
                part = self.tables[target.value]
                (position, _), *_ = part[PREFIXES["pact"] + "position"]
                for selector, _ in part[PREFIXES["oa"] + "hasSelector"]:
                    exact = self.tables[selector.value].get(PREFIXES["oa"] + "exact", ())
                    stretches += [(int(position.value), words.value) for words, _ in exact]
            (tag, _), *_ = said[PREFIXES["dc"] + "language"]
            words = tuple(words for _, words in sorted(stretches))
            quotes.append(Quotation(tag.value, quote.value, words))
        return sorted(quotes)


def _place(said: tuple[Term, str]) -> tuple[int, str, str]:
    """Where a term stands among others: by language as a page lists them, then by its text."""
    term, graph = said
    tag = term.language if isinstance(term, Literal) else None
    return LANGUAGES.index(tag) if tag in LANGUAGES else len(LANGUAGES), str(term), graph


def describe(engine: Engine, node: str) -> Description:
    """What `engine` holds about `node`, its parts and what points to it.

    An ontology is described with the terms that it defines; the IRI of a version by the module of
    which it is the version (OWL 2 Structural Specification, section 3.1).
    """
    description = Description(node, engine.describe([node]))
    if not description.known and (modules := description.incoming.get(_VERSION)):
        return describe(engine, modules[0][0].value)
    if terms := [term.value for term, _ in description.incoming.get(_DEFINED_BY, ())]:
        known = dict.fromkeys([*description.statements, *engine.describe(terms)])
        wanted = {node, *terms}
        statements = [s for s in known if getattr(s[1].subject, "value", "") in wanted]
        return Description(node, statements)
    return description


def referred(tables: Iterable[Table]) -> set[str]:
    """The predicates and other IRIs in `tables`."""
    iris: set[str] = set()
    for table in tables:
        iris |= table.keys()
        iris |= {t.value for terms in table.values() for t, _ in terms if isinstance(t, NamedNode)}
    return iris


@dataclass(frozen=True)
class Name:
    """What a thing is called on a page in one language."""

    value: str
    #: Its language tag; empty for a name that belongs to no language, such as a person's.
    language: str
    #: Whether it is in the language of the page, or in none.
    is_wanted: bool


def named(engine: Engine, iris: Iterable[str], language: str) -> dict[str, Name]:
    """A name for each of `iris` that has one: in `language`, else in none, else in another.

    Which other is the same each time (the order of `LANGUAGES`), and the name says so.
    """
    order = (language, "", *(tag for tag in LANGUAGES if tag != language))
    found = {}
    for iri, names in engine.labels(sorted(set(iris))).items():
        tagged = {name.language or "": name for name in sorted(names, key=str, reverse=True)}
        tag = next((tag for tag in order if tag in tagged), None)
        if tag is not None:
            found[iri] = Name(tagged[tag].value, tag, tag in (language, ""))
    return found


def shorten(iri: str) -> str:
    """`iri` as a reader knows it: our own without the base, others with a known prefix."""
    for base in (ID, GRAPH, RULES):
        if iri.startswith(base):
            return iri.removeprefix(ID if base == ID else BASE)
    fitting = [(base, name) for name, base in PREFIXES.items() if iri.startswith(base)]
    if not fitting:
        return iri
    base, name = max(fitting, key=lambda pair: len(pair[0]))
    return f"{name}:{iri.removeprefix(base)}"


def full(term: str) -> str:
    """The IRI that `term` stands for: an IRI, a prefixed name, or a path below ``id/``."""
    prefix, colon, name = term.partition(":")
    if colon:
        return PREFIXES[prefix] + name if prefix in PREFIXES else term
    return ID + term


@remembered(4096)
def compact(iri: str) -> str:
    """What :func:`full` makes `iri` of: the shortest that it can be named by in an address."""
    fitting = [f"{name}:{iri.removeprefix(base)}" for name, base in PREFIXES.items()
               if iri.startswith(base)]  # fmt: skip
    candidates = [iri.removeprefix(ID), *fitting] if iri.startswith(ID) else fitting
    return min((c for c in candidates if full(c) == iri), key=len, default=iri)
