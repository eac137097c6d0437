"""``/history`` and ``/changes``: what was changed, when and by whom; pages, JSON, RDF, Atom."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, json, render_template, request, url_for
from pyoxigraph import NamedNode, Triple

from brupact import atom, changes
from brupact.changes import Difference, TooFar
from brupact.commits import Log, history, parse_version, rdf
from brupact.commits.errors import UnknownVersion
from brupact.commits.history import Wanted
from brupact.commits.log import Entry
from brupact.describe import Statement, full, named, referred
from brupact.namespaces import GRAPH
from brupact.sparql.formats import ATOM, DOCUMENTS, LISTING, PAGE, PATCH, Format
from brupact.sparql.protocol import ProtocolError, single_values
from brupact.web.context import context, engine
from brupact.web.languages import PARAMETER, carried, language
from brupact.web.representations import document, negotiated
from brupact.web.versions import ERASABLE, entry_of, log_of

blueprint = Blueprint("history", __name__)

#: What each is offered as, the default first.
LISTS: Final[tuple[Format[Any], ...]] = (PAGE, LISTING, *DOCUMENTS, ATOM)
COMMITS: Final[tuple[Format[Any], ...]] = (PAGE, LISTING, *DOCUMENTS, PATCH)
CHANGES: Final[tuple[Format[Any], ...]] = (PAGE, LISTING, *DOCUMENTS)
#: So many commits stand on a page, so many subjects on one of changes.
COMMITS_A_PAGE: Final = 50
SUBJECTS_A_PAGE: Final = 100
_FILTERS: Final = ("graph", "iri", "agent", "since", "until")


@blueprint.get("/history")
@blueprint.get("/history.<suffix>")
def index(suffix: str = "") -> Response:
    """The commits, newest first, all or those that the parameters choose."""
    format = negotiated(suffix, LISTS)
    given = _given(*_FILTERS, "before")
    asked = _asked(given)
    with _log() as log:
        found = list(history.latest(log, COMMITS_A_PAGE + 1, before=_before(given), **asked))
        entries, more = found[:COMMITS_A_PAGE], len(found) > COMMITS_A_PAGE
        triples = [t for entry in entries for t in changes.describe(log, entry)]
    older = f"?{urlencode(given | carried() | {'before': entries[-1].number})}" if more else ""
    path = request.path.removesuffix(f".{suffix}")
    public = context().settings.public_url
    if format is PAGE:
        body: str | bytes = render_template(
            "history.html", entries=entries, older=older, given=given, formats=LISTS,
            path=path, filters=_FILTERS, headline=atom.headline,
        )  # fmt: skip
    elif format is LISTING:
        told = {"commits": [_told(entry) for entry in entries]}
        body = json.dumps(told | ({"next": f"{public}/history{older}"} if older else {}))
    elif format is ATOM:
        address = f"{public}/history.atom{'?' + urlencode(given) if given else ''}"
        body = atom.feed(entries, "brupact", address, f"{public}/history")
    else:
        body = _document(format, triples)
    response = _response(body, format)
    if older:
        response.headers.add("Link", f'<{request.path}{older}>; rel="next"')
    return response


@blueprint.get("/history/<reference>")
def commit(reference: str) -> Response:
    """A commit: by its number, its hash or the begin of that."""
    return _commit(reference)


@blueprint.get("/doc/commit/<reference>")
def commit_document(reference: str) -> Response:
    """The document about a commit."""
    return _commit(reference)


@blueprint.get("/doc/version/<reference>")
def version_document(reference: str) -> Response:
    """The document about a version of the data, and the commit that made it."""
    return _commit(reference)


@blueprint.get("/changes")
@blueprint.get("/changes.<suffix>")
def difference(suffix: str = "") -> Response:
    """What changed from one version to another; without parameters, by the last commit."""
    format = negotiated(suffix, CHANGES)
    given = _given("from", "to", "page")
    page = _number(given, "page", 1)
    with _log() as log:
        new = _entry(log, given, "to") or log.head()
        assert new is not None
        old = _entry(log, given, "from") or log.entry(max(new.number - 1, 0))
        found = changes.difference(log, old, new)
    path = request.path.removesuffix(f".{suffix}")
    if format is PAGE:
        body: str | bytes = _changes_page(found, page, path)
    elif format is LISTING:
        body = json.dumps(_changes_told(found))
    else:
        body = _document(format, found.describe())
    return _response(body, format)


@blueprint.errorhandler(TooFar)
def _too_far(error: TooFar) -> Response:
    raise ProtocolError(400, str(error))


def _commit(reference: str) -> Response:
    stem, dot, suffix = reference.rpartition(".")
    if not dot:
        stem, suffix = reference, ""
    format = negotiated(suffix, COMMITS)
    with _log() as log:
        entry = entry_of(log, stem)
        head = log.head()
        triples = list(changes.describe(log, entry))
        patch = rdf.patch(log, entry.number) if format is PATCH else b""
    if format is PAGE:
        body: str | bytes = render_template(
            "commit.html", entry=entry, head=head, headline=atom.headline(entry),
            formats=COMMITS, path=request.path.removesuffix(f".{suffix}"),
            commit=rdf.commit_iri(entry.name).value, made=rdf.version_iri(entry.name).value,
        )  # fmt: skip
    elif format is LISTING:
        body = json.dumps(_told(entry))
    else:
        body = patch or _document(format, triples)
    return _response(body, format)


def _log() -> Any:
    return log_of(context().engine, context().settings)


def _response(body: str | bytes, format: Format[Any]) -> Response:
    content_type = "text/html; charset=utf-8" if format is PAGE else format.media_type
    response = Response(body, content_type=content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = ERASABLE
    return response


def _document(format: Format[Any], triples: Iterable[Triple]) -> bytes:
    statements: list[Statement] = [("", triple) for triple in triples]
    return document(format, statements)


def _given(*known: str) -> dict[str, str]:
    """The parameters of this request that have a value; a form sends those without one too.

    :raises ProtocolError: 400 for one that is not `known`, or given twice.
    """
    given = single_values(request.query_string)
    given.pop(PARAMETER, None)
    if unknown := given.keys() - set(known):
        reason = f"there is no parameter {min(unknown)!r}: there are {', '.join(known)}"
        raise ProtocolError(400, reason)
    return {name: value for name, value in given.items() if value}


def _asked(given: Mapping[str, str]) -> Wanted:
    """The commits that the parameters choose."""
    asked = Wanted()
    if "iri" in given:
        asked["touching"] = _iri("iri", full(given["iri"]))
    if "agent" in given:
        asked["agent"] = _iri("agent", full(given["agent"]))
    if "graph" in given:
        name = given["graph"]
        asked["graph"] = _iri("graph", name if ":" in name else GRAPH + name)
    if "since" in given:
        asked["since"] = _time("since", given["since"])
    if "until" in given:
        asked["until"] = _time("until", given["until"])
    return asked


def _iri(parameter: str, text: str) -> str:
    try:
        return NamedNode(text).value
    except ValueError:
        raise ProtocolError(400, f"{parameter}={text[:80]}: give an IRI") from None


def _time(name: str, text: str) -> datetime:
    """The first moment of a day that is meant by ``since``, the last by ``until``; or a time."""
    try:
        if name == "since" and len(text) == len("2026-11-23"):
            return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC))
        if isinstance(moment := parse_version(text), datetime):
            return moment
    except (UnknownVersion, ValueError):
        pass
    raise ProtocolError(400, f"{name}={text[:80]}: give a date, or a time with its zone")


def _before(given: Mapping[str, str]) -> int | None:
    return _number(given, "before", 0) if "before" in given else None


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise ProtocolError(400, f"{name}={text[:80]}: give a number")
    return int(text)


def _entry(log: Log, given: Mapping[str, str], name: str) -> Entry | None:
    return entry_of(log, given[name], name) if name in given else None


def _told(entry: Entry) -> dict[str, Any]:
    """What JSON says of a commit."""
    return {
        "number": entry.number,
        "name": entry.name,
        "iri": rdf.commit_iri(entry.name).value,
        "version": rdf.version_iri(entry.name).value,
        "previous": entry.previous,
        "kind": entry.kind,
        "time": entry.time,
        "agent": entry.agent,
        "message": entry.message,
        "added": entry.additions,
        "removed": entry.removals,
        "erased": entry.erased,
        "rules": entry.rules,
        "shapes": entry.shapes,
    }


def _changes_told(found: Difference) -> dict[str, Any]:
    subjects = found.by_subject()
    names = named(engine(), subjects, language())
    return {
        "from": _told(found.old),
        "to": _told(found.new),
        "added": len(found.added),
        "removed": len(found.removed),
        "changes": [
            {"subject": iri, "label": names[iri].value if iri in names else None}
            | {
                side: [
                    {"predicate": predicate, "object": str(term), "graph": graph}
                    for predicate, values in sorted(getattr(changed, side).items())
                    for term, graph in values
                ]
                for side in ("added", "removed")
            }
            for iri, changed in subjects.items()
        ],
    }


def _changes_page(found: Difference, page: int, path: str) -> str:
    everything = list(found.by_subject().items())
    pages = max(1, -(-len(everything) // SUBJECTS_A_PAGE))
    if not 1 <= page <= pages:
        raise ProtocolError(404, f"There are {pages} pages, and no page {page}.")
    shown = dict(everything[SUBJECTS_A_PAGE * (page - 1) : SUBJECTS_A_PAGE * page])
    tables = [table for c in shown.values() for table in (c.added, c.removed)]
    names = named(engine(), {*shown, *referred(tables)}, language())
    query = f"?{urlencode({'from': found.old.name, 'to': found.new.name} | carried())}"
    return render_template(
        "changes.html", found=found, subjects=shown, names=names, pages=pages, page=page,
        formats=CHANGES, path=path, query=query, home=url_for("history.index"),
    )  # fmt: skip
