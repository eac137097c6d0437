"""What the commands share: which log, which graph, and their exit codes."""

import os
from pathlib import Path
from typing import Final

import click
from pyoxigraph import NamedNode

from brupact.namespaces import graph

#: Exit code of what was refused, or found wrong.
REFUSED: Final = 1

STATE: Final = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The state directory of the service; else BRUPACT_STATE, else $XDG_STATE_HOME/brupact.",
)  # fmt: skip


def state_directory(state: Path | None) -> Path:
    """`state`, else what the environment says (XDG Base Directory, state)."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return state or Path(os.environ.get("BRUPACT_STATE") or Path(home) / "brupact")


HOME: Final = click.option(
    "--graph", "home", metavar="NAME", default="follow-up", show_default=True,
    help="The graph for triples of these files that stand in none: a name, or an IRI.",
)  # fmt: skip


def graph_name(text: str) -> NamedNode:
    """The graph called `text`: an IRI, or what follows ``graph/`` in one of ours."""
    return NamedNode(text) if ":" in text else graph(text)
