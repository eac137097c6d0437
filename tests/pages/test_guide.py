"""The guide for programs: its examples run, its forms lead where they say."""

import html
import re
import subprocess
import sys

import pytest
from flask.testing import FlaskClient
from tests.pages.conftest import Visitor

from brupact.engine.local import LocalEngine
from brupact.settings import Settings
from brupact.web import create_app
from brupact.web.guide import GROUPS, _operation
from brupact.web.openapi import routes
from brupact.web.texts import texts

PUBLIC = Settings().public_url
NAMES = [name for names in GROUPS.values() for name in names]
LOGGED = ("history", "changes")


@pytest.fixture(scope="module")
def examples(engine: LocalEngine) -> dict[str, tuple[str, str]]:
    app = create_app(engine)
    with app.test_request_context("/api"):
        known = {route.name: route for route in routes()}
        shown = {name: _operation(known[name]) for name in NAMES}
        return {name: (found.curl, found.python) for name, found in shown.items()}


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith(LOGGED)])
def test_the_examples_run(service: str, examples: dict[str, tuple[str, str]], name: str) -> None:
    curl, python = (text.replace(PUBLIC, service) for text in examples[name])
    run = [["sh", "-c", curl], [sys.executable, "-c", python]]
    first, second = (subprocess.run(c, capture_output=True, timeout=30) for c in run)
    assert (first.returncode, second.returncode) == (0, 0), second.stderr.decode()
    assert len(first.stdout) > 1
    if name not in ("metrics", "status"):
        assert second.stdout.decode().rstrip() == first.stdout.decode().rstrip()


@pytest.mark.parametrize("name", NAMES)
def test_a_form_sends_to_the_address(client: FlaskClient, name: str) -> None:
    page = client.get("/api?lang=nl").text
    form = next(f for f in re.findall(r"<form class=\"fields\".*?</form>", page, re.DOTALL)
                if f'value="{name}"' in f)  # fmt: skip
    values = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*?value="([^"]*)"', form))
    values |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', form))
    sent = {key: html.unescape(value) for key, value in values.items()} | {"lang": "nl"}
    answer = client.get("/api/try", query_string=sent)
    assert answer.status_code == 303, answer.text
    followed = client.get(answer.headers["Location"], headers={"Accept": "*/*"})
    assert followed.status_code == (404 if name.startswith(LOGGED) else 200)


def test_what_cannot_be_tried_is_refused(client: FlaskClient) -> None:
    for values, named in (
        ({"operation": "status-queries"}, "operation"),
        ({"operation": "search"}, "q"),
        ({"operation": "search", "q": "x", "colour": "red"}, "colour"),
        ({"operation": "ns", "suffix": "exe"}, "suffix"),
    ):
        answer = client.get("/api/try", query_string=values)
        assert (answer.status_code, answer.json and answer.json["parameter"]) == (400, named)
    away = {"operation": "doc-reference", "reference": "//example.org/"}
    assert client.get("/api/try", query_string=away).headers["Location"].startswith("/doc/")


def test_a_format_is_chosen_by_suffix(client: FlaskClient) -> None:
    asked = {"operation": "search", "q": "mobilité", "suffix": "json", "theme": ""}
    answer = client.get("/api/try", query_string=asked)
    assert answer.headers["Location"] == "/search.json?q=mobilit%C3%A9"
    assert client.get(answer.headers["Location"]).json["results"]  # type: ignore[index]


def test_everything_shown_has_words(engine: LocalEngine) -> None:
    with create_app(engine).test_request_context("/api"):
        known = {route.name: route for route in routes()}
    for language in ("fr", "nl", "en"):
        words = texts(language)
        for name in NAMES:
            assert words.has(f"operation.{name}"), name
            for place in known[name].places:
                assert words.has(f"parameter.{place.name}") or place.name == "lang", place.name


def test_a_form_works_in_a_browser_without_scripts(visitor: Visitor) -> None:
    with visitor.at("/api", locale="fr", java_script_enabled=False) as seen:
        page = seen.page
        page.locator("#search summary").click()
        page.locator("#search-suffix").select_option("json")
        page.locator("#search button").click()
        assert page.url.endswith("/search.json?q=mobilit%C3%A9")
