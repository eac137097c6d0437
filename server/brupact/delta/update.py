"""The delta of a SPARQL 1.1 Update request, without carrying it out on all data.

Each part is evaluated by the engine, but not on the data where that can be helped: the quads of
INSERT DATA are those of an empty store after it; those of DELETE DATA, and templates, with IRIs in
the place of their variables, are read the same way. A WHERE clause is a query of the data. So it
costs what the WHERE clauses cost, and what changes.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from brupact.delta.delta import Delta, Graph, Name, composed, difference, stays_apart
from brupact.delta.errors import ContactRefused
from brupact.delta.management import ON_GRAPHS
from brupact.delta.request import Block, Operation, Part, contact, operations
from brupact.delta.states import of_states
from brupact.delta.terms import Skolem, Term, in_graph, rewritten
from brupact.engine.interface import QueryRefused
from brupact.engine.local import place
from brupact.engine.merged import merge, overlap
from brupact.sparql.using import with_dataset

_DEFAULT: Final = DefaultGraph()
#: What counts how often a solution is found: in a default graph that is no set, too often.
_COUNTING: Final = "AVG BNODE COUNT GROUP_CONCAT LIMIT OFFSET RAND SAMPLE STRUUID SUM UUID".split()
#: An operation that fails before any other begins; what follows is parsed, and no more.
_FAILS: Final = "DROP GRAPH <urn:uuid:3f0c2f8e-6f1c-4b55-9a3e-8f6f6f6a7a10> ;"
#: What stands in the place of a variable; no request can know it.
_PLACEHOLDER: Final = f"urn:uuid:{uuid.uuid4()}?"

#: The parts of an operation that name its dataset, the last also where it writes.
_CLAUSES: Final = ("USING", "NAMED", "WITH")
#: What stands for graphs in the place of a name (SPARQL 1.1 Query, rule 47).
_GRAPHS: Final[Mapping[str, Callable[[Sequence[Name]], Sequence[Graph]]]] = {
    "DEFAULT": lambda names: [_DEFAULT],
    "NAMED": lambda names: names,
    "ALL": lambda names: [_DEFAULT, *names],
}

Solutions = Sequence[Mapping[str, Term | None]]


def of_update(
    store: Store,
    text: str,
    base: str | None = None,
    *,
    union: bool,
    using: Sequence[str] = (),
    using_named: Sequence[str] = (),
    skolemise: bool = True,
    keep: bool = False,
    apart: bool = False,
) -> Delta:
    """What the update request `text` does to `store`, net; with `keep` it is done there too.

    WHERE sees the merge of all graphs (`union`) or the default graph of the store, unless the
    request says otherwise by WITH, USING or the parameters `using` and `using_named` (SPARQL 1.1
    Protocol, section 2.2.3). `base` is what relative IRIs are resolved against. An IRI stands for
    each blank node that is written; without `skolemise` blank nodes are kept. `apart` says that no
    triple of `store` stands in two graphs: else a WHERE that counts solutions waits until that is
    found out, 2 µs a triple (`stays_apart` tells whether a change leaves it so).

    LOAD SILENT is a LOAD that failed. Of what the engine makes of a request this differs where the
    standard does: operations may have prologues of their own (rule 29); a default graph made of
    several graphs is a set; COPY and ADD of a graph that does not exist fail, as MOVE does (3.2.3
    to 3.2.5), and one that is SILENT leaves all as it is.

    The text is evaluated here: call this where a process may die of it, and reaches no network.

    :raises QueryRefused: if it is not well formed, or an operation that is not SILENT fails.
    :raises ContactRefused: at LOAD or SERVICE.
    :raises ProtocolError: if parameters name a dataset and the request too.
    """
    found = _checked(text, base)
    if using or using_named:
        found = operations(with_dataset(text, using, using_named))
    evaluation = _Evaluation(store, base, union, Skolem() if skolemise else None, apart)
    done: list[Delta] = []
    applied = 0
    try:
        for operation in found:
            if done:
                evaluation.apply(done[-1])
                applied = len(done)
            done.append(evaluation.delta(operation))
    finally:
        for delta in reversed(done[:applied]):
            delta.inverse().apply(store)
    net = composed(done)
    if keep:
        net.apply(store)
    return net


def _checked(text: str, base: str | None) -> list[Operation]:
    """The operations of `text`, which is well formed and does not want to reach another service."""
    found = operations(text)
    own = found[0].start if found else len(text)
    try:
        _parse(text[:own], text[own:], base)
    except SyntaxError as error:
        if not _well_formed_apart(found, base):
            raise _refusal(text, base, error) from None
    if keyword := contact(text):
        raise ContactRefused(keyword)
    return found


def _parse(prologue: str, text: str, base: str | None) -> None:
    """Let the engine parse a request, and not carry it out.

    :raises SyntaxError: if it is not well formed.
    """
    try:
        Store().update(f"{prologue}{_FAILS}{text}", base_iri=base)
    except RuntimeError:
        pass  # The graph does not exist.


def _well_formed_apart(found: list[Operation], base: str | None) -> bool:
    """Whether there are several prologues, which the engine does not take, and all is well else.

    A blank node has its label in one operation only (SPARQL 1.1 Query, section 19.6).
    """
    labels = [label for operation in found for label in operation.labels]
    if len({operation.prologue for operation in found}) < 2 or len(set(labels)) < len(labels):
        return False
    try:
        for operation in found:
            _parse(operation.prologue, operation.text, base)
    except SyntaxError:
        return False
    return True


def _refusal(text: str, base: str | None, error: SyntaxError) -> QueryRefused:
    """What the engine says of `text` as it is, with the right place."""
    if contact(text) is None:
        try:
            Store().update(text, base_iri=base)
        except SyntaxError as own:
            error = own
    return QueryRefused(error.msg, *place(error.msg))


@dataclass(frozen=True)
class _Dataset:
    """What WHERE sees; ``None`` stands for all that there is."""

    default: tuple[Graph, ...] | None = None
    named: tuple[Name, ...] | None = None


@dataclass(frozen=True)
class _Template:
    """Quads, with an IRI in the place of each variable."""

    quads: tuple[Quad, ...] = ()
    #: The names of the variables by what stands in their place.
    variables: Mapping[NamedNode, str] = field(default_factory=dict)
    #: The graphs that it writes to, as far as it names them.
    targets: frozenset[Graph] = frozenset()

    @property
    def has_blank_nodes(self) -> bool:
        """Whether each solution may bring new nodes."""
        return any("_:" in str(quad) for quad in self.quads)

    def quads_of(self, solutions: Solutions) -> Iterator[Quad]:
        """The quads for `solutions`, without those that are no RDF (section 3.1.3)."""
        for solution in solutions:
            yield from rewritten(self.quads, partial(self._value, solution, {}))

    def _value(
        self, solution: Mapping[str, Term | None], nodes: dict[BlankNode, BlankNode], term: Any
    ) -> Any:
        if isinstance(term, BlankNode):
            return nodes.setdefault(term, BlankNode())
        if isinstance(term, NamedNode) and term in self.variables:
            return solution.get(self.variables[term])
        return term


class _Evaluation:
    """The evaluation of a request over a store, operation by operation."""

    def __init__(
        self, store: Store, base: str | None, union: bool, skolem: Skolem | None, apart: bool
    ) -> None:
        self._store, self._base, self._union, self._skolem = store, base, union, skolem
        self._prologue, self._apart = "", apart

    def apply(self, delta: Delta) -> None:
        """Make the change that was found last, for the operations that follow."""
        self._apart = self._apart and stays_apart(self._store, delta)
        delta.apply(self._store)

    def delta(self, operation: Operation) -> Delta:
        """What `operation` does to the store as it is now.

        :raises QueryRefused: if it fails.
        """
        self._prologue = operation.prologue
        try:
            try:
                return self._of_parts(operation.parts() or [])
            except SyntaxError:
                return self._by_copy(operation)
        except (SyntaxError, ValueError, RuntimeError) as error:
            raise QueryRefused(str(error)) from None

    def _of_parts(self, parts: list[Part]) -> Delta:
        keywords = [part.keyword for part in parts]
        if keywords[1:] == ["DATA"] and (block := parts[1].block):
            return self._of_data(keywords[0], block)
        if keywords == ["DELETE", "WHERE"] and not parts[0].block:
            return self._of_pattern([Part("DELETE", block=parts[1].block), parts[1]])
        if "WHERE" in keywords:
            return self._of_pattern(parts)
        if keywords and keywords[0] in ON_GRAPHS:
            named = [part for part in parts if part.name or part.keyword in _GRAPHS]
            graphs = [self._graphs(part) for part in named]
            return ON_GRAPHS[keywords[0]](self._store, "SILENT" in keywords, *graphs)
        if keywords[:2] == ["LOAD", "SILENT"]:
            return Delta()
        raise SyntaxError("the operation is not clear")

    def _of_data(self, keyword: str, block: Block) -> Delta:
        quads = self._template(block, _DEFAULT).quads
        targets = {quad.graph_name for quad in quads}
        if keyword == "DELETE":
            return difference(self._store, quads, (), targets)
        return difference(self._store, (), self._named(quads), targets)

    def _of_pattern(self, parts: list[Part]) -> Delta:
        blocks = {part.keyword: part.block for part in parts if part.block}
        home, dataset = self._dataset(parts)
        deleted, inserted = (
            self._template(blocks[keyword], home) if keyword in blocks else _Template()
            for keyword in ("DELETE", "INSERT")
        )
        solutions = self._solutions(blocks["WHERE"], (deleted, inserted), dataset)
        taken = list(deleted.quads_of(solutions))
        given = list(self._named(inserted.quads_of(solutions)))
        targets = {quad.graph_name for quad in (*taken, *given)}
        return difference(self._store, taken, given, targets | deleted.targets | inserted.targets)

    def _named(self, quads: Iterable[Quad]) -> Iterable[Quad]:
        return quads if self._skolem is None else self._skolem.rename(quads)

    def _template(self, block: Block, home: Graph) -> _Template:
        """The template `block`, whose triples outside of GRAPH belong to `home`."""
        names = block.variables()
        iris = {name: f"{_PLACEHOLDER}{number}" for number, name in enumerate(names)}
        text = block.with_variables({name: f" <{iri}> " for name, iri in iris.items()})
        store = Store()
        store.update(f"{self._prologue}INSERT DATA {{{text}\n}}", base_iri=self._base)
        quads = tuple(
            in_graph(quad, home) if quad.graph_name == _DEFAULT else quad for quad in store
        )
        outside, written = block.graphs()
        fixed = [name for name in written if name[:1] not in ("?", "$")]
        targets = frozenset[Graph]((*self._iris(fixed), *([home] if outside else [])))
        return _Template(quads, {NamedNode(iri): name for name, iri in iris.items()}, targets)

    def _dataset(self, parts: list[Part]) -> tuple[Graph, _Dataset]:
        """Where triples without a graph are written, and what WHERE sees (section 3.1.3)."""
        names = {key: [p.name for p in parts if p.keyword == key and p.name] for key in _CLAUSES}
        default, named, home = (tuple(self._iris(names[key])) for key in _CLAUSES)
        dataset = _Dataset(default, named) if default or named else _Dataset(home or None)
        return (home or (_DEFAULT,))[0], dataset

    def _solutions(
        self, where: Block, templates: Sequence[_Template], dataset: _Dataset
    ) -> Solutions:
        """The solutions of `where`; each once, if it does not matter how often."""
        variables = dict.fromkeys(name for t in templates for name in t.variables.values())
        each = any(template.has_blank_nodes for template in templates)
        if each:
            select, end = "*", ""
        elif variables:
            select, end = "DISTINCT " + " ".join(f"?{name}" for name in variables), ""
        else:
            select, end = "*", "LIMIT 1"
        text = f"{self._prologue}SELECT {select} WHERE {{{where.text}\n}} {end}"
        counts = any(token.says(*_COUNTING) for token in where.tokens)
        found = self._select(text, dataset, exact=counts)
        if each and not counts and len({tuple(row.items()) for row in found}) < len(found):
            return self._select(text, dataset, exact=True)
        return found

    def _select(self, text: str, dataset: _Dataset, *, exact: bool) -> Solutions:
        """The solutions of the query `text`; if `exact`, over a default graph that is a set."""
        store, arguments = self._store, dict[str, Any]()
        several = self._union if dataset.default is None else len(dataset.default) > 1
        if exact and several and not self._apart and overlap(store, dataset.default):
            names = list(store.named_graphs())
            default = (_DEFAULT, *names) if dataset.default is None else dataset.default
            store = merge(store, default, names if dataset.named is None else dataset.named)
        elif dataset.default is None:
            arguments["use_default_graph_as_union"] = self._union
        else:
            arguments = {"default_graph": list(dataset.default)}
            if dataset.named is not None:
                arguments["named_graphs"] = list(dataset.named)
        rows = store.query(text, base_iri=self._base, **arguments)
        assert isinstance(rows, QuerySolutions)
        names_of = [variable.value for variable in rows.variables]
        return [dict(zip(names_of, row, strict=True)) for row in rows]

    def _iris(self, names: Sequence[str]) -> list[NamedNode]:
        """The IRIs that `names` are with the prologue, as the engine reads them."""
        if not names:
            return []
        variables = " ".join(f"?v{number}" for number in range(len(names)))
        text = f"{self._prologue}SELECT * {{ VALUES ({variables}) {{ ({' '.join(names)}) }} }}"
        rows = Store().query(text, base_iri=self._base)
        assert isinstance(rows, QuerySolutions)
        (row,) = rows
        return [term for term in row if isinstance(term, NamedNode)]

    def _graphs(self, part: Part) -> list[Graph]:
        """The graphs that `part` of an operation on graphs names."""
        if part.name:
            return list(self._iris([part.name]))
        names = list(self._store.named_graphs())
        return list(_GRAPHS[part.keyword](names))

    def _by_copy(self, operation: Operation) -> Delta:
        """The delta of an operation whose parts are not clear: it is carried out on a copy."""
        store, names = self._store, list(self._store.named_graphs())
        default = (_DEFAULT, *names) if self._union else (_DEFAULT,)
        before, after = merge(store, default, names), merge(store, default, names)
        after.update(f"{operation.prologue}{operation.text}", base_iri=self._base)
        delta = of_states(before, after)
        if self._union and _DEFAULT in delta.targets:
            raise SyntaxError("the operation writes to the default graph; write it with spaces")
        return replace(delta, added=frozenset(self._named(delta.added)))
