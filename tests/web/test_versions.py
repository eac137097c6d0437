"""Past versions over HTTP: every resource and every query at any version, and citations."""

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from tests.editing import REPORTS, Editor, insert, tokens
from tests.process import Reply, Service, serving, size, within

from brupact.commits.log import Draft, Log
from brupact.commits.redaction import redact
from brupact.commits.state import at

JSON = "application/sparql-results+json"
COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <https://w3id.org/brupact/graph/follow-up> { ?s ?p ?o } }"
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FIXED = "public, max-age=31536000, s-maxage=86400, immutable"


@dataclass
class History:
    """A service with commits: 0 is the release, each of the others adds a report."""

    service: Service
    editor: Editor
    state: Path
    names: list[str]

    def get(self, path: str, accept: str = "*/*", **headers: str) -> Reply:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.service.send("GET", path, {"Accept": accept} | more)

    def query(self, text: str, version: object, accept: str = "text/csv", more: str = "") -> Reply:
        return self.get(f"/sparql?version={version}&query={quote(text)}{more}", accept)

    def commit(self, name: str) -> None:
        told = self.editor.update(insert(name))
        assert told.status == 200, told
        self.names.append(str(told.json["name"]))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    state = tmp_path_factory.mktemp("state")
    made = tokens(state)
    with serving("--state", str(state), query_timeout=4) as service:
        head = service.query("ASK {}", JSON).headers["brupact-version"]
        history = History(service, Editor(service, made), state, [head])
        for number in (1, 2, 3):
            history.commit(f"r{number}")
        yield history
        assert not service.complaints()


def reports(reply: Reply) -> list[str]:
    assert reply.status == 200, reply
    return [row.rpartition("/")[2] for row in reply.body.decode().split()[1:]]


def test_a_query_is_answered_from_each_version(history: History) -> None:
    for number in (3, 0, 1, 2):
        expected = [f"r{n}" for n in range(1, number + 1)]
        name = history.names[number]
        for version in (number, name, name[:8]):
            reply = history.query(REPORTS, version)
            assert reports(reply) == expected
            assert reply.headers["cache-control"] == FIXED
            assert reply.headers["brupact-version"] == name
            assert "memento-datetime" in reply.headers and "etag" in reply.headers
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    posted = history.service.send("POST", "/sparql?version=1", headers, REPORTS.encode())
    assert reports(posted) == ["r1"]
    form = f"query={quote(REPORTS)}&version=2".encode()
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert reports(history.service.send("POST", "/sparql", headers, form)) == ["r1", "r2"]


def test_a_version_is_the_one_in_the_log(history: History) -> None:
    everything = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
    with Log(history.state) as log:
        for number in (0, 2):
            kept = at(log, number).store()
            reply = history.query(everything, number, "text/tab-separated-values")
            rows = {tuple(row.split("\t")) for row in reply.body.decode().splitlines()[1:]}
            assert len(rows) == len(kept) > 10_000
            graphs = {str(name) for name in kept.named_graphs()}
            found = history.query("SELECT DISTINCT ?g { GRAPH ?g {} }", number)
            assert {f"<{g}>" for g in found.body.decode().split()[1:]} == graphs
    assert history.get("/sparql?version=1&explain=on&query=ASK{}").status == 200


