import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    serialize,
)
from tests.commits.given import graph, node, said

from brupact.commits import lines
from brupact.commits.errors import HasBlankNode
from brupact.namespaces import XSD

P = NamedNode("https://w3id.org/brupact/ns#p")
NUMBERS = ("integer", "decimal", "double", "nonNegativeInteger", "dateTime", "boolean", "string")
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["_:b", "a <b>", ""])
literals = st.one_of(
    texts.map(Literal),
    texts.map(lambda text: Literal(text, language="FR-be")),
    st.builds(
        lambda text, name: Literal(text, datatype=NamedNode(XSD + name)),
        texts | st.decimals().map(str) | st.floats().map(str) | st.datetimes().map(str),
        st.sampled_from(NUMBERS),
    ),
)
nodes = st.sampled_from("abc").map(node)
objects = nodes | literals
quads = st.builds(
    Quad,
    nodes,
    st.just(P),
    objects | st.builds(Triple, nodes, st.just(P), objects),
    st.sampled_from([graph(), graph("agreement"), DefaultGraph()]),
)


def number(text: str, datatype: str) -> Quad:
    return Quad(node("a"), P, Literal(text, datatype=NamedNode(XSD + datatype)), graph())


def test_normal_form_is_that_of_the_store() -> None:
    written = [number("05", "nonNegativeInteger"), number("1.50", "decimal")]
    expected = [number("1.5", "decimal"), number("5", "integer")]
    assert lines.quads(lines.normal(written)) == expected
    assert lines.normal([*expected, *written]) == lines.normal(expected)


@given(st.sets(quads, max_size=8))
def test_normal_form_is_canonical(held: set[Quad]) -> None:
    normal = lines.normal(held)
    assert lines.normal(lines.quads(normal)) == normal
    store = Store()
    store.extend(held)
    assert lines.normal(store) == normal
    assert set(lines.quads(normal)) == set(store)
    assert lines.unpack(lines.pack(normal)) == normal
    dataset = Dataset(lines.quads(normal))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    canonical = serialize(dataset, format=RdfFormat.N_QUADS) or b""
    assert sorted(lines.split(canonical)) == list(normal)


@given(quads)
def test_the_index_reads_lines_as_a_parser_does(quad: Quad) -> None:
    (line,) = lines.normal([quad])
    (read,) = lines.quads([line])
    assert isinstance(read.subject, NamedNode)
    keys = {lines.subject_key(read.subject.value)}
    assert lines.subject_keys([line]) == keys
    if isinstance(read.object, NamedNode):
        keys.add(lines.object_key(read.object.value))
    if isinstance(read.graph_name, NamedNode):
        keys.add(lines.graph_key(read.graph_name.value))
    assert lines.keys([line]) == keys
    named = isinstance(read.graph_name, NamedNode)
    assert lines.graph(line) == (str(read.graph_name).encode() if named else None)


@pytest.mark.parametrize(
    "quad",
    [
        Quad(BlankNode("b"), P, node("a"), graph()),
        Quad(node("a"), P, BlankNode("b"), graph()),
        Quad(node("a"), P, node("a"), BlankNode("b")),
        Quad(node("a"), P, Triple(node("a"), P, BlankNode("b")), graph()),
    ],
    ids=["subject", "object", "graph", "in a triple term"],
)
def test_blank_nodes_are_refused(quad: Quad) -> None:
    with pytest.raises(HasBlankNode) as caught:
        lines.normal([said("a", "_:b"), quad])
    assert caught.value.quad == quad
