"""No value of a parameter is anything but a value: what was written never becomes query text."""

import json
import re
import time

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.library import BadParameter, Page, answer, load_library, read_values
from brupact.namespaces import PACT
from brupact.release import Release
from brupact.sparql.formats import RESULTS

LIBRARY = load_library()
JSON = RESULTS[0]
HOSTILE = (
    '"', "'", '"""', "\\", "\\u0022", "}", "{", "} UNION { ?part ?p ?text }", "> . ?s ?p ?o",
    "LEZ\n} ORDER BY ?x #", "\r\n", "?words", "$words", "<script>alert(1)</script>", "=1+1",
    "\u202eZEL\u202c", "לץ", "é", "e\u0301", "\U0001f600", "%00", "a" * 1000, "a" * 10_000,
    "; DROP ALL", "' OR '1'='1", "\t", "", "(", "[", "*", "^", "\\p{L}", "\x00", "\ud800", "\uffff",
)  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text("\"'\\{}<>?$.;\n LEZ"))
relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def source_texts(release: Release) -> list[tuple[str, str, str]]:
    """Each text of the source with its node and language, without a query."""
    return [
        (str(q.subject.value), q.object.language or "", q.object.value)
        for q in release.store
        if q.predicate.value == PACT + "sourceText"
    ]


@given(words=texts)
@relaxed
def test_a_text_is_only_compared(
    engine: LocalEngine,
    source_texts: list[tuple[str, str, str]],
    words: str,
) -> None:
    entry = LIBRARY["sentences-containing"]
    try:
        bindings = read_values(engine, entry, {"words": words})
    except BadParameter as error:
        assert error.name == "words"
        assert len(words) > 1000 or any(not _xml(character) for character in words)
        return
    assert bindings["words"].value == words
    document = json.loads(answer(engine, entry, bindings, Page()).document)
    rows = document["results"]["bindings"]
    found = {(row["part"]["value"], row["language"]["value"]) for row in rows}
    assert all(row["words"]["value"] == words for row in rows)
    assert found == {(n, tag) for n, tag, text in source_texts if _fold(words) in _fold(text)}
    written = Query(entry.standalone(bindings), results=JSON.media_type, graphs=None)
    assert json.loads(engine.query(written).body) == document


def _xml(character: str) -> bool:
    """Whether XML 1.0 has this character (section 2.2)."""
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code < 0xD800 or (
        0xE000 <= code <= 0xFFFD or code >= 0x10000
    )  # fmt: skip


def _fold(text: str) -> str:
    """LCASE of SPARQL: each character for itself."""
    return text.lower()


@given(value=st.one_of(texts, st.just("priority/2026-2029-13")))
@relaxed
def test_a_thing_is_one_of_its_class_or_400(client: FlaskClient, value: str) -> None:
    if any(0xD800 <= ord(character) < 0xE000 for character in value):
        return
    path = "/queries/responsible-for-part"
    response = client.get(path, query_string={"part": value})
    if value == "priority/2026-2029-13":
        assert response.status_code == 200
    else:
        assert response.status_code == 400
        assert json.loads(response.data)["parameter"] == "part"


@given(value=texts)
@relaxed
def test_a_free_iri_is_bound_or_400(engine: LocalEngine, value: str) -> None:
    entry = LIBRARY["statements-about"]
    try:
        bindings = read_values(engine, entry, {"node": value})
    except BadParameter as error:
        assert error.name == "node"
        return
    assert answer(engine, entry, bindings, Page()).total == 0


@given(name=st.sampled_from(["number", "since", "lang", "relation", "status"]), value=texts)
@relaxed
def test_other_types_take_their_own_words_only(name: str, value: str) -> None:
    slugs = {"number": "priority-by-number", "since": "no-news-since", "lang": "themes",
             "relation": "instruments-by-relation", "status": "parts-with-status"}  # fmt: skip
    assume(not (name == "number" and re.fullmatch(r"[+-]?[0-9]+", value)))
    with pytest.raises(BadParameter, match=name):
        LIBRARY[slugs[name]].bindings({name: value})


def test_every_query_answers_at_once(engine: LocalEngine) -> None:
    """A guard against a query that runs away; most take a thousandth of this."""
    for entry in LIBRARY.values():
        started = time.perf_counter()
        answer(engine, entry, entry.bindings({}), Page())
        assert time.perf_counter() - started < 5, entry.slug