def test_resources_are_shown_in_each_version(history: History) -> None:
    priority = "/doc/priority/2026-2029-13"
    for suffix in (".ttl", ".html", ".nt", ".jsonld", ".rdf", ".nq"):
        old, new = (history.get(f"{priority}{suffix}?version={n}") for n in (0, 2))
        assert (old.status, new.status) == (200, 200)
        assert b"status-report/r2" not in old.body and b"status-report/r2" in new.body
        assert b"status-report/r3" not in new.body
    assert history.get("/doc/status-report/r2.ttl?version=1").status == 404
    assert history.get("/doc/status-report/r2.ttl?version=2").status == 200
    for path in ("/graphs/follow-up.nt?version=1", "/graphs?version=1&graph="
                 "https://w3id.org/brupact/graph/follow-up"):  # fmt: skip
        body = history.get(path, "application/n-triples").body
        assert b"/r1>" in body and b"/r2>" not in body
    assert history.get("/ns.ttl?version=0").status == 200
    page = history.get("/doc/status-report/r1?version=2", "text/html").body.decode()
    assert f"/doc/priority/2026-2029-13?version={history.names[2]}" in page
    assert f"/doc/status-report/r1.ttl?version={history.names[2]}" in page
    assert "This is version 2" in page and 'href="/doc/status-report/r1"' in page
    see = history.get("/id/priority/2026-2029-13?version=1")
    assert see.status == 303 and see.headers["location"].endswith(history.names[1])


def test_mementos(history: History) -> None:
    path = "/doc/priority/2026-2029-13.ttl"
    past = history.get(f"{path}?version=1")
    assert past.headers["cache-control"] == FIXED
    with Log(history.state) as log:
        first, second = log.entry(0), log.entry(1)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
                        past.headers["memento-datetime"])  # fmt: skip
    assert f'<{path}>; rel="original timegate"' in past.headers["link"]
    assert f'<{path}?version={second.name}>; rel="memento"' in past.headers["link"]
    live = history.get(path)
    assert "memento-datetime" not in live.headers and "Accept-Datetime" in live.headers["vary"]
    assert live.headers["cache-control"] == "no-cache"
    assert f'<{path}>; rel="original timegate"' in live.headers["link"]
    for wanted, expected in (("Sat, 01 Jan 2000 00:00:00 GMT", first.name),
                             ("Wed, 01 Jan 2200 00:00:00 GMT", history.names[-1])):  # fmt: skip
        moved = history.get(path, Accept_Datetime=wanted)
        assert moved.status == 302 and "Accept-Datetime" in moved.headers["vary"]
        assert moved.headers["location"] == f"{path}?version={expected}"
    for odd in ("yesterday", "Thu, 01 Jan 2026 00:00:00 +99999999999999999999"):
        assert history.get(path, Accept_Datetime=odd).status == 400
    again = history.get(f"{path}?version=1", If_None_Match=past.headers["etag"])
    assert again.status == 304
    time.sleep(1.1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    dated = history.query(REPORTS, now)
    assert len(reports(dated)) >= 2 and "no-cache" in dated.headers["cache-control"]


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("../../etc", 400), ("-1", 400), ("", 400), ("0x10", 400), ("1e3", 400), ("%00", 400),
        ("١", 400), ("2026-13-45", 400), ("2026-11-23T00:00:00", 400), ("1' OR 1=1", 400),
        ("a" * 5000, 400), ("9999999", 404), ("99999999", 404), ("f" * 64, 404),
        ("deadbeef", 404), ("0001-01-01", 404), ("9999-12-31", 404),
        ("1900-01-01T00:00:00+23:59", 404), ("9999-12-31T23:59:59-23:59", 400),
    ],
)  # fmt: skip
def test_hostile_versions(history: History, version: str, status: int) -> None:
    for path in (f"/sparql?query=ASK{{}}&version={quote(version, safe='%')}",
                 f"/doc/priority/2026-2029-13?version={quote(version, safe='%')}"):  # fmt: skip
        reply = history.get(path, "application/problem+json")
        assert reply.status == status, reply
        told = json.loads(reply.body)
        assert len(told["detail"]) < 400 and "version" in told["detail"]
        if status == 404:
            assert "there are 0 to" in told["detail"]


def test_what_is_refused(history: History) -> None:
    assert history.get("/sparql?query=ASK{}&version=1&version=2").status == 400
    assert history.get("/doc/priority/2026-2029-13?version=1&version=1").status == 400
    head = {"Content-Type": "application/sparql-update"}
    reply = history.service.send("POST", "/sparql?version=1", head, b"CLEAR ALL")
    assert reply.status == 400
    service = "SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }"
    assert history.query(service, 1).status == 400
    assert history.service.send("DELETE", "/graphs/follow-up?version=1").status == 400


