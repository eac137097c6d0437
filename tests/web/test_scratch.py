"""The service for trying things out: changes without a token, from this machine only."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import Store

from brupact.cli import main
from brupact.engine.local import LocalEngine
from brupact.engine.supervisor import Limits, Supervisor
from brupact.web import create_app

INSERT = "INSERT DATA { <x:a> <x:p> 1 . GRAPH <x:g> { <x:a> <x:p> 2 } }"


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    service = Supervisor(Store(), Limits(seconds=1), lambda store: LocalEngine(store, union=False))
    service.start()
    yield service
    service.stop()


@pytest.fixture()
def scratch(supervisor: Supervisor) -> FlaskClient:
    client = create_app(supervisor.engine, scratch=True).test_client()
    assert client.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 204
    return client


def rows(client: FlaskClient, pattern: str) -> int:
    query = {"query": f"SELECT * {{ {pattern} }}"}
    response = client.get("/sparql", query_string=query, headers={"Accept": "text/csv"})
    assert response.status_code == 200
    return int(response.data.count(b"\r\n")) - 1


def test_the_default_graph_stands_apart(scratch: FlaskClient) -> None:
    assert scratch.post("/sparql", data={"update": INSERT}).status_code == 204
    assert rows(scratch, "?s ?p ?o") == 1
    assert rows(scratch, "GRAPH ?g { ?s ?p ?o }") == 1


def test_an_update_by_its_own_media_type(scratch: FlaskClient) -> None:
    sent = scratch.post("/sparql", data=INSERT, content_type="application/sparql-update")
    assert sent.status_code == 204
    assert rows(scratch, "?s ?p ?o") == 1


def test_the_dataset_of_an_update(scratch: FlaskClient) -> None:
    scratch.post("/sparql", data={"update": INSERT})
    update = "INSERT { ?s <x:q> ?o } WHERE { ?s <x:p> ?o }"
    sent = scratch.post("/sparql?using-graph-uri=x:g", data=update,
                        content_type="application/sparql-update")  # fmt: skip
    assert sent.status_code == 204
    assert rows(scratch, "<x:a> <x:q> 2") == 1


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ("INSERT DATA { nonsense", 400),
        ("LOAD <http://127.0.0.1:1/>", 403),
        ("LOAD <http://127.0.0.1:1/> nonsense", 400),
        ("INSERT DATA { <x:a> <x:b> 1 } ; LOAD <http://127.0.0.1:1/>", 403),
        ("INSERT { ?s ?p 1 } WHERE { ?s ?p 2 . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403),
        ("LOAD SILENT <http://127.0.0.1:1/>", 204),
    ],
)
def test_what_is_refused(scratch: FlaskClient, update: str, status: int) -> None:
    assert scratch.post("/sparql", data={"update": update}).status_code == status
    assert rows(scratch, "?s ?p ?o") == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403),
        ("SELECT * { ?s ?p 7 . SERVICE ?g { ?s ?p ?o } }", 403),
        ("SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", 200),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p } }", 400),
        ('SELECT * { ?s ?p "SERVICE <http://127.0.0.1:1/>" }', 200),
    ],
)
def test_no_query_contacts_another_host(scratch: FlaskClient, query: str, status: int) -> None:
    assert scratch.get("/sparql", query_string={"query": query}).status_code == status


def test_a_runaway_update_is_ended_and_changes_nothing(scratch: FlaskClient) -> None:
    values = "".join(f"VALUES ?v{n} {{ {'1 ' * 99} }} " for n in range(9))
    update = f"INSERT DATA {{ <x:a> <x:b> 1 }} ; INSERT {{ ?v0 <x:p> ?v1 }} WHERE {{ {values} }}"
    response = scratch.post("/sparql", data={"update": update})
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert rows(scratch, "?s ?p ?o") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
def test_pages_of_other_sites_are_refused(scratch: FlaskClient, headers: dict[str, str]) -> None:
    response = scratch.post("/sparql", data={"update": INSERT}, headers=headers)
    assert response.status_code == 403
    assert rows(scratch, "?s ?p ?o") == 0


def test_no_other_site_may_read(scratch: FlaskClient) -> None:
    response = scratch.get("/sparql?query=ASK%20%7B%7D", headers={"Origin": "http://localhost"})
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--data", "x.ttl"]])
def test_it_starts_empty_and_on_this_machine_only(options: list[str]) -> None:
    result = CliRunner().invoke(main, ["serve", "--scratch", *options])
    assert result.exit_code == 2
    assert "starts empty and listens to this machine only" in result.output
