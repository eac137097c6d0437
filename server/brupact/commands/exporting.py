"""The command that writes the whole site, for a host without the service."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click
from pyoxigraph import Store

from brupact import export as site
from brupact import resources
from brupact.commits import Log
from brupact.commits import state as states
from brupact.commits.errors import NoLog
from brupact.dataset import Layout, load_store
from brupact.engine.local import LocalEngine
from brupact.namespaces import BASE
from brupact.release import make
from brupact.settings import NO_ENDPOINT, from_environment

_FOLDER = click.Path(path_type=Path, file_okay=False)


def _address(_: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """An address without a final slash; empty for none."""
    parts = urlsplit(value or "")
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise click.BadParameter("give an http or https address", param=parameter)
    if parts.query or parts.fragment:
        raise click.BadParameter("leave out what follows ? or #", param=parameter)
    return (value or "").rstrip("/")


@click.command()
@click.argument("target", type=_FOLDER, metavar="DIR")
@click.option(
    "--base-url", metavar="URL", callback=_address,
    help="Where the files will be: for canonical links, the sitemap, the addresses of the dumps.",
)  # fmt: skip
@click.option(
    "--service", metavar="URL", callback=_address,
    help="A running service, to which what needs one leads; else that is left out.",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(path_type=Path), multiple=True,
    help="Export this RDF file in the place of the packaged data; may be repeated.",
)  # fmt: skip
@click.option(
    "--state", type=_FOLDER, metavar="DIR",
    help="Export the data as they are now in the log of a service.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(1, 64), default=lambda: os.cpu_count() or 1,
    show_default="one a processor", help="How many processes write pages.",
)  # fmt: skip
def export(
    target: Path, base_url: str, service: str, data: tuple[Path, ...], state: Path | None,
    processes: int,
) -> None:  # fmt: skip
    """Write the whole site into DIR, to be hosted without a server of ours.

    Pages in three languages, data files, dumps, the answers of the query library, and what nginx,
    Apache, GitHub Pages and w3id.org have to be told. An earlier export in DIR is replaced at the
    end; a folder that holds anything else is left alone.
    """
    if data and state:
        raise click.UsageError("--data and --state are two sources: give one")
    started = time.perf_counter()
    endpoint = f"{service}/sparql" if service else NO_ENDPOINT
    given = from_environment(os.environ)
    # Without an address the data name the permanent one, which w3id.org redirects.
    settings = replace(given, public_url=base_url or BASE.rstrip("/"), endpoint_url=endpoint,
                       state="")  # fmt: skip
    site.require_ours(target.absolute())
    made = site.export(LocalEngine(_store(data, state)), settings, target,
                       site.Options(base_url, service, processes), _Progress())  # fmt: skip
    for asked, reason in made.failures.items():
        click.echo(f"left out: {asked} ({reason})", err=True)
    seconds = time.perf_counter() - started
    click.echo(
        f"{len(made.digests)} files, {made.size / 1e6:.0f} MB, written to {target} "
        f"in {seconds:.0f} s"
    )


def _store(data: tuple[Path, ...], directory: Path | None) -> Store:
    if data:
        return load_store(data)
    if directory is None:
        return make(Layout().files(), resources.RULES).store
    with Log(directory, create=False) as log:
        head = log.head()
        if head is None:
            raise NoLog(f"{directory}: no commits yet; brupact serve makes the first")
        return states.at(log, head.number).store()


class _Progress:
    """One line that says how far it is, for who looks at it."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, done: int, known: int) -> None:
        now = time.monotonic()
        if now - self._told >= 0.2 and sys.stderr.isatty():
            self._told = now
            click.echo(f"\r{done} of {known} written ", nl=False, err=True)
        if done == known and sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
