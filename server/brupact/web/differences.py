"""``/differences``: where French and Dutch differ, and what stands in one language only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from brupact.describe import describe, named
from brupact.namespaces import PACT
from brupact.web.answers import Row, iris, query_string, rows
from brupact.web.bars import Chart, lines
from brupact.web.context import engine
from brupact.web.languages import SOURCES, language
from brupact.web.library import library

blueprint = Blueprint("differences", __name__)

_CONTENT: Final = PACT + "sourceContent"
#: So many characters before and after the words that differ are shown.
_AROUND: Final = 150


@dataclass(frozen=True)
class Wording:
    """The words of one language that differ, in the passage of the part where they stand."""

    before: str
    words: str
    after: str
    #: The IRI of the quotation.
    quote: str


@dataclass(frozen=True)
class Stretch:
    """A stretch of the source that is quoted: code points from `start` up to `end`."""

    start: int
    end: int
    quote: str


@blueprint.get("/differences")
def differences() -> Response:
    """Each difference with both wordings, its kind, and where it stands; then what stands alone."""
    found, alone = _rows("divergences"), _rows("single-language-texts")
    counts = _rows("divergence-counts")
    stretches = _stretches(_rows("quotations"))
    content = _contents(stretches)
    wordings = {
        (row["divergence"].value, tag): words
        for row in found
        for tag in SOURCES
        if (words := _wordings(row, tag, stretches, content))
    }
    entry = library()["divergence-counts"]
    bars = lines(counts, "kind", series := ("divergences",))
    body = render_template(
        "differences.html",
        parts=_by_part(found, stretches),
        wordings=wordings,
        chart=Chart("kinds", entry.slug, query_string(entry), series, bars),
        definitions={row["kind"].value: row["definition"] for row in counts if "definition" in row},
        alone=_by_class(alone),
        query=query_string(entry),
        names=named(engine(), iris((*found, *alone, *counts)), language()),
    )
    return Response(body)


def _rows(slug: str) -> list[Row]:
    return rows(library()[slug], language())


#: The stretches of each thing in each language, by source.
_Stretches = Mapping[tuple[str, str], list[tuple[str, Stretch]]]


def _stretches(quotations: Iterable[Row]) -> _Stretches:
    found: dict[tuple[str, str], list[tuple[str, Stretch]]] = {}
    for row in quotations:
        stretch = Stretch(int(row["start"].value), int(row["end"].value), row["quote"].value)
        key = row["node"].value, row["language"].value
        found.setdefault(key, []).append((row["source"].value, stretch))
    return found


def _contents(stretches: _Stretches) -> dict[str, str]:
    """The texts of the sources, by IRI."""
    sources = {source for found in stretches.values() for source, _ in found}
    said = {iri: describe(engine(), iri).outgoing.get(_CONTENT, ()) for iri in sources}
    return {iri: terms[0][0].value for iri, terms in said.items() if terms}


def _wordings(
    row: Row, tag: str, stretches: _Stretches, content: Mapping[str, str]
) -> list[Wording]:
    """The words of a difference, each in the passage of its part that holds them, those first.

    Only the positions in the data say where that is: nothing is searched for or compared.
    """
    about = stretches.get((row["part"].value, tag), ())
    found: list[tuple[bool, Wording]] = []
    for source, words in stretches.get((row["divergence"].value, tag), ()):
        if (text := content.get(source)) is None:
            continue
        holding = [s for iri, s in about
                   if iri == source and s.start <= words.start and words.end <= s.end]  # fmt: skip
        around = min(holding, key=lambda s: s.end - s.start, default=words)
        wording = Wording(
            _shortened(text[around.start : words.start], from_end=True),
            text[words.start : words.end],
            _shortened(text[words.end : around.end], from_end=False),
            words.quote,
        )
        found.append((not holding, wording))
    return [wording for _, wording in sorted(found, key=lambda pair: pair[0])]


def _shortened(text: str, *, from_end: bool) -> str:
    """`text`, or the whole words of its end or beginning that stand next to the difference."""
    if len(text) <= _AROUND:
        return text
    if from_end:
        return "… " + text[-_AROUND:].partition(" ")[2]
    return text[:_AROUND].rpartition(" ")[0] + " …"


def _by_part(found: Iterable[Row], stretches: _Stretches) -> list[tuple[NamedNode, list[Row]]]:
    """The differences of each part, parts and differences in the order of the source."""

    def place(row: Row) -> int:
        starts = [s.start for tag in SOURCES
                  for _, s in stretches.get((row["divergence"].value, tag), ())]  # fmt: skip
        return min(starts, default=0)

    parts: dict[NamedNode, list[Row]] = {}
    for row in sorted(found, key=place):
        part = row["part"]
        assert isinstance(part, NamedNode)
        parts.setdefault(part, []).append(row)
    return list(parts.items())


def _by_class(alone: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """What stands in one language only, by that language and by class."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in alone:
        found.setdefault((row["language"].value, row["class"].value), []).append(row)
    return found
