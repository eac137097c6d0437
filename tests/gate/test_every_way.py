"""Whatever the way in, an invalid change is refused alike: the shape is named, nothing changes.

Changes that do not touch each other are sent together; one that is not found then, since another
hides it, is sent again with fewer. `make test` sends all by SPARQL Update and a part of them, which
changes from day to day, in the other ways; `make soak` sends all in all ways, each by itself.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import Quad, RdfFormat, Store, Triple, serialize
from rdflib import Graph, URIRef
from rdflib.namespace import SH
from tests.editing import Editor, tokens
from tests.gate.invalid import Invalid, candidates
from tests.process import SOAK, serving, show
from tests.shapes.conftest import SHAPES, load, local, named_constraints
from tests.shapes.test_mutations import PSHAPE, Spoiler

from brupact import resources
from brupact.cli import main
from brupact.commits import state as states
from brupact.commits.log import Log
from brupact.dataset import FOLLOW_UP, read_quads
from brupact.gate import Law, ReleaseRefused, open_log, read_law
from brupact.namespaces import GRAPH, INFERRED
from brupact.release import Release
from brupact.validation import data_graph, fastest

pytestmark = pytest.mark.soak

#: What is named: constraint (or shape), component and focus node.
Names = set[tuple[str, str, str]]
#: How many changes are sent together, first, then of those that were not found.
SIZES = (1,) if SOAK > 1 else (150, 16, 1)
#: One in so many changes is sent in the ways other than SPARQL Update.
SLICE = 1 if SOAK > 1 else 16

DISJOINT = "the classes are disjoint: refused as a contradiction before the shapes are asked"
RANGE = "the range of the property makes the value one: refused by the shape of that class"
#: The constraints whose shape is not named, with the reason; such a change is refused all the same.
NOT_NAMED = {
    ("ClauseKind", "Xone"): DISJOINT,
    ("Measure-type", "Not"): DISJOINT,
    ("SharedPriority-type", "Not"): DISJOINT,
    ("Theme-type", "Not"): DISJOINT,
    ("CompetenceConcern-competence", "Class"): RANGE,
    ("CompetentPart-concernsCompetence", "Class"): RANGE,
}  # fmt: skip


@dataclass
class Gate:
    """A service, its log, and the invalid changes of its data."""

    editor: Editor
    state: Path
    law: Law
    table: dict[tuple[str, str], list[Invalid]]
    folder: Path

    @property
    def head(self) -> str:
        with Log(self.state, create=False) as log:
            found = log.head()
        assert found is not None
        return found.name

    @property
    def hash(self) -> str:
        with Log(self.state, create=False) as log:
            return states.at(log, self.head).rdfc()

    # The ways in. Each gives what is named, and fails if the change is not refused.

    def by_update(self, changes: list[Invalid]) -> Names:
        return _found(self.editor.update(_update(changes), "admin"))

    def by_patch(self, changes: list[Invalid]) -> Names:
        patch = _update(changes, in_graphs=False)
        return _found(self._send("PATCH", changes, "application/sparql-update", patch))

    def by_put(self, changes: list[Invalid]) -> Names:
        (name,) = {name for change in changes for name in change.graphs}
        removed = {quad.triple for change in changes for quad in change.removed}
        added = {quad.triple for change in changes for quad in change.added}
        with Log(self.state, create=False) as log:
            store = states.at(log, self.head).store()
        there = {quad.triple for quad in store.quads_for_pattern(None, None, None, name)}
        return _found(self._send("PUT", changes, "application/n-triples",
                                 _text((there - removed) | added)))  # fmt: skip

    def by_post(self, changes: list[Invalid]) -> Names:
        added = {quad.triple for change in changes for quad in change.added}
        return _found(self._send("POST", changes, "application/n-triples", _text(added)))

    def _send(self, method: str, changes: list[Invalid], media_type: str, body: str) -> object:
        (name,) = {name for change in changes for name in change.graphs}
        path = f"/graphs/{name.value.removeprefix(GRAPH)}"
        return self.editor.send(method, path, media_type, body, "admin")

    def by_command(self, changes: list[Invalid]) -> Names:
        arguments = ["commit", "--state", str(self.state)]
        for option in ("add", "remove"):
            quads = [q for c in changes for q in (c.added if option == "add" else c.removed)]
            path = self.folder / f"{option}.nq"
            path.write_bytes(serialize(quads, format=RdfFormat.N_QUADS) or b"")
            arguments += [f"--{option}", str(path)]
        told = CliRunner().invoke(main, arguments)
        assert told.exit_code == 1, told.output
        rows = [row.split() for row in told.stderr.splitlines()]
        named = {word: [row[1] for row in rows if row[:1] == [word]] for word in ("shape", "node")}
        findings = zip(named["shape"], named["node"], strict=True)
        return {(local(URIRef(shape)), "", node) for shape, node in findings}

    def by_release(self, changes: list[Invalid]) -> Names:
        with Log(self.state, create=False) as log:
            store = states.at(log, self.head).store()
        release = Store()
        release.extend(q for q in store if q.graph_name not in (INFERRED, FOLLOW_UP))
        for quad in (q for change in changes for q in change.removed):
            release.remove(quad)
        release.extend(q for change in changes for q in change.added)
        with pytest.raises(ReleaseRefused) as refused:
            open_log(self.state, release, self.law, "https://example.org/operator")
        for finding in refused.value.findings:
            assert (finding["constraint"] or finding["shape"]) in str(refused.value)
        return _names(refused.value.findings)


def _found(told: object) -> Names:
    assert told.status == 422, told  # type: ignore[attr-defined]
    return _names(json.loads(told.body).get("findings", ()))  # type: ignore[attr-defined]


def _names(findings: Iterable[dict[str, str]]) -> Names:
    return {
        (local(URIRef(f["constraint"] or f["shape"])),
         local(URIRef(f["component"])).removesuffix("ConstraintComponent"),
         f["focus_node"])
        for f in findings
    }  # fmt: skip


def _text(triples: Iterable[Triple]) -> str:
    return (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()


def _update(changes: list[Invalid], *, in_graphs: bool = True) -> str:
    operations = []
    for verb, part in (("DELETE", "removed"), ("INSERT", "added")):
        quads: set[Quad] = {q for change in changes for q in getattr(change, part)}
        rows = [f"{q.triple} ." for q in quads] if not in_graphs else [_row(q) for q in quads]
        operations.append(f"{verb} DATA {{ {' '.join(rows)} }}")
    return " ;\n".join(operations)


def _row(quad: Quad) -> str:
    return f"GRAPH {quad.graph_name} {{ {quad.triple} }}"


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return load(*sorted(SHAPES.glob("*.ttl")))


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, shapes: Graph) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("gate")
    made = tokens(folder / "state")
    with serving("--state", str(folder / "state")) as service:
        editor = Editor(service, made)
        example = read_quads(resources.EXAMPLE, FOLLOW_UP)
        told = editor.update(f"INSERT DATA {{ {' '.join(map(_row, example))} }}")
        assert told.status == 200, told
        with Log(folder / "state", create=False) as log:
            store = states.at(log, 1).store()
        spoiler = Spoiler(data_graph(store), shapes)
        table = candidates(spoiler, store, named_constraints(shapes))
        law = read_law(resources.RULES, resources.SHAPES, fastest())
        yield Gate(editor, folder / "state", law, table, folder)


def binding(gate: Gate, shapes: Graph) -> dict[tuple[str, str], list[Invalid]]:
    """The rows of the table for constraints that refuse; the others recommend."""
    return {
        name: rows
        for name, rows in gate.table.items()
        if shapes.value(PSHAPE[name[0]], SH.severity) != SH.Warning
    }


def batches(
    rows: Iterable[list[Invalid]], size: int, *, one_graph: bool = False
) -> list[list[Invalid]]:
    """A change of each of `rows`, together where they do not touch each other.

    The first of a row is taken that fits somewhere; with `one_graph` all together change one graph.
    """
    groups: list[tuple[list[Invalid], set[tuple[object, object]]]] = []
    for row in rows:
        for (group, slots), change in product(groups, row):
            fits = len(group) < size and not change.slots & slots
            if fits and (not one_graph or change.graphs == group[0].graphs):
                group.append(change)
                slots |= change.slots
                break
        else:
            groups.append(([row[0]], set(row[0].slots)))
    return [group for group, _ in groups]


def not_named(
    way: Callable[[list[Invalid]], Names], rows: Iterable[list[Invalid]], *, one_graph: bool = False
) -> list[tuple[str, str]]:
    """The constraints that no change in `rows`, one row a constraint, had named on its node."""
    left = {row[0].name: list(row) for row in rows}
    for size in (*SIZES, *[1] * 5):
        for group in batches(list(left.values()), size, one_graph=one_graph):
            found = way(group)
            components = any(component for _, component, _ in found)
            for change in group:
                component = change.component if components else ""
                if (change.constraint, component, change.focus) in found:
                    del left[change.name]
                elif size == 1:
                    # By itself, and not found: another node of the same constraint is spoilt.
                    left[change.name].remove(change)
        if not all(left.values()):
            break
    return sorted(left)


def test_every_constraint_has_a_row(gate: Gate, shapes: Graph) -> None:
    constraints = named_constraints(shapes)
    assert len(constraints) > 600
    rows = binding(gate, shapes)
    assert {name for name, changes in rows.items() if not changes} == set()
    warnings = {n for n in constraints if shapes.value(PSHAPE[n[0]], SH.severity) == SH.Warning}
    assert rows.keys() | warnings == constraints and NOT_NAMED.keys() <= rows.keys()


def test_all_are_refused_as_updates(gate: Gate, shapes: Graph) -> None:
    before = gate.head, gate.hash
    rows = binding(gate, shapes)
    named = [changes for name, changes in rows.items() if name not in NOT_NAMED]
    assert not_named(gate.by_update, named) == []
    for name in NOT_NAMED:
        assert name not in {named[:2] for named in gate.by_update(rows[name][:1])}
    assert (gate.head, gate.hash) == before
    show("refused", constraints=len(rows))


@pytest.mark.parametrize("way", ["patch", "put", "post", "command", "release"])
def test_they_are_refused_in_every_way(gate: Gate, shapes: Graph, way: str) -> None:
    before = gate.head, gate.hash
    rows = binding(gate, shapes)
    fitting = []
    for name in sorted(rows.keys() - NOT_NAMED.keys()):
        changes = [c for c in rows[name] if _fits(way, c)]
        if changes:
            fitting.append(changes)
    assert len(fitting) > 200
    chosen = fitting[date.today().toordinal() % SLICE :: SLICE]
    send = getattr(gate, f"by_{way}")
    assert not_named(send, chosen, one_graph=way in ("patch", "put", "post")) == []
    assert (gate.head, gate.hash) == before
    show(way, constraints=len(chosen), of=len(fitting))


def _fits(way: str, change: Invalid) -> bool:
    """Whether that way can say `change`."""
    if way in ("patch", "put", "post") and len(change.graphs) != 1:
        return False
    if way == "post" and change.removed:
        return False
    return way != "release" or FOLLOW_UP not in change.graphs


def test_the_release_as_packaged_goes_through(gate: Gate, release: Release) -> None:
    _, number = open_log(gate.state, release.store, gate.law, "https://example.org/operator")
    assert number == 1
