"""What is open in the explorer, as its address holds it, and the addresses of the next steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from flask import url_for
from pyoxigraph import NamedNode

from brupact.describe import compact, full
from brupact.library import BadParameter
from brupact.neighbourhood import MOST

#: How many things may be open at a time.
OPEN: Final = 20
#: How many neighbours by a relation are shown at first, and how many more with each step.
FIRST: Final = 6
STEP: Final = 24
#: The parameters of an address of the explorer.
KNOWN: Final = ("iri", "open", "more", "hide", "show", "to", "find")
#: What stands for things without a class where kinds are hidden.
NO_KIND: Final = "-"
#: What no IRI holds (RFC 3987, section 2.2): it parts what names the links by a relation.
_BAR: Final = "|"

#: A thing, a direction and a relation.
Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class State:
    """What is open; IRIs are whole here and short in addresses."""

    #: Where it starts; empty for nowhere.
    iri: str = ""
    #: What else is open, in the order in which it was opened.
    others: tuple[str, ...] = ()
    #: How many neighbours are shown, where they are not as many as at first.
    more: Mapping[Key, int] = field(default_factory=dict)
    #: Relations and kinds that are not to be drawn.
    hide: frozenset[str] = frozenset()
    #: Relations that are drawn though they tell little.
    show: frozenset[str] = frozenset()
    #: To which thing a way is looked for.
    to: str = ""
    #: Words that are searched for, to add a thing.
    find: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "State":
        """The state that the parameters of an address give.

        :raises BadParameter: for one that does not exist, or a value that it cannot have.
        """
        iri, to = _one("iri", values), _one("to", values)
        others = tuple(x for x in dict.fromkeys(_many("open", values)) if x != iri)
        if len(others) >= OPEN:
            raise BadParameter("open", "holds too many things", f"up to {OPEN - 1}")
        return cls(
            iri=iri,
            others=others,
            more=dict(map(_read_more, values.get("more", "").split())),
            hide=frozenset(_many("hide", values, NO_KIND)),
            show=frozenset(_many("show", values)),
            to=to,
            find=values.get("find", "").strip(),
        )

    @property
    def open(self) -> tuple[str, ...]:
        """The things whose links are shown."""
        return (self.iri, *self.others) if self.iri else self.others

    @property
    def parameters(self) -> dict[str, Any]:
        """What stands in the query string of its address; what is empty is left out."""
        more = (
            _BAR.join((compact(node), way, compact(relation), str(number)))
            for (node, way, relation), number in self.more.items()
        )
        said = {
            "iri": compact(self.iri),
            "open": " ".join(map(compact, self.others)),
            "more": " ".join(more),
            "hide": _sorted(self.hide),
            "show": _sorted(self.show),
            "to": compact(self.to),
            "find": self.find,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def address(self) -> str:
        """The address of the page that shows it."""
        return url_for("explore.explore", **self.parameters)

    def file(self, suffix: str) -> str:
        """The address of what is drawn, in another format."""
        return url_for("explore.explore", suffix=suffix, **self.parameters)

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be opened."""
        return len(self.open) >= OPEN

    def toggled(self, thing: str) -> "State | None":
        """With `thing` open if it is not, closed if it is; ``None`` where that cannot be."""
        if thing not in self.open:
            opened = replace(self, others=(*self.others, thing), find="")
            return None if self.is_full else opened if self.iri else self.started(thing)
        left = [other for other in self.open if other != thing]
        more = {key: number for key, number in self.more.items() if key[0] != thing}
        if not left:
            return None
        return replace(self, iri=left[0], others=tuple(left[1:]), more=more, find="")

    def started(self, thing: str) -> "State":
        """With `thing` alone; what is hidden stays hidden."""
        return State(iri=thing, hide=self.hide, show=self.show)

    def shown(self, key: Key) -> int:
        """How many neighbours are shown."""
        return self.more.get(key, FIRST)

    def with_more(self, key: Key) -> "State":
        """With a step more of the links that `key` names."""
        number = min(self.shown(key) + STEP, MOST)
        return replace(self, more={**self.more, key: number}, find="")

    def with_way(self, thing: str) -> "State":
        """With the way to `thing`; none for the empty name."""
        return replace(self, to=thing, find="")

    def without_search(self) -> "State":
        """With nothing that is searched for."""
        return replace(self, find="")

    def switched(self, name: str, is_quiet: bool = False) -> "State":
        """With a relation or kind drawn that is not, or the other way round."""
        if is_quiet:
            return replace(self, show=self.show ^ {name})
        return replace(self, hide=self.hide ^ {name})


def _one(name: str, values: Mapping[str, str]) -> str:
    said = values.get(name, "").strip()
    return _iri(name, said) if said else ""


def _many(name: str, values: Mapping[str, str], word: str = "") -> list[str]:
    """The IRIs in a parameter; `word` may stand for one that is none."""
    return [x if x == word else _iri(name, x) for x in values.get(name, "").split()]


def _iri(name: str, text: str) -> str:
    try:
        return NamedNode(full(text)).value
    except ValueError:
        raise BadParameter(
            name, "is no IRI", "an IRI, a prefixed name, or a path below id/"
        ) from None


def _read_more(text: str) -> tuple[Key, int]:
    node, way, relation, number, *rest = [*text.split(_BAR), "", "", ""]
    if way not in ("in", "out") or any(rest) or not number.isascii() or not number.isdecimal():
        raise BadParameter(
            "more", "cannot be read", _BAR.join(("thing", "in or out", "relation", "number"))
        )
    return (_iri("more", node), way, _iri("more", relation)), min(int(number[:4]), MOST)


def _sorted(names: Iterable[str]) -> str:
    return " ".join(sorted(name if name == NO_KIND else compact(name) for name in names))
