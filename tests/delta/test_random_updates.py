"""Random updates of random data: the store and the delta make what the engine makes of them.

With `union`, what the engine makes is found on a copy whose default graph holds all triples.
"""

from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store
from tests.delta.given import PREFIX, canonical, content, copied, holding, named, with_union

from brupact.delta import update
from brupact.delta.delta import Delta
from brupact.engine.interface import QueryRefused

Texts = st.SearchStrategy[str]
pick = st.sampled_from
NODES = (":a", ":b", ":c")
PREDICATES = (":p", ":q")
GRAPHS = (":g", ":h", ":i")
OBJECTS = (*NODES, "1", "2", "1.50", '"1"^^<http://www.w3.org/2001/XMLSchema#byte>', '"x"@en-GB')
VARIABLES = ("?s", "?p", "?o", "?t", "?g")


def triples(
    subjects: Sequence[str], predicates: Sequence[str], objects: Sequence[str], most: int = 3
) -> Texts:
    """Statements, of terms of which the one and the other may be variables."""
    statement = st.builds("{} {} {} .".format, pick(subjects), pick(predicates), pick(objects))
    return st.lists(statement, min_size=1, max_size=most).map(" ".join)


def in_graphs(statements: Texts, names: Sequence[str], outside: bool = True) -> Texts:
    """A block with `statements`, some of them in graphs."""
    inside = st.builds("GRAPH {} {{ {} }}".format, pick(names), statements)
    choices = st.one_of(statements, inside) if outside else inside
    return st.lists(choices, min_size=1, max_size=2).map(" ".join)


GROUND = triples(NODES, PREDICATES, OBJECTS)
PATTERN = triples(("?s", "?s", "?t", ":a"), ("?p", ":p"), ("?o", "?o", "?t", ":b", "1.5"), 2)
TEMPLATE = triples(
    (*NODES, "?s", "?o", "?t"), (*PREDICATES, "?p"), (*OBJECTS, "?s", "?o", "?t", "?n", "?c"), 2
)
WITH_NODES = triples(
    (*NODES, "?s", "_:x", "[]"), PREDICATES, (*OBJECTS, "?o", "_:x", "[ :q ?s ]"), 2
)
BLOCK = in_graphs(PATTERN, (*GRAPHS, "?g"))
CLAUSES = st.lists(
    st.one_of(
        BLOCK,
        st.builds("OPTIONAL {{ {} }}".format, BLOCK),
        st.builds("{{ {} }} UNION {{ {} }}".format, BLOCK, BLOCK),
        st.builds("FILTER NOT EXISTS {{ {} }}".format, PATTERN),
        st.builds("MINUS {{ {} }}".format, PATTERN),
        st.builds("VALUES ?t {{ {} {} UNDEF }}".format, pick(OBJECTS), pick(OBJECTS)),
        st.builds("{{ SELECT ?s (COUNT(*) AS ?c) {{ {} }} GROUP BY ?s }}".format, BLOCK),
        pick(["FILTER(?s != :a)", 'FILTER(?o != "}") # }\n', ""]),
    ),
    max_size=2,
)
ENDS = pick(["BIND(?o + 0.50 AS ?n)", "BIND(STRDT('01', <http://x/>) AS ?n)", ""])
WHERE = st.builds("{} {} {}".format, BLOCK, CLAUSES.map(" ".join), ENDS)
USING = st.lists(pick([f"USING {p}{g}" for p in ("", "NAMED ") for g in GRAPHS]), max_size=2)


