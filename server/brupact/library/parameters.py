"""Parameters of library queries: what type they have, and terms made of what was written.

A value is checked and turned into an RDF term here; it reaches a query only as a binding.
"""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pyoxigraph import Literal, NamedNode

from brupact.errors import BrupactError
from brupact.namespaces import ID, XSD

LANGUAGES: Final = ("fr", "nl", "en")
#: The longest text that a parameter takes, in characters.
LONGEST: Final = 1000
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
#: What XML 1.0 (section 2.2) cannot hold, and so no result in XML.
_NOT_TEXT: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_LIMIT: Final = 2**63
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadParameter(BrupactError):
    """A parameter that does not exist, or a value that it cannot have."""

    def __init__(self, name: str, reason: str, allowed: Sequence[str] | str) -> None:
        """Keep apart which parameter, what is wrong and what is allowed."""
        self.name, self.reason, self.allowed = name, reason, allowed
        words = allowed if isinstance(allowed, str) else ", ".join(allowed)
        super().__init__(f"The parameter {name!r} {reason}; allowed: {words}.")


class Type(StrEnum):
    """What the values of a parameter are."""

    IRI = "iri"
    """A thing; where classes are given, one of theirs."""
    STRING = "string"
    """A text."""
    INTEGER = "integer"
    """A whole number, ``xsd:integer``."""
    DATE = "date"
    """A day, ``xsd:date`` without a time zone."""
    LANGUAGE = "language"
    """One of the languages of labels."""
    CODE = "code"
    """One of the words that the query lists."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query; the query projects a variable of its name."""

    name: str
    type: Type
    #: The classes whose instances are the values; empty for any IRI.
    classes: tuple[NamedNode, ...]
    #: The words that are the values of a code or of a language.
    codes: tuple[str, ...]
    #: The value where none is given, as it would be written in a URL.
    default: str
    #: What it is for, by language.
    descriptions: Mapping[str, str]

    def read(self, text: str) -> NamedNode | Literal:
        """The term that `text` stands for.

        :raises BadParameter: if it is no value of this type.
        """
        return _READERS[self.type](self, text)


def _iri(parameter: Parameter, text: str) -> NamedNode:
    """An IRI (RFC 3987), whole or as what follows the base of things."""
    if text:
        try:
            return NamedNode(text if _SCHEME.match(text) else ID + text)
        except ValueError:
            pass
    raise BadParameter(parameter.name, "is no IRI", f"an IRI, or what follows {ID} in one")


def _string(parameter: Parameter, text: str) -> Literal:
    if len(text) > LONGEST or _NOT_TEXT.search(text):
        raise BadParameter(
            parameter.name,
            f"is longer than {LONGEST} characters" if len(text) > LONGEST else "is no text",
            f"at most {LONGEST} characters of XML 1.0",
        )
    return Literal(text)


def _integer(parameter: Parameter, text: str) -> Literal:
    if _INTEGER.fullmatch(text) and -_LIMIT <= int(text) < _LIMIT:
        return Literal(int(text))
    raise BadParameter(
        parameter.name, "is no whole number", "digits, with a sign or without, of 64 bits"
    )


def _date(parameter: Parameter, text: str) -> Literal:
    try:
        if _DATE.fullmatch(text) and datetime.date.fromisoformat(text):
            return Literal(text, datatype=NamedNode(XSD + "date"))
    except ValueError:
        pass
    raise BadParameter(parameter.name, "is no date", "a day of the calendar as YYYY-MM-DD")


def _code(parameter: Parameter, text: str) -> Literal:
    if text in parameter.codes:
        return Literal(text)
    raise BadParameter(parameter.name, "is none of its values", parameter.codes)


_READERS: Final[Mapping[Type, Callable[[Parameter, str], NamedNode | Literal]]] = {
    Type.IRI: _iri,
    Type.STRING: _string,
    Type.INTEGER: _integer,
    Type.DATE: _date,
    Type.LANGUAGE: _code,
    Type.CODE: _code,
}
