"""The tests of the W3C for SHACL: which there are, and what the gate's validator reports on each.

`BRUPACT_CONFORMANCE` names the folder that holds ``shacl/tests`` as
https://github.com/w3c/data-shapes has it.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse
from rdflib import RDF, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from tests.conformance.suite import MF, UnknownType, known

from brupact.namespaces import GENID
from brupact.validation import (
    ENGINES,
    Change,
    compile_shapes,
    data_graph,
    validate_change,
    validate_graph,
)
from brupact.validation.report import Report, findings

FOLDER: Final = Path(os.environ.get("BRUPACT_CONFORMANCE", "conformance"), "shacl", "tests")
SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")
#: How many tests there are at least, by the part of the suite: a test that is lost is seen.
FLOORS: Final[Mapping[str, int]] = {"core": 98}
#: What leads from a result to the nodes of its path (SHACL, section 2.3.1).
_PATHS: Final = frozenset(
    {SH.resultPath, SH.inversePath, SH.alternativePath, SH.zeroOrMorePath, SH.oneOrMorePath,
     SH.zeroOrOnePath, RDF.first, RDF.rest}
)  # fmt: skip
#: Where the data of a test stand.
_DATA: Final = NamedNode("urn:x-shacl-test:data")


@dataclass(frozen=True)
class Case:
    """A test: its place in the suite, its data and shapes, and the report that is expected."""

    name: str
    data: Path
    shapes: Path
    expected: Graph

    @property
    def part(self) -> str:
        """One of `FLOORS`."""
        return self.name.partition("/")[0]


@cache
def cases() -> tuple[Case, ...]:
    """All tests that the manifests of the suite name, in their order."""
    return tuple(_cases(FOLDER / "manifest.ttl")) if FOLDER.is_dir() else ()


def _cases(path: Path) -> Iterator[Case]:
    """The tests of the manifest in the file `path`, and of those that it includes.

    :raises UnknownType: if the suite has a type of test that nobody here knows how to run.
    """
    with exactly():
        manifest, address = read(path), URIRef(path.as_uri())
    for included in sorted(map(local, manifest.objects(address, MF.include))):
        if included.exists():
            yield from _cases(included)
    entries = manifest.value(address, MF.entries)
    for entry in Collection(manifest, entries) if entries else ():
        if (entry, RDF.type, SHT.Validate) not in manifest:
            raise UnknownType(f"{entry} is a {manifest.value(entry, RDF.type)}")
        action = manifest.value(entry, MF.action)
        yield Case(
            str(local(entry).relative_to(FOLDER.absolute())),
            local(manifest.value(action, SHT.dataGraph)),
            local(manifest.value(action, SHT.shapesGraph)),
            report(manifest, manifest.value(entry, MF.result)),
        )


def local(iri: Any) -> Path:
    """The file that `iri` names."""
    return Path(str(iri).removeprefix("file://"))


def read(path: Path) -> Graph:
    """The graph in the file `path`; relative IRIs are meant against its address."""
    return Graph().parse(path.absolute(), format="turtle", publicID=path.absolute().as_uri())


@contextmanager
def exactly() -> Iterator[None]:
    """Let rdflib read literals as they are written."""
    usual, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = usual


def report(graph: Graph, root: Any) -> Graph:
    """The validation report `root` of `graph`: the report, its results, and their paths.

    Each result has a path of its own: whether two share the nodes of one says nothing.
    """
    found = Graph()
    _copy(graph, root, root, found)
    return found


def _copy(graph: Graph, node: Any, name: Any, found: Graph) -> None:
    """Put what is said of `node`, and of what only it leads to, into `found`, with it as `name`."""
    for predicate, value in graph.predicate_objects(node):
        is_path = isinstance(value, BNode) and predicate in _PATHS
        other = BNode() if is_path else value
        found.add((name, predicate, other))
        if is_path or predicate == SH.result:
            _copy(graph, value, other, found)


def comparable(actual: Graph, expected: Graph) -> Graph:
    """`actual` without what an engine is free to say more than `expected` does.

    That is the words of a result, unless the test asks for them (its manifest says so), and
    ``sh:detail`` (SHACL, section 3.6.2.7).
    """
    kept = Graph() + actual
    for free in (SH.resultMessage, SH.detail):
        if (None, free, None) not in expected:
            kept.remove((None, free, None))
    return report(kept, kept.value(predicate=RDF.type, object=SH.ValidationReport))


def _store(case: Case) -> Store:
    """The data of `case`, as the service holds them."""
    store = Store()
    text, base = case.data.read_bytes(), case.data.absolute().as_uri()
    store.extend(
        Quad(quad.subject, quad.predicate, quad.object, _DATA)
        for quad in parse(text, RdfFormat.TURTLE, base_iri=base)
    )
    return store


def whole(case: Case, engine: str) -> Graph:
    """What a validation of all data reports."""
    found = validate_graph(data_graph(_store(case)), read(case.shapes), engine=engine)
    return _read_report(found)


def _read_report(found: Report) -> Graph:
    with exactly():
        return Graph().parse(data=found.turtle, format="turtle")


def change(case: Case, engine: str) -> Graph:
    """What holds after a change that brings all data, by the validation of that change.

    What was found before, where there are no data, still holds where the change does not affect it.
    """
    store, compiled = _store(case), compile_shapes(read(case.shapes))
    before = validate_graph(Graph(), compiled.graph, engine=engine)
    brought = Change(frozenset(store))
    found = validate_change(store, brought, compiled, before, engine=engine)
    now = _read_report(found)
    kept = set(found.state or ()) - set(found.findings)
    earlier = _read_report(before)
    root = now.value(predicate=RDF.type, object=SH.ValidationReport)
    assert root is not None
    results = zip(earlier.objects(None, SH.result), findings(earlier, compiled.graph), strict=True)
    for result, finding in results:
        if finding in kept:
            now += report(earlier, result)
            now.add((root, SH.result, result))
    now.set((root, SH.conforms, Literal((root, SH.result, None) not in now)))
    return _unnamed(now)


def _unnamed(graph: Graph) -> Graph:
    """`graph` with blank nodes for the names that shapes were given."""

    def one(term: Any) -> Any:
        is_given = isinstance(term, URIRef) and term.startswith(GENID)
        return BNode(term.removeprefix(GENID)) if is_given else term

    unnamed = Graph()
    for s, p, o in graph:
        unnamed.add((one(s), p, one(o)))
    return unnamed


#: The ways of the gate to validate.
WAYS: Final[Mapping[str, Callable[[Case, str], Graph]]] = {"whole": whole, "change": change}
#: What is known of tests, by its section, with the reasons.
KNOWN: Final = {section: known(section) for section in ("shacl", "shacl-change", "shacl-by-value")}


@dataclass(frozen=True)
class Run:
    """A test, put to one engine in one of the `WAYS`."""

    case: Case
    engine: str
    way: str

    def report(self) -> Graph:
        """What is reported, as far as it is compared."""
        return comparable(WAYS[self.way](self.case, self.engine), self.case.expected)

    @property
    def fails(self) -> str:
        """Why it is known to fail; empty if it must pass."""
        sections = ("shacl", f"shacl-{self.way}")
        reasons = (KNOWN.get(section, {}).get(self.case.name) for section in sections)
        return next(filter(None, reasons), "")

    @property
    def is_by_value(self) -> bool:
        """Whether a value is known to come in another lexical form."""
        return self.case.name in KNOWN["shacl-by-value"]

    def __str__(self) -> str:
        """Its name as a test."""
        return f"{self.case.name}-{self.engine}-{self.way}"


def runs() -> tuple[Run, ...]:
    """Every test with every engine, in every way."""
    return tuple(Run(c, e, w) for e in ENGINES for w in WAYS for c in cases())


def as_stored(graph: Graph) -> Graph:
    """`graph` with its literals as the service stores them: in another form, of the same value."""
    stored = Graph()
    for s, p, o in graph:
        stored.add((s, p, _stored(o) if isinstance(o, Literal) else o))
    return stored


def _stored(literal: Literal) -> Literal:
    store = Store()
    line = f"<x:s> <x:p> {literal.n3()} .".encode()
    store.extend(parse(line, RdfFormat.N_TRIPLES))
    (quad,) = store
    with exactly():
        return next(Graph().parse(data=f"{quad} .", format="nt").objects())  # type: ignore
