"""Inference rules as files: one SPARQL query each, with its metadata in a comment header.

A rule is a query of a small part of SPARQL, so that each of its premises is one triple that can be
shown: triple patterns, ``FILTER``, ``FILTER NOT EXISTS`` (not nested), ``VALUES`` and ``BIND``. No
property path, ``OPTIONAL``, ``UNION``, ``GRAPH`` or subquery: what would need them takes two rules,
or a term that another rule derives. A comment takes a line of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Variable
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from brupact import resources
from brupact.errors import BrokenInput
from brupact.namespaces import PREFIXES, RDF_TYPE, RDFS, RULES, SH, XSD, graph
from brupact.reasoning.patterns import Pattern, Slot, Term

LANGUAGES: Final = ("fr", "nl", "en")
#: The graph that describes the rules.
RULES_GRAPH: Final = graph("rules")
#: Where the tables of OWL 2 RL rules stand.
OWL_RL_RULES: Final = NamedNode(
    "https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules"
)

_HEADER: Final = re.compile(r"#\+ (\w+): (\S.*)")
_ABSENCE: Final = re.compile(r"FILTER\s+NOT\s+EXISTS\s*(\{(?:[^{}]|\{[^{}]*\})*\})", re.IGNORECASE)
_PROJECTION: Final = re.compile(
    r"(CONSTRUCT\s*\{[^{}]*\}|SELECT\s[^{}]*?)\s*WHERE\b", re.IGNORECASE
)
_REQUIRED: Final = frozenset(
    [f"{key}_{language}" for key in ("label", "summary") for language in LANGUAGES]
    + ["kind", "stratum"]
)
_KNOWN: Final = _REQUIRED | {"section"}


class Kind(StrEnum):
    """What sort of rule it is."""

    DOMAIN = "domain"
    """Follows from what the terms of this ontology mean."""
    OWL_RL = "owl-rl"
    """A row of the OWL 2 RL rule tables that adds triples."""
    CONSISTENCY = "consistency"
    """A row of those tables that derives *false*: a SELECT whose rows are contradictions."""


@dataclass(frozen=True)
class Absence:
    """A group of patterns that must match nowhere, with its text in the rule."""

    patterns: tuple[Pattern, ...]
    text: str


@dataclass(frozen=True)
class Body:
    """What a rule's query consists of, and the other queries made from it."""

    heads: tuple[Pattern, ...]
    patterns: tuple[Pattern, ...]
    absences: tuple[Absence, ...]
    #: Variables whose value is computed; it cannot be set from outside.
    computed: frozenset[Variable]
    #: Variables that the rule restricts to a list.
    values: Mapping[Variable, frozenset[Term]]
    #: The query without its ``FILTER NOT EXISTS``: all that could follow if nothing stood against.
    positive: str
    #: The query as a SELECT of all variables.
    select: str


@dataclass(frozen=True, eq=False)
class Rule:
    """One inference rule."""

    name: str
    labels: Mapping[str, str]
    summaries: Mapping[str, str]
    kind: Kind
    #: Rules of a higher stratum run when those below are at rest: they may look for absences.
    stratum: int
    #: The row of the W3C table that the rule carries out; ``None`` for a domain rule.
    section: str | None
    #: The query, CONSTRUCT or (for consistency) SELECT, without the header.
    text: str
    body: Body

    @property
    def iri(self) -> NamedNode:
        """The published name."""
        return NamedNode(RULES + self.name)


def load_rules(folder: Path = resources.RULES) -> list[Rule]:
    """The rules that the ``.rq`` files of `folder` hold, by stratum, then by name.

    :raises BrokenInput: if a file lacks part of its header, is not SPARQL, or uses more of it
        than a rule may.
    """
    rules = [read_rule(path) for path in folder.glob("*.rq")]
    return sorted(rules, key=lambda rule: (rule.stratum, rule.name))


