"""The Graph Store Protocol through the gate: written with a token, answered with the commit."""

import json
from collections.abc import Iterator

import pytest
from pyoxigraph import RdfFormat, parse
from tests.editing import FOLLOW_UP, PREFIXES, REPORT, STATUS, Editor, Told, tokens
from tests.process import serving

from brupact.namespaces import GRAPH
from brupact.sparql.formats import GRAPHS

TURTLE = "text/turtle"
UPDATE = "application/sparql-update"
GRAPH_PATH = "/graphs/follow-up"
SHACL = "http://www.w3.org/ns/shacl#"
STATUS_SHAPE = "https://w3id.org/brupact/shapes#StatusReport-status"
SCHEME_SHAPE = f"{STATUS_SHAPE}Scheme"


def report(name: str, status: str = STATUS) -> str:
    return PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n") + REPORT.format(
        name=name, status=status
    )


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    state = tmp_path_factory.mktemp("state")
    made = tokens(state)
    with serving("--state", str(state)) as service:
        yield Editor(service, made)


@pytest.fixture(autouse=True)
def empty(editor: Editor) -> None:
    assert editor.send("DELETE", GRAPH_PATH).status in (200, 404)
    assert editor.reports() == []


def test_the_life_of_a_graph(editor: Editor) -> None:
    assert editor.send("DELETE", GRAPH_PATH).status == 404
    made = editor.send("PUT", GRAPH_PATH, TURTLE, report("a"), Brupact_Message="the first")
    assert made.status == 201 and made.json["status"] == "done", made
    assert made.reply.headers["etag"] == f'"{made.json["name"]}"'
    again = editor.send("PUT", GRAPH_PATH, TURTLE, report("a"))
    assert (again.status, again.json["status"]) == (200, "unchanged")
    assert editor.send("POST", GRAPH_PATH, TURTLE, report("b")).status == 200
    assert editor.reports() == ["a", "b"]
    assert editor.send("PUT", f"/graphs?graph={FOLLOW_UP}", TURTLE, report("c")).status == 200
    assert editor.reports() == ["c"]
    patch = "DELETE { ?s ?p 'Begonnen.'@nl } INSERT { ?s ?p 'Later.'@nl } WHERE { ?s ?p ?o }"
    assert editor.send("PATCH", GRAPH_PATH, UPDATE, patch).status == 422
    patch = patch.replace("?s ?p ?o }", "?s ?p 'Begonnen.'@nl }")
    assert editor.send("PATCH", GRAPH_PATH, UPDATE, patch).status == 200
    assert b'"Later."@nl' in editor.service.get(GRAPH_PATH, "application/n-triples").body
    assert editor.send("DELETE", GRAPH_PATH).status == 200
    assert editor.service.get(GRAPH_PATH, TURTLE).body.count(b"StatusReport") == 0


def test_several_documents_in_one_request(editor: Editor) -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.ttl"\r\n'
        f"Content-Type: text/turtle\r\n\r\n{report(name)}\r\n"
        for name in ("a", "b")
    )
    told = editor.send("POST", GRAPH_PATH, "multipart/form-data; boundary=x", f"{parts}--x--\r\n")
    assert told.status == 201 and editor.reports() == ["a", "b"]


