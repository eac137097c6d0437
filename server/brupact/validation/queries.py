"""SELECT queries that find faults, and what a change means for the rows of one.

A query is read once (SPARQL 1.1 Query, section 18.2): which triple patterns it has, and where. Then
a changed quad that matches a pattern says with which values of the query's variables a new row can
come about. The rows are asked for with those values set, at the cost of what the quad touches:

- a pattern that must match (in a group, a branch of UNION): a row that an added quad brings has all
  values that the quad gives the pattern's variables; a removed quad brings none;
- a pattern under EXISTS, NOT EXISTS, MINUS or in OPTIONAL: a row has the values of those variables
  that every row has bound outside. Under EXISTS a row comes with a quad, under NOT EXISTS when one
  goes; elsewhere in either case.

A query with more of SPARQL (subqueries, aggregates, LIMIT, SERVICE, repeated paths, computed
projections) is asked as a whole when a quad of a predicate that it names has changed.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, cast

import rdflib
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from brupact.validation.network import term
from brupact.validation.view import Node, is_data

Slot = Node | Variable | None
Bindings = Mapping[Variable, Node]
Graphs = list[NamedNode | BlankNode | DefaultGraph]
Row = dict[str, Node]

THIS: Final = Variable("this")
#: What is only asked for as a whole, but whose patterns are known.
_READABLE: Final = ("AggregateJoin", "Group", "Slice", "ToMultiSet")
#: Expressions that hold the more readily the more readily a part of them holds; or the less.
_SIGNS: Final = {
    "ConditionalAndExpression": 1, "ConditionalOrExpression": 1, "Builtin_EXISTS": 1,
    "UnaryNot": -1, "Builtin_NOTEXISTS": -1,
}  # fmt: skip
_HEAD: Final = re.compile(
    r"\bSELECT\s+(?:(?:DISTINCT|REDUCED)\s+)?((?:[?$]\w+\s*)+)(?:WHERE\s*)?\{", re.IGNORECASE
)


@dataclass(frozen=True)
class Reading:
    """A triple pattern of a query: where it looks, and what it tells of the rows."""

    subject: Slot
    predicate: Slot
    object: Slot
    #: A graph, a variable, or ``None`` for the default graph.
    graph: Slot
    #: The variables whose values a row shares with a quad that matches.
    shared: frozenset[Variable]
    #: What a quad that matches may bring: with 1 rows when it comes, with -1 rows when it goes,
    #: with 0 rows in either case.
    sign: int
    #: Whether it is alone under EXISTS or NOT EXISTS, so that any other match does as well.
    alone: bool = False

    @property
    def slots(self) -> tuple[Slot, Slot, Slot, Slot]:
        """Subject, predicate, object and graph."""
        return self.subject, self.predicate, self.object, self.graph

    def match(self, quad: Quad) -> dict[Variable, Node] | None:
        """The values that `quad` gives the variables, ``None`` if it does not match."""
        if self.graph is None and not is_data(quad):
            return None
        if isinstance(quad.graph_name, DefaultGraph) and self.graph is not None:
            return None
        found: dict[Variable, Node] = {}
        for slot, value in zip(self.slots, cast(tuple[Node, ...], tuple(quad)), strict=True):
            if isinstance(slot, Variable):
                if found.setdefault(slot, value) != value:
                    return None
            elif slot is not None and slot != value:
                return None
        return found

    def others(self, store: Store, bindings: Bindings, but: frozenset[Quad]) -> bool:
        """Whether a quad other than `but` matches under `bindings`."""
        slots = [bindings.get(s) if isinstance(s, Variable) else s for s in self.slots]
        quads = store.quads_for_pattern(*slots)  # type: ignore[arg-type]
        return any(
            quad not in but and (is_data(quad) if self.graph is None else _is_named(quad))
            for quad in quads
        )


def _is_named(quad: Quad) -> bool:
    return not isinstance(quad.graph_name, DefaultGraph)


@dataclass(frozen=True)
class Select:
    """A query, and how to ask for some of its rows."""

    text: str
    readings: tuple[Reading, ...]
    #: The variables that every row has bound by a pattern.
    certain: frozenset[Variable]
    #: Whether it can only be asked as a whole.
    whole: bool
    #: Whether `this` must be set: setting it before or after makes a difference.
    per_focus: bool

    @cached_property
    def _index(self) -> dict[NamedNode | None, list[Reading]]:
        found: dict[NamedNode | None, list[Reading]] = defaultdict(list)
        for reading in self.readings:
            constant = isinstance(reading.predicate, NamedNode)
            found[reading.predicate if constant else None].append(reading)  # type: ignore[index]
        return dict(found)

    def about(self, predicate: NamedNode) -> Iterator[Reading]:
        """The patterns that a quad of `predicate` may match."""
        yield from self._index.get(predicate, ())
        yield from self._index.get(None, ())

    def rows(
        self,
        store: Store,
        bindings: Bindings,
        graphs: Graphs | None,
        table: Collection[Bindings] = (),
    ) -> Iterator[Row]:
        """The rows under `bindings`; `graphs` make up the default graph.

        With a `table`, only those that agree with one of its rows. All rows of a table give values
        to the same variables; a query that can only be asked as a whole takes none.
        """
        answer = cast(
            QuerySolutions,
            store.query(
                self._with(table) if table else self.text,
                default_graph=graphs,
                substitutions=dict(bindings),
            ),
        )
        names = [variable.value for variable in answer.variables]
        for solution in answer:
            row = zip(names, solution, strict=True)
            yield {name: value for name, value in row if value is not None}

    def _with(self, table: Collection[Bindings]) -> str:
        """The text with VALUES: IRIs and literals are written as N-Triples writes them."""
        head = _HEAD.search(self.text)
        assert head is not None  # else it were asked as a whole
        names = sorted({name for row in table for name in row}, key=str)
        rows = " ".join(f"({' '.join(str(row[name]) for name in names)})" for row in table)
        values = f"VALUES ({' '.join(map(str, names))}) {{ {rows} }}"
        return f"{self.text[: head.end()]} {values} {self.text[head.end() :]}"


def read(text: str) -> Select:
    """The query `text`, read.

    :raises ValueError: if it is not SPARQL.
    """
    lines = text.splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    try:
        algebra = translateQuery(parseQuery(text)).algebra
    except Exception as error:  # the parser raises whatever its library raises
        raise ValueError(f"not a SPARQL query: {error}") from None
    parts = _Parts()
    parts.certain, parts.outside = parts.bound(algebra), _outside(algebra)
    parts.read(algebra, None, 1, positive=True)
    readings = tuple(_settable(one, parts.computed) for one in parts.readings)
    whole = parts.whole or not _HEAD.search(text)
    per_focus = whole or parts.per_focus or THIS not in parts.certain
    return Select(text, readings, parts.certain, whole, per_focus)


def _settable(reading: Reading, computed: set[Variable]) -> Reading:
    """`reading` without the variables that BIND computes: nothing can set those."""
    alone = reading.alone and not reading.shared & computed
    return replace(reading, shared=reading.shared - computed, alone=alone)


@dataclass
class _Parts:
    """What stands in a query, collected from its algebra."""

    readings: list[Reading] = field(default_factory=list)
    certain: frozenset[Variable] = frozenset()
    computed: set[Variable] = field(default_factory=set)
    #: The variables that occur outside EXISTS and NOT EXISTS.
    outside: frozenset[Variable] = frozenset()
    #: Those that have a value around the group of EXISTS or NOT EXISTS that is being read.
    context: frozenset[Variable] = frozenset()
    whole: bool = False
    per_focus: bool = False

    def bound(self, node: CompValue) -> frozenset[Variable]:
        """The variables that every solution of `node` has bound by a pattern."""
        match node.name:
            case "BGP":
                return _variables(node.triples)
            case "Join":
                return self.bound(node.p1) | self.bound(node.p2)
            case "Union":
                return self.bound(node.p1) & self.bound(node.p2)
            case "LeftJoin" | "Minus":
                return self.bound(node.p1)
            case "Graph":
                name = {_slot(node.term)} if isinstance(node.term, rdflib.Variable) else set()
                return self.bound(node.p) | cast(frozenset[Variable], frozenset(name))
            case "ToMultiSet":
                return frozenset()
            case _:
                return self.bound(node.p) if isinstance(node.get("p"), CompValue) else frozenset()

    def read(self, node: CompValue, graph: Slot, sign: int, *, positive: bool = False) -> None:
        """Collect from `node`, which looks into `graph`: see `Reading.sign`.

        With `positive` its solutions make rows, and do not only decide about some.
        """
        match node.name:
            case "SelectQuery" | "Project" | "Distinct" | "Reduced" | "OrderBy":
                self.read(node.p, graph, sign, positive=positive)
            case "BGP":
                for s, p, o in node.triples:
                    self._pattern(s, p, o, graph, sign, positive=positive)
            case "Join" | "Union":
                self.read(node.p1, graph, sign, positive=positive)
                self.read(node.p2, graph, sign, positive=positive)
            case "LeftJoin" | "Minus":
                self.read(node.p1, graph, sign, positive=positive)
                self.read(node.p2, graph, 0)
                if node.name == "LeftJoin":
                    known = self.bound(node.p1) | self.bound(node.p2)
                    self._expression(node.expr, graph, known, 0)
            case "Filter":
                self.read(node.p, graph, sign, positive=positive)
                self._expression(node.expr, graph, self.bound(node.p), sign)
            case "Extend":
                self.computed.add(Variable(str(node.var)))
                self.read(node.p, graph, sign, positive=positive)
                self._expression(node.expr, graph, self.bound(node.p), 0)
            case "Graph":
                self.read(node.p, _slot(node.term), sign, positive=positive)
            case "ToMultiSet" if node.p.name == "values":
                pass
            case _:
                self.whole = True
                if node.name not in _READABLE:
                    self._reading(None, None, None, graph, 0, positive=False)
                for part in _below(node):
                    self.read(part, graph, 0)

    def _expression(
        self, expression: Any, graph: Slot, known: frozenset[Variable], sign: int
    ) -> None:
        """Collect from `expression`, where the variables `known` have values.

        With the `sign` 1 a row needs it to hold, with -1 not to.
        """
        if isinstance(expression, rdflib.Variable):
            self.per_focus |= str(expression) == "this" and THIS not in known | self.context
        elif isinstance(expression, CompValue):
            inner = sign * _SIGNS.get(expression.name, 0)
            if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
                self._exists(expression.graph, graph, known, inner)
            else:
                for part in expression.values():
                    self._expression(part, graph, known, inner)
        elif isinstance(expression, list | tuple):
            for part in expression:
                self._expression(part, graph, known, sign)

    def _exists(self, group: CompValue, graph: Slot, known: frozenset[Variable], sign: int) -> None:
        outer, self.context = self.context, self.context | known
        before = len(self.readings)
        self.read(group, graph, sign)
        self.context = outer
        if not outer and _is_plain(group) and len(self.readings) == before + 1:
            one = self.readings[before]
            names = [slot for slot in one.slots if isinstance(slot, Variable)]
            alone = len(set(names)) == len(names) and self.outside & set(names) <= one.shared
            self.readings[before] = replace(one, alone=alone)

    def _pattern(self, s: Any, p: Any, o: Any, graph: Slot, sign: int, *, positive: bool) -> None:
        """Collect a triple pattern; a path is taken apart as far as its length is known."""
        match p:
            case InvPath():
                self._pattern(o, p.arg, s, graph, sign, positive=positive)
            case SequencePath():
                between = [rdflib.BNode() for _ in p.args[1:]]
                for start, step, end in zip([s, *between], p.args, [*between, o], strict=True):
                    self._pattern(start, step, end, graph, sign, positive=positive)
            case AlternativePath():
                for option in p.args:
                    self._pattern(s, option, o, graph, sign, positive=positive)
            case Path():
                self.whole = True
                anything = isinstance(p, MulPath) and p.zero and _is_open(s) and _is_open(o)
                for one in {None} if anything else set(_predicates(p)):
                    self._reading(None, one, None, graph, 0, positive=False)
            case _:
                self._reading(_slot(s), _slot(p), _slot(o), graph, sign, positive=positive)

    def _reading(
        self, s: Slot, p: Slot, o: Slot, graph: Slot, sign: int, *, positive: bool
    ) -> None:
        shared = frozenset(slot for slot in (s, p, o, graph) if isinstance(slot, Variable))
        if not positive:
            shared &= self.certain
        self.readings.append(Reading(s, p, o, graph, shared, sign))


def _is_plain(group: CompValue) -> bool:
    """Whether `group` consists of triple patterns alone."""
    match group.name:
        case "BGP":
            return True
        case "Join":
            return _is_plain(group.p1) and _is_plain(group.p2)
        case "Graph":
            return _is_plain(group.p)
        case _:
            return False


def _is_open(node: Any) -> bool:
    return isinstance(node, rdflib.Variable | rdflib.BNode)


def _predicates(path: Any) -> Iterator[NamedNode | None]:
    """The predicates in `path`; ``None`` stands for any."""
    match path:
        case rdflib.URIRef():
            yield NamedNode(path)
        case MulPath():
            yield from _predicates(path.path)
        case InvPath():
            yield from _predicates(path.arg)
        case SequencePath() | AlternativePath():
            for part in path.args:
                yield from _predicates(part)
        case _:
            yield None


def _variables(triples: Iterable[Iterable[Any]]) -> frozenset[Variable]:
    terms = (term for triple in triples for term in triple)
    return frozenset(Variable(str(t)) for t in terms if isinstance(t, rdflib.Variable))


def _outside(node: Any) -> frozenset[Variable]:
    """The variables that occur in `node`, but not those under EXISTS or NOT EXISTS."""
    if isinstance(node, rdflib.Variable):
        return frozenset({Variable(str(node))})
    if isinstance(node, CompValue) and node.name not in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        return frozenset().union(*(_outside(n) for k, n in node.items() if k != "_vars"))
    if isinstance(node, list | tuple):
        return frozenset().union(*map(_outside, node))
    return frozenset()


def _below(node: CompValue) -> Iterator[CompValue]:
    return (part for part in node.values() if isinstance(part, CompValue))


def _slot(node: Any) -> Slot:
    """A place of a pattern; a blank node matches anything, and says nothing of a row."""
    if isinstance(node, rdflib.Variable):
        return Variable(str(node))
    return None if isinstance(node, rdflib.BNode) else cast(Node, term(node))
