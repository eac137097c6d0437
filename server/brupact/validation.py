"""SHACL validation of a whole dataset, and the checks that need its named graphs.

Two engines stand behind one function: pySHACL, the reference, and pyshacl-turbo, the fast one.
"""

import importlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, serialize
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import SH

from brupact.errors import BrupactError
from brupact.namespaces import SHAPES, graph

#: Graphs that are not data: the shapes do not validate themselves.
NOT_DATA: Final = (graph("shapes"), graph("rules"))
_MODULES: Final = {"pyshacl": "pyshacl", "turbo": "pyshacl_turbo"}
#: The names of the SHACL engines; the first is the reference.
ENGINES: Final = tuple(_MODULES)
#: A variable in a message (SHACL, section 5.3.2).
_VARIABLE: Final = re.compile(r"\{[?$](\w+)\}")
_HEADER: Final = re.compile(r"^#\+ (\w+): (.+)$", re.MULTILINE)


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
    #: The report of the SHACL engine as RDF (SHACL, section 3.6.1), as Turtle.
    turtle: str = ""

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings of severity ``sh:Violation``."""
        return tuple(f for f in self.findings if f.severity == str(SH.Violation))

    @property
    def conforms(self) -> bool:
        """Whether the data may be published."""
        return not self.violations


def data_graph(store: Store) -> rdflib.Graph:
    """The union of the data in `store` as an rdflib graph, which is what the engines work on."""
    buffer = io.BytesIO()
    serialize(
        {q.triple for q in store if q.graph_name not in NOT_DATA}, buffer, RdfFormat.N_TRIPLES
    )
    return rdflib.Graph().parse(data=buffer.getvalue(), format="nt")


def shapes_graph(folder: Path) -> rdflib.Graph:
    """The shapes in `folder`, with the blank nodes that their syntax uses."""
    shapes = rdflib.Graph()
    for path in sorted(folder.glob("*.ttl")):
        shapes.parse(path)
    return shapes


def validate(store: Store, shapes: Path, *, engine: str = "pyshacl") -> Report:
    """Validate all data in `store`, derived triples included, against the files in `shapes`.

    :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
    """
    found = validate_graph(data_graph(store), shapes_graph(shapes), engine=engine)
    return Report((*found.findings, *dataset_findings(store, shapes / "dataset")), found.turtle)


def validate_graph(data: rdflib.Graph, shapes: rdflib.Graph, *, engine: str = "pyshacl") -> Report:
    """Validate one graph with a SHACL engine (SHACL, section 3)."""
    try:
        module = importlib.import_module(_MODULES[engine])
    except ImportError:
        raise BrupactError(f"{_MODULES[engine]} is not installed; add the extra 'fast'") from None
    conforms, graph_, text = module.validate(
        data, shacl_graph=shapes, advanced=False, inference="none"
    )
    if not isinstance(graph_, rdflib.Graph):
        raise BrupactError(f"the shapes cannot be used: {text}")
    return Report(tuple(sorted(_findings(graph_, shapes))), graph_.serialize(format="turtle"))


def _findings(report: rdflib.Graph, shapes: rdflib.Graph) -> Iterable[Finding]:
    paths = ShapesGraph(report)
    for result in report.objects(None, SH.result):

        def one(predicate: rdflib.URIRef, result: Any = result) -> str:
            return _text(report.value(result, predicate))

        path = report.value(result, SH.resultPath)
        yield Finding(
            severity=one(SH.resultSeverity),
            focus_node=one(SH.focusNode),
            path=_text(path) if path is None or isinstance(path, rdflib.URIRef)
            else shacl_path_to_sparql_path(paths, path),
            value=one(SH.value),
            shape=one(SH.sourceShape),
            component=one(SH.sourceConstraintComponent),
            constraint=one(SH.sourceConstraint),
            messages=tuple(sorted(_messages(report, result, shapes))),
        )  # fmt: skip


def _messages(report: rdflib.Graph, result: Any, shapes: rdflib.Graph) -> Iterable[tuple[str, str]]:
    """The messages of `result`, in every language in which its constraint has them.

    The engines give a SPARQL-based constraint's message in one language only.
    """
    constraint = report.value(result, SH.sourceConstraint)
    known = {"this": SH.focusNode, "value": SH.value, "path": SH.resultPath}
    terms = {name: _text(report.value(result, term)) for name, term in known.items()}
    templates = shapes.objects(constraint, SH.message) if constraint is not None else ()
    filled = [(m, _VARIABLE.sub(lambda v: terms.get(v[1], v[0]), str(m))) for m in templates]
    whole = [(message, text) for message, text in filled if not _VARIABLE.search(text)]
    for message, text in whole or [(m, str(m)) for m in report.objects(result, SH.resultMessage)]:
        yield getattr(message, "language", None) or "", text


def _text(term: Any) -> str:
    if term is None:
        return ""
    return term.n3() if isinstance(term, rdflib.BNode) else str(term)


def dataset_findings(store: Store, folder: Path) -> list[Finding]:
    """What the queries in `folder` find in the named graphs of `store`; each row is a violation.

    A query selects ``?focusNode`` and may select ``?path`` and ``?value``; its header gives the
    messages, its file name the name of the shape.
    """
    findings = []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        header = dict(_HEADER.findall(text))
        messages = tuple(
            (key.removeprefix("message_"), value)
            for key, value in sorted(header.items())
            if key.startswith("message_")
        )
        for row in store.query(text):  # type: ignore[union-attr]
            focus, where, value = (
                _plain(_get(row, name)) for name in ("focusNode", "path", "value")
            )
            findings.append(
                Finding(
                    str(SH.Violation), focus, where, value, SHAPES + path.stem,
                    str(SH.SPARQLConstraintComponent), "", messages,
                )
            )  # fmt: skip
    return findings


def _get(row: Any, name: str) -> Any:
    try:
        return row[name]
    except KeyError:
        return None


def _plain(term: NamedNode | Literal | None) -> str:
    if term is None:
        return ""
    return term.value
