"""Which file an address of the service is in an export, as the table ``rules.toml`` says.

A page is ``path.html`` in the language for those who name none, ``path.fr.html`` in another; so the
IRI of a thing, its page and its data lie side by side, and hosts that add ``.html`` by themselves
find the page.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from brupact.library import LANGUAGES
from brupact.namespaces import BASE
from brupact.sparql import formats
from brupact.sparql.formats import Format
from brupact.web.languages import DEFAULT, PARAMETER

_TABLE: Final = Path(__file__).with_name("rules.toml")
_ALL: Final = "*"
#: Every format that a suffix names.
FORMATS: Final[tuple[Format[Any], ...]] = (
    *formats.RESULTS, *formats.DOCUMENTS, formats.LISTING, formats.ATOM, formats.PATCH,
    formats.SPREADSHEET, formats.QUERY,
)  # fmt: skip
_SUFFIXES: Final = frozenset(format.suffix for format in FORMATS)
_HTML: Final = ".html"
#: The longest name of a file or folder that file systems take, in bytes; a suffix has to fit, too.
_LONGEST: Final = 220
#: What no name may hold: control characters, and what Windows keeps for itself.
_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')
#: What stands for itself in the name of a file that is made from a value; ``_`` begins an escape.
_PLAIN: Final = re.compile(r"[A-Za-z0-9.~/-]")


class Kind(Enum):
    """What becomes of an address."""

    PAGE = "page"
    FILE = "file"
    #: It needs the service.
    LIVE = "live"
    #: It is left out.
    NOTHING = "nothing"


@dataclass(frozen=True)
class Target:
    """Where a link to an address leads."""

    kind: Kind
    #: What the service is asked: a path with its query string.
    address: str
    #: The path of the file in the export; empty if there is none.
    name: str = ""
    #: The place on the page that the address itself means.
    fragment: str = ""
    #: The language of a page.
    language: str = ""

    @property
    def is_written(self) -> bool:
        """Whether there is a file."""
        return bool(self.name)


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    path: str
    becomes: str = ""
    instead: str = ""
    unless_live: bool = False
    values: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    anchors: Mapping[str, str] = field(default_factory=dict)


@cache
def rules() -> tuple[Rule, ...]:
    """The table, read once; its last row is for what no other fits."""
    read = tomllib.loads(_TABLE.read_text("utf-8"))
    made = (
        Rule(
            path=entry["path"],
            becomes=entry.get("becomes", ""),
            instead=entry.get("instead", ""),
            unless_live=entry.get("unless-live", False),
            values=frozenset(entry.get("values", ())),
            drop=frozenset(entry.get("drop", ())),
            anchors=entry.get("anchors", {}),
        )
        for entry in read["rule"]
    )
    return (*made, Rule(_ALL))


@lru_cache(maxsize=1 << 16)  # Most links of a page are those of every page.
def target(path: str, query: str, language: str, *, is_live: bool = False) -> Target:
    """Where a link to `path` (percent-encoded) with `query` leads from a page in `language`.

    `is_live` says that there is a service for what needs one.
    """
    address = f"{path}?{query}" if query else path
    rule = next(rule for rule in rules() if fnmatchcase(path, rule.path))
    if rule.unless_live and is_live:
        return Target(Kind.LIVE, address)
    if rule.becomes in (Kind.LIVE.value, Kind.NOTHING.value):
        return Target(Kind(rule.becomes), address)
    if rule.instead:
        path = _instead(path, rule)
        if not rule.drop:
            return target(path, query, language, is_live=is_live)
    return _written(path, query, language, rule) or Target(Kind.LIVE, address)


def page(path: str, language: str) -> Target:
    """The page at `path` in `language`."""
    return target(path, "", language)


def _instead(path: str, rule: Rule) -> str:
    if not rule.instead.endswith(_ALL):
        return rule.instead
    return rule.instead[:-1] + path.removeprefix(rule.path[:-1])


def _written(path: str, query: str, language: str, rule: Rule) -> Target | None:
    """The file that a link leads to; ``None`` where no file can hold what the address says."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    asked = given.pop(PARAMETER, "")
    if asked and asked not in LANGUAGES:
        return None
    fragment = ""
    for name in list(given):
        if name in rule.anchors:
            fragment = rule.anchors[name] + given.pop(name)
        elif name in rule.drop or _ALL in rule.drop:
            del given[name]
        elif name not in rule.values and _ALL not in rule.values:
            return None
    stem, suffix = _split(path, rule)
    if suffix or rule.becomes == Kind.FILE.value:
        spoken = "" if asked == DEFAULT or _ALL in rule.drop else asked
        name = _name(stem, given, f"{_tag(spoken)}{suffix}")
        asks = _address(path, given, spoken)
        return Target(Kind.FILE, asks, name) if name else None
    spoken = asked or language or DEFAULT
    name = _name(stem, given, _tag(spoken) + _HTML)
    asks = _address(stem, given, spoken)
    return Target(Kind.PAGE, asks, name, fragment, spoken) if name else None


