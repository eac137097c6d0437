"""The explorer over HTTP: what it shows, in every format, and what it refuses."""

import csv
import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, parse

from brupact.namespaces import ID, PACT, RDF_TYPE
from brupact.release import Release
from brupact.web.exploring import FIRST, STEP

HTML = {"Accept": "text/html"}
PRIORITY = "/explore?iri=priority/2026-2029-13"
AGREEMENT = ID + "agreement/2026-2029"


def drawn(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.data)
    return found


def labels(content: dict[str, Any]) -> set[str]:
    return {thing["label"] for thing in content["things"]}


def iris(content: dict[str, Any]) -> set[str]:
    return {thing["iri"] for thing in content["things"]}


def test_it_starts_at_the_agreement(client: FlaskClient) -> None:
    assert drawn(client, "/explore")["start"] == AGREEMENT
    page = client.get("/explore", headers=HTML | {"Accept-Language": "nl"})
    assert "<h1" in page.text and "PROTOCOLAKKOORD 2026-2029" in page.text


@pytest.mark.parametrize("name", ["priority/2026-2029-13", f"{ID}priority/2026-2029-13"])
def test_a_thing_is_named_short_or_whole(client: FlaskClient, name: str) -> None:
    content = drawn(client, f"/explore?iri={name}&lang=fr")
    assert content["start"] == ID + "priority/2026-2029-13"
    assert content["language"] == "fr"
    assert {"Zone de basses émissions", "Elke Van den Brandt"} <= labels(content)


def test_names_are_in_the_language_of_the_page_or_say_that_they_are_not(
    client: FlaskClient,
) -> None:
    for language in ("fr", "nl", "en"):
        content = drawn(client, f"{PRIORITY}&lang={language}&open=instrument/lez")
        for thing in content["things"]:
            if thing["label_language"]:
                assert thing["label_wanted"] == (thing["label_language"] == language)


def test_derived_links_are_told_from_stated_ones(client: FlaskClient) -> None:
    links = drawn(client, PRIORITY)["links"]
    derived = {link["relation"].removeprefix(PACT): link["derived"] for link in links}
    assert derived["competentMember"] is True
    assert derived["intendsToApply"] is False


def test_what_is_drawn_is_in_the_data(client: FlaskClient, release: Release) -> None:
    path = f"{PRIORITY}&open=instrument/lez theme/environment&lang=fr"
    content = drawn(client, path)
    answer = client.get(path, headers={"Accept": "text/turtle"})
    assert answer.mimetype == "text/turtle"
    triples = {quad.triple for quad in parse(answer.data, RdfFormat.TURTLE)}
    held = {quad.triple for quad in release.store}
    assert triples <= held
    links = [t for t in triples if t.predicate != RDF_TYPE]
    assert len(links) == len(content["links"]) > 20
    table = client.get(path.replace("/explore", "/explore.csv"))
    assert table.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {(r["subject"], r["relation"], r["object"]) for r in rows} == {
        (str(t.subject.value), t.predicate.value, t.object.value) for t in links
    }
    (row,) = (r for r in rows if r["object"] == ID + "instrument/lez" and "Apply" in r["relation"])
    assert row["object_label"] == "Zone de basses émissions"
    assert row["derived"] == "false"


def test_the_query_behind_it_gives_what_is_drawn(client: FlaskClient) -> None:
    page = client.get(f"{PRIORITY}&open=theme/environment", headers=HTML).text
    (address,) = re.findall(r'href="(/sparql\?text=CONSTRUCT[^"]+)"', page)
    asked = address.replace("&amp;", "&").replace("?text=", "?query=")
    answer = client.get(asked, headers={"Accept": "application/n-triples"})
    found = {quad.triple for quad in parse(answer.data, RdfFormat.N_TRIPLES)}
    content = drawn(client, f"{PRIORITY}&open=theme/environment")
    assert {(link["subject"], link["relation"], link["object"]) for link in content["links"]} <= {
        (str(t.subject.value), t.predicate.value, t.object.value) for t in found
    }


def test_more_is_said_and_reached(client: FlaskClient) -> None:
    def part(content: dict[str, Any]) -> dict[str, Any]:
        (found,) = (
            r for r in content["relations"]
            if (r["relation"], r["direction"]) == (PACT + "partOf", "in")
        )  # fmt: skip
        return dict(found)

    first = part(drawn(client, "/explore"))
    assert (first["shown"], first["total"]) == (FIRST, 45)
    second = part(drawn(client, first["more"]))
    assert second["shown"] == FIRST + STEP
    last = part(drawn(client, second["more"]))
    assert (last["shown"], last["more"]) == (45, None)
    page = client.get("/explore?lang=en", headers=HTML).text
    assert re.search(r">39 more<", page)


