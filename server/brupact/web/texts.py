"""The words of the pages, one catalogue a language: ``texts/{language}.toml``.

Plural forms and dates follow the Unicode CLDR, as Babel reads it.
"""

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from brupact.library import LANGUAGES

#: The locale of each language; English with the day first, as Belgium writes it.
_LOCALES: Final = {"en": "en_GB", "fr": "fr_BE", "nl": "nl_BE"}
FOLDER: Final = Path(__file__).with_name("texts")


class Texts:
    """The words of one language, each under a key such as ``home.title``."""

    def __init__(self, language: str, words: Mapping[str, Any]) -> None:
        """Words as they stand in the catalogue, tables within tables."""
        self.language = language
        self.words = dict(_flat("", words))
        self._locale = Locale.parse(_LOCALES[language])

    def __call__(self, key: str, **values: object) -> str:
        """The words under `key`, with `values` in their places.

        :raises KeyError: for a key that the catalogue does not have: a fault of ours.
        """
        words = self.words[key]
        return words.format(**values) if values else words

    def has(self, key: str) -> bool:
        """Whether there are words under `key`."""
        return key in self.words

    def count(self, key: str, number: int) -> str:
        """The words for `number` things; `key` has a form for each plural that the language has."""
        form = f"{key}.{self._locale.plural_form(number)}"
        # A form that is used for millions alone ("many") is worded as the common one here.
        form = form if form in self.words else f"{key}.other"
        return self(form, n=self.number(number))

    def number(self, number: float) -> str:
        """A number as the language writes it."""
        return str(format_decimal(number, locale=self._locale))

    def date(self, written: str) -> str:
        """A day (``xsd:date``) as the language writes it; anything else as it stands."""
        try:
            day = datetime.date.fromisoformat(written)
        except ValueError:
            return written
        return str(format_date(day, "long", locale=self._locale))

    def moment(self, written: str) -> str:
        """A time (``xsd:dateTime``) as the language writes it, in UTC; else as it stands."""
        try:
            time = datetime.datetime.fromisoformat(written).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            return written
        return f"{format_datetime(time, 'd MMMM y HH:mm', locale=self._locale)} UTC"


def _flat(prefix: str, words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value


@cache
def texts(language: str) -> Texts:
    """The words of `language`, one of `LANGUAGES`; read once."""
    assert language in LANGUAGES
    return Texts(language, tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")))