def test_a_service_without_a_log_says_so() -> None:
    with serving() as service:
        for path in ("/sparql?query=ASK{}&version=0", "/doc/priority/2026-2029-13?version=0"):
            reply = service.send("GET", path, {"Accept": "application/json"})
            assert reply.status == 404 and b"no log" in reply.body
        reply = service.query("ASK {}", JSON)
        assert "link" not in reply.headers and "brupact-version" not in reply.headers


def test_a_past_query_has_the_limits_of_any(history: History) -> None:
    started = time.monotonic()
    reply = history.query(LONG, 1, more="&timeout=0.5")
    assert reply.status == 503 and "retry-after" in reply.headers
    assert time.monotonic() - started < 4
    assert history.query("SELECT * {" + "{" * 60_000 + "}" * 60_000 + "}", 1).status in (400, 414)
    posted = history.service.send(
        "POST", "/sparql?version=1", {"Content-Type": "application/sparql-query"},
        ("SELECT * {" + "{" * 60_000 + "}" * 60_000 + "}").encode(),
    )  # fmt: skip
    assert posted.status == 400
    error = history.query("SELECT ?x { ", 1)
    assert error.status == 400 and b'"line"' in error.body
    assert reports(history.query(REPORTS, 1)) == ["r1"]


def test_runaways_of_the_past_do_not_hold_the_present(history: History) -> None:
    ended: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: ended.append(history.query(LONG, n % 4).status))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    assert history.service.query("ASK {}", JSON).status == 200
    assert time.monotonic() - started < 2
    for thread in threads:
        thread.join()
    assert set(ended) <= {503, 429} and len(ended) == 6
    assert reports(history.query(REPORTS, 2)) == ["r1", "r2"]


def test_fifty_versions_at_a_time_in_bounded_memory(history: History) -> None:
    while len(history.names) < 50:
        history.commit(f"m{len(history.names)}")
    before = history.service.footprint()
    wrong: list[str] = []

    def ask(number: int) -> None:
        reply = history.query(COUNT, number)
        found = reply.body.decode().split()[1:]
        # A report is eight quads; on a slow machine some wait for longer than one client may.
        if reply.status != 429 and found != [str(8 * number)]:
            wrong.append(f"{number}: {reply.status} {found}")

    for _ in range(2):
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
    # One of each of at most 32 versions is kept.
    kept = history.service.footprint()
    assert kept.processes - before.processes <= 32 + 4
    assert kept.memory - before.memory < 512 << 20
    print("before", before, "after", kept)


def test_a_killed_archivist_comes_back(history: History) -> None:
    (archivist,) = history.service.of_kind("archivist")
    os.kill(archivist, 9)
    assert within(10, lambda: history.query(REPORTS, 1).status == 200)
    assert reports(history.query(REPORTS, 1)) == ["r1"]


CITED = {
    "SELECT ?s ?p ?o { ?s ?p ?o . ?s a <https://w3id.org/brupact/ns#Theme> }": (
        "application/sparql-results+json", "application/sparql-results+xml", "text/csv",
        "text/tab-separated-values",
    ),
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t ORDER BY DESC(?n) LIMIT 40": ("text/csv",),
    "ASK { ?s a <https://w3id.org/brupact/ns#StatusReport> }": ("application/sparql-results+xml",),
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o . ?s a <https://w3id.org/brupact/ns#StatusReport> }": (
        "text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json",
    ),
    "DESCRIBE <https://w3id.org/brupact/id/priority/2026-2029-13>": ("text/turtle",),
}  # fmt: skip


def citation(reply: Reply) -> str:
    assert reply.status == 200, reply
    found = re.search(r'<([^>]+)>; rel="cite-as"', reply.headers["link"])
    assert found, reply.headers
    address = urlsplit(found[1])
    return f"{address.path}?{address.query}"