def requests(outside: bool = True) -> st.SearchStrategy[list[str]]:
    """Requests; without `outside` they write to named graphs only."""
    data = in_graphs(GROUND, GRAPHS, outside)
    template = in_graphs(TEMPLATE, (*GRAPHS, "?g", "?s"), outside)
    fresh = in_graphs(WITH_NODES, (*GRAPHS, "?g"), outside)
    given_with = pick(["", "", "WITH :g", "WITH :i"])
    using = st.one_of(st.just(""), USING.map(" ".join))
    graphs = [f"GRAPH {g}" for g in GRAPHS] + ["NAMED"] + ["DEFAULT", "ALL"] * outside
    ends = [*GRAPHS, *(["DEFAULT"] * outside)]
    silent = pick(["", "SILENT"])
    operation = st.one_of(
        st.builds("INSERT DATA {{ {} }}".format, data),
        st.builds("DELETE DATA {{ {} }}".format, data),
        st.builds("DELETE WHERE {{ {} }}".format, in_graphs(PATTERN, (*GRAPHS, "?g"), outside)),
        st.builds(
            "{} DELETE {{ {} }} {} WHERE {{ {} }}".format, given_with, template, using, WHERE
        ),
        st.builds(
            "{} INSERT {{ {} }} {} WHERE {{ {} }}".format, given_with, template, using, WHERE
        ),
        st.builds("{} INSERT {{ {} }} {} WHERE {{ {} }}".format, given_with, fresh, using, BLOCK),
        st.builds(
            "{} DELETE {{ {} }} INSERT {{ {} }} {} WHERE {{ {} }}".format,
            *(given_with, template, template, using, WHERE),
        ),
        st.builds("{} {} {}".format, pick(["CLEAR", "DROP"]), silent, pick(graphs)),
        st.builds("CREATE {} GRAPH {}".format, silent, pick(GRAPHS)),
        # What the engine makes of a source that is not there is not what the standard says.
        st.builds(
            "CREATE SILENT GRAPH {1} ; {0} {1} TO {2}".format,
            *(pick(["ADD", "MOVE SILENT", "COPY GRAPH"]), pick(GRAPHS), pick(ends)),
        ),
    )
    return st.lists(operation, min_size=1, max_size=3)


DATA = st.builds(
    "{} GRAPH :g {{ {} }} GRAPH :h {{ {} }}".format,
    *[triples(NODES, PREDICATES, OBJECTS, most=8)] * 3,
)


def of_update(store: Store, text: str, *, union: bool, keep: bool = False) -> Delta:
    """The delta, found by parts: on a copy of all data any would be right."""
    with mock.patch.object(update._Evaluation, "_by_copy", side_effect=AssertionError):
        return update.of_update(store, text, union=union, skolemise=False, keep=keep)


@given(DATA, requests())
def test_random_updates(data: str, request: list[str]) -> None:
    store = holding(data)
    before, expected = content(store), copied(store)
    text = PREFIX + " ;\n".join(request)
    try:
        expected.update(text)
    except RuntimeError:
        with pytest.raises(QueryRefused):
            of_update(store, text, union=False)
        assert content(store) == before
        return
    delta = of_update(store, text, union=False)
    assert content(store) == before
    assert delta.added.isdisjoint(before[0]) and delta.removed <= before[0]
    delta.apply(store)
    assert canonical(store) == canonical(expected)
    changed = {quad.graph_name for quad in delta.added | delta.removed}
    assert changed | delta.created | delta.dropped <= delta.targets
    delta.inverse().apply(store)
    assert content(store) == before


@given(DATA, requests(outside=False))
def test_random_updates_of_published_data(data: str, request: list[str]) -> None:
    store = holding(data)
    store.update("CLEAR DEFAULT")
    before, expected = content(store), copied(store)
    for operation in request:
        merged = with_union(expected)
        try:
            merged.update(PREFIX + operation)
        except RuntimeError:
            with pytest.raises(QueryRefused):
                of_update(store, PREFIX + " ;\n".join(request), union=True)
            assert content(store) == before
            return
        expected = Store()
        expected.extend(named(merged))
        for name in merged.named_graphs():
            expected.add_graph(name)
    delta = of_update(store, PREFIX + " ;\n".join(request), union=True, keep=True)
    assert canonical(named(store)) == canonical(named(expected))
    delta.inverse().apply(store)
    assert content(store) == before
