"""The command ``brupact``."""

import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import click
from pyoxigraph import NamedNode, Store, Triple

from brupact import __version__, journal, reasoning, resources
from brupact.access import ROLES, Access
from brupact.archive import Archive
from brupact.catalogue import Publication
from brupact.commands import COMMANDS, STATE, state_directory
from brupact.commits.keeper import keep
from brupact.dataset import Dataset, Layout, amended, load_store
from brupact.describe import full, shorten
from brupact.engine import Engine
from brupact.engine.interface import Unavailable
from brupact.engine.local import LocalEngine
from brupact.engine.remote import RemoteEngine
from brupact.engine.supervisor import Limits, Supervisor
from brupact.errors import BrokenInput, BrupactError
from brupact.gate import Gate, open_log, read_law
from brupact.quotes import quotations
from brupact.release import Release, make, write
from brupact.settings import Settings, from_environment
from brupact.validation import ENGINES, Finding, Report, fastest, validate

#: Exit codes of `brupact check` and `brupact build`.
VIOLATIONS, BROKEN = 1, 2
#: The addresses of this machine alone.
LOOPBACK = ("127.0.0.1", "::1", "localhost")

_ENGINE = click.option(
    "--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
    help="The SHACL engine: the reference, or the fast one (extra 'fast').",
)  # fmt: skip


class _Group(click.Group):
    """Turns the package's own errors into one line on standard error and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrupactError as error:
            click.echo(f"brupact: {error}", err=True)
            ctx.exit(BROKEN)


@click.group(cls=_Group)
@click.version_option(__version__)
def main() -> None:
    """A regional policy agreement as linked open data: check it, build it, serve it."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option(
    "--data", type=click.Path(path_type=Path), multiple=True,
    help="Serve this RDF file in the place of the packaged data; may be repeated.",
)  # fmt: skip
@click.option(
    "--scratch", is_flag=True,
    help="Serve an empty dataset in memory that anyone on this machine may change, for trying out.",
)  # fmt: skip
@click.option(
    "--remote", metavar="URL",
    help="Serve what the SPARQL 1.1 service at this address holds; nothing else is contacted.",
)  # fmt: skip
@click.option(
    "--remote-refresh", type=click.FloatRange(min=0), default=60.0, show_default=True,
    help="How many seconds old an answer of the remote service may be; 0: always asked anew.",
)  # fmt: skip
@click.option(
    "--remote-gather", is_flag=True,
    help="Name all graphs as the default graph: for a service whose default graph stands apart.",
)  # fmt: skip
@click.option(
    "--example", is_flag=True,
    help="Put a follow-up that was made up on top of the release, for trying out.",
)  # fmt: skip
@click.option("--public-url", metavar="URL", help="The address at which the public reaches it.")
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The directory that holds the tokens; without it there are none.",
)  # fmt: skip
def serve(
    host: str, port: int, data: tuple[Path, ...], scratch: bool, remote: str | None,
    remote_refresh: float, remote_gather: bool, example: bool, public_url: str | None,
    state: Path | None,
) -> None:  # fmt: skip
    """Serve the SPARQL endpoint and the linked-data pages."""
    if scratch and (data or host not in LOOPBACK):
        raise click.UsageError("--scratch starts empty and listens to this machine only")
    if scratch and state:
        raise click.UsageError("--scratch takes no --state: it takes changes without a token")
    if remote and (scratch or data):
        raise click.UsageError("--remote serves the data of another service, and no others")
    if example and (scratch or data or remote):
        raise click.UsageError("--example goes with the packaged release only")
    if scratch or remote:
        store = Store()
    else:
        on_top = (resources.EXAMPLE,) if example else ()
        store = load_store(data) if data else _release(on_top).store
    listener = _listener(host, port)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listener.getsockname()[1]}"
    public = public_url or os.environ.get("BRUPACT_PUBLIC_URL") or address
    given = {"state": str(state)} if state else {}
    settings = from_environment(os.environ, public_url=public, **given)
    if example and settings.state:
        raise click.UsageError("--example goes without --state: what is made up enters no log")
    gate = archive = None
    if settings.state:
        Access(Path(settings.state))  # A directory that cannot be used stops the start.
        if not remote and not data:
            law = read_law(resources.RULES, resources.SHAPES, fastest())
            store, base = open_log(Path(settings.state), store, law, settings.publisher_iri)
            gate = Gate(Path(settings.state), law, base)
            archive = Archive(Path(settings.state), base)
    journal.set_up(settings.log_level)
    supervisor = Supervisor(
        store,
        Limits(
            settings.query_timeout,
            settings.query_memory << 20,
            settings.readers,
            settings.past_readers,
            settings.past_memory << 20,
        ),
        partial(LocalEngine, union=not scratch),
        gate,
        archive,
    )
    engine: Engine = supervisor.engine
    if remote:
        engine = RemoteEngine(
            remote, seconds=settings.query_timeout, refresh=remote_refresh, gather=remote_gather
        )
    # The supervisor alone holds the data, so that it can let go of them.
    del store
    if gate:
        keeper = partial(keep, Path(settings.state), settings.snapshot_commits)
        supervisor.add(keeper)
    for number in range(1, settings.web_processes + 1):
        supervisor.add(
            partial(
                _serve_http, listener, engine, settings, scratch, gate is not None, example, number
            )
        )
    supervisor.start()
    _await_answer(listener)
    click.echo(f"brupact {__version__} ready on {address}")
    supervisor.watch()


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens.

    :raises Unavailable: where none can.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = (error.strerror or "").partition(" (")[0]
        raise Unavailable(f"cannot listen on {host}:{port}: {reason}") from None


