"""Writers that are killed at any moment: what they were told is there, once, in order."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.commits.given import said
from tests.commits.traces import traces
from tests.conftest import SOAK
from tests.process import within

from brupact.commits import Log, lines, state
from brupact.commits.verify import verify

ROOT = Path(__file__).parents[2]
KILLS = 10 * SOAK
WRITERS = ("one", "two")


@pytest.mark.soak
def test_every_acknowledged_commit_survives_kills(tmp_path: Path) -> None:
    draw = random.Random(5)
    folder = tmp_path / "log"
    acknowledged = dict.fromkeys(WRITERS, -1)
    for _ in range(KILLS):
        for name, numbers in _run(folder, acknowledged, draw.uniform(0.0, 0.15)).items():
            begin = acknowledged[name] + 1
            assert numbers == list(range(begin, begin + len(numbers)))
            acknowledged[name] += len(numbers)
        with Log(folder) as log:
            report = verify(log)
            assert report.problem is None
            _compare(log, acknowledged)
    # Each was told of at least one commit each time, so that redactions were among them.
    assert min(acknowledged.values()) >= KILLS - 1
    with Log(folder) as log:
        assert b"private one 1" in state.at(log, (log.head() or log.entry(0)).number).nquads()
    assert traces(folder, b"private one 1")
    assert traces(folder, b'"private one 3"') == []


def _run(folder: Path, acknowledged: dict[str, int], seconds: float) -> dict[str, list[int]]:
    """Let the writers go on for a while after the first acknowledgement, then kill them."""
    command = [sys.executable, "-m", "tests.commits.writer", str(folder)]
    told = {name: folder.with_name(name) for name in acknowledged}
    writers = []
    try:
        for name, last in acknowledged.items():
            with told[name].open("wb") as output:
                arguments = [*command, name, str(last + 1)]
                writers.append(subprocess.Popen(arguments, cwd=ROOT, stdout=output))
        assert within(60, lambda: all(path.stat().st_size for path in told.values()))
        time.sleep(seconds)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    # A line that was cut short was not received.
    received = {name: path.read_text().rpartition("\n")[0] for name, path in told.items()}
    return {name: [int(line) for line in text.split()] for name, text in received.items()}


def _compare(log: Log, acknowledged: dict[str, int]) -> None:
    keys = [entry.key or "" for entry in log.entries()]
    expected = set()
    for name, last in acknowledged.items():
        own = [int(key.partition("-")[2]) for key in keys if key.startswith(name)]
        # At most one more than was acknowledged: the one that was under way.
        assert own in (list(range(last + 1)), list(range(last + 2)))
        erased = {number - 3 for number in own if number % 7 == 6}
        expected |= {
            said(f"{name}-{number}", f"private {name} {number}")
            for number in own
            if number % 7 != 6 and number not in erased
        }
    head = log.head()
    assert head and set(lines.quads(state.at(log, head.number).lines)) == expected