def _tag(language: str) -> str:
    return f".{language}" if language not in ("", DEFAULT) else ""


def _address(path: str, given: Mapping[str, str], language: str) -> str:
    known = dict(sorted(given.items())) | ({PARAMETER: language} if language else {})
    return f"{path}?{urlencode(known)}" if known else path


def _split(path: str, rule: Rule) -> tuple[str, str]:
    """The path of what a page or file is of, and its suffix; none for a page."""
    if path.endswith(_HTML):
        return path.removesuffix(_HTML), ""
    stem, dot, suffix = path.rpartition(".")
    if dot and suffix in _SUFFIXES and rule.becomes != Kind.PAGE.value:
        return stem, f".{suffix}"
    return path, ""


def _name(stem: str, given: Mapping[str, str], end: str) -> str:
    """The name of the file, below the folder of the export; empty where no file can have it."""
    path = unquote(stem).removeprefix("/")
    if not path or path.endswith("/"):
        path += "index"
    if given:
        path += "/" + ",".join(f"{_plain(k)}={_plain(v)}" for k, v in sorted(given.items()))
    name = path + end
    parts = name.split("/")
    fits = all(
        part not in ("", ".", "..") and len(part.encode()) <= _LONGEST and not _UNFIT.search(part)
        for part in parts
    )
    return name if fits else ""


def _plain(value: str) -> str:
    """`value` as a part of a name: what is no plain character as its code, with ``_`` in front."""
    text = value.removeprefix(BASE)
    made = "".join(c if _PLAIN.fullmatch(c) else f"_{ord(c):02X}_" for c in text)
    is_path = all(part not in ("", ".", "..") for part in made.split("/"))
    return made if is_path else made.replace("/", "_2F_")


def relative(name: str, here: str) -> str:
    """The reference that leads from the file `here` to the file `name`, percent-encoded."""
    target_parts, here_parts = name.split("/"), here.split("/")[:-1]
    common = 0
    for one, other in zip(target_parts[:-1], here_parts, strict=False):
        if one != other:
            break
        common += 1
    steps = [".."] * (len(here_parts) - common) + target_parts[common:]
    return encoded("/".join(steps))


def encoded(name: str) -> str:
    """The name of a file as a path of an address."""
    return quote(name, safe="/@!$&'()*+,;=~")


def local(link: str, origin: str) -> tuple[str, str, str] | None:
    """Path, query and fragment of `link`, whole, below the service at `origin`; else ``None``."""
    whole = urlsplit(link)
    root = urlsplit(origin)
    if (whole.scheme, whole.netloc) != (root.scheme, root.netloc):
        return None
    if whole.path != root.path and not whole.path.startswith(f"{root.path}/"):
        return None
    return whole.path.removeprefix(root.path) or "/", whole.query, whole.fragment


def pages(paths: Iterable[str]) -> list[Target]:
    """The pages at `paths`, each in every language."""
    return [found for path in paths for tag in LANGUAGES if (found := page(path, tag)).is_written]
