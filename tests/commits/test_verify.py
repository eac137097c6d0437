import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.commits.given import AGENT, Editor, said
from tests.conftest import SOAK

from brupact.commits import Log, lines, state
from brupact.commits.database import FILE
from brupact.commits.errors import NoLog
from brupact.commits.verify import Problem, verify

COLUMNS = (
    "time", "agent", "message", "kind", "key", "rules", "shapes", "previous", "name", "additions",
    "removals", "digest", "seed", "salts", "added", "removed",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed log with everything in it: twelve commits, a snapshot, a redaction."""
    folder = tmp_path_factory.mktemp("whole")
    editor = Editor(folder, *(said("a", str(number)) for number in range(20)))
    for number in range(10):
        editor.commit([said("b", str(number))], [said("a", str(number))], key=f"k{number}" * 2)
    state.snapshot(editor.log, 6)
    editor.redact(said("b", "3"), messages=[2])
    assert verify(editor.log).problem is None
    editor.log.close()
    return folder


@pytest.fixture
def log(whole: Path, tmp_path: Path) -> Iterator[Log]:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    with Log(tmp_path) as log:
        yield log


def test_a_whole_log(log: Log) -> None:
    report = verify(log, canonical=True)
    head = log.head()
    assert head and report.problem is None
    assert (report.commits, report.head) == (12, head.name)
    assert report.canonical == {0: state.at(log, 0).rdfc()}
    assert verify(log).canonical == {}


@pytest.mark.soak
def test_any_flipped_bit_of_a_row_is_found(log: Log) -> None:
    draw = random.Random(20260611)
    seen = set()
    for column, number in itertools.product(COLUMNS, 4 * SOAK * [*range(12)]):
        query = f"SELECT {column}, typeof({column}) FROM commits WHERE number = ?"
        value, kind = log.connection.execute(query, (number,)).fetchone()
        if value is None or value in (b"", ""):
            continue
        log.connection.execute("BEGIN")
        changed, mark = _flipped(value, draw), "CAST(? AS TEXT)" if kind == "text" else "?"
        update = f"UPDATE commits SET {column} = {mark} WHERE number = ?"
        log.connection.execute(update, (changed, number))
        problem = verify(log).problem
        assert problem and problem.number == number, (column, number, value, changed)
        seen.add(column)
        log.connection.execute("ROLLBACK")
    assert seen == set(COLUMNS) - {"rules", "shapes"}
    assert verify(log).problem is None


def _flipped(value: int | str | bytes, draw: random.Random) -> int | bytes:
    if isinstance(value, int):
        return value ^ (1 << draw.randrange(62))
    content = bytearray(value.encode() if isinstance(value, str) else value)
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(content)


@pytest.mark.soak
def test_any_flipped_byte_of_the_file_that_matters_is_found(whole: Path, tmp_path: Path) -> None:
    """What can be read must be as it was, or the log says that it is broken."""
    draw = random.Random(17)
    content = (whole / FILE).read_bytes()
    expected = _content(whole)
    found = 0
    for _ in range(150 * SOAK):
        changed = bytearray(content)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        for path in tmp_path.iterdir():
            path.unlink()
        (tmp_path / FILE).write_bytes(changed)
        try:
            with Log(tmp_path) as log:
                problem = verify(log).problem
        except NoLog:
            found += 1
            continue
        if problem:
            found += 1
        else:
            assert _content(tmp_path) == expected
    assert found > 20


def _content(folder: Path) -> list[list[Any]]:
    tables = ("commits", "erased", "touched", "snapshots")
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def _forge(log: Log, number: int, **changes: Any) -> None:
    """Change a commit as one does who knows the format: its digest fits again."""
    name = bytes.fromhex(log.entry(number).name)
    log.put(replace(log.record(number), **changes), name)


def _renamed(log: Log, number: int, **changes: Any) -> None:
    """The same, with a name that fits too."""
    record = replace(log.record(number), **changes)
    log.put(record, record.name(log.gone(number), log.erasures(number)))


def _sql(statement: str) -> Callable[[Log], object]:
    return lambda log: log.connection.execute(statement)


#: What is done to the log, the commit that is reported, the words.
FORGERIES: list[tuple[Callable[[Log], object], int | None, str]] = [
    (lambda log: _forge(log, 5, agent=AGENT + "x"), 5, "its name"),
    (lambda log: _forge(log, 5, message="another"), 5, "its name"),
    (lambda log: _forge(log, 5, message=None), 5, "its name"),
    (lambda log: _forge(log, 5, added=()), 5, "its name"),
    (lambda log: _renamed(log, 5, agent=AGENT + "x"), 6, "does not follow"),
    (lambda log: _renamed(log, 11, time="2020-01-01T00:00:00.000Z"), 11, "is older"),
    (lambda log: _renamed(log, 10, added=lines.normal([said("a", "19")])), 10, "adds a quad"),
    (lambda log: _renamed(log, 10, removed=lines.normal([said("z", "")])), 10, "removes a quad"),
    (lambda log: _renamed(log, 0, added=log.record(0).added[::-1]), 0, "not sorted"),
    (_sql("DELETE FROM commits WHERE number = 0"), 0, "no such commit"),
    (_sql("DELETE FROM commits WHERE number = 5"), 5, "no such commit"),
    (_sql("DELETE FROM commits WHERE number = 11"), None, "missing"),
    (_sql("DELETE FROM erased WHERE number = 2"), 2, "its name"),
    (_sql("UPDATE erased SET letter = x'44' WHERE letter = x'4d'"), 11, "its name"),
    (_sql("INSERT INTO erased VALUES (9, x'41', zeroblob(32), 5)"), 5, "no redaction"),
    (_sql("INSERT INTO erased VALUES (9, x'41', zeroblob(32), 11)"), 9, "its name"),
    (_sql("INSERT INTO erased VALUES (99, x'41', zeroblob(32), 11)"), 11, "came later"),
    (_sql("INSERT INTO erased VALUES (99, x'41', zeroblob(32), 99)"), None, "missing"),
    (_sql("DELETE FROM touched WHERE number = 3"), 3, "index"),
    (_sql("INSERT INTO touched VALUES (1, 3)"), 3, "index"),
    (_sql("INSERT INTO touched VALUES (1, 99)"), None, "index"),
    (_sql("UPDATE snapshots SET number = 7"), 7, "snapshot 7"),
    (lambda log: state.put_snapshot(log, 6, lines.pack([]), 0), 6, "snapshot"),
    (lambda log: state.put_snapshot(log, 99, lines.pack([]), 0), None, "snapshot"),
]


@pytest.mark.parametrize(("forge", "number", "words"), FORGERIES)
def test_the_first_broken_commit_is_named(
    log: Log, forge: Callable[[Log], object], number: int | None, words: str
) -> None:
    forge(log)
    report = verify(log)
    assert report.problem and report.problem.number == number, report
    assert words in report.problem.reason
    assert number is None or report.commits == number


def test_a_fault_of_the_file_alone_is_found(log: Log) -> None:
    log.connection.execute("PRAGMA writable_schema = ON")
    log.connection.execute("UPDATE sqlite_master SET rootpage = 4 WHERE name = 'commits_time'")
    log.connection.execute("PRAGMA writable_schema = RESET")
    problem = verify(log).problem
    assert isinstance(problem, Problem) and problem.number is None


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    with Log(tmp_path / "empty") as log:
        report = verify(log)
    assert (report.commits, report.head, report.problem) == (0, None, None)
