"""The commands that read the log: log, diff, verify, backup; and restore, which puts one back."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click
from pyoxigraph import NamedNode, Quad

from brupact import commits
from brupact.commands.options import REFUSED, STATE, graph_name, state_directory
from brupact.commits import Entry, Log, Version, history, lines, parse_version
from brupact.commits import backup as copies
from brupact.commits.verify import verify as verified
from brupact.describe import full, shorten

_FOLDER = click.Path(path_type=Path, file_okay=False)


def _open(state: Path | None) -> Log:
    return Log(state_directory(state), create=False)


@click.command()
@STATE
@click.option("--limit", type=click.IntRange(min=1), help="So many commits at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--about", metavar="IRI", help="Only commits that changed what is said of this.")
@click.option("--graph", metavar="NAME", help="Only commits that changed this graph.")
def log(
    state: Path | None, limit: int | None, as_json: bool, about: str | None, graph: str | None
) -> None:
    """List the commits, the latest first."""
    wanted = history.Wanted()
    if about:
        wanted["subject"] = full(about)
    if graph:
        wanted["graph"] = graph_name(graph).value
    with _open(state) as opened:
        found = list(history.latest(opened, limit or sys.maxsize, **wanted))
    for entry in found:
        click.echo(json.dumps(asdict(entry), ensure_ascii=False) if as_json else _entry(entry))


def _entry(entry: Entry) -> str:
    message = "(erased)" if entry.message is None else entry.message
    erased = f", {entry.erased} erased" if entry.erased else ""
    rows = [f"commit {entry.number} {entry.name}", f"{entry.kind} by {shorten(entry.agent)}",
            f"at {entry.time}, {entry.additions} added, {entry.removals} removed{erased}",
            *(f"    {row}" for row in message.splitlines())]  # fmt: skip
    return "\n".join(rows) + "\n"


@click.command()
@click.argument("old", metavar="A", type=parse_version)
@click.argument("new", metavar="B", type=parse_version, required=False)
@STATE
@click.option("--patch", is_flag=True, help="As an RDF Patch of whole IRIs, for programs.")
def diff(old: Version, new: Version | None, state: Path | None, patch: bool) -> None:
    """Say what must be removed from version A and added to it to have version B, or the latest.

    A version is a number, a date, a time with its zone, or the first digits of the name of a
    commit.
    """
    with _open(state) as opened:
        head = opened.head()
        if new is None and head:
            new = head.number
        delta = history.diff(opened, old, old if new is None else new)
    for letter, sign, changed in (("D", "-", delta.removed), ("A", "+", delta.added)):
        if patch:
            for line in sorted(changed):
                click.echo(f"{letter} {line.decode()}")
        else:
            _show(sign, lines.quads(sorted(changed)))


def _show(sign: str, quads: Iterable[Quad]) -> None:
    for quad in quads:
        terms = (quad.subject, quad.predicate, quad.object)
        words = (shorten(t.value) if isinstance(t, NamedNode) else str(t) for t in terms)
        graph = quad.graph_name
        place = shorten(graph.value) if isinstance(graph, NamedNode) else "the default graph"
        click.echo(f"{sign} {' '.join(words)}   [{place}]")


@click.command()
@STATE
@click.option(
    "--canonical", is_flag=True,
    help="Also give the SHA-256 of the canonical form (RDFC-1.0) of each release.",
)  # fmt: skip
def verify(state: Path | None, canonical: bool) -> None:
    """Check the log from its first commit: the file, the chain of names, every change.

    Exit code 0: whole; 1: broken, and where.
    """
    with _open(state) as opened:
        report = verified(opened, canonical)
    for number, digest in report.canonical.items():
        click.echo(f"release {number} {digest}")
    if report.problem is None:
        click.echo(f"whole: {report.commits} commits, head {report.head}")
        return
    place = "the log" if report.problem.number is None else f"commit {report.problem.number}"
    click.echo(f"broken at {place}: {report.problem.reason}")
    click.echo(f"whole before it: {report.commits} commits, head {report.head}")
    sys.exit(REFUSED)


@click.command()
@click.argument("target", metavar="DIR", type=_FOLDER)
@STATE
def backup(target: Path, state: Path | None) -> None:
    """Copy the log into DIR, which is empty or not there yet; a service may go on meanwhile."""
    with _open(state) as opened:
        click.echo(f"written: {copies.backup(opened, target)}")


@click.command()
@click.argument("source", metavar="DIR", type=_FOLDER)
@STATE
def restore(source: Path, state: Path | None) -> None:
    """Put the backup in DIR into a state directory without commits."""
    directory = state_directory(state)
    copies.restore(source, directory)
    with commits.Log(directory, create=False) as opened:
        head = opened.head()
    click.echo(f"restored: {directory}, {f'head {head.number} {head.name}' if head else 'empty'}")
