"""What the tests of deltas share: small stores, and what the engine itself makes of an update."""

from collections.abc import Iterable

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
)

EX = "http://example.org/"
PREFIX = f"PREFIX : <{EX}>\n"


def node(name: str) -> NamedNode:
    return NamedNode(EX + name)


def holding(text: str) -> Store:
    """A store with the TriG document `text`."""
    store = Store()
    store.load(f"{PREFIX}{text}".encode(), RdfFormat.TRIG)
    return store


def copied(store: Store) -> Store:
    copy = Store()
    copy.extend(store)
    for name in store.named_graphs():
        copy.add_graph(name)
    return copy


def content(store: Store) -> tuple[frozenset[Quad], frozenset[str]]:
    """All that a store holds, empty graphs too."""
    return frozenset(store), frozenset(map(str, store.named_graphs()))


def canonical(quads: Iterable[Quad]) -> list[str]:
    """`quads` as lines that are the same whatever their blank nodes are called."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def with_union(store: Store) -> Store:
    """A copy whose default graph is the merge of all graphs."""
    copy = copied(store)
    copy.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in store)
    return copy


def named(store: Store) -> list[Quad]:
    """The quads in the named graphs of `store`."""
    return [quad for quad in store if not isinstance(quad.graph_name, DefaultGraph)]