def test_beyond_all_steps_the_library_lists_the_rest(client: FlaskClient) -> None:
    term = "http://www.w3.org/ns/oa%23TextQuoteSelector"
    page = client.get(f"/explore?iri={term}&lang=en&more={term}|in|rdf:type|200", headers=HTML).text
    (address,) = re.findall(r'href="(/queries/[^"]+)">428 more: the whole list', page)
    rows = client.get(address.replace("&amp;", "&"), headers={"Accept": "text/csv"}).text
    assert len(rows.splitlines()) == 629


def test_relations_and_kinds_are_hidden(client: FlaskClient) -> None:
    everything = drawn(client, PRIORITY)
    hidden = drawn(client, f"{PRIORITY}&hide=pact:competentMember pact:Theme")
    assert iris(everything) - iris(hidden) == {
        ID + "person/ans-persoons", ID + "theme/environment",
    }  # fmt: skip
    shown = drawn(client, f"{PRIORITY}&show=rdf:type")
    assert iris(shown) - iris(everything) == {PACT + "SharedPriority"}
    none = drawn(client, f"{PRIORITY}&hide=-")
    assert {t["iri"] for t in everything["things"] if not t["kind"]} == iris(everything) - iris(
        none
    )


def test_where_there_is_nothing_else_quiet_relations_are_drawn(client: FlaskClient) -> None:
    quote = f"{ID}priority/2026-2029-13%23quote-fr"
    assert ID + "priority/2026-2029-13" in iris(drawn(client, f"/explore?iri={quote}"))


def test_the_ways_to_another_thing_are_drawn(client: FlaskClient) -> None:
    path = "/explore?iri=person/elke-van-den-brandt&to=instrument/lez&lang=en"
    content = drawn(client, path)
    on_way = [link for link in content["links"] if link["way"]]
    assert {ID + "instrument/lez"} <= {x for w in on_way for x in (w["subject"], w["object"])}
    assert "Ways to" in client.get(path, headers=HTML).text
    none = client.get("/explore?iri=theme/mobility&to=theme/mobility&lang=en", headers=HTML).text
    assert "There is no way" in none


def test_a_thing_is_searched_for_and_added(client: FlaskClient) -> None:
    page = client.get("/explore?iri=theme/mobility&find=Laaouej&lang=en", headers=HTML).text
    assert 'href="/explore?iri=theme/mobility&amp;open=person/ahmed-laaouej&amp;lang=en"' in page
    assert "to=person/ahmed-laaouej" in page
    by_name = client.get(
        "/explore?iri=theme/mobility&find=instrument/cobat&lang=en", headers=HTML
    ).text
    assert "open=instrument/cobat" in by_name
    nothing = client.get("/explore?iri=theme/mobility&find=<zzzz>&lang=en", headers=HTML).text
    assert "0 things found" in nothing


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("iri=priority/none", 404), ("iri=theme/mobility&open=theme/none", 404),
        ("iri=theme/mobility&to=theme/none", 404), ("iri=%3Cx%3E", 400), ("colour=red", 400),
        ("iri=theme/mobility&iri=theme/economy", 400), ("more=x", 400), ("lang=de", 400),
    ],
)  # fmt: skip
def test_what_is_not_there_or_cannot_be_read(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/explore?{query}").status_code == status
    assert client.get(f"/explore.json?{query}").status_code == status


def test_a_format_that_is_not_offered(client: FlaskClient) -> None:
    assert client.get("/explore.xls").status_code == 404
    assert client.get("/explore", headers={"Accept": "image/png"}).mimetype == "text/html"


def test_an_answer_is_known_by_its_content(client: FlaskClient) -> None:
    first = client.get(f"{PRIORITY}&lang=fr", headers=HTML)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert {"Accept", "Accept-Language", "Cookie"} <= set(first.headers["Vary"].split(", "))
    assert client.get(f"{PRIORITY}&lang=fr", headers=HTML).headers["ETag"] == tag
    again = client.get(f"{PRIORITY}&lang=fr", headers=HTML | {"If-None-Match": tag})
    assert again.status_code == 304


def test_one_thing_of_each_class_can_be_explored(client: FlaskClient, release: Release) -> None:
    types: dict[str, str] = {}
    for quad in release.store.quads_for_pattern(None, RDF_TYPE, None):
        if isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode):
            types.setdefault(quad.object.value, quad.subject.value)
    assert len(types) > 60
    for iri in types.values():
        for suffix in ("", ".json"):
            answer = client.get(f"/explore{suffix}", query_string={"iri": iri}, headers=HTML)
            assert answer.status_code == 200, iri


def test_each_page_of_a_thing_leads_to_it(client: FlaskClient) -> None:
    page = client.get("/doc/priority/2026-2029-13?lang=fr", headers=HTML).text
    assert 'href="/explore?iri=priority/2026-2029-13&amp;lang=fr"' in page