@pytest.mark.soak
def test_an_answer_that_is_cited_stays_the_same(tmp_path: Path) -> None:
    made = tokens(tmp_path)
    kept: list[tuple[str, str, bytes]] = []
    with serving("--state", str(tmp_path)) as service:
        history = History(service, Editor(service, made), tmp_path, [])
        history.commit("first")
        for text, formats in CITED.items():
            for accept in formats:
                live = service.query(text, accept)
                cited = citation(live)
                answer = history.get(cited, accept)
                assert answer.status == 200 and answer.media_type == live.media_type
                assert citation(answer) == cited
                if accept in ("text/csv", "text/tab-separated-values", "application/n-triples"):
                    rows = sorted(answer.body.splitlines())
                    assert rows == sorted(live.body.splitlines()) and len(rows) > 3
                kept.append((cited, accept, answer.body))
        for number in range(size(40, 200)):
            if number % 20 == 0:
                history.commit(f"more{number}")
                continue
            said = f"<https://example.org/{number}> <https://example.org/p> {number}"
            text = (
                f"INSERT DATA {{ GRAPH <https://w3id.org/brupact/graph/follow-up> {{ {said} }} }}"
            )
            assert history.editor.update(text).status == 200
        same(history, kept)
    with serving("--state", str(tmp_path)) as service:
        same(History(service, Editor(service, made), tmp_path, []), kept)


def same(history: History, kept: list[tuple[str, str, bytes]]) -> None:
    for address, accept, body in kept:
        assert history.get(address, accept).body == body, (address, accept)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?n) {}", "SELECT (RAND() AS ?n) {}", "SELECT (UUID() AS ?n) {}",
        "SELECT ?s { ?s ?p ?o } LIMIT 3", "CONSTRUCT { [] a ?t } { ?s a ?t }",
        "SELECT (GROUP_CONCAT(?s) AS ?all) { ?s a <https://w3id.org/brupact/ns#Theme> }",
    ],
)  # fmt: skip
def test_what_cannot_be_cited_says_so(history: History, text: str) -> None:
    for reply in (history.service.query(text, "*/*"), history.query(text, 1, "*/*")):
        assert reply.status == 200 and "cite-as" not in reply.headers.get("link", "")
        assert "cannot be cited" in reply.headers["brupact-warning"]
        assert "immutable" not in reply.headers["cache-control"]


def _body(history: History, path: str) -> bytes:
    """What is at `path`; says that all is there still where nobody answers."""
    try:
        reply = history.get(path)
    except (OSError, HTTPException):
        return b"/one>"
    return reply.body if reply.status in (200, 404) else b"/one>"


def test_what_is_erased_never_comes_back(tmp_path: Path) -> None:
    made = tokens(tmp_path)
    with serving("--state", str(tmp_path)) as service:
        history = History(service, Editor(service, made), tmp_path, [])
        for name in ("one", "two"):
            history.commit(name)
        cited = f"/sparql?version=2&query={quote(REPORTS)}"
        assert reports(history.get(cited, "text/csv")) == ["one", "two"]
        assert b"/one>" in history.get("/graphs/follow-up.nt?version=1").body
        with Log(tmp_path) as log:
            held = at(log, 2).store()
            erased = [quad for quad in held if "status-report/one" in str(quad)]
            head = log.head()
            assert head is not None and len(erased) > 7
            draft = Draft(head.name, "https://example.org/a", "erased", (), erased)
            redact(log, draft, held)
        # The processes that may remember it are replaced.
        assert within(20, lambda: b"/one>" not in _body(history, "/graphs/follow-up.nt"))
        for _ in range(2):
            reply = history.get(cited, "text/csv")
            assert reports(reply) == ["two"]
            said = f"{len(erased)} quads of this version were erased by commit 3"
            assert said in reply.headers["brupact-warning"]
            shown = history.get("/graphs/follow-up.nt?version=1")
            assert (
                b"/one>" not in shown.body
                and b"/one>" not in history.get("/doc/priority/2026-2029-13.nt?version=2").body
            )
            assert "erased" in shown.headers["brupact-warning"]
