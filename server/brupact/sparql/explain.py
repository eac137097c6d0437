"""What a query means: its algebra (SPARQL 1.1 Query, section 18.2), as text and as JSON.

pyoxigraph tells nothing of how it evaluates a query, so this is not the plan: the engine may take
the parts in another order, as long as the answer is the same. rdflib reads the query; it is slow
and recursive, so what others wrote is explained where a process may die of it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pyoxigraph import Literal as EngineLiteral
from pyparsing import ParseBaseException
from rdflib import XSD, BNode, Literal, URIRef, Variable
from rdflib.paths import InvPath, MulPath, NegatedPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern, translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from brupact.errors import BrupactError
from brupact.sparql.tokens import tokens

#: The longest text that is explained, in characters.
LONGEST: Final = 1 << 16
NOTE: Final = (
    "The algebra of the query (SPARQL 1.1 Query, section 18.2), as rdflib reads it. "
    "It is not the plan of the engine, which does not tell it."
)
#: What needs no datatype beside it (SPARQL 1.1 Query, section 4.1.2).
_SHORT: Final = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}
_FORMS: Final = {
    "SelectQuery": "SELECT",
    "ConstructQuery": "CONSTRUCT",
    "DescribeQuery": "DESCRIBE",
    "AskQuery": "ASK",
}


class NotExplained(BrupactError):
    """A query that is not well formed, or not explained; `line` and `column` from 1."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        """Keep the place apart from the reason."""
        super().__init__(reason)
        self.line, self.column = line, column


@dataclass(frozen=True)
class Operation:
    """An operation of the algebra: each argument is another, or SPARQL text."""

    name: str
    arguments: tuple["Operation | str", ...] = ()

    def lines(self, indent: int = 0) -> Iterable[str]:
        """The operation on lines of their own, each argument below it."""
        yield f"{'  ' * indent}{self.name}"
        for argument in self.arguments:
            if isinstance(argument, Operation):
                yield from argument.lines(indent + 1)
            else:
                yield f"{'  ' * (indent + 1)}{argument}"

    def json(self) -> dict[str, Any]:
        """The operation as a JSON object."""
        inner = [a.json() if isinstance(a, Operation) else a for a in self.arguments]
        return {"operation": self.name, "arguments": inner}

    @classmethod
    def read(cls, object: Mapping[str, Any]) -> "Operation":
        """The operation that `json` gave."""
        arguments = (a if isinstance(a, str) else cls.read(a) for a in object["arguments"])
        return cls(object["operation"], tuple(arguments))

    def __str__(self) -> str:
        """The operation on one line, as the standard writes it."""
        return f"{self.name}({', '.join(map(str, self.arguments))})"


_EMPTY: Final = Operation("BGP")


@dataclass(frozen=True)
class Figures:
    """What was measured when the query was evaluated."""

    #: From the text to the last byte of the answer.
    seconds: float
    #: Of the answer as TSV or N-Triples; as JSON where it is a truth value.
    bytes: int
    #: Solutions, or triples; ``None`` for a truth value.
    solutions: int | None


@dataclass(frozen=True)
class Explanation:
    """What a query means, and what came of evaluating it if that was asked for."""

    form: str
    #: FROM and FROM NAMED.
    dataset: tuple[str, ...]
    #: The triples of CONSTRUCT, or what DESCRIBE is asked about.
    output: tuple[str, ...]
    #: ``None`` for a DESCRIBE without a pattern.
    algebra: Operation | None
    figures: Figures | None = None

    def text(self) -> str:
        """The explanation for people."""
        lines = [f"# {NOTE}", self.form, *(f"  {text}" for text in (*self.dataset, *self.output))]
        lines += self.algebra.lines() if self.algebra else ()
        if found := self.figures:
            solutions = "" if found.solutions is None else f"{found.solutions} solutions, "
            lines += [f"# Evaluated: {solutions}{found.bytes} bytes, {found.seconds:.6f} s."]
        return "\n".join(lines) + "\n"

    def json(self) -> dict[str, Any]:
        """The explanation for programs."""
        return {
            "note": NOTE,
            "form": self.form,
            "dataset": list(self.dataset),
            "output": list(self.output),
            "algebra": self.algebra and self.algebra.json(),
            "figures": self.figures and dict(vars(self.figures)),
        }

    @classmethod
    def read(cls, object: Mapping[str, Any]) -> "Explanation":
        """The explanation that `json` gave."""
        algebra, figures = object["algebra"], object["figures"]
        return cls(
            object["form"],
            tuple(object["dataset"]),
            tuple(object["output"]),
            algebra and Operation.read(algebra),
            figures and Figures(**figures),
        )


def explain(text: str, base: str | None = None) -> Explanation:
    """The algebra of the query `text`; `base` is what relative IRIs are resolved against.

    Nothing is evaluated and nothing is fetched.

    :raises NotExplained: if it is no query, or rdflib cannot read it.
    """
    if len(text) > LONGEST:
        raise NotExplained(f"only a query of at most {LONGEST} characters is explained")
    try:
        query = translateQuery(parseQuery(text), base).algebra
        return _Writer(_names(text)).explanation(query)
    except NotExplained:
        raise
    except ParseBaseException as error:
        raise NotExplained(str(error.msg), error.lineno, error.column) from None
    except RecursionError:
        raise NotExplained("the query is nested too deeply to be explained") from None
    # rdflib says so of what the grammar allows and the standard does not, such as a variable that
    # is assigned to twice, and fails so on what it does not know.
    except Exception as error:
        raise NotExplained(f"rdflib cannot read the query: {error}") from None


Write: TypeAlias = "Callable[[_Writer, CompValue], Operation]"


@dataclass
class _Writer:
    """Writes what rdflib made; blank nodes are numbered as they come."""

    #: The variables in the order of the text; rdflib keeps sets of them.
    names: Mapping[str, int]
    nodes: dict[BNode, str] = field(default_factory=dict)

    def explanation(self, query: CompValue) -> Explanation:
        form = _FORMS[query.name]
        pattern = query.p
        # Only SELECT has a projection: to the others rdflib adds what the standard does not have.
        while form != "SELECT" and pattern is not None and pattern.name in ("Project", "Distinct"):
            pattern = pattern.p
        dataset = tuple(
            f"FROM {self.term(clause.default)}" if clause.default
            else f"FROM NAMED {self.term(clause.named)}"
            for clause in query.datasetClause or ()
        )  # fmt: skip
        output: Iterable[str] = ()
        if form == "CONSTRUCT":
            output = self.triples(query.template or getattr(pattern, "triples", None) or ())
        if form == "DESCRIBE":
            output = map(self.term, query.PV or ())
        algebra = self.operation(pattern) if pattern is not None else None
        return Explanation(form, dataset, tuple(output), algebra)

    def operation(self, node: CompValue) -> Operation:
        if node.name == "GroupGraphPatternSub":
            # rdflib leaves a group in a condition or in SERVICE as it was read.
            node = translateGroupGraphPattern(node)
        return _OPERATIONS[node.name](self, node)

    def term(self, term: Any) -> str:
        if isinstance(term, BNode):
            return self.nodes.setdefault(term, f"_:b{len(self.nodes)}")
        if isinstance(term, Path):
            return self.path(term)
        return _literal(term) if isinstance(term, Literal) else str(term.n3())

    def triples(self, triples: Iterable[Any]) -> tuple[str, ...]:
        return tuple(" ".join(map(self.term, triple)) for triple in triples)

    def path(self, path: Any) -> str:
        if isinstance(path, URIRef):
            return str(path.n3())
        if isinstance(path, CompValue):
            raise NotExplained("a path with ^ inside of ! is not explained: rdflib loses its IRI")
        if isinstance(path, InvPath):
            return f"^{self.path(path.arg)}"
        if isinstance(path, MulPath):
            return f"{self.path(path.path)}{path.mod}"
        sign = "/" if isinstance(path, SequencePath) else "|"
        inside = sign.join(map(self.path, path.args))
        return f"!({inside})" if isinstance(path, NegatedPath) else f"({inside})"

    def expression(self, node: Any) -> str:
        """An expression as SPARQL, each operation in brackets."""
        if not isinstance(node, CompValue):
            return node if isinstance(node, str) and type(node) is str else self.term(node)
        if node.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return f"{'NOT ' * ('NOT' in node.name)}EXISTS({self.operation(node.graph)})"
        if node.name.startswith("Aggregate_"):
            return self.aggregate(node)
        if node.name.startswith("Builtin_"):
            return self.call(node.name.removeprefix("Builtin_"), _arguments(node))
        return _EXPRESSIONS[node.name](self, node)

    def call(self, name: str, arguments: Iterable[Any]) -> str:
        return f"{name}({', '.join(map(self.expression, arguments))})"

    def chain(self, first: Any, rest: Iterable[tuple[str, Any]]) -> str:
        parts = "".join(f" {sign} {self.expression(other)}" for sign, other in rest)
        return f"({self.expression(first)}{parts})"

    def relation(self, node: CompValue) -> str:
        if isinstance(node.other, list):
            return f"({self.expression(node.expr)} {self.call(f'{node.op} ', node.other)})"
        return self.chain(node.expr, [(node.op, node.other)])

    def aggregate(self, node: CompValue) -> str:
        distinct = "DISTINCT " if node.distinct else ""
        separator = f"; SEPARATOR={self.term(node.separator)}" if node.separator else ""
        name = node.name.removeprefix("Aggregate_").upper().replace("GROUPC", "GROUP_C")
        return f"{name}({distinct}{self.expression(node.vars)}{separator})"

    def rows(self, node: CompValue) -> tuple[str, ...]:
        return tuple(
            "{" + ", ".join(f"{name.n3()}={self.expression(row[name])}" for name in row) + "}"
            for row in node.res
        )

    def order(self, condition: CompValue) -> str:
        return self.call(condition.order or "ASC", [condition.expr])

    def variables(self, names: Iterable[Variable]) -> str:
        ordered = sorted(names, key=lambda name: (self.names.get(str(name), len(self.names)), name))
        return "{" + ", ".join(map(self.term, ordered)) + "}"

    def join(self, node: CompValue) -> Operation:
        """A join; one with the empty pattern is the other side (section 18.2.2.8)."""
        sides = [self.operation(side) for side in (node.p1, node.p2)]
        left = [side for side in sides if side != _EMPTY] or [_EMPTY]
        return Operation("Join", tuple(left)) if len(left) == 2 else left[0]

    def aggregation(self, node: CompValue) -> Operation:
        group = self.operation(node.p)
        made = (f"{self.term(each.res)} = {self.aggregate(each)}" for each in node.A)
        return Operation("AggregateJoin", (*made, group))


def _literal(literal: Literal) -> str:
    """A literal on one line; numbers and truth values as they are."""
    if literal.datatype and (short := _SHORT.get(literal.datatype)) and short.fullmatch(literal):
        return str(literal)
    string = str(EngineLiteral(str(literal)))
    if literal.language:
        return f"{string}@{literal.language}"
    return f"{string}^^{URIRef(literal.datatype).n3()}" if literal.datatype else string


def _names(text: str) -> dict[str, int]:
    found = (token.text[1:] for token in tokens(text) if token.kind == "variable")
    return {name: number for number, name in enumerate(dict.fromkeys(found))}


def _arguments(node: CompValue) -> list[Any]:
    """The arguments of a call, in the order in which they were read."""
    found = [value for name, value in node.items() if name != "_vars" and value is not None]
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def _binary(name: str) -> Write:
    return lambda writer, node: Operation(
        name, (writer.operation(node.p1), writer.operation(node.p2))
    )


def _unary(
    name: str, arguments: Callable[[_Writer, CompValue], Iterable[str]] | None = None
) -> Write:
    return lambda writer, node: Operation(
        name, (writer.operation(node.p), *(arguments(writer, node) if arguments else ()))
    )


_OPERATIONS: Final[Mapping[str, Write]] = {
    "BGP": lambda w, n: Operation("BGP", w.triples(n.triples)),
    "Join": _Writer.join,
    "LeftJoin": lambda w, n: Operation(
        "LeftJoin", (w.operation(n.p1), w.operation(n.p2), w.expression(n.expr))
    ),
    "Union": _binary("Union"),
    "Minus": _binary("Minus"),
    "Filter": lambda w, n: Operation("Filter", (w.expression(n.expr), w.operation(n.p))),
    "Graph": lambda w, n: Operation("Graph", (w.term(n.term), w.operation(n.p))),
    "Extend": _unary("Extend", lambda w, n: (w.term(n.var), w.expression(n.expr))),
    "Group": lambda w, n: Operation(
        "Group", (f"({', '.join(map(w.expression, n.expr or (Literal(1),)))})", w.operation(n.p))
    ),
    "AggregateJoin": _Writer.aggregation,
    "values": lambda w, n: Operation("InlineData", w.rows(n)),
    "ToMultiSet": _unary("ToMultiSet"),
    "OrderBy": _unary("OrderBy", lambda w, n: map(w.order, n.expr)),
    "Project": _unary("Project", lambda w, n: (w.variables(n.PV),)),
    "Distinct": _unary("Distinct"),
    "Reduced": _unary("Reduced"),
    "Slice": _unary("Slice", lambda w, n: (
        f"start={n.start}", *([f"length={n.length}"] if n.length is not None else []),
    )),
    "ServiceGraphPattern": lambda w, n: Operation(
        "Service", (w.term(n.term), w.operation(n.graph), f"silent={str(bool(n.silent)).lower()}")
    ),
}  # fmt: skip
_EXPRESSIONS: Final[Mapping[str, Callable[[_Writer, CompValue], str]]] = {
    "ConditionalOrExpression": lambda w, n: w.chain(n.expr, (("||", o) for o in n.other)),
    "ConditionalAndExpression": lambda w, n: w.chain(n.expr, (("&&", o) for o in n.other)),
    "RelationalExpression": _Writer.relation,
    "AdditiveExpression": lambda w, n: w.chain(n.expr, zip(n.op, n.other, strict=True)),
    "MultiplicativeExpression": lambda w, n: w.chain(n.expr, zip(n.op, n.other, strict=True)),
    "UnaryNot": lambda w, n: f"!{w.expression(n.expr)}",
    "UnaryMinus": lambda w, n: f"-{w.expression(n.expr)}",
    "UnaryPlus": lambda w, n: f"+{w.expression(n.expr)}",
    "TrueFilter": lambda w, n: "true",
    "Function": lambda w, n: w.call(w.term(n.iri), n.expr if isinstance(n.expr, list) else ()),
}
