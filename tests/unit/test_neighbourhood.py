"""What a thing is linked with, counted by other means; ways between things."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Store, parse_query_results

from brupact.engine import Engine, Query
from brupact.engine.local import LocalEngine
from brupact.library import load_library
from brupact.namespaces import BASE, GRAPH, ID, INFERRED, PACT
from brupact.neighbourhood import MOST, Link, classes, neighbourhood
from brupact.release import Release
from brupact.sparql.formats import RESULTS
from brupact.ways import LONGEST, WAYS, ways

LIBRARY = load_library()
EX = "https://example.org/"
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


def ask(
    engine: Engine, slug: str, most: int | None = None, /, **values: str
) -> Sequence[Mapping[str, Any]]:
    entry = LIBRARY[slug]
    text = entry.text if most is None else f"{entry.text}\nLIMIT {most}"
    query = Query(text, RESULTS[0].media_type, None, bindings=entry.bindings(values))
    found = parse_query_results(engine.query(query).body, QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [dict(zip(names, row, strict=True)) for row in found]


def links_of(store: Store, node: str) -> set[Link]:
    """The links of a thing, read from the quads."""
    here = NamedNode(node)
    quads = [*store.quads_for_pattern(here, None, None), *store.quads_for_pattern(None, None, here)]
    return {
        Link(q.subject.value, q.predicate.value, q.object.value, q.graph_name == INFERRED)
        for q in quads
        if isinstance(q.subject, NamedNode)
        and isinstance(q.object, NamedNode)
        and q.subject != q.object
    }


def made(*triples: str, derived: Sequence[str] = ()) -> LocalEngine:
    store = Store()
    for graph, lines in ((GRAPH + "agreement", triples), (INFERRED.value, derived)):
        text = "".join(f"{' '.join(f'<{t}>' for t in line.split())} .\n" for line in lines)
        store.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")
    return LocalEngine(store)


def things(release: Release) -> list[str]:
    """Every fourth thing of the agreement, and what most is linked with."""
    found = {q.subject.value for q in release.store if isinstance(q.subject, NamedNode)}
    plain = sorted(iri for iri in found if iri.startswith(ID) and "#" not in iri)
    return [*plain[::4], ID + "agreement/2026-2029", PACT + "SharedPriority"]


def test_no_neighbour_is_lost_and_no_stated_link(engine: LocalEngine, release: Release) -> None:
    for node in things(release):
        found = neighbourhood(partial(ask, engine), node)
        expected = links_of(release.store, node)
        counted = Counter(
            (link.relation, "out" if link.subject == node else "in") for link in expected
        )
        assert sum(r.total for r in found.relations) + found.repeated == counted.total(), node
        listed = {link for relation in found.relations for link in relation.links}
        assert listed <= expected
        if all(relation.total == len(relation.links) for relation in found.relations):
            ends = {x for link in expected for x in (link.subject, link.object)}
            assert {x for link in listed for x in (link.subject, link.object)} == ends
            assert {link for link in expected if not link.is_derived} <= listed
            # What is left out says what another says.
            for link in expected - listed:
                pair = {link.subject, link.object}
                assert any(pair == {other.subject, other.object} for other in listed)


def test_a_priority_is_linked_as_the_text_says(engine: LocalEngine) -> None:
    node = ID + "priority/2026-2029-13"
    found = neighbourhood(partial(ask, engine), node)
    relations = {
        (r.direction, r.iri.removeprefix(PACT)): [n.removeprefix(ID) for n in r.neighbours]
        for r in found.relations
    }
    assert relations["out", "inTheme"] == ["theme/environment"]
    assert relations["out", "intendsToApply"] == ["instrument/lez"]
    assert relations["out", "accountableMember"] == ["person/elke-van-den-brandt"]
    # Derived from what is told: by a broader relation, and by the inverse one.
    assert ("out", "namesInstrument") not in relations
    assert ("in", "hasPriority") not in relations
    assert found.repeated > 10
    (member,) = (r for r in found.relations if r.iri == PACT + "competentMember")
    assert [link.is_derived for link in member.links] == [True]


def test_of_two_derived_links_that_say_the_same_one_is_told() -> None:
    a, b, p, q = (EX + name for name in "abpq")
    engine = made(
        f"{p} {OWL}inverseOf {q}", f"{q} {OWL}inverseOf {p}",
        derived=[f"{a} {p} {b}", f"{b} {q} {a}"],
    )  # fmt: skip
    found = neighbourhood(partial(ask, engine), a)
    assert [(r.iri, r.neighbours) for r in found.relations] == [(p, [b])]
    assert found.repeated == 1
    engine = made(
        f"{p} {RDFS}subPropertyOf {q}", f"{q} {RDFS}subPropertyOf {p}",
        derived=[f"{a} {p} {b}", f"{a} {q} {b}"],
    )  # fmt: skip
    assert [r.iri for r in neighbourhood(partial(ask, engine), a).relations] == [p]


def test_of_very_many_links_some_are_known_by_name_and_all_counted() -> None:
    engine = made(*(f"{EX}{n:04} {EX}in {EX}hub" for n in range(MOST + 300)))
    (relation,) = neighbourhood(partial(ask, engine), EX + "hub").relations
    assert (relation.direction, relation.total) == ("in", MOST + 300)
    assert relation.neighbours == [f"{EX}{n:04}" for n in range(MOST)]


def test_the_classes_of_things(engine: LocalEngine) -> None:
    found = classes(engine, [ID + "theme/mobility", ID + "nothing"])
    assert found == {
        ID + "theme/mobility": {
            PACT + "Theme", "http://www.w3.org/2004/02/skos/core#Concept",
        }
    }  # fmt: skip
    assert classes(engine, []) == {}
    with pytest.raises(ValueError):
        classes(engine, ["no IRI> } SELECT"])


def follow(start: str, way: list[Link]) -> str:
    """Where a way leads that begins at `start`."""
    for link in way:
        assert start in (link.subject, link.object), (start, link)
        start = link.object if start == link.subject else link.subject
    return start


@pytest.mark.parametrize(
    ("start", "end", "length"),
    [
        ("priority/2026-2029-13", "instrument/lez", 1),
        ("person/elke-van-den-brandt", "instrument/lez", 2),
        ("person/ahmed-laaouej", "instrument/cobat", 4),
    ],
)
def test_ways_are_the_shortest(engine: LocalEngine, start: str, end: str, length: int) -> None:
    found = ways(engine, ID + start, ID + end, lambda iri: not iri.startswith(PACT))
    assert 1 <= len(found) <= WAYS
    for way in found:
        assert len(way) == length
        assert follow(ID + start, way) == ID + end


def test_a_relation_that_is_avoided_is_not_followed(engine: LocalEngine) -> None:
    start, end = ID + "priority/2026-2029-13", ID + "instrument/lez"
    direct = (PACT + "intendsToApply", PACT + "namesInstrument", PACT + "instrumentNamedBy")
    found = ways(engine, start, end, lambda iri: iri in direct or not iri.startswith(BASE))
    assert found == [] or min(map(len, found)) > 1


def test_what_much_is_linked_with_is_passed_through_last() -> None:
    chain = [f"{EX}{a} {EX}next {EX}{b}" for a, b in ("ab", "bc", "cd")]
    short = [f"{EX}a {EX}in {EX}hub", f"{EX}d {EX}in {EX}hub"]
    crowd = [f"{EX}x{n} {EX}in {EX}hub" for n in range(60)]

    def lengths(*triples: str) -> list[int]:
        return [len(w) for w in ways(made(*triples), EX + "a", EX + "d", lambda _: False)]

    assert lengths(*chain, *short) == [2]
    assert lengths(*chain, *short, *crowd) == [3]
    assert lengths(*short, *crowd) == [2]
    assert lengths(*chain[:2]) == []


def test_ways_end_somewhere() -> None:
    line = [f"{EX}{n} {EX}next {EX}{n + 1}" for n in range(LONGEST + 1)]
    found = ways(made(*line), EX + "0", f"{EX}{LONGEST}", lambda _: False)
    assert [len(way) for way in found] == [LONGEST]
    assert ways(made(*line), EX + "0", f"{EX}{LONGEST + 1}", lambda _: False) == []
    assert ways(made(*line), EX + "0", EX + "0", lambda _: False) == []
