"""What a validation found: plain values, read from the report that SHACL engines write."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import rdflib
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import SH

from brupact.namespaces import PREFIXES

#: A variable in a message (SHACL, section 5.3.2).
VARIABLE: Final = re.compile(r"\{[?$](\w+)\}")


@dataclass(frozen=True, order=True)
class Finding:
    """One validation result (SHACL, section 3.6.2).

    `path` is a SPARQL property path, `constraint`
    is the SPARQL-based constraint that gave the result, if one did. `messages` are by language
    tag; the key is ``""`` for a message without one.
    """

    severity: str
    focus_node: str
    path: str
    value: str
    shape: str
    component: str
    constraint: str = ""
    messages: tuple[tuple[str, str], ...] = ()

    def message(self, *languages: str) -> str:
        """The message in the first of `languages` that has one, else any."""
        known = dict(self.messages)
        return next(
            (known[tag] for tag in languages if tag in known), next(iter(known.values()), "")
        )


@dataclass(frozen=True)
class Report:
    """What a validation found. It conforms if nothing found is a violation."""

    findings: tuple[Finding, ...]
    #: The report of the SHACL engine as RDF (SHACL, section 3.6.1).
    graph: rdflib.Graph = field(default_factory=rdflib.Graph, compare=False, repr=False)

    @cached_property
    def turtle(self) -> str:
        """The report as Turtle, written when it is asked for: it takes longer than most changes."""
        return self.graph.serialize(format="turtle")

    @cached_property
    def canonical(self) -> bytes:
        """The report as Turtle that is the same for the same data: RDFC-1.0 names blank nodes."""
        statements = Dataset(parse(self.turtle, RdfFormat.TURTLE))
        statements.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        triples = sorted((quad.triple for quad in statements), key=str)
        return serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b""

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings of severity ``sh:Violation``."""
        return tuple(f for f in self.findings if f.severity == str(SH.Violation))

    @property
    def conforms(self) -> bool:
        """Whether the data may be published."""
        return not self.violations


def findings(report: rdflib.Graph, shapes: rdflib.Graph) -> Iterable[Finding]:
    """The results in `report` (SHACL, section 3.6), with the messages that `shapes` have."""
    paths = _Paths(report)
    for result in report.objects(None, SH.result):

        def one(predicate: rdflib.URIRef, result: Any = result) -> str:
            return text(report.value(result, predicate))

        path = report.value(result, SH.resultPath)
        yield Finding(
            severity=one(SH.resultSeverity),
            focus_node=one(SH.focusNode),
            path=text(path) if path is None or isinstance(path, rdflib.URIRef)
            else paths.sparql(path),
            value=one(SH.value),
            shape=one(SH.sourceShape),
            component=one(SH.sourceConstraintComponent),
            constraint=one(SH.sourceConstraint),
            messages=tuple(sorted(_messages(report, result, shapes))),
        )  # fmt: skip


class _Paths:
    """The property paths in `report`."""

    def __init__(self, report: rdflib.Graph) -> None:
        self._report = report

    @cached_property
    def _shapes(self) -> ShapesGraph:
        """A copy, to which pySHACL adds triples; made where a path is not a property alone."""
        return ShapesGraph(rdflib.Graph() + self._report)

    def sparql(self, path: Any) -> str:
        """`path` in SPARQL."""
        return str(shacl_path_to_sparql_path(self._shapes, path))


def _messages(report: rdflib.Graph, result: Any, shapes: rdflib.Graph) -> Iterable[tuple[str, str]]:
    """The messages of `result`, in every language in which its constraint has them.

    The engines give a SPARQL-based constraint's message in one language only.
    """
    constraint = report.value(result, SH.sourceConstraint)
    known = {"this": SH.focusNode, "value": SH.value, "path": SH.resultPath}
    terms = {name: text(report.value(result, term)) for name, term in known.items()}
    templates = shapes.objects(constraint, SH.message) if constraint is not None else ()
    filled = [(m, VARIABLE.sub(lambda v: terms.get(v[1], v[0]), str(m))) for m in templates]
    whole = [(message, words) for message, words in filled if not VARIABLE.search(words)]
    for message, words in whole or [(m, str(m)) for m in report.objects(result, SH.resultMessage)]:
        yield getattr(message, "language", None) or "", words


def text(term: Any) -> str:
    """`term` as it stands in a finding."""
    if term is None:
        return ""
    return term.n3() if isinstance(term, rdflib.BNode) else str(term)
