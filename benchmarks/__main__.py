"""``python -m benchmarks``: set up the peers, measure, write the page."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import changes, generate, install, pages, reference, report
from benchmarks.measure import Options, measure
from benchmarks.peers import OURS, PEERS, Server
from benchmarks.queries import QUERIES

#: Where the data are generated; made anew when the generator changes.
DATA: Final = Path(__file__).parent / "data"
PORTS: Final = 21000
#: Beyond this many triples only these peers are run.
LARGE: Final = 2_000_000
AT_LARGE: Final = (OURS, "oxigraph")


def size(text: str) -> int:
    """A number of triples: ``10k``, ``1M``."""
    factors = {"k": 1_000, "M": 1_000_000}
    return int(text[:-1]) * factors[text[-1]] if text[-1] in factors else int(text)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="Set up the peers.")
    run = commands.add_parser("run", help="Measure side by side.")
    run.add_argument("--size", default="10k,1M,10M", help="How many triples, in a list.")
    run.add_argument("--peers", default=",".join(PEERS), help="Against whom, in a list.")
    run.add_argument("--queries", default="", help="Which queries, in a list; else all.")
    run.add_argument("--seconds", type=int, default=1, help="How long each round takes.")
    run.add_argument("--rounds", type=int, default=3, help="How many rounds each takes.")
    run.add_argument("--seed", type=int, default=4, help="What the data are drawn from.")
    run.add_argument("--no-reference", action="store_true", help="Leave out owlrl and pySHACL.")
    run.add_argument("--keep", action="store_true", help="Keep the result, and write the page.")
    commits = commands.add_parser("commits", help="Measure commits, and write the page.")
    commits.add_argument("--size", default="10k,100k,1M", help="How many triples, in a list.")
    commits.add_argument("--seed", type=int, default=4, help="What the data are drawn from.")
    commands.add_parser("pages", help="Measure pages, and write the page.")
    data = commands.add_parser("generate", help="Write the data.")
    data.add_argument("--size", default="10k")
    data.add_argument("--seed", type=int, default=4)
    data.add_argument("--quotes", action="store_true", help="With quotations.")
    data.add_argument("file", type=Path, help="What to write, as N-Quads.")
    commands.add_parser("page", help="Write the tables of the newest kept result into the page.")
    return parser


def _one_size(wanted: int, peers: list[str], seed: int, options: Options) -> dict[str, Any]:
    data = generate.write(DATA, wanted, seed)
    found: dict[str, Any] = {"triples": data.count, "peers": {}, "not_started": {}, "queries": []}
    servers: list[Server] = []
    with ExitStack() as stack:
        for number, name in enumerate(peers):
            peer = PEERS[name]
            if data.count > LARGE and name not in AT_LARGE:
                continue
            try:
                if not peer.there():
                    raise RuntimeError("it is not installed")
                server = stack.enter_context(Server(peer, data, PORTS + number))
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                found["not_started"][name] = str(error)
                print(f"LEFT OUT at {data.count} triples: {name}: {error}", flush=True)
                continue
            servers.append(server)
            found["peers"][name] = {
                "version": peer.version(),
                "command": _portable(server),
                "first_answer": round(server.first_answer, 3),
            }
            print(f"{name} answers after {server.first_answer:.1f} s", flush=True)
        for server in servers:
            found["peers"][server.peer.name]["memory_at_rest"] = server.memory()
        for query in measure(servers, data, options):
            found["queries"].append(query)
            print(f"{data.count} triples: {query['query']} measured", flush=True)
        for server in servers:
            found["peers"][server.peer.name]["memory_after"] = server.memory()
    return found


def _portable(server: Server) -> str:
    """The command, without where things lie on this machine."""
    text = server.command.replace(str(server.folder), "FOLDER").replace(str(DATA), "DATA")
    for folder in (Path(sys.executable).parent, install.BIN, install.HOME):
        text = text.replace(f"{folder}/", "")
    return text


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {
        "cores": os.cpu_count(), "processor": models[0] if models else platform.machine(),
        "memory": memory, "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }  # fmt: skip


def _text(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=report.ROOT)
    return (done.stdout or done.stderr).strip()


def _origin(arguments: argparse.Namespace) -> dict[str, Any]:
    """What produces a result; asked before anything is written."""
    changed = "+changes" if _text("git", "status", "--porcelain", "--untracked-files=no") else ""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H%M"),
        "commit": _text("git", "rev-parse", "--short", "HEAD") + changed,
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "options": {key: value for key, value in vars(arguments).items() if key != "command"},
        "machine": _machine(),
    }


def _commits(arguments: argparse.Namespace) -> int:
    """Measure commits at each size; the result of a size takes the place of the one before."""
    origin = _origin(arguments)
    for text in arguments.size.split(","):
        found = changes.measure(generate.write(DATA, size(text), arguments.seed))
        path = report.RESULTS / f"commits-{text}.json"
        path.write_text(json.dumps(origin | found, indent=1) + "\n")
        print(path.read_text())
    _write_page()
    return 0


def _pages(arguments: argparse.Namespace) -> int:
    """Measure pages; the result takes the place of the one before."""
    found = _origin(arguments) | pages.measure()
    (report.RESULTS / "pages.json").write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(report.pages()))
    _write_page()
    return 0


def _run(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    others = [name for name in arguments.peers.split(",") if name and name != OURS]
    queries = tuple(name for name in arguments.queries.split(",") if name)
    if unknown := {*others, *queries} - {*PEERS, *(query.name for query in QUERIES)}:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}")
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: nothing can be measured")
    options = Options(arguments.seconds, arguments.rounds, queries)
    result: dict[str, Any] = _origin(arguments) | {
        "wrk": _text("wrk", "--version").splitlines()[0].partition(" [")[0],
        "sizes": [
            _one_size(size(text), [OURS, *others], arguments.seed, options)
            for text in arguments.size.split(",")
        ],
    }
    if not arguments.no_reference:
        result["reference"] = reference.measure()
    result["minutes"] = round((time.monotonic() - began) / 60, 1)
    report.RESULTS.mkdir(exist_ok=True)
    stem = report.RESULTS / (result["date"] if arguments.keep else "last")
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    stem.with_suffix(".md").write_text(report.markdown(result))
    print(report.markdown(result))
    print(f"kept in {stem}.json and .md; {result['minutes']} minutes")
    if arguments.keep:
        _write_page()
    # Our own failures fail the run; those of peers are their own affair.
    wrong = [
        text
        for one in result["sizes"]
        for text in report.left_out(one)
        if text.startswith(OURS)
    ]  # fmt: skip
    return 1 if wrong else 0


def _write_page() -> None:
    kept = report.newest()
    if kept is None:
        sys.exit("no result is kept: run with --keep")
    text = report.PAGE.read_text(encoding="utf-8")
    report.PAGE.write_text(report.page(json.loads(kept.read_text()), text), encoding="utf-8")


def _generate(arguments: argparse.Namespace) -> None:
    with arguments.file.open("w", encoding="utf-8") as file:
        for line in generate.lines(size(arguments.size), arguments.seed, quotes=arguments.quotes):
            file.write(" ".join(line) + " .\n")


def main() -> int:
    """Run the command line; 1 if our own server failed at something."""
    arguments = _arguments().parse_args()
    if arguments.command == "run":
        return _run(arguments)
    if arguments.command == "commits":
        return _commits(arguments)
    if arguments.command == "pages":
        return _pages(arguments)
    if arguments.command == "generate":
        _generate(arguments)
    else:
        {"install": install.install, "page": _write_page}[arguments.command]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
