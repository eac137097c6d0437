"""The commands that change the data, through the gate: commit, revert, redact."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click

from brupact import resources
from brupact.commands.options import HOME, REFUSED, STATE, graph_name, state_directory
from brupact.commits import Log, Version, parse_version
from brupact.commits.history import statements
from brupact.dataset import read_quads
from brupact.describe import full
from brupact.desk import Author, Desk, quads
from brupact.engine.changes import READY, UNCHANGED, Outcome
from brupact.errors import BrokenInput
from brupact.gate import read_law
from brupact.namespaces import ID
from brupact.settings import Settings
from brupact.validation import fastest

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_LANGUAGES: Final = ("en", "nl", "fr")


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """What all three take."""
    for option in (
        click.option("--message", "-m", default="", help="Why; it stays in the log."),
        click.option("--agent", metavar="NAME", help="In whose name: a name, or an IRI; the "
                     "publisher if none is given. It cannot be erased: let it be an account."),
        click.option("--lang", type=click.Choice(_LANGUAGES), default=_LANGUAGES[0],
                     show_default=True, help="The language in which a refusal is explained."),
        STATE,
    ):  # fmt: skip
        command = option(command)
    return command


_DRY_RUN: Final = click.option(
    "--dry-run", is_flag=True, help="Say what would happen; change nothing."
)


@click.command()
@click.argument("update", metavar="[FILE]", type=_FILE, required=False)
@click.option("--add", type=_FILE, multiple=True, help="Add what this RDF file holds.")
@click.option("--remove", type=_FILE, multiple=True, help="Remove what this RDF file holds.")
@HOME
@_DRY_RUN
@_options
def commit(
    update: Path | None, add: tuple[Path, ...], remove: tuple[Path, ...], home: str, dry_run: bool,
    message: str, agent: str | None, lang: str, state: Path | None,
) -> None:  # fmt: skip
    """Make a change: the SPARQL update in FILE, or the triples of files added and removed.

    It passes the gate of the service: it is closed under the rules, validated, then logged, with
    the rights of an admin. A service that runs on the same directory publishes it within a second.
    Exit code 0: done, or nothing to do; 1: refused; 2: input that cannot be read.
    """
    if (update is None) == (not add and not remove):
        raise click.UsageError("give a file with a SPARQL update, or --add and --remove")
    name = graph_name(home)
    given, taken = (
        [q for path in paths for q in read_quads(path, name)] for paths in (add, remove)
    )
    change = (
        quads(given, taken) if update is None else {"update": _text(update), "base": name.value}
    )
    desk = _desk(state)
    _conclude(desk.make(change, _author(agent, message), dry_run=dry_run), lang, update)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BrokenInput(path, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise BrokenInput(path, f"not UTF-8 at byte {error.start}") from None


@click.command()
@click.argument("version", metavar="VERSION", type=parse_version)
@_DRY_RUN
@_options
def revert(
    version: Version, dry_run: bool, message: str, agent: str | None, lang: str, state: Path | None
) -> None:
    """Undo the commit VERSION by a new one, through the gate."""
    author = _author(agent, message or f"Undoes commit {version}")
    _conclude(_desk(state).revert(version, author, dry_run=dry_run), lang)


@click.command()
@click.option("--quads", "files", type=_FILE, multiple=True, help="Erase what this file holds.")
@HOME
@click.option("--about", multiple=True, metavar="IRI", help="Erase all that was ever said of this.")
@click.option("--message-of", "messages", type=parse_version, multiple=True, metavar="VERSION",
              help="Erase the message of this commit.")  # fmt: skip
@click.confirmation_option(prompt="What is erased does not come back. Erase it?")
@_options
def redact(
    files: tuple[Path, ...], home: str, about: tuple[str, ...], messages: tuple[Version, ...],
    message: str, agent: str | None, lang: str, state: Path | None,
) -> None:  # fmt: skip
    """Erase personal data from all versions; the names of the commits still verify.

    What the data still hold of it is taken out first, in a commit of its own that the gate may
    refuse. The message of this command stays: do not say in it what is erased. Backups, answers and
    dumps that were given away are out of reach.
    """
    if not files and not about and not messages:
        raise click.UsageError("say what to erase: --quads, --about or --message-of")
    name = graph_name(home)
    targets = {q for path in files for q in read_quads(path, name)}
    with Log(state_directory(state), create=False) as log:
        for iri in about:
            targets |= statements(log, full(iri))
        numbers = [log.entry(version).number for version in messages]
    author = _author(agent, message or "Erased on request")
    _conclude(_desk(state).erase(targets, numbers, author), lang)


def _desk(state: Path | None) -> Desk:
    law = read_law(resources.RULES, resources.SHAPES, fastest())
    return Desk(state_directory(state), law)


def _author(agent: str | None, message: str) -> Author:
    if agent is None:
        return Author(Settings().publisher_iri, message)
    return Author(agent if ":" in agent else f"{ID}agent/{agent}", message)


def _conclude(end: Outcome, language: str, path: Path | None = None) -> None:
    """Say what became of a change, and end with the exit code for it."""
    status = end["status"]
    if status == "refused":
        line, column = end["place"]
        raise BrokenInput(path or Path("-"), end["reason"], line, column)
    if status == READY:
        _tell("-", end["removed"].splitlines())
        _tell("+", end["added"].splitlines())
        click.echo(f"would be made; derived: {end['gained']} gained, {end['lost']} lost")
    elif status == UNCHANGED:
        click.echo("nothing to change")
    elif "number" in end:
        click.echo(
            f"commit {end['number']} {end['name']}\n"
            f"{end['added']} added, {end['removed']} removed; "
            f"derived: {end['gained']} gained, {end['lost']} lost"
        )
    else:
        _refuse(end, language)


def _tell(sign: str, lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"{sign} {line}")


def _refuse(end: Outcome, language: str) -> None:
    """Say why, shape by shape, and end with exit code 1."""
    click.echo(f"refused: {end['reason']}", err=True)
    for finding in end.get("findings", ()):
        click.echo(_finding(finding, language), err=True)
    sys.exit(REFUSED)


def _finding(finding: dict[str, Any], language: str) -> str:
    messages = finding["messages"]
    words = next((messages[t] for t in (language, *_LANGUAGES, *messages) if t in messages), "")
    return (
        f"{finding['severity'].rpartition('#')[2]}\n  node  {finding['focus_node']}\n"
        f"  path  {finding['path'] or '-'}\n  value {finding['value'] or '-'}\n"
        f"  shape {finding['constraint'] or finding['shape']}\n  {words}"
    )
