"""Where the boxes of a diagram stand: in layers, from left to right (after Sugiyama, 1981).

Small graphs only, each layer put in order by the mean place of the neighbours. It is ours since
of the libraries in Python one is no longer kept up, and the others come under the GPL.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Final, TypeAlias

Node: TypeAlias = Hashable
#: How often the layers are put in order, and the boxes moved towards their neighbours.
_SWEEPS: Final = 12
_MOVES: Final = 24


@dataclass(frozen=True)
class Layout:
    """Where each node stands: the middle of its box; and the size of the whole."""

    places: Mapping[Node, tuple[float, float]]
    width: float
    height: float


def layout(
    sizes: Mapping[Node, tuple[float, float]],
    edges: Iterable[tuple[Node, Node]],
    gaps: tuple[float, float],
) -> tuple[Layout, dict[tuple[Node, Node], list[Node]]]:
    """Places for nodes of `sizes` (width, height), apart by `gaps` (across, down).

    Also the nodes that each edge passes on its way, bends (nodes without a size) among them.
    """
    edges = list(dict.fromkeys(edges))
    layer = _layers(list(sizes), edges)
    columns: list[list[Node]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for node, number in layer.items():
        columns[number].append(node)
    routes: dict[tuple[Node, Node], list[Node]] = {}
    for start, end in edges:
        low, high = sorted((layer[start], layer[end]))
        bends: list[Node] = [(start, end, number) for number in range(low + 1, high)]
        for bend, number in zip(bends, range(low + 1, high), strict=True):
            columns[number].append(bend)
        if layer[start] > layer[end]:
            bends.reverse()
        routes[start, end] = [start, *bends, end]
    near: dict[Node, set[Node]] = {node: set() for column in columns for node in column}
    for route in routes.values():
        for one, other in zip(route, route[1:], strict=False):
            near[one].add(other)
            near[other].add(one)
    columns = _ordered(columns, near)
    return _placed(columns, near, sizes, gaps), routes


def _layers(nodes: list[Node], edges: list[tuple[Node, Node]]) -> dict[Node, int]:
    """The number of each node's layer: beyond those that lead to it, cycles cut where met."""
    onward: dict[Node, list[Node]] = {node: [] for node in nodes}
    for start, end in edges:
        onward[start].append(end)
    state: dict[Node, int] = {}
    order: list[Node] = []
    forward: list[tuple[Node, Node]] = []

    def visit(node: Node) -> None:
        state[node] = 1
        for other in onward[node]:
            forward.append((other, node) if state.get(other) == 1 else (node, other))
            if other not in state:
                visit(other)
        state[node] = 2
        order.append(node)

    entered = {end for _, end in edges}
    for node in sorted(nodes, key=lambda n: n in entered):
        if node not in state:
            visit(node)
    layer = dict.fromkeys(nodes, 0)
    for node in reversed(order):
        for start, end in forward:
            if start == node and start != end:
                layer[end] = max(layer[end], layer[node] + 1)
    # What nothing leads to stands right before what it leads to.
    for node in nodes:
        following = [layer[end] for start, end in forward if start == node and end != node]
        if following and not any(end == node for _, end in forward):
            layer[node] = min(following) - 1
    return layer


def _ordered(columns: list[list[Node]], near: Mapping[Node, set[Node]]) -> list[list[Node]]:
    """The layers in the order, of those tried, with the fewest crossings."""
    best, fewest = columns, _crossings(columns, near)
    for sweep in range(_SWEEPS):
        columns = [list(column) for column in columns]
        numbers = range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns)))
        for number in numbers:
            beside = number - 1 if sweep % 2 == 0 else number + 1
            if not 0 <= beside < len(columns):
                continue
            place = {node: index for index, node in enumerate(columns[beside])}
            own = {node: index for index, node in enumerate(columns[number])}

            def key(node: Node) -> float:
                found = [place[other] for other in near[node] if other in place]  # noqa: B023
                return mean(found) if found else own[node]  # noqa: B023

            columns[number].sort(key=key)
        if (count := _crossings(columns, near)) < fewest:
            best, fewest = columns, count
    return best


def _crossings(columns: list[list[Node]], near: Mapping[Node, set[Node]]) -> int:
    count = 0
    for column, following in zip(columns, columns[1:], strict=False):
        place = {node: index for index, node in enumerate(following)}
        lines = [
            (index, place[other])
            for index, node in enumerate(column)
            for other in near[node]
            if other in place
        ]
        count += sum(a < c and b > d for a, b in lines for c, d in lines)
    return count


def _placed(
    columns: list[list[Node]],
    near: Mapping[Node, set[Node]],
    sizes: Mapping[Node, tuple[float, float]],
    gaps: tuple[float, float],
) -> Layout:
    across, down = gaps
    x, y = {}, {}
    left = 0.0
    for column in columns:
        width = max((sizes.get(node, (0, 0))[0] for node in column), default=0)
        for node in column:
            x[node] = left + width / 2
        left += width + across
        for index, node in enumerate(column):
            y[node] = float(index)

    def height(node: Node) -> float:
        return sizes.get(node, (0.0, 0.0))[1]

    for move in range(_MOVES):
        for column in columns if move % 2 == 0 else reversed(columns):
            wanted = [mean(y[o] for o in near[n]) if near[n] else y[n] for n in column]
            apart = [
                (height(one) + height(other)) / 2 + down
                for one, other in zip(column, column[1:], strict=False)
            ]
            for node, value in zip(column, _apart(wanted, apart), strict=True):
                y[node] = value
    top = min((y[node] - height(node) / 2 for node in y), default=0.0)
    bottom = max((y[node] + height(node) / 2 for node in y), default=0.0)
    places = {node: (x[node], y[node] - top) for node in x}
    return Layout(places, max(left - across, 0.0), bottom - top)


def _apart(wanted: list[float], apart: list[float]) -> list[float]:
    """Places as near as can be to those `wanted`, in this order, at least `apart`.

    Least squares by pooling neighbours that would overlap.
    """
    offsets = [0.0]
    for gap in apart:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=False):
        total, count = value - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    found = [total / count for total, count in pools for _ in range(count)]
    return [value + offset for value, offset in zip(found, offsets, strict=False)]