def test_an_admin_makes_graphs(editor: Editor) -> None:
    document = '<https://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "a" .'
    assert editor.send("POST", "/graphs", TURTLE, document).status == 422
    tried = editor.send("POST", "/graphs?dry-run", TURTLE, document, "admin")
    assert tried.status == 200 and "location" not in tried.reply.headers
    made = editor.send("POST", "/graphs", TURTLE, document, "admin")
    assert made.status == 201, made
    path = made.reply.headers["location"].removeprefix(editor.service.address)
    assert editor.service.get(path, "application/n-triples").body.decode().strip() == document
    assert editor.send("DELETE", path, who="admin").status == 200
    assert editor.service.get(path, TURTLE).status == 404


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "status"),
    [
        ("", "PUT", GRAPH_PATH, report("no"), 401),
        ("brupact_nobody", "PUT", GRAPH_PATH, "", 401),
        ("reader", "DELETE", GRAPH_PATH, "", 403),
        ("editor", "PUT", "/graphs?default", report("no"), 422),
        ("admin", "POST", "/graphs?default", report("no"), 422),
        ("admin", "PUT", "/graphs/inferred", report("no"), 422),
        ("admin", "DELETE", "/graphs/inferred", "", 422),
        ("editor", "PUT", "/graphs/agreement", report("no"), 422),
        ("editor", "PUT", GRAPH_PATH, "<x:a> <x:b>", 400),
        ("editor", "PUT", f"{GRAPH_PATH}?default", report("no"), 400),
        ("editor", "POST", GRAPH_PATH, report("no", status=""), 422),
    ],
)
def test_what_is_refused(
    editor: Editor, who: str, method: str, path: str, body: str, status: int
) -> None:
    told = editor.send(method, path, TURTLE, body, who)
    assert told.status == status, told
    if status == 422 and "findings" not in told.json:
        assert FOLLOW_UP in told.json["writable"]  # type: ignore[operator]
        may_write_all = GRAPH + "agreement" in told.json["writable"]  # type: ignore[operator]
        assert may_write_all == (who == "admin")
        assert GRAPH + "inferred" not in told.json["writable"]  # type: ignore[operator]
    assert editor.reports() == []


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        ("INSERT DATA { GRAPH <https://w3id.org/brupact/graph/agreement> { <x:a> <x:b> 1 } }", 422),
        ("DELETE WHERE", 400),
        ("LOAD <http://127.0.0.1:1/>", 422),
    ],
)
def test_a_patch_is_confined(editor: Editor, patch: str, status: int) -> None:
    assert editor.send("PUT", GRAPH_PATH, TURTLE, report("a")).status == 201
    told = editor.send("PATCH", GRAPH_PATH, UPDATE, patch)
    assert told.status == status, told
    assert ("line" in told.json) == (status == 400)


def test_conditions_and_keys(editor: Editor) -> None:
    made = editor.send("PUT", GRAPH_PATH, TURTLE, report("a"), Idempotency_Key="graph-1")
    tag = made.reply.headers["etag"]
    same = editor.send("PUT", GRAPH_PATH, TURTLE, report("a"), Idempotency_Key="graph-1")
    assert same.json["name"] == made.json["name"]
    other = editor.send("PUT", GRAPH_PATH, TURTLE, report("z"), Idempotency_Key="graph-1")
    assert other.json["kind"] == "reused" and editor.reports() == ["a"]
    coded = f'{tag[:-1]}-gzip"'
    assert editor.send("POST", GRAPH_PATH, TURTLE, report("b"), If_Match=coded).status == 200
    late = editor.send("POST", GRAPH_PATH, TURTLE, report("c"), If_Match=tag)
    assert late.status == 412 and editor.reports() == ["a", "b"]
    tried = editor.send("PUT", f"{GRAPH_PATH}?dry-run", TURTLE, report("c"))
    assert tried.status == 200 and len(tried.json["removed"]) > 6  # type: ignore[arg-type]
    assert editor.reports() == ["a", "b"]


def test_a_change_is_told_also_to_whoever_has_a_tag(editor: Editor) -> None:
    told = editor.send("PUT", GRAPH_PATH, TURTLE, report("a"), If_None_Match="*")
    assert told.status == 201 and told.json["name"]
    told = editor.send("PUT", GRAPH_PATH, TURTLE, report("b"), If_None_Match="*")
    assert told.status == 412 and editor.reports() == ["a"]


def refused(editor: Editor, accept: str, language: str = "en", path: str = GRAPH_PATH) -> Told:
    body, kind = report("bad", status=""), TURTLE
    if path == "/sparql":
        kind = UPDATE
        body = body.replace("@prefix", "PREFIX").replace("> .\n", ">\n")
        prefixes, triples = body.split("<https://w3id.org/brupact/id/status-report", 1)
        body = (
            f"{prefixes}INSERT DATA {{ GRAPH <{FOLLOW_UP}> {{"
            f"<https://w3id.org/brupact/id/status-report{triples} }} }}"
        )
    return editor.send("POST", path, kind, body, Accept=accept, Accept_Language=language)


