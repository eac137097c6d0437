"""The gate over HTTP: who may change what, what is refused, and that what is confirmed stays."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.editing import FOLLOW_UP, PREFIXES, REPORTS, Editor, insert, tokens
from tests.process import serving, within

from brupact.commits.log import Log


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    state = tmp_path_factory.mktemp("state")
    made = tokens(state)
    with serving("--state", str(state)) as service:
        yield Editor(service, made)


def test_a_valid_change_is_public_at_once_and_in_the_log(editor: Editor) -> None:
    told = editor.update(insert("valid"))
    assert told.status == 200, told
    assert told.json["status"] == "done" and told.json["gained"]
    assert "valid" in editor.reports()
    current = "ASK { <https://w3id.org/brupact/id/priority/2026-2029-13> pact:currentStatus ?s }"
    answer = editor.service.query(PREFIXES + current, "application/sparql-results+json")
    assert json.loads(answer.body)["boolean"] is True
    removed = editor.update(insert("valid").replace("INSERT", "DELETE"))
    assert removed.status == 200 and "valid" not in editor.reports()
    again = editor.update(insert("valid").replace("INSERT", "DELETE"))
    assert again.json["status"] == "unchanged"


def test_an_invalid_change_is_refused_with_the_shape_and_leaves_nothing(editor: Editor) -> None:
    before = editor.reports()
    told = editor.update(insert("invalid", status=""))
    assert told.status == 422
    shapes = {finding["shape"] for finding in told.json["findings"]}  # type: ignore[attr-defined]
    assert "https://w3id.org/brupact/shapes#StatusReport-status" in shapes
    report = editor.update(insert("invalid", status=""), Accept="text/turtle")
    assert report.status == 422 and b"sh:ValidationReport" in report.body
    page = editor.update(insert("invalid", status=""), Accept="text/html")
    assert page.status == 422 and page.body.startswith(b"<!doctype html>")
    assert editor.reports() == before


@pytest.mark.parametrize(
    ("who", "update", "status"),
    [
        ("", insert("no"), 401),
        ("brupact_nobody", insert("no"), 401),
        ("reader", insert("no"), 403),
        ("editor", "INSERT DATA { <x:a> <x:b> 1 }", 422),
        ("admin", "INSERT DATA { <x:a> <x:b> 1 }", 422),
        ("editor", insert("no", graph="https://w3id.org/brupact/graph/agreement"), 422),
        ("admin", "CLEAR GRAPH <https://w3id.org/brupact/graph/inferred>", 422),
        ("editor", "CLEAR ALL", 422),
        ("editor", "INSERT DATA { GRAPH", 400),
        ("editor", f"LOAD <http://127.0.0.1:1/> INTO GRAPH <{FOLLOW_UP}>", 403),
    ],
)
def test_who_may_write_what(editor: Editor, who: str, update: str, status: int) -> None:
    before = editor.reports()
    told = editor.update(update, who)
    assert told.status == status, told
    if status == 422 and who == "editor":
        assert FOLLOW_UP in told.json["writable"]  # type: ignore[operator]
    assert editor.reports() == before


def test_a_change_can_be_tried(editor: Editor) -> None:
    told = editor.update(insert("tried"), path="/sparql?dry-run")
    assert told.status == 200 and told.json["gained"]
    assert any("tried" in quad for quad in told.json["added"])  # type: ignore[attr-defined]
    assert editor.update(insert("tried", status=""), path="/sparql?dry-run").status == 422
    assert "tried" not in editor.reports()


def test_a_change_that_builds_on_another_version_is_refused(editor: Editor) -> None:
    head = str(editor.update(insert("head")).json["name"])
    assert editor.update(insert("next"), If_Match=f'"{head}"').status == 200
    assert editor.update(insert("late"), If_Match=f'"{head}"').status == 412
    assert editor.update(insert("late"), If_Match='"of-another-service"').status == 412
    assert editor.update(insert("late"), If_Match="head").status == 400
    assert "late" not in editor.reports()


def test_a_change_that_is_sent_again_is_made_once(editor: Editor) -> None:
    first = editor.update(insert("once"), Idempotency_Key="k-1")
    again = editor.update(insert("once"), Idempotency_Key="k-1")
    assert first.json["name"] == again.json["name"]
    # Under the same key, but something else, or from someone else: that is a mistake.
    for text, who in ((insert("twice"), "editor"), (insert("once"), "admin")):
        told = editor.update(text, who, Idempotency_Key="k-1")
        assert told.status == 422 and told.json["kind"] == "reused"
    assert "twice" not in editor.reports()


def test_what_is_confirmed_stays(tmp_path: Path) -> None:
    made = tokens(tmp_path)
    with serving("--state", str(tmp_path)) as service:
        editor = Editor(service, made)
        assert editor.update(insert("one")).status == 200
        (host,) = service.of_kind("host")
        os.kill(host, signal.SIGKILL)
        assert within(10, lambda: service.query(REPORTS).status == 200)
        assert editor.reports() == ["one"]
        assert editor.update(insert("two")).status == 200
    with serving("--state", str(tmp_path)) as service:
        editor = Editor(service, made)
        assert editor.reports() == ["one", "two"]
        assert editor.update(insert("three"), "admin").status == 200
    head = Log(tmp_path).head()
    assert head is not None and head.number == 3
    assert re.fullmatch(r"https://w3id.org/brupact/id/agent/admin", head.agent)


def _current(editor: Editor) -> str:
    text = "SELECT ?s { <https://w3id.org/brupact/id/priority/2026-2029-13> pact:currentStatus ?s }"
    return editor.service.query(PREFIXES + text).body.decode().split()[-1].rpartition("/")[2]


def test_of_two_reports_of_one_date_that_of_the_later_commit_counts(editor: Editor) -> None:
    done = "pact:status <https://w3id.org/brupact/id/status/done> ;"
    # What a client says of the commit is passed over.
    early = insert("early").replace("pact:status ", "pact:recordedInCommit 999999 ; pact:status ")
    assert editor.update(early).status == 200 and _current(editor) == "under-way"
    assert editor.update(insert("late", status=done)).status == 200
    assert _current(editor) == "done"
    for name in ("late", "early"):
        report = f"<https://w3id.org/brupact/id/status-report/{name}>"
        gone = f"DELETE WHERE {{ GRAPH <{FOLLOW_UP}> {{ {report} a pact:StatusReport ; ?p ?o }} }}"
        assert editor.update(PREFIXES + gone).status == 200
        left = f"SELECT (COUNT(*) AS ?n) {{ {report} ?p ?o }}"
        assert editor.service.query(left).body.split()[-1] == b"0"
