"""Many writers under SIGKILL: what was confirmed is there, once, in order, and never half."""

import contextlib
import csv
import http.client
import io
import itertools
import json
import os
import random
import resource
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from tests.editing import FOLLOW_UP, PREFIXES, tokens
from tests.process import HOST, READER, SUPERVISOR, WEB, Service, serving, show, size, turn, within

from brupact.commits.errors import NotWritten
from brupact.commits.log import Draft, Log
from brupact.commits.verify import verify

pytestmark = pytest.mark.soak

WRITERS: Final = 8
COMMITS: Final = size(4, 125)  # each
KILLS: Final = size(7, 100)
#: Which process is killed, in turn; the supervisor with all that is below it.
KINDS: Final = (READER, HOST, WEB, HOST, READER, HOST, SUPERVISOR)
STATUSES: Final = ("not-started", "in-preparation", "under-way", "adopted", "done")
ID: Final = "https://w3id.org/brupact/id/"
#: All that is said of reports, and the current status of what they report on.
QUESTION: Final = (
    PREFIXES
    + """SELECT * {
  { ?report pact:reportsOn ?node .
    OPTIONAL { ?report a ?type FILTER (?type = pact:StatusReport) }
    OPTIONAL { ?report pact:status ?status }
    OPTIONAL { ?report pact:statusDate ?date } OPTIONAL { ?report pact:evidence ?evidence }
    OPTIONAL { ?report dcterms:creator ?creator }
    OPTIONAL { ?report dcterms:description ?description }
  } UNION { ?node pact:currentStatus ?current }
}"""
)
WHOLE: Final = ("type", "status", "date", "evidence", "creator", "description")


def node(writer: int) -> str:
    """What a writer reports on; nobody else does."""
    return f"{ID}priority/2026-2029-{writer + 1}"


def status(number: int) -> str:
    return f"{ID}status/{STATUSES[number % len(STATUSES)]}"


def report(writer: int, number: int, *, whole: bool = True) -> str:
    """The triples of a report; each writer's are of one day after another."""
    date = f'"{2027 + number // 300}-{1 + number // 25 % 12:02}-{1 + number % 25:02}"^^xsd:date'
    told = f"pact:status <{status(number)}> ;" if whole else ""
    return f"""<{ID}status-report/soak-{writer}-{number}> a pact:StatusReport ;
      pact:reportsOn <{node(writer)}> ; {told} pact:statusDate {date} ;
      pact:evidence <https://example.org/{number}> ; dcterms:creator <https://example.org/> ;
      dcterms:description "Verslag {number}."@nl ."""


def there(number: int) -> frozenset[int]:
    """Which reports of a writer there are after its commit `number`: every third takes one back."""
    return frozenset(range(number + 1)) - {n - 2 for n in range(2, number + 1, 3)}


def update(writer: int, number: int) -> str:
    """The commit `number` of a writer: a report comes, and with every third an earlier one goes."""
    gone = report(writer, number - 2) if number % 3 == 2 else ""
    parts = [f"DELETE DATA {{ GRAPH <{FOLLOW_UP}> {{ {gone} }} }} ;"] if gone else []
    new = f"INSERT DATA {{ GRAPH <{FOLLOW_UP}> {{ {report(writer, number)} }} }}"
    return PREFIXES + "\n".join([*parts, new])