@pytest.mark.parametrize("path", [GRAPH_PATH, "/sparql"])
@pytest.mark.parametrize("format", GRAPHS, ids=lambda format: format.suffix)
def test_the_report_comes_in_every_format(editor: Editor, path: str, format: object) -> None:
    media_type = format.media_type  # type: ignore[attr-defined]
    told = refused(editor, media_type, path=path)
    assert told.status == 422 and told.reply.media_type == media_type
    triples = list(parse(told.body, format.engine))  # type: ignore[attr-defined]
    named = {t.predicate.value: t.object for t in triples}
    assert getattr(named[f"{SHACL}conforms"], "value", "") == "false"
    shapes = {t.object.value for t in triples if t.predicate.value == f"{SHACL}sourceShape"}
    assert shapes >= {STATUS_SHAPE, SCHEME_SHAPE}
    languages = {t.object.language for t in triples if t.predicate.value.endswith("resultMessage")}
    assert languages == {"fr", "nl", "en"}


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("fr-BE,fr;q=0.9,en;q=0.1", "fr", "Un rapport d’état doit avoir"),
        ("nl-BE", "nl", "Een voortgangsbericht moet"),
        ("de", "en", "A status report must have"),
    ],
)
def test_a_refusal_speaks_the_language_of_the_reader(
    editor: Editor, accepted: str, language: str, words: str
) -> None:
    page = refused(editor, "text/html", accepted)
    assert (page.status, page.reply.media_type) == (422, "text/html")
    text = page.body.decode()
    assert f'<html lang="{language}">' in text and words in text
    assert "would not conform" in text and "StatusReport-status" in text
    told = refused(editor, "application/problem+json", accepted)
    found = {finding["shape"]: finding for finding in told.json["findings"]}  # type: ignore[attr-defined]
    assert found.keys() >= {STATUS_SHAPE, SCHEME_SHAPE}
    finding = found[STATUS_SHAPE]
    assert finding["message"].startswith(words) and finding["language"] == language
    assert finding["messages"].keys() == {"fr", "nl", "en"}
    assert "accept-language" in told.reply.headers["vary"].lower()


def test_what_the_named_graphs_hold_wrong_is_in_the_report_too(editor: Editor) -> None:
    twice = "<https://w3id.org/brupact/id/theme/mobility> <https://w3id.org/brupact/ns#number> 1 ."
    told = editor.send("POST", GRAPH_PATH, TURTLE, twice)
    assert told.status == 422
    found = {finding["shape"] for finding in told.json["findings"]}  # type: ignore[attr-defined]
    report = editor.send("POST", GRAPH_PATH, TURTLE, twice, Accept="application/n-triples")
    triples = parse(report.body, RdfFormat.N_TRIPLES)
    shapes = {t.object.value for t in triples if t.predicate.value == f"{SHACL}sourceShape"}
    assert shapes == found and "https://w3id.org/brupact/shapes#dataset-once" in found


def test_what_may_be_done_is_said(editor: Editor) -> None:
    allowed = editor.service.send("OPTIONS", GRAPH_PATH).headers["allow"]
    assert {"PUT", "POST", "DELETE", "PATCH"} <= set(allowed.split(", "))


def test_data_without_a_log_take_no_changes(editor: Editor, tmp_path: object) -> None:
    from pathlib import Path

    state = Path(str(tmp_path)) / "state"
    own = Path(str(tmp_path)) / "own.ttl"
    own.write_text("<x:a> <x:b> 1 .")
    made = tokens(state)
    with serving("--state", str(state), "--data", str(own)) as service:
        other = Editor(service, made)
        assert other.update("INSERT DATA { <x:a> <x:b> 2 }", "admin").status == 403
        assert other.send("PUT", GRAPH_PATH, TURTLE, "", "admin").status == 403
        assert json.loads(service.query("ASK { <x:a> <x:b> 2 }",
                          "application/sparql-results+json").body)["boolean"] is False  # fmt: skip