def read_rule(path: Path) -> Rule:
    """The rule in the file `path`, named by the file.

    :raises BrokenInput: as :func:`load_rules`.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        header = _header(lines)
        text = "\n".join(line for line in lines if not line.lstrip().startswith("#")).strip()
        kind = Kind(header["kind"])
        return Rule(
            name=path.stem,
            labels={language: header[f"label_{language}"] for language in LANGUAGES},
            summaries={language: header[f"summary_{language}"] for language in LANGUAGES},
            kind=kind,
            stratum=int(header["stratum"]),
            section=header.get("section"),
            text=text,
            body=_body(text, kind),
        )
    except OSError as error:
        raise BrokenInput(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise BrokenInput(path, str(error)) from None


def _header(lines: Iterable[str]) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in lines:
        if line.startswith("#+"):
            found = _HEADER.fullmatch(line.rstrip())
            if found is None or found[1] not in _KNOWN or found[1] in header:
                raise ValueError(f"not a header line of a rule: {line}")
            header[found[1]] = found[2]
    if missing := sorted(_REQUIRED - header.keys()):
        raise ValueError(f"the header lacks {', '.join(missing)}")
    if Kind(header["kind"]) is not Kind.DOMAIN and "section" not in header:
        raise ValueError("the header lacks section, the row of the table of OWL 2 RL rules")
    return header


def _body(text: str, kind: Kind) -> Body:
    positive = _ABSENCE.sub("", text)
    query = _translate(positive)
    expected = "SelectQuery" if kind is Kind.CONSISTENCY else "ConstructQuery"
    if query.name != expected or not _PROJECTION.search(text):
        raise ValueError(f"a rule of kind {kind} is a {expected.removesuffix('Query').upper()}")
    parts = _Parts()
    parts.read(query.p)
    body = Body(
        heads=tuple(_patterns(query.template or ())),
        patterns=tuple(parts.patterns),
        absences=tuple(_absence(text, found[1]) for found in _ABSENCE.finditer(text)),
        computed=frozenset(parts.computed),
        values=parts.values,
        positive=positive,
        select=_PROJECTION.sub("SELECT * WHERE", text, count=1),
    )
    if any(body.computed & pattern.variables for pattern in body.patterns):
        raise ValueError("a variable that BIND computes may stand in the head only")
    return body


def _absence(text: str, group: str) -> Absence:
    prologue = text[: _start(text)]
    parts = _Parts()
    parts.read(_translate(f"{prologue} SELECT * WHERE {group}").p)
    for pattern in parts.patterns:
        kind = pattern.object if pattern.predicate == RDF_TYPE else pattern.predicate
        if isinstance(kind, Variable):
            raise ValueError(f"{pattern}: name the property or class that is to be absent")
    return Absence(tuple(parts.patterns), group)


def _start(text: str) -> int:
    found = _PROJECTION.search(text)
    return found.start() if found else 0


def _translate(text: str) -> CompValue:
    try:
        return translateQuery(parseQuery(text)).algebra
    except Exception as error:  # the parser raises whatever its library raises
        raise ValueError(f"not a SPARQL query: {error}") from None


class _Parts:
    """What stands in the WHERE clause of a rule, collected from the algebra of SPARQL 1.1."""

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self.computed: set[Variable] = set()
        self.values: dict[Variable, frozenset[Term]] = {}

    def read(self, node: CompValue) -> None:
        """Collect from `node` and what is below it.

        :raises ValueError: at a construct that a rule may not use.
        """
        match node.name:
            case "Project":
                self.read(node.p)
            case "Filter":
                _refuse_exists(node.expr)
                self.read(node.p)
            case "Join":
                self.read(node.p1)
                self.read(node.p2)
            case "Extend":
                self.computed.add(Variable(str(node.var)))
                self.read(node.p)
            case "BGP":
                self.patterns += _patterns(node.triples)
            case "ToMultiSet" if node.p.name == "values":
                self._read_values(node.p.res)
            case other:
                raise ValueError(f"{other}: more of SPARQL than a rule may use")

    def _read_values(self, rows: Iterable[Mapping[Any, Any]]) -> None:
        columns: dict[Variable, set[Term]] = {}
        for row in rows:
            for variable, term in row.items():
                columns.setdefault(Variable(str(variable)), set()).add(_constant(term))
        self.values |= {variable: frozenset(terms) for variable, terms in columns.items()}


def _refuse_exists(expression: object) -> None:
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            raise ValueError("EXISTS stands in a rule only as FILTER NOT EXISTS { … }, not nested")
        for part in expression.values():
            _refuse_exists(part)
    elif isinstance(expression, list):
        for part in expression:
            _refuse_exists(part)


def _patterns(triples: Iterable[tuple[Any, Any, Any]]) -> Iterator[Pattern]:
    patterns = [Pattern(*map(_slot, triple)) for triple in triples]
    yield from sorted(patterns, key=str)


def _slot(term: object) -> Slot:
    match term:
        case rdflib.Variable():
            return Variable(str(term))
        case rdflib.URIRef():
            return NamedNode(str(term))
        case rdflib.Literal(language=str(language)):
            return Literal(str(term), language=language)
        case rdflib.Literal():
            return Literal(str(term), datatype=NamedNode(str(term.datatype or XSD + "string")))
        case _:
            raise ValueError(f"{term}: a rule's triples hold IRIs, literals and variables only")


def _constant(term: object) -> Term:
    slot = _slot(term)
    if isinstance(slot, Variable):
        raise ValueError(f"{slot} among VALUES")
    return slot


def rule_quads(rules: Iterable[Rule], name: NamedNode = RULES_GRAPH) -> list[Quad]:
    """The description of `rules` for the graph `name`, without blank nodes.

    Each is a ``sh:SPARQLConstructExecutable`` or, for consistency, a
    ``sh:SPARQLSelectExecutable`` with its query; ``sh:order`` is its stratum.
    """
    return [quad for rule in rules for quad in _describe(rule, name)]


def _describe(rule: Rule, name: NamedNode) -> Iterator[Quad]:
    form = "Select" if rule.kind is Kind.CONSISTENCY else "Construct"
    dcterms = PREFIXES["dcterms"]
    rows: list[tuple[NamedNode, NamedNode | BlankNode | Literal]] = [
        (RDF_TYPE, NamedNode(f"{SH}SPARQL{form}Executable")),
        (NamedNode(SH + form.lower()), Literal(rule.text)),
        (NamedNode(SH + "order"), Literal(rule.stratum)),
        (NamedNode(dcterms + "identifier"), Literal(rule.name)),
    ]
    for language in LANGUAGES:
        label, summary = rule.labels[language], rule.summaries[language]
        rows.append((NamedNode(RDFS + "label"), Literal(label, language=language)))
        rows.append((NamedNode(dcterms + "description"), Literal(summary, language=language)))
    if rule.section:
        rows.append((NamedNode(dcterms + "conformsTo"), OWL_RL_RULES))
        rows.append((NamedNode(RDFS + "comment"), Literal(rule.section, language="en")))
    for predicate, object in rows:
        yield Quad(rule.iri, predicate, object, name)
