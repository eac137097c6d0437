"""What is open in the explorer, and its address."""

import pytest
from flask import Flask

from brupact.describe import compact, full
from brupact.engine.local import LocalEngine
from brupact.library import BadParameter
from brupact.namespaces import GRAPH, ID, PACT
from brupact.neighbourhood import MOST
from brupact.release import Release
from brupact.web import create_app
from brupact.web.drawing import groups, is_quiet
from brupact.web.exploring import FIRST, OPEN, STEP, State

PRIORITY = ID + "priority/2026-2029-13"
THEME = ID + "theme/mobility"
KEY = (PRIORITY, "in", PACT + "partOf")
STATE = State(
    iri=PRIORITY, others=(THEME, "http://eurovoc.europa.eu/3159"), more={KEY: 30},
    hide=frozenset({PACT + "promises", "-"}), show=frozenset({PACT + "quoteOf"}),
    to=ID + "instrument/cobat", find="a word",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(engine: LocalEngine) -> Flask:
    return create_app(engine)


def test_an_address_holds_a_state() -> None:
    assert STATE.parameters["iri"] == "priority/2026-2029-13"
    assert STATE.parameters["open"] == "theme/mobility http://eurovoc.europa.eu/3159"
    assert STATE.parameters["more"] == "priority/2026-2029-13|in|pact:partOf|30"
    assert STATE.parameters["hide"] == "- pact:promises"
    assert State.read(STATE.parameters) == STATE
    assert State.read({}) == State()


def test_what_is_short_means_what_was_long(release: Release) -> None:
    iris = {getattr(t, "value", "") for q in release.store for t in q.triple} - {""}
    odd = {GRAPH + "x", ID + "a:b", ID + "pact:b", "urn:x:y", ID, PACT, "javascript:x"}
    named = {iri for iri in iris | odd if ":" in iri and " " not in iri}
    assert len(named) > 5000
    assert [iri for iri in named if full(compact(iri)) != iri] == []


def test_things_are_opened_and_closed() -> None:
    opened = State(iri=PRIORITY).toggled(THEME)
    assert opened and opened.open == (PRIORITY, THEME)
    assert opened.toggled(THEME) == State(iri=PRIORITY)
    closed = opened.toggled(PRIORITY)
    assert closed and closed.open == (THEME,)
    assert closed.toggled(THEME) is None
    assert State().toggled(THEME) == State(iri=THEME)
    some = State(iri=PRIORITY, others=(THEME,), more={KEY: 30, (THEME, *KEY[1:]): 9}, find="x")
    left = some.toggled(PRIORITY)
    assert left and (left.more, left.find) == ({(THEME, *KEY[1:]): 9}, "")
    everything = State(iri=PRIORITY, others=tuple(f"{ID}x/{n}" for n in range(OPEN - 1)))
    assert everything.is_full
    assert everything.toggled(THEME) is None
    assert everything.toggled(ID + "x/3") is not None


def test_more_is_shown_step_by_step() -> None:
    state = State(iri=PRIORITY)
    assert state.shown(KEY) == FIRST
    numbers = []
    while state.shown(KEY) < MOST:
        state = state.with_more(KEY)
        numbers.append(state.shown(KEY))
    assert numbers[:2] == [FIRST + STEP, FIRST + 2 * STEP]
    assert numbers[-1] == MOST


def test_relations_are_switched() -> None:
    state = State().switched(PACT + "promises").switched(PACT + "quoteOf", is_quiet=True)
    assert (sorted(state.hide), sorted(state.show)) == ([PACT + "promises"], [PACT + "quoteOf"])
    again = state.switched(PACT + "promises").switched(PACT + "quoteOf", is_quiet=True)
    assert again == State()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"iri": "<x>"}, "iri"),
        ({"open": "theme/mobility no>iri"}, "open"),
        ({"iri": "a", "open": " ".join(f"x/{n}" for n in range(OPEN))}, "open"),
        ({"hide": '"'}, "hide"),
        ({"show": "-{"}, "show"),
        ({"to": "x y"}, "to"),
        ({"more": "a|up|pact:partOf|3"}, "more"),
        ({"more": "a|in|pact:partOf"}, "more"),
        ({"more": "a|in|pact:partOf|-3"}, "more"),
        ({"more": "a|in|pact:partOf|3|4"}, "more"),
        ({"more": "a|in|<|3"}, "more"),
    ],
)
def test_what_cannot_be_read_is_refused(values: dict[str, str], name: str) -> None:
    with pytest.raises(BadParameter) as refused:
        State.read(values)
    assert refused.value.name == name


def test_an_address_is_one_of_the_service(app: Flask) -> None:
    with app.test_request_context("/explore?lang=nl"):
        assert State(iri=THEME).address == "/explore?iri=theme/mobility&lang=nl"
        assert State(iri=THEME).file("csv") == "/explore.csv?iri=theme/mobility&lang=nl"


def test_how_things_look_names_what_there_is(release: Release) -> None:
    """Each class and relation of the table is in the data or in the ontology."""
    known = {getattr(t, "value", "") for q in release.store for t in q.triple}
    ours = {iri for group in groups() for iri in group.of if iri.startswith(PACT)}
    assert ours <= known
    assert len({group.shape for group in groups()}) >= len(groups()) - 1
    assert is_quiet("http://www.w3.org/ns/shacl#path")
    assert not is_quiet(PACT + "partOf")
