"""``/openapi.json``: valid, whole, and true: every path that it names answers as it says."""

import re
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from brupact.engine.local import LocalEngine
from brupact.library import load_library
from brupact.web import create_app
from brupact.web.library import ANSWERS
from brupact.web.openapi import DESCRIBED

LIBRARY = load_library()
#: What depends on the data: blank nodes are called by a hash of what is said of them.
ABSENT = {"/.well-known/genid/{reference}"}
#: What needs a log of commits; tests/web/test_history.py asks a service that has one.
LOGGED = ("/history", "/changes", "/doc/commit/", "/doc/version/")


@pytest.fixture(scope="module")
def document(engine: LocalEngine) -> dict[str, Any]:
    found: Any = create_app(engine).test_client().get("/openapi.json").json
    return dict(found)


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["openapi"].startswith("3.1")
    broken = {**document, "paths": {"no-slash": {"get": {}}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_every_query_is_described_with_its_parameters(document: dict[str, Any]) -> None:
    for slug, entry in LIBRARY.items():
        get = document["paths"][f"/queries/{slug}"]["get"]
        named = [parameter.get("name") for parameter in get["parameters"]]
        assert [name for name in named if name] == [p.name for p in entry.parameters]
        assert set(get["responses"]["200"]["content"]) == {f.media_type for f in ANSWERS}
    number, lang, *_ = document["paths"]["/queries/priority-by-number"]["get"]["parameters"]
    assert number["schema"] == {"type": "integer", "format": "int64", "default": 13}
    assert lang["schema"]["enum"] == ["fr", "nl", "en"]


def test_every_route_is_described_with_its_methods(
    engine: LocalEngine, document: dict[str, Any]
) -> None:
    rules = [r for r in create_app(engine).url_map.iter_rules() if r.endpoint != "static"]
    assert {rule.endpoint for rule in rules} == DESCRIBED.keys()
    for rule in rules:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        methods = {name.lower() for name in rule.methods or ()} - {"head", "options"}
        assert document["paths"][path].keys() == methods, path


def test_what_takes_a_token_says_so(document: dict[str, Any]) -> None:
    stop = document["paths"]["/status/queries/{number}"]["delete"]
    assert stop["security"] == [{"token": ["admin"]}]
    assert {"204", "401", "403", "404"} <= stop["responses"].keys()
    assert "security" not in document["paths"]["/sparql"]["get"]


def test_changes_of_graphs_are_described(document: dict[str, Any]) -> None:
    for path in ("/graphs", "/graphs/{reference}"):
        operations = document["paths"][path]
        assert "multipart/form-data" in operations["put"]["requestBody"]["content"]
        assert "application/sparql-update" in operations["patch"]["requestBody"]["content"]
        assert "requestBody" not in operations["delete"]


def test_operations_are_told_apart(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values()
             for operation in path.values()]  # fmt: skip
    assert len(set(names)) == len(names)


def asked(path: str, operation: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The path with its examples filled in, and the query string that must be given."""
    query = {}
    for parameter in operation["parameters"]:
        if parameter.get("in") == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter.get("required"):
            query[parameter["name"]] = parameter["example"]
    return path, query


def test_every_path_answers_as_it_says(client: FlaskClient, document: dict[str, Any]) -> None:
    checked, late = 0, time.monotonic() + 120
    while client.get("/quality/report.ttl").status_code == 503 and time.monotonic() < late:
        time.sleep(0.1)  # The validation that the report is of takes its time.
    for template, operations in document["paths"].items():
        if "get" not in operations or "security" in operations["get"]:
            continue
        path, query = asked(template, operations["get"])
        (status, good), *_ = operations["get"]["responses"].items()
        media_types = list(good.get("content", {})) or ["*/*"]
        if "{suffix}" in template:
            media_types = ["application/json" if path.endswith(".json") else "text/turtle"]
        elif template.startswith("/queries/") and "{" not in template:
            media_types = media_types[:1]
        for media_type in media_types:
            accept = {"Accept": media_type}
            response = client.get(path, query_string=query, headers=accept)
            if template == "/sparql" and not media_type.startswith(("application/sparql", "text/c",
                                                                    "text/tab")):  # fmt: skip
                construct = {"query": "CONSTRUCT WHERE { ?s a ?c }"}
                response = client.get(path, query_string=construct, headers=accept)
            if template in ABSENT or template.startswith(LOGGED):
                assert response.status_code == 404
                continue
            assert response.status_code == int(status), (path, media_type)
            if good.get("content"):
                assert response.content_type.split(";")[0] == media_type, path
            checked += 1
    assert checked > 100


def test_examples_of_parameters_are_accepted(client: FlaskClient, document: dict[str, Any]) -> None:
    for template, operations in document["paths"].items():
        if template.startswith("/queries/") and "{" not in template:
            query = {
                parameter["name"]: parameter["example"]
                for parameter in operations["get"]["parameters"]
                if "example" in parameter
            }
            assert client.get(template, query_string=query).status_code == 200, template


def test_posts_are_described(client: FlaskClient, document: dict[str, Any]) -> None:
    post = document["paths"]["/sparql"]["post"]
    assert set(post["requestBody"]["content"]) == {
        "application/x-www-form-urlencoded", "application/sparql-query",
    }  # fmt: skip
    asked = client.post("/sparql", data="ASK {}", content_type="application/sparql-query")
    assert asked.status_code == 200
