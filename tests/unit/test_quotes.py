from pathlib import Path

import pytest
from pyoxigraph import Literal

from brupact import resources
from brupact.errors import BrokenInput
from brupact.namespaces import ID, PREFIXES, pact
from brupact.quotes import Anchor, Source, quotation_triples, quotations, read_anchors
from brupact.source import Span

HEADER = "node\tlang\tkind\tlines\tnth\tfrom\tto\n"
SOURCE = Source.read(next(resources.SOURCES.glob("*.txt")))


def table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "anchors.tsv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def spans(tmp_path: Path, *rows: str) -> list[str]:
    return [a.span.of(SOURCE.text) for a in read_anchors(table(tmp_path, *rows), SOURCE)]


def test_the_pinned_source_is_the_one_that_was_signed_off() -> None:
    assert SOURCE.sha256 == "fde5e164868fa89b3bd013222d883a7f36951d9cf8d85f3a86321c06e738c506"
    assert len(SOURCE.text) == 18_553


def test_an_anchor_is_found_by_its_first_and_last_words(tmp_path: Path) -> None:
    assert spans(tmp_path, "x\tfr\ttext\t159\t\tPlan régional\téconomiques.") == [
        "Plan régional de mobilité pour les aspects socio-économiques."
    ]


def test_an_anchor_may_name_a_later_occurrence(tmp_path: Path) -> None:
    first, second = read_anchors(
        table(tmp_path, "x\tnl\tmention\t15\t\tsociaal\t", "x\tnl\tmention\t17\t1\tsociaal\t"),
        SOURCE,
    )
    assert first.span < second.span
    with pytest.raises(BrokenInput, match=r"anchors.tsv:2: 'Activa' \(occurrence 3\)"):
        spans(tmp_path, "x\tnl\tmention\t171\t3\tActiva\t")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x\tfr\ttext\t159\t\tPlan régionale\t", "'Plan régionale' .* does not stand in lines 159"),
        ("x\tfr\ttext\t159\t\tPlan\tCOBAT", "'COBAT' does not follow 'Plan'"),
        ("x\tfr\tverse\t159\t\tPlan\t", "kind 'verse' is not one of"),
        ("x\tfr\ttext\t159\t\tPlan", "6 columns, expected 7"),
        ("x\tfr\ttext\tP1\t\tPlan\t", "invalid literal"),
        ("x\tfr\ttext\t999\t\tPlan\t", "out of range"),
    ],
)
def test_a_wrong_anchor_names_the_line_of_the_table(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(BrokenInput, match=rf"anchors.tsv:2: .*{reason}"):
        spans(tmp_path, row)


def test_a_text_cut_by_a_page_is_quoted_in_two_parts_and_joined_by_one_space() -> None:
    start = SOURCE.text.index("maar ook</p>")
    span = Span(start, SOURCE.text.index(" de meest kwetsbare", start))
    triples = list(quotation_triples([Anchor("n", "nl", "text", span)], SOURCE))
    exact = [t.object for t in triples if t.predicate.value == PREFIXES["oa"] + "exact"]
    assert exact == [Literal("maar ook"), Literal("voor")]
    (text,) = (t.object for t in triples if t.predicate == pact("sourceText"))
    assert text == Literal("maar ook voor", language="nl")


def test_a_mention_gives_no_source_text_and_a_second_quote_its_own_name() -> None:
    anchor = Anchor("n", "fr", "mention", Span(2, 5))
    triples = list(quotation_triples([anchor, anchor], SOURCE))
    assert not [t for t in triples if t.predicate == pact("sourceText")]
    quotes = {str(t.subject) for t in triples if t.predicate == pact("quoteOf")}
    assert quotes == {f"<{ID}n#quote-fr>", f"<{ID}n#quote-fr-2>"}


def test_the_committed_quotations_are_those_of_the_tables() -> None:
    made = quotations(resources.ANCHORS, resources.SOURCES)
    assert made == resources.QUOTES.read_text(encoding="utf-8")


#: What is layout and not text: list markers, numbers, table heads, markup.
LAYOUT = {
    "-", "•", "|", "N°", "PRIORITÉS", "PARTAGÉES", "<p>", "</p>", *(f"{n}." for n in range(1, 18)),
    "<ol", "<ul", "style=\"list-style-type:", "none\">", "none\">•", "</p>\n",
}  # fmt: skip


def covered(anchors: list[Anchor]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(a.span for a in anchors if a.kind == "text"):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def test_every_word_of_the_signed_text_is_in_a_quotation() -> None:
    anchors = [a for t in sorted(resources.ANCHORS.glob("*.tsv")) for a in read_anchors(t, SOURCE)]
    rest, last = [], 0
    for span in [*covered(anchors), Span(len(SOURCE.text), len(SOURCE.text))]:
        rest += SOURCE.text[last : span.start].split()
        last = span.end
    assert set(rest) <= LAYOUT
