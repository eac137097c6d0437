"""Watching the service over HTTP: figures, log, state of things, queries that an admin ends."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.process import HOST, LATE, READER, WEB, Reply, Service, serving, within

from brupact.access import Access

ASK = "/sparql?query=ASK%7B%7D"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


class Watched:
    """A service with its tokens."""

    def __init__(self, service: Service, state: Path) -> None:
        self.service, self.access = service, Access(state)

    def figures(self) -> dict[str, float]:
        """The samples of ``/metrics``, by name and labels; `web` is left out."""
        found = {}
        body = self.service.get("/metrics").body.decode()
        for family in text_string_to_metric_families(body):
            for sample in family.samples:
                labels = [v for name, v in sample.labels.items() if name != "web"]
                found[" ".join([sample.name.removeprefix("brupact_"), *labels])] = sample.value
        return found

    def growth(self, act: Callable[[], object]) -> dict[str, float]:
        """By how much the figures differ after `act`; what did not change is left out."""
        before = self.figures()
        act()
        after = self.figures()
        return {n: v - before.get(n, 0) for n, v in after.items() if v != before.get(n, 0)}

    def ask(self, method: str, path: str, token: str) -> Reply:
        return self.service.send(method, path, {"Authorization": f"Bearer {token}"})

    def lines(self) -> list[dict[str, Any]]:
        """What the log tells."""
        text = self.service.log.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    state = tmp_path_factory.mktemp("state")
    with serving("--state", str(state), log_sample=1) as service:
        yield Watched(service, state)


class TestMetrics:
    def test_they_are_in_the_text_format(self, watched: Watched) -> None:
        reply = watched.service.get("/metrics")
        assert reply.headers["content-type"].startswith("text/plain; version=")
        assert reply.headers["cache-control"] == "no-store"
        names = [f.name for f in text_string_to_metric_families(reply.body.decode())]
        assert len(names) == len(set(names)) >= 20
        assert all(name.startswith("brupact_") for name in names)
        scraped = watched.service.get("/metrics", "application/openmetrics-text; version=1.0.0")
        assert scraped.body.endswith(b"# EOF\n")

    def test_answers_from_memory_are_told_from_others(self, watched: Watched) -> None:
        def ask() -> None:
            for _ in range(3):
                assert watched.service.get(f"{ASK}&t=1").status == 200
            watched.service.get("/nowhere")

        growth = watched.growth(ask)
        assert growth["answers_from_memory_total"] == 2
        assert growth["requests_total sparql 200"] == 3
        assert growth["requests_total other 404"] == 1
        assert growth["request_duration_seconds_count query"] == 1
        assert growth["request_duration_seconds_bucket cached +Inf"] == 2
        size = len(watched.service.get(ASK).body)
        assert growth["response_bytes_total cached"] == 2 * size
        assert 0 < growth["request_duration_seconds_sum query"] < 5 + LATE

    def test_buckets_add_up(self, watched: Watched) -> None:
        watched.service.get(ASK)
        figures = watched.figures()
        for kind in ("query", "page"):
            prefix = f"request_duration_seconds_bucket {kind} "
            buckets = [v for name, v in figures.items() if name.startswith(prefix)]
            assert buckets == sorted(buckets) and len(buckets) == 15
            assert buckets[-1] == figures[f"request_duration_seconds_count {kind}"]

    def test_what_is_served_and_by_what(self, watched: Watched) -> None:
        figures = watched.figures()
        count = watched.service.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body.split()[1]
        assert figures["triples"] == int(count)
        assert figures["graphs"] > 5 and figures["engine_ready"] == 1
        assert figures["data_version"] == 1
        for kind in ("supervisor", HOST, WEB):
            assert figures[f"processes {kind}"] == 1
            assert figures[f"open_files {kind}"] > 2
            assert 1 << 20 < figures[f"memory_pss_bytes {kind}"] < 1 << 30
        assert figures["readers idle"] + figures["readers at work"] >= 2
        assert figures[f"processes {READER}"] >= 2
        assert any(re.match(r"build_info .*0\.1\.0", name) for name in figures)
        assert 0 < figures["uptime_seconds"] < 3600

    def test_why_queries_end(self, watched: Watched) -> None:
        def ask() -> None:
            headers = {"Content-Type": "application/sparql-query"}
            deep = "SELECT * {" + "{" * 60_000 + "}" * 60_000 + "}"
            late = watched.service.send("POST", "/sparql?timeout=0.2", headers, RUNAWAY.encode())
            assert (late.status, watched.service.query(deep).status) == (503, 400)

        growth = watched.growth(ask)
        assert growth["queries_ended_total time"] == 1
        assert growth["queries_ended_total too complex"] == 1
        assert watched.figures()["readers at work"] == 0

    def test_each_web_process_counts_for_itself(self) -> None:
        with serving(web_processes=2) as service:
            found = set()
            for _ in range(200):
                found |= set(
                    re.findall(rb'uptime_seconds{web="(\d)"}', service.get("/metrics").body)
                )
                if found == {b"1", b"2"}:
                    return
            raise AssertionError(found)


class TestStatus:
    def test_json_and_page(self, watched: Watched) -> None:
        reply = watched.service.get("/status")
        assert reply.headers["content-type"] == "application/json"
        status = json.loads(reply.body)
        assert status["ready"] is True and status["version"] == "0.1.0"
        assert status["data"]["triples"] > 20_000 and status["data"]["version"] == 1
        assert status["limits"]["query_timeout"] == 30.0
        assert status["queries"] == {"running": 0, "waiting": 0}
        assert status["memory"] > 1 << 20
        page = watched.service.get("/status", "text/html,application/xhtml+xml,*/*;q=0.8")
        assert page.headers["content-type"].startswith("text/html")
        assert b"brupact 0.1.0" in page.body and reply.headers["vary"].startswith("Accept")

    def test_the_public_sees_neither_queries_nor_state(self, watched: Watched) -> None:
        with running(watched, "SELECT secret") as _:
            for path in ("/status", "/metrics"):
                body = watched.service.get(path).body
                assert b"secret" not in body and b"state" not in body.replace(b"{state=", b"")
            assert json.loads(watched.service.get("/status").body)["queries"]["running"] == 1


class running:  # noqa: N801  # Used as a context manager.
    """A query that takes long, while it is being evaluated."""

    def __init__(self, watched: Watched, mark: str) -> None:
        self.watched, self.mark = watched, mark
        self.token = watched.access.add(f"for {mark} {time.monotonic_ns()}", "admin")
        self.reply: Reply | None = None

    def __enter__(self) -> "running":
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()
        assert within(10 + LATE, lambda: bool(self.listed()))
        return self

    def _ask(self) -> None:
        self.reply = self.watched.service.query(f"{RUNAWAY} # {self.mark}")

    def listed(self) -> list[dict[str, Any]]:
        found = json.loads(self.watched.ask("GET", "/status/queries", self.token).body)
        return [query for query in found if self.mark in query["text"]]

    def stop(self) -> int:
        (query,) = self.listed()
        return self.watched.ask("DELETE", f"/status/queries/{query['number']}", self.token).status

    def stop_and_wait(self) -> None:
        assert self.stop() == 204
        self.thread.join()

    def __exit__(self, *_: object) -> None:
        if self.listed():
            self.stop()
        self.thread.join()


class TestAdministration:
    def test_a_query_is_listed_and_ended(self, watched: Watched) -> None:
        with running(watched, "one to be ended") as query:
            (listed,) = query.listed()
            assert listed["client"] == "127.0.0.1" and 0 <= listed["seconds"] < 30
            assert listed["text"].startswith(RUNAWAY)
            growth = watched.growth(query.stop_and_wait)
            assert query.reply is not None and query.reply.status == 503
            assert b"operator" in query.reply.body
            assert growth["queries_ended_total stopped"] == 1
            assert query.listed() == []
        assert watched.ask("DELETE", "/status/queries/999999", query.token).status == 404

    def test_a_query_whose_client_has_gone_is_counted(self, watched: Watched) -> None:
        def ask_and_go() -> None:
            with pytest.raises(TimeoutError):
                watched.service.query(f"{RUNAWAY} # gone", seconds=0.5)
            assert within(10 + LATE, lambda: watched.figures()["queries_running"] == 0)

        growth = watched.growth(ask_and_go)
        assert growth["queries_ended_total client gone"] == 1

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_only_an_admin_may(self, watched: Watched, method: str) -> None:
        path = "/status/queries" + ("/1" if method == "DELETE" else "")
        bare = watched.service.send(method, path)
        assert (bare.status, bare.headers["www-authenticate"]) == (401, 'Bearer realm="brupact"')
        editor = watched.access.add(f"editor {method}", "editor")
        refused = watched.ask(method, path, editor)
        assert refused.status == 403
        assert 'error="insufficient_scope", scope="admin"' in refused.headers["www-authenticate"]

    def test_a_token_that_is_removed_is_worthless_at_once(self, watched: Watched) -> None:
        token = watched.access.add("short", "admin")
        assert watched.ask("GET", "/status/queries", token).status == 200
        watched.access.remove("short")
        assert watched.ask("GET", "/status/queries", token).status == 401

    def test_who_shows_a_token_gets_nothing_from_memory(self, watched: Watched) -> None:
        path = f"{ASK}&t=token"

        def ask() -> None:
            for _ in range(3):
                assert watched.ask("GET", path, "anything").status == 200
            assert watched.service.get(path).status == 200

        growth = watched.growth(ask)
        assert growth["requests_total sparql 200"] == 4
        assert "answers_from_memory_total" not in growth

    def test_nobody_looks_after_the_queries_of_a_scratch_service(self) -> None:
        with serving("--scratch") as service:
            for method, path in (("GET", "/status/queries"), ("DELETE", "/status/queries/1")):
                assert service.send(method, path).status == 404
            service.update("INSERT DATA { <x:a> <x:b> 1 GRAPH <x:g> { <x:a> <x:b> 1, 2 } }")
            status = json.loads(service.get("/status").body)
            assert status["queries"] is None
            assert status["data"] == {"version": 2, "triples": 3, "graphs": 1}
            assert b"queries_running" not in service.get("/metrics").body


class TestLog:
    def test_each_request_is_one_line(self, watched: Watched) -> None:
        reply = watched.service.get(f"{ASK}&t=log")
        number = reply.headers["x-request-id"]
        assert within(5 + LATE, lambda: bool(self.of(watched, number)))
        (line,) = self.of(watched, number)
        assert line["path"] == "/sparql" and line["query"] == "ASK{}" and line["status"] == 200
        assert (line["bytes"], line["weight"]) == (len(reply.body), 1)
        assert line["client"] == "127.0.0.0/24"
        assert 0 < line["seconds"] < 5 + LATE

    def of(self, watched: Watched, number: str) -> list[dict[str, Any]]:
        return [line for line in watched.lines() if line.get("request") == number]

    def test_nothing_secret_is_told(self, watched: Watched) -> None:
        headers = {"Authorization": "Bearer sesame1", "Cookie": "a=sesame2", "Referer": "sesame3"}
        number = watched.service.send("GET", "/doc/theme/economy?token=sesame4", headers).headers[
            "x-request-id"
        ]
        assert within(5 + LATE, lambda: bool(self.of(watched, number)))
        assert "sesame" not in watched.service.log.read_text()

    def test_every_line_but_the_first_is_json(self, watched: Watched) -> None:
        first, *others = watched.service.log.read_text().splitlines()
        assert "ready" in first
        assert [line for line in others if not line.startswith("{")] == []

    def test_failures_are_told_where_others_are_not(self, tmp_path: Path) -> None:
        with serving(log_sample=0, query_timeout=0.3, log_client="none") as service:
            assert service.get(ASK).status == 200
            assert service.query(RUNAWAY).status == 503
            watched = Watched(service, tmp_path)
            assert within(5 + LATE, lambda: bool(watched.lines()))
            (line,) = watched.lines()
            assert (line["status"], line["level"], line["weight"]) == (503, "warning", 1)
            assert line["query"] == RUNAWAY and "client" not in line


class TestHealth:
    """An orchestrator hears within a second that no query would be answered."""

    @pytest.fixture()
    def service(self) -> Iterator[Service]:
        with serving(query_timeout=3) as running:
            yield running

    def asked(self, service: Service, path: str) -> tuple[int, float]:
        started = time.monotonic()
        status = service.get(path).status
        return status, time.monotonic() - started

    def assert_dead_but_alive(self, service: Service) -> None:
        status, seconds = self.asked(service, "/health/ready")
        assert status == 503 and seconds < 1 + LATE
        assert self.asked(service, "/health/live")[0] == 200
        status, seconds = self.asked(service, "/metrics")
        assert status == 200 and seconds < 1.5 + LATE

    def test_an_engine_that_stands_still(self, service: Service) -> None:
        assert self.asked(service, "/health/ready")[0] == 200
        stopped = [*service.of_kind(HOST), *service.of_kind(READER)]
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        # More pages than there are threads for pages: they all wait for the engine.
        with ThreadPoolExecutor(60) as pages:
            waiting = [pages.submit(service.get, f"/doc/theme/{n}") for n in range(60)]
            time.sleep(0.5)
            self.assert_dead_but_alive(service)
            assert b"brupact_engine_ready 0.0" in service.get("/metrics").body
            for process in stopped:
                os.kill(process, signal.SIGCONT)
            assert {future.result().status for future in waiting} <= {404, 503}
        assert within(5 + LATE, lambda: service.get("/health/ready").status == 200)

    def test_an_engine_that_is_gone(self, service: Service) -> None:
        service.process.send_signal(signal.SIGSTOP)  # Or it would be there again at once.
        for process in service.of_kind(HOST):
            os.kill(process, signal.SIGKILL)
        assert within(5, lambda: not service.of_kind(READER))
        try:
            self.assert_dead_but_alive(service)
        finally:
            service.process.send_signal(signal.SIGCONT)
        assert within(5 + LATE, lambda: service.get("/health/ready").status == 200)
