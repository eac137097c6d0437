import json
from xml.etree import ElementTree

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic
from werkzeug.test import TestResponse

from brupact.web.headers import HEADERS, PAGE

PRIORITY = "/doc/priority/2026-2029-13"
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "nt": ("application/n-triples", "nt"),
    "rdf": ("application/rdf+xml", "xml"),
    "jsonld": ("application/ld+json", "json-ld"),
}


def assert_problem(response: TestResponse, status: int) -> dict[str, object]:
    """Every failure has one shape (RFC 9457)."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.data)
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
    return dict(problem)


def test_a_thing_leads_to_its_document(client: FlaskClient) -> None:
    response = client.get("/id/priority/2026-2029-13")
    assert (response.status_code, response.headers["Location"]) == (303, PRIORITY)
    assert client.get("/graph/agreement").headers["Location"] == "/graphs/agreement"


@pytest.mark.parametrize("path", [PRIORITY, "/graphs/codes"])
def test_a_document_says_the_same_in_every_format(client: FlaskClient, path: str) -> None:
    graphs = []
    for suffix, (media_type, name) in FORMATS.items():
        by_suffix = client.get(f"{path}.{suffix}")
        assert by_suffix.content_type == media_type
        assert client.get(path, headers={"Accept": media_type}).data == by_suffix.data
        graphs.append(rdflib.Graph().parse(data=by_suffix.data, format=name))
    assert len(graphs[0]) > 20
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


def test_a_page_shows_the_text_in_both_languages(client: FlaskClient) -> None:
    page = client.get(PRIORITY, headers={"Accept": "text/html"})
    assert page.content_type == "text/html; charset=utf-8"
    assert '<span lang="fr" dir="auto">Le gouvernement appliquera la LEZ' in page.text
    assert '<span lang="nl" dir="auto">De regering zal de LEZ toepassen' in page.text
    assert f'href="{PRIORITY}.ttl"' in page.text
    assert client.get(f"{PRIORITY}.html").data == page.data


def test_a_rule_has_a_document(client: FlaskClient) -> None:
    assert "sh:construct" in client.get("/rules/competent-member.ttl").text


@pytest.mark.parametrize(
    "path", ["/doc/priority/2026-2029-18", "/graphs/nowhere", "/rules/none", "/nowhere", "/ns.xls"]
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404)


def test_a_failure_is_a_page_for_a_browser(client: FlaskClient) -> None:
    page = client.get("/doc/<script>", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "<script>" not in page.text


def test_the_endpoint_answers_in_the_format_asked_for(client: FlaskClient) -> None:
    def ask(accept: str) -> TestResponse:
        query = "SELECT (COUNT(?p) AS ?n) { ?p a <https://w3id.org/brupact/ns#SharedPriority> }"
        return client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})

    assert ask("text/csv").text == "n\r\n17\r\n"
    assert json.loads(ask("*/*").data)["head"] == {"vars": ["n"]}
    root = ElementTree.fromstring(ask("application/xml").data)
    assert root.tag == "{http://www.w3.org/2005/sparql-results#}sparql"
    assert_problem(ask("image/png"), 406)
    asked = {"query": "ASK {}", "as": "xml"}
    assert client.get("/sparql", query_string=asked).mimetype == "application/sparql-results+xml"


def test_get_and_post_answer_alike(client: FlaskClient) -> None:
    query = 'SELECT ("100%41 é" AS ?x) {}'
    by_get = client.get("/sparql", query_string={"query": query})
    by_form = client.post("/sparql", data={"query": query})
    direct = client.post("/sparql", data=query, content_type="application/sparql-query")
    assert by_get.data == by_form.data == direct.data
    assert "100%41 é" in by_get.get_data(as_text=True)


def test_a_malformed_query_says_line_and_column(client: FlaskClient) -> None:
    problem = assert_problem(client.get("/sparql", query_string={"query": "SELECT *\n{"}), 400)
    assert problem["line"] == 2


def test_the_bare_endpoint_is_a_form_for_a_browser(client: FlaskClient) -> None:
    assert "<textarea" in client.get("/sparql", headers={"Accept": "text/html"}).text
    assert_problem(client.get("/sparql", headers={"Accept": "text/csv"}), 400)


def test_updates_are_refused(client: FlaskClient) -> None:
    update = client.post("/sparql", data="CLEAR ALL", content_type="application/sparql-update")
    assert_problem(update, 403)
    assert_problem(client.put("/sparql"), 405)


def test_health(client: FlaskClient) -> None:
    assert client.get("/health").json == {"status": "ready"}
    assert client.get("/health/live").json == {"status": "live"}


def test_home(client: FlaskClient) -> None:
    assert "17 shared priorities" in client.get("/").text


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D", "/nowhere", "/ns.ttl"])
def test_every_answer_tells_the_browser_what_to_refuse(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    for name, value in (PAGE if response.mimetype == "text/html" else HEADERS).items():
        assert response.headers[name] == value


def test_an_answer_has_a_tag_and_is_not_sent_twice(client: FlaskClient) -> None:
    query = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    first = client.get("/sparql", query_string=query)
    tag = first.headers["ETag"]
    again = client.get("/sparql", query_string=query, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    csv = client.get("/sparql", query_string=query, headers={"Accept": "text/csv"})
    assert csv.headers["ETag"] != tag
    volatile = client.get("/sparql", query_string={"query": "SELECT (RAND() AS ?x) {}"})
    assert "ETag" not in volatile.headers
    assert volatile.headers["Cache-Control"] == "no-store"


def test_a_query_is_explained(client: FlaskClient) -> None:
    asked = {"query": "SELECT ?t { ?t a <x:T> }", "explain": "on"}
    text = client.get("/sparql", query_string=asked)
    assert text.content_type == "text/plain; charset=utf-8" and "BGP" in text.get_data(as_text=True)
    run = client.get(
        "/sparql",
        query_string=asked | {"explain": "run"},
        headers={"Accept": "application/json"},
    )
    assert run.json is not None and run.headers["Cache-Control"] == "no-store"
    assert "BGP" in run.get_data(as_text=True) and "seconds" in run.get_data(as_text=True)
    malformed = client.get("/sparql", query_string=asked | {"query": "SELECT ?t { ?t a }"})
    assert malformed.status_code == 400 and malformed.json["line"] == 1  # type: ignore[index]
    assert client.get("/sparql", query_string=asked | {"explain": "yes"}).status_code == 400
    unknown = client.get("/sparql", query_string=asked, headers={"Accept": "image/png"})
    assert unknown.status_code == 406
