import tracemalloc
from typing import cast

import pytest
from msgspec.structs import replace
from pyoxigraph import Literal

from brupact.cache import LARGEST, AnswerCache
from brupact.engine import Answer, Engine, Query


class Counting:
    """An engine that answers with how often it was asked."""

    def __init__(self) -> None:
        self.version, self.asked, self.size = 0, 0, 1

    def query(self, query: Query) -> Answer:
        self.asked += 1
        return Answer("text/csv", str(self.asked).encode().ljust(self.size))


QUERY = Query("SELECT ?o { ?s ?p ?o }", "text/csv", None)


@pytest.fixture()
def engine() -> Counting:
    return Counting()


@pytest.fixture()
def cache(engine: Counting) -> AnswerCache:
    return AnswerCache(cast(Engine, engine))


def test_the_same_question_about_the_same_data_is_asked_once(
    cache: AnswerCache, engine: Counting
) -> None:
    first = cache.query(QUERY)
    assert first.sha256
    assert cache.query(replace(QUERY, seconds=1.0)) is first
    engine.version += 1
    assert cache.query(QUERY).answer.body == b"2"


@pytest.mark.parametrize(
    "other",
    [
        {"text": "SELECT ?s { ?s ?p ?o }"},
        {"results": "text/tab-separated-values"},
        {"default_graphs": ("x:g",)},
        {"named_graphs": ("x:g",)},
        {"infer": False},
        {"base": "x:y"},
        {"bindings": {"o": Literal("1")}},
    ],
)
def test_whatever_makes_another_answer_is_asked_anew(
    cache: AnswerCache, other: dict[str, object]
) -> None:
    cache.query(QUERY)
    assert cache.query(replace(QUERY, **other)).answer.body == b"2"


@pytest.mark.parametrize(
    "text", ["SELECT (now() AS ?x) {}", "SELECT * { SERVICE SILENT <x:a> {} }"]
)
def test_what_differs_each_time_is_neither_kept_nor_tagged(cache: AnswerCache, text: str) -> None:
    query = replace(QUERY, text=text)
    assert cache.query(query).sha256 is None
    assert cache.query(query).answer.body == b"2"


def test_a_word_in_a_string_is_no_function(cache: AnswerCache) -> None:
    query = replace(QUERY, text='SELECT * { ?s ?p "NOW" }')
    assert cache.query(query) is cache.query(query)


def test_large_answers_are_not_kept_and_the_oldest_go_first(
    cache: AnswerCache, engine: Counting
) -> None:
    engine.size = LARGEST + 1
    cache.query(QUERY)
    assert cache.query(QUERY).answer.body.startswith(b"2")
    engine.size = LARGEST
    for number in range(20):
        cache.query(replace(QUERY, text=f"ASK {{ {number} ?p ?o }}"))
    before = engine.asked
    cache.query(replace(QUERY, text="ASK { 19 ?p ?o }"))
    assert engine.asked == before
    cache.query(replace(QUERY, text="ASK { 0 ?p ?o }"))
    assert engine.asked == before + 1


def test_what_is_no_longer_asked_for_takes_no_memory(cache: AnswerCache, engine: Counting) -> None:
    tracemalloc.start()
    try:
        for number in range(200):
            iri = f"x:{number}/" + "é" * 50_000
            cache.query(replace(QUERY, default_graphs=(iri,), bindings={"o": Literal(iri)}))
        # Long questions with short answers: a digest of each is kept.
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
        engine.size = LARGEST
        for number in range(8):
            cache.query(replace(QUERY, text=f"ASK {{ {number} ?p ?o }}"))
        engine.size, engine.version = 1, 1
        cache.query(QUERY)
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
    finally:
        tracemalloc.stop()