@dataclass
class Site:
    """The service as clients see it: it may be another at any time."""

    state: Path
    token: str
    service: Service
    #: The number of the last commit of each writer that was confirmed.
    confirmed: list[int] = field(default_factory=lambda: [-1] * WRITERS)
    #: Of each writer, what the names and numbers of its commits were said to be.
    receipts: dict[str, tuple[int, str]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    answers: int = 0

    def post(self, text: str, key: str) -> tuple[int, dict[str, str], bytes] | None:
        """What came of an update; ``None`` if nobody can say."""
        headers = {
            "Content-Type": "application/sparql-update", "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key, "Brupact-Message": key,
        }  # fmt: skip
        try:
            reply = self.service.send("POST", "/sparql", headers, text.encode(), 30)
        except (OSError, http.client.HTTPException) as error:
            self.failed[type(error).__name__] += 1
            return None
        if reply.status == 503:
            self.failed[f"503 {json.loads(reply.body).get('kind', '')}".strip()] += 1
            return None
        return reply.status, dict(reply.headers), reply.body

    def write(self, writer: int) -> None:
        """Make the commits of a writer, each sent again until it is confirmed."""
        for number in range(COMMITS):
            key = f"soak-{writer}-{number}"
            while (end := self.post(update(writer, number), key)) is None and not self.wrong:
                time.sleep(0.02)
            if end is None:
                return
            if end[0] != 200:
                self.wrong.append(f"{key}: {end}")
                return
            self.confirmed[writer] = number
            self.receipts[key] = int(end[2].split(b'"number":')[1].split(b",")[0]), end[1]["etag"]
            if number % 4 == 3:
                self.write_nonsense(writer, number)

    def write_nonsense(self, writer: int, number: int) -> None:
        """A report without a status is refused."""
        text = f"INSERT DATA {{ GRAPH <{FOLLOW_UP}> {{ {report(writer, 299, whole=False)} }} }}"
        end = self.post(PREFIXES + text, f"nonsense-{writer}-{number}")
        if end is not None and end[0] != 422:
            self.wrong.append(f"nonsense of {writer}: {end}")

    def read(self, end: threading.Event, is_kept: bool) -> None:
        """Look again and again at all reports, at an answer that may be `kept`, or at a new one."""
        seen = [-1] * WRITERS
        for turn_ in itertools.count():
            if end.is_set():
                return
            sure = [max(pair) for pair in zip(self.confirmed, seen, strict=True)]
            text = QUESTION if is_kept else f"{QUESTION} # {turn_}"
            try:
                reply = self.service.query(text, seconds=30)
            except (OSError, http.client.HTTPException):
                continue
            if reply.status == 503:
                continue
            if reply.status != 200:
                self.wrong.append(f"{reply}")
                continue
            self.answers += 1
            seen = self.judge(reply.body, sure)

    def judge(self, body: bytes, sure: list[int]) -> list[int]:
        """Which commit of each writer an answer shows; it must be one as a whole, none before."""
        reports: dict[str, list[dict[str, str]]] = defaultdict(list)
        current: dict[str, set[str]] = defaultdict(set)
        for row in csv.DictReader(io.StringIO(body.decode())):
            if row["current"]:
                current[row["node"]].add(row["current"])
            else:
                reports[row["node"]].append(row)
        shown = []
        for writer, least in enumerate(sure):
            rows = reports.pop(node(writer), [])
            numbers = {int(row["report"].rpartition("-")[2]) for row in rows}
            last = max(numbers, default=-1)
            is_whole = len(rows) == len(numbers) and all(row[n] for row in rows for n in WHOLE)
            derived = {status(last)} if rows else set()
            if (
                not is_whole
                or numbers != there(last)
                or current.pop(node(writer), set()) != derived
            ):
                self.wrong.append(f"half a state of {writer}: {sorted(numbers)}, {rows}")
            if last < least:
                self.wrong.append(f"commit {least} of {writer} was there; now it is {last}")
            shown.append(last)
        if reports or current:
            self.wrong.append(f"nobody wrote {dict(reports)} {dict(current)}")
        return shown


def kill(site: Site, kind: str, draw: random.Random) -> None:
    """Kill a process of `kind`, as soon as there is one."""
    while True:
        found = site.service.of_kind(kind)
        with contextlib.suppress(IndexError, ProcessLookupError):
            return os.kill(draw.choice(found), signal.SIGKILL)


@contextlib.contextmanager
def beside(*work: threading.Thread) -> Iterator[None]:
    """Run threads beside the block, to their end."""
    for thread in work:
        thread.start()
    try:
        yield
    finally:
        for thread in work:
            thread.join()


def test_what_was_confirmed_is_there_once_in_order_and_whole(tmp_path: Path) -> None:
    token = tokens(tmp_path)["editor"]
    draw, end, killed = random.Random(4), threading.Event(), Counter[str]()
    started = time.monotonic()
    with turn(alone=True), contextlib.ExitStack() as services:
        site = Site(tmp_path, token, services.enter_context(serving("--state", str(tmp_path))))
        writers = [threading.Thread(target=site.write, args=(w,)) for w in range(WRITERS)]
        readers = [threading.Thread(target=site.read, args=(end, kept)) for kept in (True, False)]
        with beside(*readers):
            try:
                with beside(*writers):
                    for number in range(KILLS):
                        # One kill after so many commits, so that all fall among them.
                        goal = WRITERS * COMMITS * number // KILLS - WRITERS
                        within(120, lambda: sum(site.confirmed) >= goal or site.wrong != [])  # noqa: B023
                        time.sleep(draw.uniform(0, 0.2))
                        kind = KINDS[number % len(KINDS)]
                        kill(site, kind, draw)
                        killed[kind] += 1
                        if kind == SUPERVISOR:
                            site.service.process.wait()
                            services.pop_all().close()
                            new = services.enter_context(serving("--state", str(tmp_path)))
                            site.service = new
                seconds = time.monotonic() - started
                # The last state is seen, by an answer that was kept and by a new one.
                before = site.answers
                within(10, lambda: site.answers > before + 4)
            finally:
                end.set()
        complaints = site.service.complaints()
    show(
        "commits", commits=len(site.receipts), kills=dict(killed), seconds=f"{seconds:.0f}",
        answers=site.answers, failed=dict(site.failed),
    )  # fmt: skip
    assert site.wrong == []
    assert site.confirmed == [COMMITS - 1] * WRITERS and killed.total() == KILLS
    assert complaints == []
    check_log(tmp_path, site)


def check_log(state: Path, site: Site) -> None:
    """The log has each confirmed commit once, in the order of its writer, and is whole."""
    with Log(state) as log:
        found = {entry.key: entry for entry in log.entries("key IS NOT NULL")}
        assert len(list(log.entries("kind = 'change'"))) == len(found) == len(site.receipts)
        for key, (number, tag) in site.receipts.items():
            assert (found[key].number, f'"{found[key].name}"') == (number, tag)
            assert found[key].message == key
        for writer in range(WRITERS):
            numbers = [site.receipts[f"soak-{writer}-{n}"][0] for n in range(COMMITS)]
            assert numbers == sorted(set(numbers))
        assert verify(log).problem is None


def test_a_full_disk_refuses_changes_and_nothing_else(tmp_path: Path) -> None:
    token = tokens(tmp_path)["editor"]
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with serving("--state", str(tmp_path)) as service:
        site = Site(tmp_path, token, service)
        assert site.post(update(0, 0), "before") is not None
        (host,) = service.of_kind(HOST)
        before = service.query(f"{QUESTION} # before").body
        # The log of the host may not grow: what a full disk is to it.
        resource.prlimit(host, resource.RLIMIT_FSIZE, (16 << 10, resource.RLIM_INFINITY))
        for number in (1, 2):
            assert site.post(update(0, number), f"full-{number}") is None
            assert site.failed == {"503 unwritten": number}
            assert service.query(f"{QUESTION} # {number}").body == before
        assert service.of_kind(HOST) == [host]
        resource.prlimit(host, resource.RLIMIT_FSIZE, unlimited)
        # What was refused was not made: the same key makes it now.
        for number in (1, 2):
            end = site.post(update(0, number), f"full-{number}")
            assert end is not None and end[0] == 200, end
        assert site.judge(service.query(QUESTION).body, [2] + [-1] * 7) == [2] + [-1] * 7
        assert site.wrong == [] and service.complaints() == []
    with Log(tmp_path) as log:
        assert [e.key for e in log.entries("kind = 'change'")] == ["before", "full-1", "full-2"]
        assert verify(log).problem is None


def test_what_cannot_be_written_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        first = log.append(Draft(None, "https://example.org/", "release", kind="release"), ()).entry
        log.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(NotWritten, match="nothing was committed"):
            log.append(Draft(first.name, "https://example.org/", "a change"), ())
        log.connection.execute("PRAGMA query_only = OFF")
        assert log.head() == first and verify(log).problem is None
