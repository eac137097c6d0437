"""Quotations of the source, made from tables of anchors.

An anchor says in words where a node of the graph stands in the pinned text; from it follow the
quotation as Web Annotations (exact words, context, position) and, for a node that *is* a part of
the text, its ``pact:sourceText``. So nobody types a quotation, and none can be off by one.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from brupact.errors import BrokenInput
from brupact.namespaces import ID, PREFIXES, RDF_TYPE, XSD, pact
from brupact.source import Span, line_starts, plain, segments

_OA: Final = PREFIXES["oa"]
_INTEGER: Final = NamedNode(XSD + "integer")
_COLUMNS: Final = ["node", "lang", "kind", "lines", "nth", "from", "to"]
_KINDS: Final = {"text", "mention"}
_HEADER: Final = (
    "# Made by `brupact quotes` from data/anchors/ and data/source/: do not edit by hand.\n"
)


@dataclass(frozen=True)
class Anchor:
    """Where a node stands in the text. `node` is its path below ``id/``, `lang` a BCP 47 tag."""

    node: str
    lang: str
    kind: str
    span: Span


@dataclass(frozen=True)
class Source:
    """A pinned text: the IRI under which it is published, and its characters."""

    iri: NamedNode
    text: str

    @classmethod
    def read(cls, path: Path) -> "Source":
        """The text in `path`, whose stem is its reference below ``id/source/``."""
        return cls(NamedNode(f"{ID}source/{path.stem}"), path.read_bytes().decode("utf-8"))

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_anchors(path: Path, source: Source) -> list[Anchor]:
    """The anchors in the table `path` (tab separated), found in `source`.

    :raises BrokenInput: naming the line of the table that is not of the form, or whose words do
        not stand where it says.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if (header := next(rows, None)) != _COLUMNS:
            raise BrokenInput(path, f"the columns must be {_COLUMNS}, found {header}", 1)
        starts = [*line_starts(source.text), len(source.text) + 1]
        anchors = []
        for number, row in enumerate(rows, start=2):
            try:
                anchors.append(_anchor(row, source.text, starts))
            except (ValueError, IndexError) as error:
                raise BrokenInput(path, str(error), number) from None
    return anchors


def _anchor(row: list[str], text: str, starts: list[int]) -> Anchor:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"{len(row)} columns, expected {len(_COLUMNS)}")
    node, lang, kind, lines, nth, first, last = row
    if kind not in _KINDS:
        raise ValueError(f"kind {kind!r} is not one of {sorted(_KINDS)}")
    top, _, bottom = lines.partition("-")
    start, limit = starts[int(top) - 1], starts[int(bottom or top)] - 1
    begin = start - 1
    for _ in range(int(nth or 1)):
        begin = text.find(first, begin + 1, limit)
        if begin < 0:
            raise ValueError(f"{first!r} (occurrence {nth or 1}) does not stand in lines {lines}")
    end = begin + len(first)
    if last:
        found = text.find(last, max(begin, end - len(last)), limit)
        if found < 0:
            raise ValueError(f"{last!r} does not follow {first!r} in lines {lines}")
        end = found + len(last)
    return Anchor(node, lang, kind, Span(begin, end))


def quotation_triples(anchors: Iterable[Anchor], source: Source) -> Iterator[Triple]:
    """The quotations of `anchors` and the content of `source`, as triples without blank nodes."""
    yield Triple(source.iri, pact("sourceContent"), Literal(source.text))
    seen: Counter[tuple[str, str]] = Counter()
    for anchor in anchors:
        seen[anchor.node, anchor.lang] += 1
        count = seen[anchor.node, anchor.lang]
        name = f"quote-{anchor.lang}" + (f"-{count}" if count > 1 else "")
        yield from _quotation(anchor, source, f"{ID}{anchor.node}#{name}")
        if anchor.kind == "text":
            words = plain(
                " ".join(part.of(source.text) for part in segments(source.text, anchor.span))
            )
            node = NamedNode(ID + anchor.node)
            yield Triple(node, pact("sourceText"), Literal(words, language=anchor.lang))


def _quotation(anchor: Anchor, source: Source, iri: str) -> Iterator[Triple]:
    def oa(name: str) -> NamedNode:
        return NamedNode(_OA + name)

    quote = NamedNode(iri)
    yield Triple(quote, RDF_TYPE, pact("Quote"))
    yield Triple(quote, RDF_TYPE, oa("Annotation"))
    yield Triple(quote, pact("quoteOf"), NamedNode(ID + anchor.node))
    yield Triple(quote, NamedNode(PREFIXES["dc"] + "language"), Literal(anchor.lang))
    yield Triple(quote, oa("motivatedBy"), oa("identifying"))
    for position, part in enumerate(segments(source.text, anchor.span), start=1):
        target, exact, place = (
            NamedNode(f"{iri}-{piece}-{position}") for piece in ("target", "exact", "position")
        )
        yield Triple(quote, oa("hasTarget"), target)
        yield Triple(target, RDF_TYPE, oa("SpecificResource"))
        yield Triple(target, pact("position"), Literal(str(position), datatype=_INTEGER))
        yield Triple(target, oa("hasSource"), source.iri)
        yield Triple(target, oa("hasSelector"), exact)
        yield Triple(target, oa("hasSelector"), place)
        yield Triple(exact, RDF_TYPE, oa("TextQuoteSelector"))
        yield Triple(exact, oa("exact"), Literal(part.of(source.text)))
        yield Triple(exact, oa("prefix"), Literal(part.before(source.text)))
        yield Triple(exact, oa("suffix"), Literal(part.after(source.text)))
        yield Triple(place, RDF_TYPE, oa("TextPositionSelector"))
        yield Triple(place, oa("start"), Literal(str(part.start), datatype=_INTEGER))
        yield Triple(place, oa("end"), Literal(str(part.end), datatype=_INTEGER))


def turtle(anchors: Iterable[Anchor], source: Source) -> str:
    """The quotations as a Turtle document: the same anchors always give the same characters."""
    used = {name: PREFIXES[name] for name in ("dc", "oa", "pact", "rdf", "xsd")}
    buffer = io.BytesIO()
    serialize(quotation_triples(anchors, source), buffer, RdfFormat.TURTLE, prefixes=used)
    return _HEADER + buffer.getvalue().decode()


def quotations(anchors: Path, sources: Path) -> str:
    """The Turtle document of all tables in the folder `anchors` on the text in `sources`.

    :raises BrokenInput: where a table does not fit the text.
    """
    (path,) = sources.glob("*.txt")
    source = Source.read(path)
    tables = sorted(anchors.glob("*.tsv"))
    return turtle((a for table in tables for a in read_anchors(table, source)), source)
