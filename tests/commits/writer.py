"""A client that commits until it is killed: ``python -m tests.commits.writer FOLDER NAME NEXT``.

It writes the key of each commit when that is acknowledged. It begins with number NEXT, which may
have been committed before without an acknowledgement. Every seventh change is a redaction of what
was said three changes ago.
"""

import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from tests.commits.given import AGENT, said

from brupact.commits import Draft, Log, Receipt, redaction, state
from brupact.commits.errors import Stale


def change(log: Log, name: str, number: int) -> Receipt:
    """Make the change `number`, whatever others do meanwhile."""
    while True:
        head = log.head()
        data = set(state.at(log, head.number).store()) if head else set()
        draft = Draft(head.name if head else None, AGENT, "", key=f"{name}-{number}")
        try:
            if number % 7 == 6:
                old = said(f"{name}-{number - 3}", f"private {name} {number - 3}")
                return redaction.redact(log, replace(draft, removed=[old]), data)
            new = said(f"{name}-{number}", f"private {name} {number}")
            return log.append(replace(draft, added=[new]), data)
        except Stale:
            continue


def main(folder: str, name: str, first: str) -> None:
    """Commit until killed."""
    with Log(Path(folder)) as log:
        for number in count(int(first)):
            change(log, name, number)
            print(number, flush=True)
            if number % 5 == 0:
                state.compact(log, commits=10)


if __name__ == "__main__":
    main(*sys.argv[1:])
