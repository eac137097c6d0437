"""Checks that need the named graphs: each a query whose rows are violations."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Variable
from rdflib.namespace import SH

from brupact.namespaces import SHAPES
from brupact.validation.queries import Bindings, Row, Select, read
from brupact.validation.report import Finding

FOCUS: Final = Variable("focusNode")
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
        for row in self.select.rows(store, {}, None, table):
            focus, path, value = (_plain(row, name) for name in ("focusNode", "path", "value"))
            yield Finding(
                str(SH.Violation), focus, path, value, self.shape,
                str(SH.SPARQLConstraintComponent), "", self.messages,
            )  # fmt: skip


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
