"""Past versions in processes of their own: they are those of the log, whatever is kept at hand."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from tests.process import within

from brupact.archive import Archive
from brupact.commits.log import Draft, Log
from brupact.commits.redaction import redact
from brupact.commits.state import at
from brupact.engine import Query
from brupact.engine.interface import OutOfTime, Unavailable
from brupact.engine.local import LocalEngine
from brupact.engine.supervisor import Limits, Supervisor

AGENT = "https://example.org/agent"
ALL = Query("SELECT * { GRAPH ?g { ?s ?p ?o } }", "text/csv", None, canonical=True)
UNION = Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv", None, canonical=True)
GRAPHS = Query("SELECT ?g { GRAPH ?g {} }", "text/csv", None, canonical=True)
LONG = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", "text/csv",
             None)  # fmt: skip
#: Few, so that random changes meet again: a graph is emptied, a triple stands in two graphs.
QUADS = [
    Quad(NamedNode(f"x:{s}"), NamedNode("x:p"), Literal(o), NamedNode(f"x:g{g}"))
    for s in range(3) for o in range(3) for g in range(3)
]  # fmt: skip


def commits(folder: Path, count: int, seed: int) -> list[str]:
    """The names of `count` commits, each of random changes."""
    chance, held, names = random.Random(seed), Store(), list[str]()
    with Log(folder) as log:
        while len(names) < count:
            changed = chance.sample(QUADS, chance.randint(1, 12))
            added = [quad for quad in changed if quad not in held]
            removed = [quad for quad in changed if quad in held]
            draft = Draft(names[-1] if names else None, AGENT, "", added, removed)
            names.append(log.append(draft, held).entry.name)
            for quad in removed:
                held.remove(quad)
            held.extend(added)
    return names


@pytest.mark.parametrize("seed", range(10))
def test_a_version_is_the_one_in_the_log(tmp_path: Path, seed: int) -> None:
    names = commits(tmp_path, 12, seed)
    with Log(tmp_path) as log:
        versions = [at(log, name).store() for name in names]
    for base in (0, 5, 11):
        for name, expected in zip(names, versions, strict=True):
            store = Store()
            store.extend(versions[base])
            found = Archive(tmp_path, base).engine(name, store, LocalEngine(store))
            for query in (ALL, UNION, GRAPHS):
                assert found.query(query).body == LocalEngine(expected).query(query).body


@contextmanager
def served(folder: Path, bounds: Limits, base: int) -> Iterator[Supervisor]:
    with Log(folder) as log:
        store = at(log, base).store()
    service = Supervisor(store, bounds, versions=Archive(folder, base))
    service.start()
    try:
        yield service
    finally:
        service.stop()


def readers() -> list[Path]:
    """The processes of past versions: archivists and their readers."""
    return [p for p in Path("/proc").glob("[0-9]*") if _name(p) == "brupact-past"]


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def test_many_versions_at_once_and_nothing_kept(tmp_path: Path) -> None:
    names = commits(tmp_path, 40, 1)
    with Log(tmp_path) as log:
        expected = [LocalEngine(at(log, name).store()).query(ALL).body for name in names]
    wrong: list[int] = []
    with served(tmp_path, Limits(seconds=5, past_memory=1, past_readers=2), 39) as service:

        def ask(number: int) -> None:
            answer = service.engine.at(names[number]).query(ALL)
            if (answer.body, answer.commit) != (expected[number], names[number]):
                wrong.append(number)

        threads = [threading.Thread(target=ask, args=(n % 40,)) for n in range(80)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        archivist = [p for p in readers() if int(p.name) in service.running]
        assert len(archivist) == 1
        children = archivist[0] / "task" / archivist[0].name / "children"
        assert within(5, lambda: not children.read_text().split())


def test_a_question_that_takes_too_long_is_ended_and_no_other(tmp_path: Path) -> None:
    names = commits(tmp_path, 3, 2)
    many = [Quad(NamedNode(f"x:m{n}"), NamedNode("x:p"), Literal(n), NamedNode("x:g0"))
            for n in range(2_000)]  # fmt: skip
    with Log(tmp_path) as log:
        names.append(log.append(Draft(names[-1], AGENT, "", many), Store()).entry.name)
    with served(tmp_path, Limits(seconds=0.5), 0) as service:
        with pytest.raises(OutOfTime):
            service.engine.at(names[3]).query(LONG)
        assert service.engine.at(names[3]).query(UNION).body.split()[1] >= b"2000"


def test_an_unknown_version_is_unavailable(tmp_path: Path) -> None:
    commits(tmp_path, 2, 3)
    with served(tmp_path, Limits(seconds=2), 1) as service:
        with pytest.raises(Unavailable, match="no commit"):
            service.engine.at("f" * 64).query(ALL)
        with pytest.raises(TypeError):
            service.engine.at("f" * 64).update("CLEAR ALL")


def test_a_version_that_is_at_hand_loses_what_is_erased(tmp_path: Path) -> None:
    secret = Quad(NamedNode("x:a"), NamedNode("x:p"), Literal("secret"), NamedNode("x:g0"))
    with Log(tmp_path) as log:
        first = log.append(Draft(None, AGENT, "", [secret, *QUADS[:3]]), Store()).entry.name
        second = log.append(Draft(first, AGENT, "", QUADS[3:5]), Store()).entry.name
    with served(tmp_path, Limits(seconds=5), 1) as service:
        for name in (first, second):
            assert b"secret" in service.engine.at(name).query(ALL).body
        with Log(tmp_path) as log:
            redact(log, Draft(second, AGENT, "", (), [secret]), at(log, 1).store())
        for name in (first, second, first):
            assert b"secret" not in service.engine.at(name).query(ALL).body
