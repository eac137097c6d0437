"""The full result of each query, held against a file that was read beside the source text.

After a change that is meant, `python -m tests.queries.rewrite` writes the files anew; then read
every difference beside the source before it is committed.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from brupact.engine.local import LocalEngine
from brupact.library import Entry, Page, answer, load_library, read_values
from brupact.namespaces import GRAPH, ID, PACT, PREFIXES, RDF_TYPE, XSD
from brupact.release import Release
from brupact.sparql.formats import RESULTS

HERE = Path(__file__).parent
DATE = PREFIXES["dcterms"] + "date"
CSV = next(format for format in RESULTS if format.suffix == "csv")
LIBRARY = load_library()
#: Queries that count what other files hold: their result is counted here by other means.
COUNTED = ("graph-sizes", "terms-in-use")
FIXED = tuple(slug for slug in LIBRARY if slug not in COUNTED)
#: Queries about follow-up, asked of the example as well: the release holds none.
FOLLOW_UP: Mapping[str, Mapping[str, str]] = {
    "abandoned-or-silent": {"since": "2026-10-01"},
    "acts": {},
    "changes": {"since": "2026-10-15"},
    "competence-gaps": {},
    "competence-on-date": {"competence": "competence/example-lighthouses", "on": "2027-01-31"},
    "current-status": {},
    "evaluation-due": {"on": "2028-03-02"},
    "indicator-series": {},
    "milestones-due": {"on": "2027-02-01"},
    "no-news-since": {"since": "2026-10-01"},
    "parts-with-status": {},
    "responsible-for-part": {},
    "status-counts": {},
    "status-history": {},
    "timeline": {},
    "versions-of-priority": {},
}
#: The same, where other values give an answer that is another in kind.
MORE_FOLLOW_UP: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "first-day-of-the-next": (
        "competence-on-date", {"competence": "competence/example-lighthouses", "on": "2027-02-01"}
    ),
    "vacant": (
        "competence-on-date", {"competence": "competence/example-tides", "on": "2027-02-01"}
    ),
    "milestones-before-the-news": ("milestones-due", {"on": "2026-10-14"}),
}  # fmt: skip
#: Queries asked with other values than their defaults, where the answer is another in kind.
OTHERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "responsible-for-priority-15": ("responsible-for-part", {"part": "priority/2026-2029-15"}),
    "parts-of-priority-15": ("parts-of-priority", {"priority": "priority/2026-2029-15"}),
    "parts-of-priority-17": ("parts-of-priority", {"priority": "priority/2026-2029-17"}),
    "named-innoviris": ("priorities-by-organisation", {"organisation": "organisation/innoviris"}),
    "named-communes": ("priorities-by-organisation", {"organisation": "organisation/communes"}),
    "named-cpas": ("priorities-by-organisation", {"organisation": "organisation/cpas"}),
    "instruments-replaced": ("instruments-by-relation", {"relation": "replace"}),
    "instruments-evaluated": ("instruments-by-relation", {"relation": "evaluate"}),
    "priorities-of-delegator": ("priorities-of-member", {"member": "person/boris-dillies"}),
    "signatures-fr": ("signatures", {"lang": "fr"}),
}


def ask(engine: LocalEngine, entry: Entry, values: Mapping[str, str]) -> str:
    table = answer(engine, entry, read_values(engine, entry, values), Page())
    return table.serialised(CSV).decode()


def expected(name: str) -> str:
    return (HERE / "expected" / f"{name}.csv").read_bytes().decode()


@pytest.mark.parametrize("slug", FIXED)
def test_the_whole_result_is_the_expected_one(engine: LocalEngine, slug: str) -> None:
    assert ask(engine, LIBRARY[slug], {}) == expected(slug)


@pytest.mark.parametrize("name", OTHERS)
def test_other_values_give_the_expected_result(engine: LocalEngine, name: str) -> None:
    slug, values = OTHERS[name]
    assert ask(engine, LIBRARY[slug], values) == expected(name)


@pytest.mark.parametrize("slug", FOLLOW_UP)
def test_follow_up_gives_the_expected_result(example_engine: LocalEngine, slug: str) -> None:
    assert ask(example_engine, LIBRARY[slug], FOLLOW_UP[slug]) == expected(f"example-{slug}")


@pytest.mark.parametrize("name", MORE_FOLLOW_UP)
def test_follow_up_with_other_values(example_engine: LocalEngine, name: str) -> None:
    slug, values = MORE_FOLLOW_UP[name]
    assert ask(example_engine, LIBRARY[slug], values) == expected(f"example-{name}")


def test_no_expected_file_is_left_over() -> None:
    files = {path.stem for path in (HERE / "expected").glob("*.csv")}
    assert files == {*FIXED, *OTHERS, *(f"example-{n}" for n in (*FOLLOW_UP, *MORE_FOLLOW_UP))}


@pytest.fixture(scope="module")
def reversed_engine(release: Release) -> LocalEngine:
    """The same quads, loaded in another order."""
    store = Store()
    for quad in sorted(release.store, key=str, reverse=True):
        store.add(quad)
    return LocalEngine(store)


@pytest.mark.parametrize("slug", LIBRARY)
def test_the_order_of_rows_is_total(
    engine: LocalEngine, reversed_engine: LocalEngine, slug: str
) -> None:
    """The order in which the data were loaded does not show."""
    assert ask(reversed_engine, LIBRARY[slug], {}) == ask(engine, LIBRARY[slug], {})


@pytest.mark.parametrize("slug", LIBRARY)
def test_no_row_stands_twice(engine: LocalEngine, slug: str) -> None:
    entry = LIBRARY[slug]
    rows = answer(engine, entry, entry.bindings({}), Page()).rows
    assert len({tuple(map(str, row)) for row in rows}) == len(rows)


@pytest.mark.parametrize("slug", LIBRARY)
def test_the_standalone_text_gives_the_same_rows(
    engine: LocalEngine, release: Release, slug: str
) -> None:
    """A query taken elsewhere, its values in its text, answers as it does here."""
    entry = LIBRARY[slug]
    text = entry.standalone(entry.bindings({}))
    found = release.store.query(text, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    written = found.serialize(format=CSV.engine)
    assert written is not None and written.decode() == ask(engine, entry, {})


def test_the_size_of_each_graph(engine: LocalEngine, release: Release) -> None:
    counted = Counter(str(quad.graph_name.value) for quad in release.store)
    lines = ["graph,triples", *(f"{name},{counted[name]}" for name in sorted(counted))]
    assert ask(engine, LIBRARY["graph-sizes"], {}) == "".join(f"{line}\r\n" for line in lines)


def test_how_often_each_class_and_property_is_used(engine: LocalEngine, release: Release) -> None:
    uses: Counter[tuple[str, str]] = Counter()
    for triple in {quad.triple for quad in release.store}:
        uses["property", triple.predicate.value] += 1
        if triple.predicate == RDF_TYPE:
            uses["class", str(triple.object.value)] += 1
    rows = list(csv.DictReader(io.StringIO(ask(engine, LIBRARY["terms-in-use"], {"lang": "fr"}))))
    found = {(row["kind"], row["term"]): int(row["times"]) for row in rows}
    assert len(found) == len(rows)
    assert {term: times for term, times in found.items() if times} == dict(uses)
    unused = {iri for (_, iri), times in found.items() if not times}
    assert PACT + "versionText" in unused
    assert not unused & {iri for _, iri in uses}
    labels = {row["term"]: row["label"] for row in rows}
    assert labels[PACT + "SharedPriority"] == "Priorité partagée"


def test_absence_is_counted_and_not_assumed(release: Release) -> None:
    """A lead or a date, were one stated, would be seen."""
    store = Store()
    store.extend(release.store)
    priority, graph = ID + "priority/2026-2029-", NamedNode(GRAPH + "agreement")
    person = NamedNode(ID + "person/laurent-hublet")
    lead, date = NamedNode(PREFIXES["prov"] + "wasAttributedTo"), NamedNode(DATE)
    day = Literal("2027-01-01", datatype=NamedNode(XSD + "date"))
    store.add(Quad(NamedNode(priority + "5"), lead, person, graph))
    store.add(Quad(NamedNode(ID + "deliverable/2026-2029-7-vision-2030"), date, day, graph))
    changed = LocalEngine(store)

    def numbers(slug: str, column: int) -> list[tuple[str, str]]:
        rows = list(csv.reader(io.StringIO(ask(changed, LIBRARY[slug], {}))))[1:]
        return [(row[0], row[column]) for row in rows]

    left = [number for number, _ in numbers("no-lead-no-deadline", 0)]
    assert left == [str(n) for n in range(1, 18) if n not in (5, 7)]
    assert [n for n, dates in numbers("deadlines-and-funding", 3) if dates != "0"] == ["7"]
