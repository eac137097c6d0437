"""Past versions over HTTP: which one a request means, and what is said of it (RFC 7089, Memento).

A version that is named by its number or hash stays what it is: a client may keep it for a year. Its
text can still be erased (personal data), so caches that serve others ask again after a day.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from brupact.cache import Tagged
from brupact.commits import Log, parse_version, state
from brupact.commits.errors import Busy, NoLog, UnknownVersion
from brupact.commits.log import Entry
from brupact.engine.client import HostedEngine
from brupact.engine.interface import Engine, Unavailable
from brupact.settings import Settings
from brupact.sparql.canonical import uncitable
from brupact.sparql.protocol import ProtocolError
from brupact.web.context import context

#: How long what was fixed may be kept: a year by whoever got it, a day by those who pass it on.
FIXED: Final = "public, max-age=31536000, s-maxage=86400, immutable"
#: What may be erased is asked for anew each time, and not sent again from memory.
ERASABLE: Final = "no-cache, must-revalidate"
#: The blueprints whose resources have versions.
_VERSIONED: Final = ("documents", "graphstore")
_READS: Final = ("GET", "HEAD")
#: How much of a wrong version is repeated to whoever sent it.
_SHOWN: Final = 80


@dataclass(frozen=True)
class Chosen:
    """The version that a request means."""

    entry: Entry
    #: Whether its name cannot come to mean another version.
    is_fixed: bool
    #: By the number of a redaction: how many quads of this version it erased.
    redactions: Mapping[int, int]

    @property
    def time(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.entry.time)

    @property
    def query(self) -> str:
        """The query string that names it for ever."""
        return f"?version={self.entry.name}"

    @property
    def warnings(self) -> list[str]:
        """What is not as it was, one line each."""
        return [
            f"{count} quads of this version were erased by commit {number}"
            for number, count in self.redactions.items()
        ]

    def headers(self) -> dict[str, str]:
        """What is said of any answer from it."""
        fixed = FIXED if self.is_fixed else ERASABLE
        return {"memento-datetime": http_date(self.time), "cache-control": fixed}

    def of_answer(self, found: Tagged, text: str) -> dict[str, str]:
        """What is said of the answer `found` to the query `text`."""
        if found.sha256 is None:
            return {}
        keeps = {} if uncitable(text) is None else {"cache-control": ERASABLE}
        return self.headers() | keeps


@contextmanager
def log_of(engine: Engine, settings: Settings) -> Iterator[Log]:
    """The log of the data that `engine` serves.

    :raises ProtocolError: 404 where none is kept.
    :raises Unavailable: if another process does not let go of it.
    """
    if not isinstance(engine, HostedEngine) or engine.past is None:
        raise ProtocolError(404, "This service keeps no log of changes: it has no past versions.")
    try:
        with Log(Path(settings.state), create=False) as log, log.reading():
            yield log
    except NoLog as error:
        raise ProtocolError(404, str(error)) from None
    except Busy as error:
        raise Unavailable(str(error)) from None


def choose(engine: Engine, settings: Settings, text: str) -> Chosen:
    """The version that a client names `text`.

    :raises ProtocolError: 400 for what names no version, 404 for one that is not there.
    :raises Unavailable: as `log_of`.
    """
    with log_of(engine, settings) as log:
        entry = entry_of(log, text)
        is_fixed = not isinstance(parse_version(text), datetime)
        return Chosen(entry, is_fixed, state.redactions(log, entry.number))


def ask_version(text: str) -> Chosen:
    """Let this request ask the version that a client names `text`; raises as `choose`."""
    engine, settings = context().engine, context().settings
    g.version = choose(engine, settings, text)
    assert isinstance(engine, HostedEngine)  # Another has no versions to choose from.
    g.engine = engine.at(g.version.entry.name)
    return cast(Chosen, g.version)


def entry_of(log: Log, text: str, parameter: str = "version") -> Entry:
    """The commit that a client names `text` in `parameter`; raises as `choose`."""
    try:
        version = parse_version(text)
    except UnknownVersion:
        shown = text[:_SHOWN] + "…" * (len(text) > _SHOWN)
        raise ProtocolError(
            400, f"{parameter}={shown}: give a number, a date, a time with its zone, or 8 to 64 "
            "hexadecimal digits of a hash"
        ) from None  # fmt: skip
    try:
        return log.entry(version)
    except UnknownVersion as error:
        first, head = log.entry(0), log.head()
        assert head is not None
        raise ProtocolError(
            404, f"{parameter}={error}; there are 0 to {head.number}, {first.time} to {head.time}"
        ) from None


def http_date(time: datetime) -> str:
    """`time` as HTTP writes it (RFC 9110, section 5.6.7)."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def register(app: Flask) -> None:
    """Let the resources of `app` be asked for in any version."""
    app.before_request(_choose)
    app.after_request(_tell)
    app.context_processor(_shown)

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, object]) -> None:
        """Let a page about a past version lead to others of that version."""
        if "version" in g and endpoint.partition(".")[0] in _VERSIONED:
            values.setdefault("version", g.version.entry.name)


