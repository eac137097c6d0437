import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from brupact.namespaces import GENID
from brupact.skolem import skolemise

SHAPE = ":a :p [ :q 1 ; :r ( 2 3 ) ] ."


def names(text: str) -> set[str]:
    quads = list(parse("PREFIX : <http://example.org/>\n" + text, RdfFormat.TURTLE))
    done = skolemise(quads)
    assert len(done) == len(set(quads))
    terms = [term for quad in done for term in (quad.subject, quad.object)]
    assert not [term for term in terms if isinstance(term, BlankNode)]
    return {t.value for t in terms if isinstance(t, NamedNode) and t.value.startswith(GENID)}


def test_a_part_of_one_thing_keeps_its_iri_whatever_else_the_file_says() -> None:
    found = names(SHAPE)
    assert len(found) == 3
    assert found < names(SHAPE + ":b :p [ :q 1 ; :r ( 2 3 ) ] .")


def test_the_same_content_under_another_owner_is_another_node() -> None:
    assert not names(SHAPE) & names(SHAPE.replace(":a", ":b"))


def test_two_statements_in_square_brackets_are_two_nodes() -> None:
    assert len(names("[] :p 1 . [] :p 2 .")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "_:a :p _:b . _:b :p _:a .",
        ":a :p _:b . :c :p _:b .",
        "_:a :p _:a .",
        ":a :p _:b ; :q _:b .",
    ],
)
def test_shared_nodes_and_cycles_are_named_alike_at_every_load(text: str) -> None:
    assert names(text) == names(text.replace("_:a", "_:x").replace("_:b", "_:y"))
    assert len(names(text)) == text.replace("_:a :p _:a", "_:a").count("_:b :p") + 1


def test_a_long_list_is_no_trouble() -> None:
    assert len(names(f":a :p ( {' '.join(map(str, range(5_000)))} ) .")) == 5_000


NODES = [BlankNode(name) for name in "abc"] + [NamedNode("http://example.org/x")]
QUADS = st.lists(
    st.builds(Quad, st.sampled_from(NODES), st.just(NODES[3]), st.sampled_from(NODES)), max_size=6
)


@given(QUADS)
def test_no_blank_node_is_left(quads: list[Quad]) -> None:
    done = skolemise(quads)
    assert not [q for q in done if BlankNode in (type(q.subject), type(q.object))]
