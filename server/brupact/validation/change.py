"""Validation of a change: only what it can affect is looked at, and the result is the same.

The shapes and nodes that the change can affect (`impact`) are validated by the same engine as a
whole dataset: over an extract that holds all that those shapes can see from those nodes, and with
shapes whose targets are replaced by just those nodes. SPARQL-based constraints, and the checks over
named graphs, are asked for the rows that the change can bring (`queries`), in the store itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import rdflib
from pyoxigraph import BlankNode, NamedNode, Quad, Store, Triple, Variable
from rdflib.namespace import RDF, SH

from brupact.namespaces import GENID, RDF_TYPE
from brupact.validation.constraints import Constraint, constraints, default_graph, rdflib_term
from brupact.validation.dataset import FOCUS, Check, load_checks, result_of
from brupact.validation.engines import data_graph, report_graph, shapes_graph
from brupact.validation.impact import Change, Membership, Place, below, impact
from brupact.validation.network import TARGETS, Network, State
from brupact.validation.overlay import Overlay
from brupact.validation.queries import THIS, Bindings, Reading, Select
from brupact.validation.report import Finding, Report, findings, text
from brupact.validation.view import SUB_CLASS_OF, Node, View

#: What a changed quad gives the variables of a query; ``None`` if no row can come of it.
Hit = frozenset[tuple[Variable, Node]] | None

_SPARQL: Final = str(SH.SPARQLConstraintComponent)


@dataclass(frozen=True)
class CompiledShapes:
    """Shapes made ready for validating changes: made once, used by any number of processes."""

    graph: rdflib.Graph
    network: Network
    constraints: tuple[Constraint, ...]
    checks: tuple[Check, ...]
    overlay: Overlay

    def prepare(self, engine: str) -> None:
        """Do what `engine` does once, so that processes that are forked afterwards need not.

        :raises BrupactError: if it is not installed, or the shapes are not well formed.
        """
        self.overlay.report(rdflib.Graph(), (), engine)


def compile_shapes(shapes: rdflib.Graph, checks: Iterable[Check] = ()) -> CompiledShapes:
    """Make `shapes` and `checks` ready.

    :raises ValueError: if the query of a constraint is not SPARQL.
    """
    shapes = _named(shapes)
    network = Network(shapes)
    return CompiledShapes(
        shapes, network, tuple(constraints(shapes, network)), tuple(checks),
        Overlay(shapes, network),
    )  # fmt: skip


def _named(shapes: rdflib.Graph) -> rdflib.Graph:
    """`shapes` with names for the blank nodes that a finding may name as its source."""
    sources = {*shapes.objects(None, SH.property), *shapes.objects(None, SH.sparql)}
    sources |= {s for target in TARGETS for s in shapes.subjects(target)}
    blank = {node for node in sources if isinstance(node, rdflib.BNode)}
    names: dict[Any, Any] = {node: rdflib.URIRef(f"{GENID}{node}") for node in blank}
    if not names:
        return shapes
    named = rdflib.Graph()
    for s, p, o in shapes:
        named.add((names.get(s, s), p, names.get(o, o)))
    return named


def load_shapes(folder: Path) -> CompiledShapes:
    """The shapes in `folder` and the checks in its folder ``dataset``, ready."""
    return compile_shapes(shapes_graph(folder), load_checks(folder / "dataset"))


@dataclass(frozen=True)
class ChangeReport(Report):
    """What is found on what a change affects; it may be made if this conforms."""

    #: All that holds after the change, if what held before was given: what was found before on
    #: what is not affected, and what is found now.
    state: tuple[Finding, ...] | None = None


def validate_change(
    store: Store,
    change: Change,
    shapes: CompiledShapes,
    before: Report | None = None,
    *,
    engine: str = "pyshacl",
) -> ChangeReport:
    """Validate `change`, which is already made in `store`.

    The findings are those of a full validation that the change can have brought. With the findings
    `before` the change (made with the same graph of shapes), the report knows the `state`, equal to
    what a full validation finds.

    :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
    """
    return _Validation(store, change, shapes, before, engine).run()


@dataclass
class _Validation:
    """One change on its way."""

    store: Store
    change: Change
    shapes: CompiledShapes
    before: Report | None
    engine: str
    report: rdflib.Graph = field(default_factory=rdflib.Graph)
    root: rdflib.BNode = field(default_factory=rdflib.BNode)
    #: What is found in named graphs, which no shape and no engine knows.
    in_graphs: set[Finding] = field(default_factory=set)
    #: Findings of before that may not hold any more, or hold again.
    replaced: set[Finding] = field(default_factory=set)

    def run(self) -> ChangeReport:
        """Validate what is affected."""
        self.view = View(self.store)
        self.membership = Membership(self.shapes.network, self.view)
        if self.shapes.network.opaque:
            self._everything()
        else:
            found = impact(self.shapes.network, self.store, self.change)
            self._by_engine(found.units)
            self._by_queries(found.membership)
        for check in self.shapes.checks:
            self._check(check)
        return self._conclude()

    def _everything(self) -> None:
        found = report_graph(data_graph(self.store), self.shapes.graph, self.engine)
        self._keep(found, list(found.objects(None, SH.result)))
        checks = {check.shape for check in self.shapes.checks}
        self.replaced |= {one for one in self.known() if one.shape not in checks}

    def _conclude(self) -> ChangeReport:
        self.report.add((self.root, RDF.type, SH.ValidationReport))
        conforms = (self.root, SH.result, None) not in self.report
        self.report.add((self.root, SH.conforms, rdflib.Literal(conforms)))
        checks = {check.shape for check in self.shapes.checks}
        found = findings(self.report, self.shapes.graph)
        now = {*(one for one in found if one.shape not in checks), *self.in_graphs}
        state = tuple(sorted((set(self.known()) - self.replaced) | now)) if self.before else None
        return ChangeReport(tuple(sorted(now)), self.report, state)

    def known(self) -> tuple[Finding, ...]:
        """What was found before."""
        return self.before.findings if self.before else ()

    # What an engine finds

    def _by_engine(self, units: frozenset[Place]) -> None:
        names = {(text(self.shapes.network.reporting[s]), text(rdflib_term(n))) for s, n in units}
        self.replaced |= {
            one
            for one in self.known()
            if (one.shape, one.focus_node) in names and one.component != _SPARQL
        }
        now = [place for place in units if self.membership.holds(*place)]
        if not now:
            return
        # What the shape above reports as well would be told twice.
        targets = set(now) - below(self.shapes.network, self.view, now)
        found = self.shapes.overlay.report(self._extract(now), targets, self.engine)
        wanted = {(self.shapes.network.reporting[s], rdflib_term(n)) for s, n in now}
        results = [
            result for result in found.objects(None, SH.result) if _source(found, result) in wanted
        ]
        self._keep(found, results)

    def _keep(self, found: rdflib.Graph, results: list[Any]) -> None:
        """Take over `results`, with the blank nodes that they use."""
        for result in results:
            self.report.add((self.root, SH.result, result))
        todo = list(results)
        for node in todo:
            for predicate, value in found.predicate_objects(node):
                self.report.add((node, predicate, value))
                if isinstance(value, rdflib.BNode) and value not in todo:
                    todo.append(value)

    def _extract(self, units: Iterable[Place]) -> rdflib.Graph:
        """All that the shapes of `units` can see from their nodes."""
        seen: set[Triple] = set()
        found: set[Place] = set()
        todo = set(units)
        while todo:
            found |= todo
            todo = {after for place in todo for after in self._seen(*place, seen)} - found
        # With the prefixes of any graph: pySHACL writes terms in its messages with them.
        extract = rdflib.Graph()
        for s, p, o in seen:
            extract.add((rdflib_term(s), rdflib_term(p), rdflib_term(o)))
        return extract

    def _seen(self, state: State, node: Any, seen: set[Triple]) -> Iterator[Place]:
        """The places after one; the triples read there are put into `seen`."""
        network, view = self.shapes.network, self.view
        for end, _ in network.links.get(state, ()):
            yield end, node
        for step in network.steps.get(state, ()):
            if step.forward:
                for triple in view.triples(node, step.predicate):
                    seen.add(triple)
                    yield step.state, triple.object
            else:
                for subject in view.subjects(step.predicate, node):
                    seen.add(Triple(subject, step.predicate, node))  # type: ignore[arg-type]
                    yield step.state, subject
        if state in network.closed:
            seen.update(view.triples(node))
        if state in network.types:
            seen.update(view.triples(node, RDF_TYPE))
            for class_ in view.classes(node):
                seen.update(view.triples(class_, SUB_CLASS_OF))

    # What queries find

    def _by_queries(self, members: frozenset[Place]) -> None:
        graphs = default_graph(self.store)
        for constraint in self.shapes.constraints:
            asking = _Asking(self, constraint, graphs)
            asking.members({node for state, node in members if state == constraint.state})
            if hits := self._hits(constraint.select):
                asking.hits(hits)

    def _hits(self, select: Select) -> set[Hit]:
        """How the change touches a query: what it gives the variables, if rows may follow."""
        return {
            hit
            for quads, brought in ((self.change.added, True), (self.change.removed, False))
            for quad in quads
            for reading in select.about(quad.predicate)
            # What only ends rows is of no interest where none are known.
            if self.before or reading.sign != (-1 if brought else 1)
            for hit in self._hit(reading, quad, brought)
        }

    def _hit(self, reading: Reading, quad: Quad, brought: bool) -> Iterator[Hit]:
        found = reading.match(quad)
        if found is None:
            return
        found = {n: found[n] for n in reading.shared if not isinstance(found[n], BlankNode)}
        but = self.change.added if brought else frozenset[Quad]()
        if not (reading.alone and reading.others(self.store, found, but)):
            brings = reading.sign != (-1 if brought else 1)
            yield frozenset(found.items()) if brings else None

    def _check(self, check: Check) -> None:
        if not (hits := self._hits(check.select)):
            return
        known = {one for one in self.known() if one.shape == check.shape}
        self.replaced |= known
        hits |= {frozenset({(FOCUS, NamedNode(one.focus_node))}) for one in known}
        whole = check.select.whole or frozenset() in hits
        for table in [()] if whole else tables(hits):
            for finding, row in check.results(self.store, table):
                if finding not in self.in_graphs:
                    self.in_graphs.add(finding)
                    self.report += result_of(finding, row, self.root)


def tables(hits: Iterable[Hit]) -> list[list[dict[Variable, Node]]]:
    """`hits` by the variables that they give values to."""
    found: dict[frozenset[Variable], list[dict[Variable, Node]]] = defaultdict(list)
    for hit in hits:
        if hit is not None:
            found[frozenset(name for name, _ in hit)].append(dict(hit))
    return list(found.values())


@dataclass
class _Asking:
    """What one constraint finds after a change."""

    validation: _Validation
    constraint: Constraint
    graphs: list[Any]
    found: set[tuple[Any, ...]] = field(default_factory=set)

    def members(self, nodes: set[Node]) -> None:
        """Ask about `nodes`, which may not have been focus nodes before."""
        self._again(nodes)

    def hits(self, hits: set[Hit]) -> None:
        """Ask about what is touched."""
        select, membership = self.constraint.select, self.validation.membership
        known = {one.focus_node for one in self._known()}
        every = select.whole or (select.per_focus and frozenset() in hits)
        if every or known:
            nodes = membership.members(self.constraint.state) if every else self._nodes(known)
            self._again(nodes, known)
        for table in [] if every else tables(hits):
            if not select.per_focus:
                self._ask({}, table)
                continue
            for node in membership.members(self.constraint.state):
                self._ask({THIS: node}, table)

    def _known(self) -> Iterator[Finding]:
        """What the constraint found before."""
        key = text(self.constraint.shape), text(self.constraint.node)
        return (one for one in self.validation.known() if (one.shape, one.constraint) == key)

    def _nodes(self, names: set[str]) -> set[Node]:
        """The focus nodes called `names`."""
        state, membership = self.constraint.state, self.validation.membership
        found: set[Node] = {n for n in map(_iri, names) if n and membership.holds(state, n)}
        if len(found) < len(names):
            found |= {n for n in membership.members(state) if text(rdflib_term(n)) in names}
        return found

    def _again(self, nodes: set[Node], names: Iterable[str] = ()) -> None:
        """Ask anew about `nodes`; what was found on them, and on what has `names`, is replaced."""
        replaced = {*names, *(text(rdflib_term(node)) for node in nodes)}
        self.validation.replaced |= {one for one in self._known() if one.focus_node in replaced}
        for node in nodes:
            self._ask({THIS: node})

    def _ask(self, bindings: Bindings, table: Sequence[Bindings] = ()) -> None:
        state, holds = self.constraint.state, self.validation.membership.holds
        if any(name == THIS and not holds(state, node) for name, node in bindings.items()):
            return
        if table and THIS in table[0]:
            table = [row for row in table if holds(state, row[THIS])]
            if not table:
                return
        store = self.validation.store
        for row in self.constraint.select.rows(store, bindings, self.graphs, table):
            focus = row.get("this") or bindings[THIS]
            key = (focus, row.get("path"), row.get("value"))
            if key not in self.found and holds(state, focus):
                self.found.add(key)
                result = self.constraint.result(self.validation.report, focus, row)
                self.validation.report.add((self.validation.root, SH.result, result))


def _iri(name: str) -> NamedNode | None:
    try:
        return NamedNode(name)
    except ValueError:
        return None


def _source(report: rdflib.Graph, result: Any) -> tuple[Any, Any]:
    return report.value(result, SH.sourceShape), report.value(result, SH.focusNode)
