"""Values for the variables of a query, written into its text: for a service that takes them no
other way.

The values become VALUES blocks (SPARQL 1.1 Query, section 10.2) at the head of each group in which
the variable is the one that is projected. That is where the values are inserted by the engine's own
substitution (SPARQL-dev SEP-0007), and what a FILTER of an inner group needs to see them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.errors import BrupactError
from brupact.sparql.dataset import FORMS
from brupact.sparql.tokens import Token, tokens

_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
#: What a string may not hold as it is (SPARQL 1.1 Query, rules 157 and 160).
_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
#: What a service could take for a codepoint escape, with the backslash before it written twice.
_ESCAPE_LIKE: Final = re.compile(r"\\([uU])")
_SCOPE_ENDS: Final = ("WHERE", "FROM")


class CannotBind(BrupactError):
    """A variable whose value cannot be written into the text."""


def with_values(text: str, values: Mapping[str, NamedNode | Literal]) -> str:
    """`text`, a SELECT query, with `values` for its variables; lines stay where they are.

    Nothing is said of a text that is not well formed: it stays so.

    :raises CannotBind: if it is no SELECT query, does not project a variable, or assigns to one.
    """
    found = list(tokens(text))
    start = next((i for i, t in enumerate(found) if t.depth == 0 and t.says(*FORMS)), None)
    if start is None or not found[start].says("SELECT"):
        raise CannotBind("values are given to the variables of a SELECT query only")
    projected = _projected(found, start, frozenset(values))
    for name in values:
        if name not in projected:
            raise CannotBind(f"the query does not project ?{name}, which is given a value")
    _check(found, values)
    parts, last = [], 0
    for place, names in _places(found, start, projected):
        parts += [text[last:place], _block({name: values[name] for name in sorted(names)})]
        last = place
    return "".join([*parts, text[last:]])


def _check(found: list[Token], values: Mapping[str, NamedNode | Literal]) -> None:
    """Refuse what would not mean the same with the values in the text."""
    windows = zip(found, found[1:], [*found[2:], None], strict=False)
    for token, following, after in windows:
        name = following.text[1:] if following.kind == "variable" else ""
        if token.says("AS") and name in values:
            raise CannotBind(f"the query assigns to ?{name}, which is given a value")
        if token.says("BOUND") and after and after.text[1:] in values:
            raise CannotBind(f"the query asks whether {after.text} is bound; it is given a value")
        if token.says("SELECT") and token.depth and following.text == "*":
            raise CannotBind("values are given; write out what the inner SELECT * selects")


def _projected(found: list[Token], select: int, names: frozenset[str]) -> frozenset[str]:
    """Which of the variables `names` the SELECT at the index `select` projects."""
    inside, seen = 0, set()
    for token in found[select + 1 :]:
        if token.text == "{" or token.says(*_SCOPE_ENDS):
            break
        inside += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "*" and not inside:
            return names
        if token.kind == "variable" and not inside:
            seen.add(token.text[1:])
    return names & seen


def _places(
    found: list[Token], start: int, names: frozenset[str]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Where values go, and those of which variables: behind the brace that opens a group.

    A group gets the variables that stand in it; the outermost group gets all. No group inside of
    EXISTS gets any: the solution that it is tested for has them.
    """
    #: For each open brace the variables that are projected there; and for a subquery, its own.
    scopes = [names]
    before, data = "", False
    for index, token in enumerate(found[start:], start):
        if token.text == "{" and not data:
            following = found[index + 1] if index + 1 < len(found) else token
            if before == "EXISTS":
                scopes.append(frozenset())
            elif following.says("SELECT"):
                scopes.append(_projected(found, index + 1, scopes[-1]))
            else:
                scopes.append(scopes[-1])
                inside = names if len(scopes) == 2 else scopes[-1] & _variables(found, index)
                if inside:
                    yield token.end, inside
        elif token.text == "}" and not data and len(scopes) > 1:
            scopes.pop()
        elif token.says("VALUES"):
            data = True
        elif token.text == "}":
            data = False
        before = token.text.upper()


def _variables(found: list[Token], opening: int) -> frozenset[str]:
    """The variables between the brace at the index `opening` and the one that closes it."""
    depth, seen = found[opening].depth, set()
    for token in found[opening + 1 :]:
        if token.text == "}" and token.depth == depth:
            break
        if token.kind == "variable":
            seen.add(token.text[1:])
    return frozenset(seen)


def _block(values: Mapping[str, NamedNode | Literal]) -> str:
    names = " ".join(f"?{name}" for name in values)
    terms = " ".join(map(written, values.values()))
    return f" VALUES ({names}) {{ ({terms}) }} "


def written(term: NamedNode | Literal) -> str:
    """`term` as SPARQL text that no reader takes for more than the term.

    A service may undo codepoint escapes before it looks for strings (SPARQL 1.1 Query, section
    19.2) or inside of them; so no backslash of the value ever stands before a u.
    """
    if isinstance(term, NamedNode):
        return str(term)
    string = term.value.translate(_ESCAPED)
    string = _ESCAPE_LIKE.sub(lambda found: f"\\\\U{ord(found[1]):08X}", string)
    string = f'"{string}"'
    if term.language:
        return f"{string}@{term.language}"
    return string if term.datatype.value == _XSD_STRING else f"{string}^^{term.datatype}"
