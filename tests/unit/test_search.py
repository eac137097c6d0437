"""The index finds what people type: other forms, no accents, small errors, beginnings."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.engine.local import LocalEngine
from brupact.namespaces import ID, pact
from brupact.search import Findable, Index, Search


@pytest.fixture(scope="module")
def index(engine: LocalEngine) -> Index:
    return Search(engine).index


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("mobilité", "theme/mobility"),
        ("mobilite", "theme/mobility"),
        ("MOBILITÉS", "theme/mobility"),
        ("knelpuntberoep", "sector/shortage-occupations"),
        ("knelpuntberopen", "priority/2026-2029-5"),
        ("cobat", "instrument/cobat"),
        ("bwro", "instrument/cobat"),
        ("laaouej", "person/ahmed-laaouej"),
        ("Ahmed Laouej", "person/ahmed-laaouej"),
        ("eenoudergezin", "target-group/single-parent-families"),
        ("alleenstaande ouders", "target-group/single-parent-families"),
        ("parents seuls", "target-group/single-parent-families"),
        ("single-parent", "target-group/single-parent-families"),
        ("finance&invest", "organisation/finance-invest-brussels"),
        ("knelp", "sector/shortage-occupations"),
    ],
)
def test_what_people_type_is_found(index: Index, words: str, thing: str) -> None:
    assert ID + thing in [found.iri for found in index.search(words)][:3]


@pytest.mark.parametrize(
    "words", ["", " ", "a", "?!", "zzzzqqqq", "\u0000", "(", '"', "AND OR NOT", "x" * 500]
)
def test_anything_may_be_typed(index: Index, words: str) -> None:
    assert isinstance(index.search(words), list)


def test_nothing_is_found_in_nothing() -> None:
    assert Index([]).search("mobilité") == []


def test_all_words_count_before_some_do() -> None:
    both, one = (
        Findable("x:both", [("fr", "plan mobile")]),
        Findable("x:one", [("fr", "plan vert")]),
    )
    index = Index([both, one])
    assert [t.iri for t in index.search("plan mobile")] == ["x:both"]
    assert {t.iri for t in index.search("plan zzzz")} == {"x:both", "x:one"}


def test_a_choice_narrows_the_results_but_not_its_own_facet(engine: LocalEngine) -> None:
    search = Search(engine)
    priority = pact("SharedPriority").value
    everything, narrowed = search.search("emploi", {}), search.search("emploi", {"type": priority})
    assert {t.type for t in narrowed.found} == {priority}
    assert narrowed.facets["type"] == everything.facets["type"]
    assert sum(everything.facets["type"].values()) == len([t for t in everything.found if t.type])


def test_the_index_follows_the_data() -> None:
    class Changing(LocalEngine):
        number = 1

        @property
        def version(self) -> int:
            return self.number

    store = Store()
    engine = Changing(store)
    search = Search(engine)
    assert search.search("nouveau", {}).found == []
    label = NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    graph = NamedNode("https://w3id.org/brupact/graph/follow-up")
    store.add(Quad(NamedNode(ID + "theme/new"), label, Literal("nouveau", language="fr"), graph))
    engine.number = 2
    assert [t.iri for t in search.search("nouveau", {}).found] == [ID + "theme/new"]
