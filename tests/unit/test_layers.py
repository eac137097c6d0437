"""Boxes of diagrams: apart, in layers from left to right, near what they are tied to."""

from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from brupact.web.layers import _apart, layout

SIZE = (100.0, 30.0)
GAPS = (40.0, 10.0)


def test_what_follows_stands_to_the_right() -> None:
    nodes: dict[Hashable, tuple[float, float]] = dict.fromkeys("abcd", SIZE)
    found, routes = layout(nodes, [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")], GAPS)
    x = {node: place[0] for node, place in found.places.items()}
    assert x["a"] < x["b"] == x["d"] < x["c"]
    assert found.width == 3 * SIZE[0] + 2 * GAPS[0]
    assert len(routes["a", "c"]) == 3  # It bends around what stands between.
    assert routes["b", "c"] == ["b", "c"]


def test_a_cycle_is_cut_and_its_edge_runs_back() -> None:
    found, routes = layout({"a": SIZE, "b": SIZE, "c": SIZE}, [("a", "b"), ("b", "c"), ("c", "a")],
                           GAPS)  # fmt: skip
    x = {node: place[0] for node, place in found.places.items()}
    assert x["a"] < x["b"] < x["c"]
    assert [x[node] for node in routes["c", "a"]] == [x["c"], x["b"], x["a"]]


def test_crossings_that_need_not_be_are_taken_out() -> None:
    nodes: dict[Hashable, tuple[float, float]] = dict.fromkeys("abcABC", SIZE)
    found, _ = layout(nodes, [("a", "C"), ("b", "B"), ("c", "A")], GAPS)
    y = {node: place[1] for node, place in found.places.items()}
    assert (y["a"], y["b"], y["c"]) == (y["C"], y["B"], y["A"])


def test_nothing_gives_an_empty_picture() -> None:
    found, routes = layout({}, [], GAPS)
    assert (found.width, found.height, routes) == (0, 0, {})


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_no_two_boxes_touch(edges: list[tuple[int, int]]) -> None:
    loose = [(a, b) for a, b in edges if a != b]
    sizes: dict[Hashable, tuple[float, float]] = {n: (100.0, 20.0 + 5 * n) for n in range(9)}
    found, _ = layout(sizes, loose, GAPS)
    for a, (width, height) in sizes.items():
        x, y = found.places[a]
        assert width / 2 <= x <= found.width - width / 2 + 1e-6
        assert height / 2 - 1e-6 <= y <= found.height - height / 2 + 1e-6
        for b, (_, other) in sizes.items():
            if a != b and found.places[b][0] == x:
                assert abs(found.places[b][1] - y) >= (height + other) / 2 + GAPS[1] - 1e-6


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_places_are_apart_and_kept_where_they_can_be(wanted: list[float]) -> None:
    apart = [10.0] * (len(wanted) - 1)
    found = _apart(wanted, apart)
    assert all(b - a >= 10 - 1e-9 for a, b in zip(found, found[1:], strict=False))
    fits = all(b - a >= 10 for a, b in zip(wanted, wanted[1:], strict=False))
    if fits:
        assert all(abs(a - b) < 1e-9 for a, b in zip(found, wanted, strict=True))
