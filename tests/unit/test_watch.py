import random
import timeit

import pytest

from brupact.engine.interface import (
    OutOfMemory,
    OutOfTime,
    QueryRefused,
    Stopped,
    TooComplex,
    TooMany,
    Unavailable,
)
from brupact.web.watch import BOUNDS, Series, Watch, text


def one(watch: Watch) -> Series:
    (found,) = watch.series()
    return found


def test_a_request_is_counted_with_its_time_and_size() -> None:
    watch = Watch()
    watch.note("/doc/priority/2026-2029-13", 200, 100, 0.004, False)
    watch.note("/doc/theme/economy", 200, 50, 0.03, False)
    found = one(watch)
    assert (found.route, found.status, found.kind, found.sent) == ("document", 200, "page", 150)
    assert found.seconds == pytest.approx(0.034)
    assert {b: n for b, n in zip(BOUNDS, found.buckets, strict=False) if n} == {0.005: 1, 0.05: 1}


@pytest.mark.parametrize(
    ("seconds", "place"), [(0.0, 0), (0.001, 0), (0.0011, 1), (30.0, 13), (31.0, 14)]
)
def test_a_bound_belongs_to_what_is_below(seconds: float, place: int) -> None:
    watch = Watch()
    watch.note("/", 200, 0, seconds, False)
    assert [n for n, count in enumerate(one(watch).buckets) if count] == [place]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "page"), ("/sparql", "sparql"), ("/ns.ttl", "document"),
        ("/graphs/agreement", "graphs"), ("/health/ready", "watching"),
        ("/.well-known/void", "document"), ("/queries.json", "queries"),
        ("/nowhere/x", "other"), ("/.git", "other"), ("*", "page"),
    ],
)  # fmt: skip
def test_each_path_has_a_class(path: str, route: str) -> None:
    watch = Watch()
    watch.note(path, 200, 0, 0.0, False)
    assert one(watch).route == route


def test_kinds_are_told_apart() -> None:
    watch = Watch()
    for path, is_kept in (("/sparql", False), ("/sparql", True), ("/ns", True), ("/ns", False)):
        watch.note(path, 200, 0, 0.0, is_kept)
    assert sorted(series.kind for series in watch.series()) == ["cached", "cached", "page", "query"]


def test_strange_paths_take_no_memory() -> None:
    watch = Watch()
    for number in range(1000):
        watch.note(f"/{number}/x", 404, 0, 0.0, False)
    assert sum(one(watch).buckets) == 1000


def test_failures_and_slow_requests_are_always_told_of() -> None:
    watch = Watch()
    assert watch.note("/", 200, 0, 0.1, False) == 0
    assert watch.note("/", 404, 0, 0.1, False) == 0
    for status, seconds in ((500, 0.1), (503, 0.1), (429, 0.1), (200, 1.1)):
        assert watch.note("/", status, 0, seconds, False) == 1


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_the_weights_of_a_sample_add_up(share: float) -> None:
    random.seed(4)
    watch = Watch(share)
    weights = [watch.note("/", 200, 0, 0.0, False) for _ in range(100_000)]
    assert sum(weights) == pytest.approx(100_000, rel=0.1)
    assert {weight for weight in weights if weight} == {1 / share}


def test_ends_are_counted_by_reason() -> None:
    watch = Watch()
    for error in (
        OutOfTime(""), OutOfMemory(""), TooMany(""), TooComplex(""), Stopped(""), Unavailable(""),
        QueryRefused(""),
    ):  # fmt: skip
        watch.ended(error)
    assert set(watch.ends.values()) == {0, 1}
    assert [reason for reason, n in watch.ends.items() if not n] == ["client gone"]


def test_a_note_costs_next_to_nothing() -> None:
    watch = Watch(0.01)
    taken = timeit.repeat(
        lambda: watch.note("/sparql", 200, 300, 0.00005, True), number=2_000, repeat=50
    )
    assert min(taken) / 2_000 < 2e-6


def test_the_text_of_a_query_is_found_where_it_stands() -> None:
    form = "application/x-www-form-urlencoded"
    assert text("GET", b"query=ASK%7B%7D", None, b"") == "ASK{}"
    assert text("HEAD", b"query=ASK%7B%7D", None, b"") == "ASK{}"
    assert text("POST", b"", f"{form}; charset=utf-8", b"query=ASK%7B%7D") == "ASK{}"
    assert text("POST", b"", "application/sparql-query", b"ASK {}") == "ASK {}"
    assert text("POST", b"", "application/sparql-update", b"CLEAR ALL") == "CLEAR ALL"
    assert text("GET", b"query=a&query=b", None, b"") is None
    assert text("GET", b"", None, b"") is None
