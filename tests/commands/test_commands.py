"""The log on the command line: what is asked of it, and what a service beside it makes of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.editing import PREFIXES, REPORT, STATUS, Editor, insert, tokens
from tests.process import KEEPER, Service, serving, within

from brupact.cli import main
from brupact.commits.log import Log

PHONE = "0470 12 34 56"


def run(state: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--state", str(state)])


def numbers(state: Path) -> list[int]:
    with Log(state, create=False) as log:
        return [entry.number for entry in log.entries()]


def head(state: Path) -> str:
    with Log(state, create=False) as log:
        found = log.head()
    assert found is not None
    return found.name


def turtle(name: str, words: str = "Begonnen.", status: str = STATUS) -> str:
    report = REPORT.format(name=name, status=status).replace("Begonnen.", words)
    return PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n") + report


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def editor(state: Path) -> Iterator[Editor]:
    made = tokens(state)
    with serving("--state", str(state), snapshot_commits=3) as service:
        yield Editor(service, made)


@pytest.fixture()
def files(tmp_path: Path) -> Path:
    (tmp_path / "good.ru").write_text(insert("good"))
    (tmp_path / "bad.ru").write_text(insert("bad", status=""))
    (tmp_path / "broken.ru").write_text("# a comment\nINSERT DATA { GRAPH <x:g> { <x:a> } }")
    (tmp_path / "good.ttl").write_text(turtle("good"))
    (tmp_path / "other.ttl").write_text(turtle("other"))
    (tmp_path / "personal.ttl").write_text(turtle("personal", words=f"Bel {PHONE}."))
    return tmp_path


def test_a_commit_beside_a_service_is_public_within_a_second(
    editor: Editor, state: Path, files: Path
) -> None:
    told = run(state, "commit", files / "good.ru", "--message", "by hand", "--agent", "ann")
    assert told.exit_code == 0, told.output
    number, name = re.findall(r"commit (\d+) (\w{64})", told.output)[0]
    assert within(1.5, lambda: editor.reports() == ["good"])
    assert (int(number), name) == (numbers(state)[-1], head(state))
    # What builds on it does, and what builds on the one before does not.
    assert editor.update(insert("next"), If_Match=f'"{name}"').status == 200
    assert editor.update(insert("late"), If_Match=f'"{name}"').status == 412
    listed = run(state, "log", "--limit", "2").output
    assert "by agent/ann" in listed and "    by hand" in listed and "release" not in listed
    (entry,) = map(json.loads, run(state, "log", "--json", "--limit", "1").output.splitlines())
    assert entry["number"] == int(number) + 1 and entry["additions"] > 6
    told = run(state, "commit", "--remove", files / "good.ttl")
    assert told.exit_code == 0 and within(1.5, lambda: editor.reports() == ["next"])
    assert run(state, "commit", "--remove", files / "good.ttl").output == "nothing to change\n"
    swapped = run(state, "commit", "--add", files / "good.ttl", "--add", files / "other.ttl")
    assert swapped.exit_code == 0
    assert within(1.5, lambda: editor.reports() == ["good", "next", "other"])


def test_changes_on_both_sides_come_in_turn(editor: Editor, state: Path, tmp_path: Path) -> None:
    before = numbers(state)
    for number in range(3):
        (tmp_path / "one.ru").write_text(insert(f"hand-{number}"))
        assert run(state, "commit", tmp_path / "one.ru").exit_code == 0
        assert editor.update(insert(f"wire-{number}")).status == 200
    assert numbers(state) == [*before, *range(before[-1] + 1, before[-1] + 7)]
    names = [f"{kind}-{number}" for kind in ("hand", "wire") for number in range(3)]
    assert set(names) <= set(editor.reports())
    assert run(state, "verify").exit_code == 0


def test_a_refusal_names_the_shape_and_changes_nothing(
    editor: Editor, state: Path, files: Path
) -> None:
    before = head(state)
    told = run(state, "commit", files / "bad.ru")
    assert told.exit_code == 1
    for words in ("Violation", "node  https://w3id.org/brupact/id/status-report/bad",
                  "shape https://w3id.org/brupact/shapes#StatusReport-status",
                  "must have"):  # fmt: skip
        assert words in told.stderr, told.output
    assert "Een voortgangsbericht" in run(state, "commit", files / "bad.ru", "--lang", "nl").stderr
    unwritable = run(state, "commit", "--add", files / "other.ttl", "--graph", "inferred")
    assert unwritable.exit_code == 1 and "inferred> cannot be written" in unwritable.stderr
    assert head(state) == before


def test_broken_input_names_file_and_line(editor: Editor, state: Path, files: Path) -> None:
    before = head(state)
    broken = run(state, "commit", files / "broken.ru")
    assert broken.exit_code == 2 and re.search(r"broken\.ru:2:\d+: ", broken.stderr)
    (files / "broken.ttl").write_text("<x:a>\n<x:b> .")
    broken = run(state, "commit", "--add", files / "broken.ttl")
    assert broken.exit_code == 2 and "broken.ttl:2:" in broken.stderr
    missing = run(state, "commit", files / "none.ru")
    assert missing.exit_code == 2 and "none.ru: No such file" in missing.stderr
    (files / "latin.ru").write_bytes(b"\xe9")
    assert "not UTF-8 at byte 0" in run(state, "commit", files / "latin.ru").stderr
    assert run(state, "commit").exit_code == 2
    assert run(state, "commit", files / "good.ru", "--add", files / "good.ttl").exit_code == 2
    contact = run(state, "commit", _file(files, "LOAD <http://127.0.0.1:1/> INTO GRAPH <x:g>"))
    assert contact.exit_code == 1 and "LOAD" in contact.stderr
    assert head(state) == before


def _file(folder: Path, update: str) -> Path:
    path = folder / "update.ru"
    path.write_text(update)
    return path


def test_a_change_is_tried(editor: Editor, state: Path, files: Path) -> None:
    before = head(state)
    (files / "tried.ru").write_text(insert("tried"))
    told = run(state, "commit", "--dry-run", files / "tried.ru")
    assert told.exit_code == 0 and "status-report/tried>" in told.output
    assert re.search(r"derived: [1-9]\d* gained, 0 lost", told.output)
    assert run(state, "commit", "--dry-run", files / "bad.ru").exit_code == 1
    assert head(state) == before


def test_a_commit_is_undone_and_differences_are_told(
    editor: Editor, state: Path, tmp_path: Path
) -> None:
    at = numbers(state)[-1]
    assert run(state, "commit", _file(tmp_path, insert("first"))).exit_code == 0
    # A later report takes the place of what follows from the first: that is no conflict.
    later = insert("second").replace("2026-11-01", "2026-11-02")
    assert run(state, "commit", _file(tmp_path, later)).exit_code == 0
    told = run(state, "diff", str(at), str(at + 1)).output.splitlines()
    assert any(line.startswith("+ status-report/first rdf:type") for line in told)
    assert all(line.endswith(("[graph/follow-up]", "[graph/inferred]")) for line in told)
    patch = run(state, "diff", str(at + 1), str(at), "--patch").output.splitlines()
    assert len(patch) == len(told) and {line[:2] for line in patch} == {"D "}
    tried = run(state, "revert", str(at + 1), "--dry-run")
    assert tried.exit_code == 0 and "- <https://w3id.org/brupact/id/status-report/first>" in str(
        tried.output
    )
    undone = run(state, "revert", str(at + 1))
    assert undone.exit_code == 0, undone.output
    assert within(1.5, lambda: "first" not in editor.reports()) and "second" in editor.reports()
    assert f"Undoes commit {at + 1}" in run(state, "log", "--limit", "1").output
    again = run(state, "revert", str(at + 1))
    assert again.exit_code == 2 and "not there" in again.stderr
    assert run(state, "revert", "0").exit_code == 2
    assert run(state, "diff", "9999999").exit_code == 2
    today = run(state, "diff", "0", head(state)[:12])
    assert today.exit_code == 0 and "status-report/second" in today.output
    about = run(state, "log", "--about", "status-report/first", "--json").output.splitlines()
    assert [json.loads(line)["number"] for line in about] == [at + 3, at + 1]


def test_a_backup_is_taken_while_it_serves_and_put_back(
    editor: Editor, state: Path, tmp_path: Path
) -> None:
    copy = run(state, "backup", tmp_path / "copy")
    assert copy.exit_code == 0 and editor.service.get("/health/ready").status == 200
    assert run(state, "backup", tmp_path / "copy").exit_code == 2
    told = run(tmp_path / "new", "restore", tmp_path / "copy")
    assert told.exit_code == 0 and head(state) in told.output
    assert head(tmp_path / "new") == head(state)
    assert run(state, "restore", tmp_path / "copy").exit_code == 2
    assert "canonical" not in run(tmp_path / "new", "verify").output
    canonical = run(tmp_path / "new", "verify", "--canonical")
    assert canonical.exit_code == 0 and re.search(r"release 0 \w{64}", canonical.output)


def test_a_log_that_was_tampered_with_is_found(editor: Editor, state: Path, tmp_path: Path) -> None:
    assert run(state, "backup", tmp_path).exit_code == 0
    with Log(tmp_path, create=False) as log:
        log.connection.execute("UPDATE commits SET message = 'another' WHERE number = 1")
    told = run(tmp_path, "verify")
    assert told.exit_code == 1 and "broken at commit 1" in told.output


def test_what_is_erased_is_held_nowhere_any_more(editor: Editor, state: Path, files: Path) -> None:
    assert run(state, "commit", "--add", files / "personal.ttl", "-m", f"of {PHONE}").exit_code == 0
    number = str(numbers(state)[-1])
    assert within(1.5, lambda: "personal" in editor.reports())
    phones = f"SELECT ?o {{ ?s ?p ?o FILTER(CONTAINS(STR(?o), '{PHONE}')) }}"
    assert PHONE in editor.service.query(phones).body.decode()
    before = editor.service.processes()
    told = run(state, "redact", "--yes", "--about", "status-report/personal",
               "--message-of", number)  # fmt: skip
    assert told.exit_code == 0, told.output
    assert within(5, lambda: _gone(editor.service, phones)), editor.service.query(phones)
    # All processes that held it are gone, and those that came in their place never had it.
    assert within(5, lambda: before.keys() & editor.service.processes().keys() <= {
        editor.service.process.pid
    })  # fmt: skip
    assert run(state, "verify").exit_code == 0
    assert PHONE.encode() not in b"".join(p.read_bytes() for p in state.iterdir())
    assert "(erased)" in run(state, "log", "--limit", "3").output
    assert within(5, lambda: editor.update(insert("after")).status == 200)
    assert "after" in editor.reports() and "personal" not in editor.reports()
    nothing = run(state, "redact", "--yes", "--about", "status-report/personal")
    assert nothing.exit_code == 2 and "no commit holds" in nothing.stderr
    assert run(state, "redact", "--yes").exit_code == 2
    assert run(state, "revert", str(numbers(state)[-2])).exit_code == 2


def _gone(service: Service, query: str) -> bool:
    try:
        reply = service.query(query)
    except OSError:
        return False
    return reply.status == 200 and PHONE.encode() not in reply.body


def test_what_the_rest_needs_is_not_erased(editor: Editor, state: Path, tmp_path: Path) -> None:
    before = head(state)
    needed = PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n") + (
        "<https://w3id.org/brupact/id/status-report/after> "
        "pact:status <https://w3id.org/brupact/id/status/under-way> ."
    )
    (tmp_path / "needed.ttl").write_text(needed)
    told = run(state, "redact", "--yes", "--quads", tmp_path / "needed.ttl")
    assert told.exit_code == 1 and "StatusReport-status" in told.stderr
    assert head(state) == before


def test_snapshots_are_made_beside(editor: Editor, state: Path) -> None:
    def snapshots() -> list[int]:
        with Log(state, create=False) as log:
            return [number for (number,) in log.connection.execute("SELECT number FROM snapshots")]

    for number in range(3):
        assert editor.update(insert(f"kept-{number}")).status == 200
    last = numbers(state)[-1]
    assert within(15, lambda: bool(snapshots()) and snapshots()[-1] >= last - 3)
    assert within(5, lambda: len(editor.service.of_kind(KEEPER)) == 1)
    assert run(state, "verify").exit_code == 0


def test_a_directory_without_a_log_is_said(tmp_path: Path) -> None:
    for command in ("log", "verify", "diff 0", "revert 0"):
        told = run(tmp_path, *command.split())
        assert told.exit_code == 2 and "no log of commits here" in told.stderr, command
    assert list(tmp_path.iterdir()) == []
