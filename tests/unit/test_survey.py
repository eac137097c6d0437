"""How much there is, whatever the graphs are called."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.catalogue.survey import Sizes, sizes
from brupact.engine.local import LocalEngine


@pytest.mark.parametrize("name", ["x:g", "x:a,b", "x:a\u2028b", "x:'a", "http://e/é"])
def test_graphs_are_counted_under_any_name(name: str) -> None:
    store = Store()
    for number in range(2):
        triple = NamedNode("x:s"), NamedNode("x:p"), Literal(str(number))
        store.add(Quad(*triple, NamedNode(name)))
    store.add(Quad(*triple, NamedNode("x:other")))
    assert sizes(LocalEngine(store)) == Sizes(2, {name: 2, "x:other": 1})