def _choose() -> BaseResponse | None:
    """Let the handler ask the version that the request means."""
    if request.blueprint not in _VERSIONED:
        return None
    named = request.args.getlist("version")
    if len(named) > 1:
        raise ProtocolError(400, "the parameter 'version' is given more than once")
    if not named:
        return _negotiated()
    if request.method not in (*_READS, "OPTIONS"):
        raise ProtocolError(400, "a past version is not changed: leave out 'version'")
    g.version_query = ask_version(named[0]).query
    return None


def _negotiated() -> BaseResponse | None:
    """Send whoever accepts a time to the version of that time (RFC 7089, section 4.1.1)."""
    wanted = request.headers.get("Accept-Datetime")
    engine = context().engine
    if wanted is None or request.method not in _READS or not _has_past(engine):
        return None
    try:
        time = parsedate_to_datetime(wanted)
        if time.tzinfo is None:
            raise ValueError
    except (ValueError, OverflowError):
        raise ProtocolError(
            400, "Accept-Datetime: give a time as HTTP writes it, such as "
            f"{http_date(datetime.now(UTC))}"
        ) from None  # fmt: skip
    with log_of(engine, context().settings) as log:
        first, head = log.entry(0), log.head()
        assert head is not None
        if time >= datetime.fromisoformat(head.time):
            entry = head
        elif time < datetime.fromisoformat(first.time):
            entry = first
        else:
            entry = log.entry(time)
    response = redirect(f"{_path()}?version={entry.name}", 302)
    response.headers["Vary"] = "Accept-Datetime"
    response.headers["Link"] = f'<{_path()}>; rel="original timegate"'
    return response


def _tell(response: Response) -> Response:
    """Say of a version what is its resource, and of a resource that it has versions."""
    is_found = request.blueprint in _VERSIONED and response.status_code == 200
    if not is_found or request.method not in _READS or not _has_past(context().engine):
        return response
    headers = response.headers
    links = [headers["Link"]] if "Link" in headers else []
    links.append(f'<{_path()}>; rel="original timegate"')
    if "version" in g:
        headers.update(g.version.headers())
        links.append(
            f'<{_path()}{g.version.query}>; rel="memento"; datetime="{http_date(g.version.time)}"'
        )
        if warnings := g.version.warnings:
            headers["Brupact-Warning"] = ", ".join(warnings)
    else:
        vary = headers.get("Vary")
        headers["Vary"] = f"{vary}, Accept-Datetime" if vary else "Accept-Datetime"
    headers["Link"] = ", ".join(links)
    return response


def _shown() -> dict[str, object]:
    """What pages say of the version that they are about, and whether there are others."""
    told: dict[str, object] = {"has_history": _has_past(context().engine)}
    return told | ({"past": g.version, "now": _path()} if "version" in g else {})


def _has_past(engine: Engine) -> bool:
    return isinstance(engine, HostedEngine) and engine.past is not None


def _path() -> str:
    return quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~")
