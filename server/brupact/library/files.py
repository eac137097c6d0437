"""The files of the query library: one SELECT query each, with its metadata in a comment header.

The header follows the manner of grlc: lines that begin with ``#+``; the file is valid SPARQL.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from brupact import resources
from brupact.errors import BrokenInput
from brupact.library.parameters import LANGUAGES, BadParameter, Parameter, Type
from brupact.namespaces import PREFIXES, QUERIES

_HEADER: Final = re.compile(r"#\+ (\w+): (\S.*)")
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME: Final = re.compile(r"[a-z][a-z_]*")
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
#: Where the body of a query begins: alone on its line, so that values can be written after it.
_BODY: Final = re.compile(r"^WHERE \{$", re.MULTILINE)
_TEXTS: Final = tuple(f"{key}_{tag}" for key in ("title", "summary") for tag in LANGUAGES)
#: Names of the parameters by which pages of a result are asked for.
RESERVED: Final = frozenset({"page", "page-size"})


@dataclass(frozen=True)
class Entry:
    """One query of the library."""

    slug: str
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    #: The query, without the header.
    text: str

    @property
    def iri(self) -> NamedNode:
        """The published name."""
        return NamedNode(QUERIES + self.slug)

    def bindings(self, values: Mapping[str, str]) -> dict[str, NamedNode | Literal]:
        """A term for each parameter: of the value given, else of its default.

        :raises BadParameter: for a name that is no parameter, or a value that it cannot have.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise BadParameter(name, "does not exist here", [*known, *sorted(RESERVED)])
        return {name: p.read(values.get(name, p.default)) for name, p in known.items()}

    def standalone(self, bindings: Mapping[str, NamedNode | Literal]) -> str:
        """The query with `bindings` as a VALUES block: it gives the same rows anywhere."""
        if not bindings:
            return self.text
        names = " ".join(f"?{name}" for name in bindings)
        terms = " ".join(map(str, bindings.values()))
        head, body = _BODY.split(self.text, maxsplit=1)
        return f"{head}WHERE {{\n  VALUES ({names}) {{ ({terms}) }}{body}"


def load_library(folder: Path = resources.QUERIES) -> dict[str, Entry]:
    """The queries in the ``.rq`` files of `folder`, by slug, in order.

    :raises BrokenInput: if a header is not whole, or a file is no query that the library can take.
    """
    return {path.stem: read_entry(path) for path in sorted(folder.glob("*.rq"))}


def read_entry(path: Path) -> Entry:
    """The query in the file `path`, named by the file.

    :raises BrokenInput: as :func:`load_library`, with the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenInput(path, str(error)) from None
    if not _SLUG.fullmatch(path.stem):
        raise BrokenInput(path, "name the file in lower case, words joined by hyphens")
    header, parameters = _header(path, lines)
    text = "\n".join(line for line in lines if not line.startswith("#")).strip() + "\n"
    offset = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    _check(path, text, parameters, offset)
    tags = header["tags"].split(", ")
    if bad := [tag for tag in tags if not re.fullmatch(r"[a-z]+(-[a-z]+)*", tag)]:
        raise BrokenInput(path, f"{bad[0]!r} is no tag", _line(lines, "tags"))
    return Entry(
        slug=path.stem,
        titles={tag: header[f"title_{tag}"] for tag in LANGUAGES},
        summaries={tag: header[f"summary_{tag}"] for tag in LANGUAGES},
        tags=tuple(tags),
        parameters=tuple(parameters),
        text=text,
    )


def _header(path: Path, lines: Iterable[str]) -> tuple[dict[str, str], list[Parameter]]:
    header: dict[str, str] = {}
    parameters: dict[str, Parameter] = {}
    for number, line in enumerate(lines, 1):
        if not line.startswith("#"):
            continue
        found = _HEADER.fullmatch(line.rstrip())
        if found is None or found[1] not in (*_TEXTS, "tags", "param") or found[1] in header:
            raise BrokenInput(path, f"not a header line of a query: {line}", number)
        if found[1] != "param":
            header[found[1]] = found[2]
            continue
        try:
            parameter = _parameter(found[2])
        except (ValueError, BadParameter) as error:
            raise BrokenInput(path, str(error), number) from None
        if parameter.name in parameters:
            raise BrokenInput(path, f"the parameter {parameter.name} stands twice", number)
        parameters[parameter.name] = parameter
    if missing := [key for key in (*_TEXTS, "tags") if key not in header]:
        raise BrokenInput(path, f"the header lacks {', '.join(missing)}", 1)
    return header, list(parameters.values())


def _parameter(text: str) -> Parameter:
    """The parameter in a header line: name, type, default and three texts, parted by ``|``."""
    fields = text.split(" | ")
    if len(fields) != 3 + len(LANGUAGES) or not all(field.strip() for field in fields):
        raise ValueError("a parameter is name | type | default | fr | nl | en")
    name, kind, default = fields[:3]
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a parameter")
    type, *words = kind.split(" ")
    known = Type(type)
    if words and known not in (Type.IRI, Type.CODE):
        raise ValueError(f"{known} stands alone")
    if known is Type.CODE and not words:
        raise ValueError("code lists its values")
    parameter = Parameter(
        name=name,
        type=known,
        classes=tuple(map(_class, words)) if known is Type.IRI else (),
        codes=LANGUAGES if known is Type.LANGUAGE else tuple(words) if known is Type.CODE else (),
        default=default,
        descriptions=dict(zip(LANGUAGES, fields[3:], strict=True)),
    )
    parameter.read(default)
    return parameter


def _class(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    if prefix not in PREFIXES or not local:
        raise ValueError(f"{name!r} is no prefixed name of a class")
    return NamedNode(PREFIXES[prefix] + local)


def _check(path: Path, text: str, parameters: Iterable[Parameter], offset: int) -> None:
    """That `text` is a SELECT query whose rows hold each parameter.

    A value can be bound only to a variable that is projected.
    """
    try:
        result = Store().query(text)
    except SyntaxError as error:
        found = _PLACE.match(error.msg)
        line, column = (int(found[1]) + offset, int(found[2])) if found else (None, None)
        raise BrokenInput(path, found[3] if found else error.msg, line, column) from None
    if not isinstance(result, QuerySolutions):
        raise BrokenInput(path, "a query of the library is a SELECT")
    if len(_BODY.findall(text)) != 1:
        raise BrokenInput(path, "its body begins with one line that is 'WHERE {' and no more")
    projected = {variable.value for variable in result.variables}
    if missing := [p.name for p in parameters if p.name not in projected]:
        raise BrokenInput(path, f"SELECT does not name ?{missing[0]}")


def _line(lines: Iterable[str], key: str) -> int:
    return next(n for n, line in enumerate(lines, 1) if line.startswith(f"#+ {key}:"))
