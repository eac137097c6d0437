import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from brupact import resources
from brupact.cli import main

PRIORITY = resources.DATA / "agreement" / "priority.ttl"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of the file of the priorities with `old` replaced once."""
    path = tmp_path / "agreement" / "priority.ttl"
    path.parent.mkdir()
    text = PRIORITY.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_release_conforms() -> None:
    result = run("check", "--engine", "turbo")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("conforms: ")


def test_a_violation_names_node_path_shape_and_file(tmp_path: Path) -> None:
    path = changed(tmp_path, "pact:number 13", "pact:number 14")
    result = run("check", "--engine", "turbo", path)
    assert result.exit_code == 1
    for words in (
        "id/priority/2026-2029-14",
        "shape https://w3id.org/brupact/shapes#SharedPriority",
        f"file  {path}",
    ):
        assert words in result.output


def test_broken_turtle_names_file_line_and_column(tmp_path: Path) -> None:
    path = changed(tmp_path, "pact:number 13 ;", "pact:number 13 13 13 ;")
    result = run("check", path)
    assert result.exit_code == 2
    assert re.search(rf"{re.escape(str(path))}:\d+:\d+: ", result.output)


def test_a_file_that_is_missing_is_broken_input(tmp_path: Path) -> None:
    result = run("check", tmp_path / "none.ttl")
    assert result.exit_code == 2
    assert "none.ttl" in result.output


def test_contradictions_are_broken_input(tmp_path: Path) -> None:
    path = tmp_path / "both.ttl"
    path.write_text(
        "@prefix pact: <https://w3id.org/brupact/ns#> .\n"
        "<https://w3id.org/brupact/id/x/1> a pact:Measure, pact:SharedPriority .\n"
    )
    result = run("check", path)
    assert result.exit_code == 2
    assert "id/x/1" in result.output


def test_a_release_is_whole_checked_and_the_same_every_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for target in (one, two):
        assert run("build", "--engine", "turbo", target).exit_code == 0
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    assert {"brupact.nq", "brupact.trig.gz", "agreement.ttl", "inferred.jsonld"} <= set(names)
    for line in (one / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((one / name).read_bytes()).hexdigest() == digest
        assert (one / name).read_bytes() == (two / name).read_bytes()
    summary = json.loads((one / "summary.json").read_text())
    assert summary["conforms"] is True
    assert summary["triples"]["agreement"] > 5_000


def test_quotations_are_up_to_date() -> None:
    assert run("quotes", "--check").exit_code == 0


def test_a_derived_triple_is_accounted_for() -> None:
    claim = ("priority/2026-2029-14", "pact:accountableMember", "person/boris-dillies")
    told = run("why", *claim)
    assert told.exit_code == 0
    assert "by the rule accountable-member" in told.output
    assert "competence-concern/" in told.output and "[graph/links]" in told.output
    assert run("why", claim[0], claim[1], "person/karine-lalieux").exit_code == 1


@pytest.mark.parametrize("command", ["", *main.commands])
def test_every_command_has_help_and_is_documented(command: str) -> None:
    result = run(*filter(None, [command]), "--help")
    assert result.exit_code == 0
    assert len(result.output.split("\n\n")[1].strip()) > 20
    assert f"brupact {command}" in Path("docs/operations.md").read_text(encoding="utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Start the service, ask it for the number of triples once it is ready, and stop it."""
    port = free_port()
    arguments = [*command, "serve", "--port", str(port)]
    with subprocess.Popen(
        arguments, cwd=cwd, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "ready" in line and f"http://127.0.0.1:{port}" in line
        query = "query=SELECT%20(COUNT(*)%20AS%20?n)%20%7B?s%20?p%20?o%7D"
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/sparql?{query}", headers={"Accept": "text/csv"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    return str(body.split()[1])


def test_the_installed_package_serves_from_an_empty_folder(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    pip = [sys.executable, "-m", "pip"]
    options = ["--quiet", "--no-deps", "--no-build-isolation"]
    source = tmp_path / "source"
    shutil.copytree(
        root,
        source,
        ignore=shutil.ignore_patterns(".*", "*.egg-info", "build", "tests", "node_modules"),
    )
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([*pip, "install", *options, "--target", installed, source], check=True)
    env = {**os.environ, "PYTHONPATH": str(installed)}
    where = [sys.executable, "-c", "import brupact; print(brupact.__file__)"]
    found = subprocess.run(where, cwd=empty, env=env, check=True, capture_output=True, text=True)
    assert found.stdout.startswith(str(installed))
    assert int(serve(sys.executable, "-m", "brupact", cwd=empty, env=env)) > 20_000


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_publishers_own_data_are_served_alone(tmp_path: Path, host: str, name: str) -> None:
    own = tmp_path / "own.ttl"
    own.write_text("<http://example.org/a> <http://example.org/p> 1, 2 .")
    command = Path(sys.executable).parent / "brupact"
    port = free_port()
    with subprocess.Popen(
        [command, "serve", "--host", host, "--port", str(port), "--data", own],
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert f"ready on http://{name}:{port}" in process.stdout.readline()
        with urllib.request.urlopen(f"http://{name}:{port}/graphs/data.nt") as answer:
            assert answer.read().count(b"\n") == 2
        process.terminate()
