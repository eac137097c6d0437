"""A column with the label of each value beside the columns of any SELECT (``labels=``).

The query is wrapped: it becomes the one subquery of a SELECT that calls a function of the engine
for each variable. Duplicates and the order of the rows stay, since nothing is joined or sorted.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.namespaces import BASE
from brupact.sparql.dataset import FORMS
from brupact.sparql.tokens import tokens

#: The languages in which labels are asked for, in the order in which one stands in for another.
LANGUAGES: Final = ("en", "nl", "fr")
#: The function that gives the label of a term; the engine knows it while it answers such a query.
FUNCTION: Final = NamedNode(BASE + "function/label")
#: What follows the name of a variable in the name of the column with its labels.
SUFFIX: Final = "Label"


class NoLabels(ValueError):
    """Labels that are asked for in a language, or of a query, that has none."""


def order(language: str) -> tuple[str | None, ...]:
    """The languages of a label, first the one that is asked for, last none at all.

    :raises NoLabels: for a language that labels are not asked for in.
    """
    if language not in LANGUAGES:
        raise NoLabels(f"labels={language}: say one of {', '.join(sorted(LANGUAGES))}")
    return (language, *(tag for tag in LANGUAGES if tag != language), None)


def choose(names: Iterable[Literal], languages: Sequence[str | None]) -> Literal | None:
    """The one of `names` in the first of `languages` that has one, with its own language.

    Of several the first by its characters, so that it is the same each time.
    """
    ranks = {language: rank for rank, language in enumerate(languages)}
    known = [name for name in names if name.language in ranks]
    return min(known, key=lambda name: (ranks[name.language], name.value), default=None)


def wrapped(text: str, variables: Sequence[str]) -> str:
    """The well-formed SELECT query `text`, with a column of labels for each of its `variables`.

    These follow the columns of the query, in their order.

    :raises NoLabels: if it is no SELECT, or projects the name of such a column itself.
    """
    stream = tokens(text)
    first = next((token for token in stream if token.depth == 0 and token.says(*FORMS)), None)
    if first is None or not first.says("SELECT"):
        raise NoLabels("labels= adds columns to the result of a SELECT; this is another")
    if taken := {name + SUFFIX for name in variables}.intersection(variables):
        raise NoLabels(f"the query has a variable ?{min(taken)}, as labels= would call a column")
    clauses, rest, last = [], [], first.start
    for token in stream:
        if token.depth == 0 and token.says("FROM"):
            name = next(stream, token)
            if name.says("NAMED"):
                name = next(stream, name)
            clauses.append(f"{text[token.start : name.end]}\n")
            rest.append(text[last : token.start])
            last = name.end
    columns = [f"?{name}" for name in variables]
    columns += [f"({FUNCTION}(?{name}) AS ?{name}{SUFFIX})" for name in variables]
    return (
        f"{text[: first.start]}SELECT {' '.join(columns) or '*'}\n{''.join(clauses)}"
        f"WHERE {{ {{ {''.join(rest)}{text[last:]}\n}} }}"
    )
