import json
import logging
from typing import Any

import pytest

from brupact.journal import Journal, Request, shortened


def request(**members: Any) -> Request:
    given: dict[str, Any] = {
        "number": "a-1", "method": "GET", "path": "/sparql", "status": 200, "sent": 5,
        "seconds": 0.25, "client": "192.0.2.77", "weight": 100.0, "text": None, "at": 0.0,
    }  # fmt: skip
    return Request(**given | members)


def told(journal: Journal) -> list[dict[str, Any]]:
    lines = journal.lines()
    assert not any("\n" in line for line in lines)
    return [json.loads(line) for line in lines]


def test_a_request_is_one_line() -> None:
    journal = Journal()
    journal.tell(request(text=lambda: "SELECT *\n  { ?s ?p ?o }"))
    assert told(journal) == [
        {
            "time": "1970-01-01T00:00:00.000+00:00", "level": "info", "event": "request",
            "request": "a-1", "method": "GET", "path": "/sparql", "status": 200, "bytes": 5,
            "seconds": 0.25, "weight": 100.0, "client": "192.0.2.0/24",
            "query": "SELECT * { ?s ?p ?o }", "query_sha256": "40ae08f881c7b7b5",
        }
    ]  # fmt: skip
    assert journal.lines() == []


@pytest.mark.parametrize(
    ("status", "level"), [(200, "info"), (404, "info"), (429, "warning"), (503, "warning"),
                          (500, "error")],
)  # fmt: skip
def test_a_failure_has_its_level(status: int, level: str) -> None:
    journal = Journal("info")
    journal.tell(request(status=status))
    assert told(journal)[0]["level"] == level


def test_what_matters_less_than_the_level_is_left_out() -> None:
    journal = Journal("warning")
    journal.tell(request())
    journal.tell(request(status=503))
    assert [line["status"] for line in told(journal)] == [503]


@pytest.mark.parametrize(
    ("address", "how", "found"),
    [
        ("192.0.2.77", "short", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "short", "2001:db8:1::/48"),
        ("[2001:db8:1:2::7]", "full", "2001:db8:1:2::7"),
        ("::ffff:192.0.2.77", "short", "192.0.2.0/24"),
        ("192.0.2.77", "full", "192.0.2.77"),
        ("192.0.2.77", "none", None),
        ("said by a proxy\n", "full", None),
    ],
)
def test_addresses_are_shortened(address: str, how: str, found: str | None) -> None:
    assert shortened(address, how) == found


def test_lines_are_ascii_and_bounded() -> None:
    journal = Journal()
    journal.tell(request(path="/\x1b[2J\n\ud800é" + "x" * 9999, text=lambda: "é" * 9999))
    (line,) = journal.lines()
    assert line.isascii() and line.isprintable() and len(line) < 3000


def test_a_line_that_cannot_be_made_does_not_end_the_log() -> None:
    journal = Journal()
    journal.tell(request(text=lambda: str(1 / 0)))
    journal.tell(request())
    first, second = told(journal)
    assert "ZeroDivisionError" in first["message"] and second["status"] == 200


def test_what_others_log_comes_in_the_same_form() -> None:
    journal = Journal()
    logger = logging.Logger("brupact.test")
    logger.addHandler(journal)
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("it %s", "failed")
    (line,) = told(journal)
    assert (line["level"], line["logger"], line["message"]) == (
        "error",
        "brupact.test",
        "it failed",
    )
    assert line["exception"].endswith("ValueError: no")


def test_where_nobody_takes_the_lines_they_are_dropped_and_counted() -> None:
    journal = Journal()
    for _ in range(3000):
        journal.tell(request())
    assert len(journal.lines()) + journal.dropped == 3000
    assert journal.dropped > 0
