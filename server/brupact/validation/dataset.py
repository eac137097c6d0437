"""Checks that need the named graphs: each a query whose rows are violations."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Store, Variable
from rdflib.namespace import RDF, SH

from brupact.namespaces import SHAPES
from brupact.validation.constraints import rdflib_term
from brupact.validation.queries import Bindings, Row, Select, read
from brupact.validation.report import Finding

FOCUS: Final = Variable("focusNode")
#: What the variables are in a validation result.
_TERMS: Final = {"focusNode": SH.focusNode, "path": SH.resultPath, "value": SH.value}
_HEADER: Final = re.compile(r"^#\+ (\w+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A query that selects ``?focusNode`` and may select ``?path`` and ``?value``.

    Its header gives the messages, its file name the name of the shape.
    """

    shape: str
    messages: tuple[tuple[str, str], ...]
    select: Select

    def findings(self, store: Store, table: Collection[Bindings] = ()) -> Iterator[Finding]:
        """What it finds in the named graphs of `store`, or the rows that agree with `table`."""
        return (finding for finding, _ in self.results(store, table))

    def results(
        self, store: Store, table: Collection[Bindings] = ()
    ) -> Iterator[tuple[Finding, Row]]:
        """What `findings` gives, each with the row of the query that it was found in."""
        for row in self.select.rows(store, {}, None, table):
            focus, path, value = (_plain(row, name) for name in ("focusNode", "path", "value"))
            yield Finding(
                str(SH.Violation), focus, path, value, self.shape,
                str(SH.SPARQLConstraintComponent), "", self.messages,
            ), row  # fmt: skip


def result_of(finding: Finding, row: Row, report: rdflib.BNode) -> rdflib.Graph:
    """`finding`, found in `row`, as a result of the validation `report` (SHACL, section 3.6)."""
    graph, result = rdflib.Graph(), rdflib.BNode()
    graph.add((report, SH.result, result))
    graph.add((result, RDF.type, SH.ValidationResult))
    graph.add((result, SH.resultSeverity, rdflib.URIRef(finding.severity)))
    graph.add((result, SH.sourceShape, rdflib.URIRef(finding.shape)))
    graph.add((result, SH.sourceConstraintComponent, rdflib.URIRef(finding.component)))
    for name, predicate in _TERMS.items():
        if (value := row.get(name)) is not None:
            graph.add((result, predicate, rdflib_term(value)))
    for language, words in finding.messages:
        graph.add((result, SH.resultMessage, rdflib.Literal(words, lang=language)))
    return graph


def load_checks(folder: Path) -> tuple[Check, ...]:
    """The checks in `folder`."""
    return tuple(_check(path) for path in sorted(folder.glob("*.rq")))


def _check(path: Path) -> Check:
    text = path.read_text(encoding="utf-8")
    header = sorted(_HEADER.findall(text))
    messages = tuple((k.removeprefix("message_"), v) for k, v in header if k.startswith("message_"))
    return Check(SHAPES + path.stem, messages, read(text))


def dataset_findings(store: Store, folder: Path) -> list[Finding]:
    """What the queries in `folder` find in the named graphs of `store`; each row is a violation."""
    return [finding for check in load_checks(folder) for finding in check.findings(store)]


def _plain(row: Row, name: str) -> str:
    value = row.get(name)
    return value.value if isinstance(value, NamedNode | BlankNode | Literal) else ""