def _await_answer(listener: socket.socket) -> None:
    """Wait until a request is answered."""
    with socket.create_connection(listener.getsockname()[:2]) as connection:
        connection.settimeout(60)
        connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            connection.recv(1)
        except TimeoutError:
            raise Unavailable("the web process does not answer") from None


def _serve_http(
    listener: socket.socket, engine: Engine, settings: Settings, scratch: bool, gated: bool,
    made_up: bool, number: int,
) -> None:  # fmt: skip
    from brupact.web import create_app
    from brupact.web.server import serve

    app = create_app(engine, settings, scratch=scratch, gated=gated, made_up=made_up)
    serve(app, engine, listener, number)


@main.group()
def token() -> None:
    """Say who may do more than read."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the token is good for.")
@STATE
def add_token(name: str, role: str, state: Path | None) -> None:
    """Make a token for NAME and print it, once, on the last line."""
    access = _access(state)
    made = access.add(name, role)
    click.echo(f"The token of {name}, with the role {role}; it is not shown again:", err=True)
    click.echo(made)


@token.command("list")
@STATE
def list_tokens(state: Path | None) -> None:
    """Say who has a token: name, role, when it was made, how it ends."""
    for holder in _access(state).holders():
        click.echo(f"{holder.name}\t{holder.role}\t{holder.created}\t…{holder.ending}")


@token.command("remove")
@click.argument("name")
@STATE
def remove_token(name: str, state: Path | None) -> None:
    """Make the token of NAME worthless, at once."""
    _access(state).remove(name)
    click.echo(f"removed: {name}")


def _access(state: Path | None) -> Access:
    return Access(state_directory(state))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@_ENGINE
@click.option(
    "--reasoner", type=click.Choice(list(reasoning.REASONERS)), default="brupact",
    show_default=True, help="What derives triples: our rules, or owlrl for OWL 2 RL (slow).",
)  # fmt: skip
def check(paths: tuple[Path, ...], engine: str, reasoner: str) -> None:
    """Check ontology, shapes, quotations and links of the release, amended by each PATH.

    A file with the folder and name of one in the release (agreement/priority.ttl) takes its
    place, a folder laid out like data/ that of all data; any other file comes on top, as
    follow-up. Exit code 0: fine; 1: violations; 2: input that cannot be read.
    """
    release = _release(paths, reasoner)
    report = _validated(release, engine)
    for finding in report.findings:
        _show(finding, release.dataset)
    if not report.conforms:
        sys.exit(VIOLATIONS)


@main.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@_ENGINE
def build(target: Path, engine: str) -> None:
    """Write a release into DIR: dumps, catalogue record, checksums, validation report.

    Nothing is written unless the release conforms.
    """
    release = _release(())
    report = _validated(release, engine)
    if not report.conforms:
        sys.exit(VIOLATIONS)
    publication = Publication(LocalEngine(release.store), from_environment(os.environ))
    written = write(publication, report, target)
    click.echo(f"{len(written)} files written to {target}")


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if out of date.")
def quotes(only_check: bool) -> None:
    """Make data/agreement/quotes.ttl anew from the anchors and the pinned source."""
    made = quotations(resources.ANCHORS, resources.SOURCES)
    if only_check:
        if made != resources.QUOTES.read_text(encoding="utf-8"):
            raise BrokenInput(resources.QUOTES, "out of date; run `brupact quotes`")
        return
    resources.QUOTES.write_text(made, encoding="utf-8")
    click.echo(f"written: {resources.QUOTES}")


@main.command()
@click.argument("subject")
@click.argument("predicate")
@click.argument("object_", metavar="OBJECT")
@click.option("--depth", default=3, show_default=True, help="How many steps down to explain.")
def why(subject: str, predicate: str, object_: str, depth: int) -> None:
    """Say by which rules, and from what, a derived triple follows.

    Each term is an IRI, a prefixed name (pact:competentMember) or a path below id/
    (priority/2026-2029-14). Exit code 1 if no rule derives the triple.
    """
    triple = Triple(*(NamedNode(full(term)) for term in (subject, predicate, object_)))
    reasons = reasoning.explain(_release(()).store, reasoning.load_rules(), triple, depth=depth)
    if not reasons:
        click.echo("no rule derives this")
        sys.exit(VIOLATIONS)
    _tell(reasons, "")


for command in COMMANDS:
    main.add_command(command)


def _tell(reasons: Iterable[reasoning.Explanation], indent: str) -> None:
    for reason in reasons:
        click.echo(f"{indent}by the rule {reason.rule.name}: {reason.rule.summaries['en']}")
        for premise in reason.premises:
            graphs = ", ".join(map(_short, premise.graphs))
            terms = (premise.triple.subject, premise.triple.predicate, premise.triple.object)
            click.echo(f"{indent}  {' '.join(map(_short, terms))}   [{graphs}]")
            _tell(premise.because, indent + "    ")
        for absence in reason.absences:
            click.echo(f"{indent}  nowhere: {absence.text}")


def _short(term: object) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else str(term)


def _release(paths: Sequence[Path], reasoner: str = "brupact") -> Release:
    return make(amended(Layout(), paths), resources.RULES, reasoner)


def _validated(release: Release, engine: str) -> Report:
    started = time.perf_counter()
    report = validate(release.store, resources.SHAPES, engine=engine)
    seconds = release.seconds | {"validate": time.perf_counter() - started}
    verdict = "conforms" if report.conforms else "does not conform"
    kinds = Counter(finding.severity.rpartition("#")[2] for finding in report.findings)
    click.echo(
        f"{verdict}: {len(release.store)} triples; "
        + "".join(f"{kind} {count}, " for kind, count in sorted(kinds.items()))
        + ", ".join(f"{step} {taken:.2f} s" for step, taken in seconds.items())
    )
    return report


def _show(finding: Finding, dataset: Dataset) -> None:
    """Print a finding: where, which shape, what to do."""
    files = ", ".join(map(str, dataset.files_about(finding.focus_node, finding.path))) or "derived"
    click.echo(
        f"{finding.severity.rpartition('#')[2]}\n  node  {finding.focus_node}\n"
        f"  path  {finding.path or '-'}\n  value {finding.value or '-'}\n"
        f"  shape {finding.constraint or finding.shape}\n  file  {files}\n"
        f"  {finding.message('en')}"
    )
