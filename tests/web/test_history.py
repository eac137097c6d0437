"""The history over HTTP: the list of commits, one commit, what changed; pages, JSON, RDF, Atom."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from rdflib import DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from tests.editing import FOLLOW_UP, Editor, insert, tokens
from tests.process import Reply, serving
from tests.web.test_versions import History

from brupact.web.history import CHANGES, COMMITS, LISTS

PACT = Namespace("https://w3id.org/brupact/ns#")
PROV = Namespace("http://www.w3.org/ns/prov#")
ID = "https://w3id.org/brupact/id/"
ATOM = "{http://www.w3.org/2005/Atom}"
#: What a header may hold and a page must not repeat as markup.
MESSAGE = "<script>alert(1)</script> & done"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    state = tmp_path_factory.mktemp("state")
    made = tokens(state)
    with serving("--state", str(state)) as service:
        head = service.query("ASK {}", "*/*").headers["brupact-version"]
        history = History(service, Editor(service, made), state, [head])
        history.commit("one")
        told = history.editor.update(insert("two"), "admin", Brupact_Message="A second report")
        history.names.append(str(told.json["name"]))
        change = f"""PREFIX dcterms: <http://purl.org/dc/terms/>
            WITH <{FOLLOW_UP}> DELETE {{ ?r dcterms:description ?d }}
            INSERT {{ ?r dcterms:description "Klaar."@nl }}
            WHERE {{ VALUES ?r {{ <{ID}status-report/one> }} ?r dcterms:description ?d }}"""
        told = history.editor.update(change, Brupact_Message=MESSAGE)
        assert told.status == 200, told
        history.names.append(str(told.json["name"]))
        yield history
        assert not service.complaints()


def told(reply: Reply) -> dict[str, object]:
    assert reply.status == 200, reply
    found: dict[str, object] = json.loads(reply.body)
    return found


def numbers(history: History, query: str = "") -> list[int]:
    found = told(history.get(f"/history.json{query}"))
    return [entry["number"] for entry in found["commits"]]  # type: ignore[attr-defined]


def test_commits_are_listed_newest_first(history: History) -> None:
    found = told(history.get("/history", "application/json"))
    commits: list[dict[str, object]] = found["commits"]  # type: ignore[assignment]
    assert [c["number"] for c in commits] == [3, 2, 1, 0]
    assert [c["name"] for c in commits] == history.names[::-1]
    assert commits[1]["message"] == "A second report"
    assert commits[1]["agent"] == f"{ID}agent/admin" and commits[3]["kind"] == "release"
    assert "next" not in found
    assert numbers(history, "?before=2") == [1, 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?agent=agent/admin", [2]),
        (f"?agent={ID}agent/editor", [3, 1]),
        ("?iri=status-report/one", [3, 1]),
        (f"?iri={ID}status-report/two", [2]),
        ("?iri=priority/2026-2029-13", [2, 1, 0]),
        ("?graph=follow-up", [3, 2, 1]),
        ("?graph=agreement", [0]),
        ("?since=2100-01-01", []),
        ("?since=2000-01-01&until=2001-01-01", []),
        ("?iri=status-report/one&agent=agent/admin", []),
        ("?iri=nothing", []),
    ],
)
def test_commits_are_chosen(history: History, query: str, expected: list[int]) -> None:
    assert numbers(history, query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "?agent=%3Cx%3E", "?iri=a%20b:c", "?graph=%7B", "?since=yesterday", "?until=-1",
        "?before=-1", "?before=x", "?before=99999999999", "?page=1", "?since=1&since=2",
    ],
)  # fmt: skip
def test_malformed_filters_are_refused(history: History, query: str) -> None:
    reply = history.get(f"/history{query}", "application/json")
    assert reply.status == 400 and reply.media_type == "application/problem+json", reply


def test_a_long_history_has_pages(tmp_path: Path) -> None:
    made = tokens(tmp_path)
    with serving("--state", str(tmp_path)) as service:
        history = History(service, Editor(service, made), tmp_path, [])
        for number in range(60):
            triple = f"<https://example.org/{number}> <https://example.org/p> 1"
            text = f"INSERT DATA {{ GRAPH <{FOLLOW_UP}> {{ {triple} }} }}"
            assert history.editor.update(text).status == 200
        seen, path = [], "/history.json"
        while path:
            found = told(history.get(path))
            seen += [entry["number"] for entry in found["commits"]]  # type: ignore[attr-defined]
            if following := str(found.get("next", "")):
                path = f"/history.json?{following.partition('?')[2]}"
            else:
                path = ""
        assert seen == list(range(60, -1, -1))
        first = history.get("/history", "text/html")
        assert 'rel="next"' in first.headers["link"] and b"?before=11" in first.body


def graph(reply: Reply) -> Graph:
    assert reply.status == 200, reply
    return Graph().parse(data=reply.body, format=reply.media_type)


def test_each_format(history: History) -> None:
    for path, formats in (("/history", LISTS), ("/history/2", COMMITS), ("/changes", CHANGES),
                          (f"/doc/commit/{history.names[1]}", COMMITS),
                          (f"/doc/version/{history.names[1]}", COMMITS)):  # fmt: skip
        for format in formats:
            named = history.get(f"{path}.{format.suffix}")
            negotiated = history.get(path, format.media_type)
            assert named.status == negotiated.status == 200, (path, format)
            assert named.media_type == negotiated.media_type == format.media_type
            assert "Accept" in negotiated.headers["vary"]
        assert history.get(f"{path}.exe").status == 404


def test_a_commit_is_described(history: History) -> None:
    found = graph(history.get("/history/2.ttl"))
    commit = URIRef(f"{ID}commit/{history.names[2]}")
    made = URIRef(f"{ID}version/{history.names[2]}")
    assert (commit, RDF.type, PACT.Commit) in found and (commit, RDF.type, PROV.Activity) in found
    assert (made, PROV.wasRevisionOf, URIRef(f"{ID}version/{history.names[1]}")) in found
    assert found.value(commit, PROV.wasAssociatedWith) == URIRef(f"{ID}agent/admin")
    patch = history.get(f"/history/{history.names[2][:8]}.rdfp")
    assert patch.body.startswith(f"H id <{commit}> .\n".encode()) and b"\nA <" in patch.body
    for kind in ("commit", "version"):
        see = history.get(f"/id/{kind}/{history.names[2]}")
        assert (see.status, see.headers["location"]) == (303, f"/doc/{kind}/{history.names[2]}")
    terms = {
        p
        for p in (*found.predicates(), *found.objects(None, RDF.type))
        if str(p).startswith(str(PACT))
    }
    ontology = graph(history.get("/ns.ttl"))
    assert terms and all((term, RDF.type, None) in ontology for term in terms)


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("99", 404), ("ffffffff", 404), ("-1", 400), ("x", 400), ("..%2F..", 404), ("a" * 999, 400),
    ],
)  # fmt: skip
def test_unknown_commits(history: History, reference: str, status: int) -> None:
    for path in ("/history/", "/doc/commit/", "/doc/version/"):
        assert history.get(path + reference, "application/json").status == status


def test_what_changed(history: History) -> None:
    found = told(history.get("/changes.json?from=1&to=3"))
    subjects = {c["subject"]: c for c in found["changes"]}  # type: ignore[attr-defined]
    changed = subjects[f"{ID}status-report/one"]
    assert [v["object"] for v in changed["removed"]] == ['"Begonnen."@nl']
    assert [v["object"] for v in changed["added"]] == ['"Klaar."@nl']
    assert changed["added"][0]["graph"] == FOLLOW_UP
    assert f"{ID}status-report/two" in subjects
    back = told(history.get("/changes.json?from=3&to=1"))
    assert (back["added"], back["removed"]) == (found["removed"], found["added"])
    nothing = told(history.get("/changes.json?from=2&to=2"))
    assert nothing["changes"] == []
    last = told(history.get("/changes", "application/json"))
    assert last["from"]["number"] == 2 and last["to"]["number"] == 3  # type: ignore[index]


def test_what_changed_as_rdf(history: History) -> None:
    found = graph(history.get("/changes.ttl?from=2&to=3"))
    (node,) = found.subjects(RDF.type, PACT.Difference)
    assert found.value(node, PACT.toVersion) == URIRef(f"{ID}version/{history.names[3]}")
    for side, words in ((PACT.addition, "Klaar."), (PACT.removal, "Begonnen.")):
        triples = {
            tuple(found.value(s, p) for p in (RDF.subject, RDF.predicate, RDF.object))
            for s in found.objects(node, side)
        }
        report = URIRef(f"{ID}status-report/one")
        assert (report, DCTERMS.description, Literal(words, "nl")) in triples
    terms = {p for p in found.predicates() if str(p).startswith(str(PACT))}
    ontology = graph(history.get("/ns.ttl"))
    assert terms and all((term, RDF.type, None) in ontology for term in terms)


def test_what_changed_as_a_page(history: History) -> None:
    page = history.get("/changes?from=1&to=3", "text/html").body.decode()
    assert "status-report/one" in page and "<caption>Removed</caption>" in page
    assert f"from={history.names[1]}&amp;to={history.names[3]}" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?from=x", 400), ("?to=99", 404), ("?from=-1", 400), ("?page=0", 404), ("?page=99", 404),
        ("?page=x", 400), ("?version=1", 400), ("?from=1&from=2", 400), ("?to=9999-12-31", 404),
    ],
)  # fmt: skip
def test_malformed_comparisons_are_refused(history: History, query: str, status: int) -> None:
    assert history.get(f"/changes{query}", "text/html").status == status


def test_the_page_about_a_thing_leads_to_its_history(history: History) -> None:
    page = history.get("/doc/status-report/one", "text/html").body.decode()
    assert f"/history?iri={quote(ID, safe=':/')}status-report/one" in page


def test_messages_are_never_markup(history: History) -> None:
    for path in ("/history", "/history/3"):
        page = history.get(path, "text/html").body.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_feed(history: History) -> None:
    reply = history.get("/history.atom?graph=follow-up")
    root = ET.fromstring(reply.body)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 3
    for element in (root, *entries):
        assert all(element.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
    assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    assert entries[0].findtext(f"{ATOM}title", "").startswith("3: <script>")


def test_a_service_without_a_log_says_so() -> None:
    with serving() as service:
        for path in ("/history", "/changes", "/history/0", f"/doc/commit/{quote('0')}"):
            reply = service.get(path, "application/json")
            assert reply.status == 404 and b"no log" in reply.body


def test_pages_speak_three_languages_and_the_form_may_be_empty(history: History) -> None:
    words = {"fr": "Historique", "nl": "Geschiedenis", "en": "History"}
    for tag, title in words.items():
        page = history.get(f"/history?graph=&iri=&agent=&since=&until=&lang={tag}", "text/html")
        assert page.status == 200 and page.headers["content-language"] == tag
        body = page.body.decode()
        assert f"<h1>{title}</h1>" in body and f"lang={tag}" in body
        for path in ("/history/0", "/changes?from=0&to=1"):
            glue = "&" if "?" in path else "?"
            assert history.get(f"{path}{glue}lang={tag}", "text/html").status == 200
    assert history.get("/history?lang=de").status == 400
