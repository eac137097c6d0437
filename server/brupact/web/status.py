"""What those see who watch the service: figures, the state of things, and queries to be stopped."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, render_template, request

from brupact import __version__
from brupact.sparql.formats import LISTING, PAGE
from brupact.sparql.negotiation import best
from brupact.web.access import require
from brupact.web.bare import bare
from brupact.web.context import Context, context
from brupact.web.metrics import exposition, holdings
from brupact.web.places import Places

blueprint = Blueprint("status", __name__)

#: The settings that say what a client may use.
LIMITS: Final = (
    "query_timeout", "query_memory", "readers", "client_queries", "client_long_queries",
    "max_body", "service_timeout", "service_max_rows", "service_max_bytes",
)  # fmt: skip
_OFFERS: Final = ((LISTING.media_type,), (PAGE.media_type, *PAGE.aliases))
#: So many characters of a query are listed.
_TEXT: Final = 2000


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures of the service, for Prometheus."""
    body, media_type = exposition(context(), request.headers.get("Accept"))
    return _now(Response(body, content_type=media_type))


@blueprint.get("/status")
def status() -> Response:
    """What is served, since when, within which limits; a page for a browser, else JSON."""
    found = _status(context())
    if best(request.headers.get("Accept"), _OFFERS) == 1:
        response = Response(render_template("status.html", status=found))
    else:
        response = jsonify(found)
    response.headers["Vary"] = "Accept"
    return _now(response)


def _status(here: Context) -> dict[str, Any]:
    """Nothing that would help an attacker: neither what is asked nor by whom."""
    size, places = holdings(here), here.places
    memory = sum(process.pss for process in here.processes.measured())
    return {
        "version": __version__,
        "since": datetime.fromtimestamp(here.watch.started, UTC).isoformat(timespec="seconds"),
        "ready": size is not None,
        "data": {"version": here.engine.version, **(size._asdict() if size else {})},
        "queries": {"running": len(places.running), "waiting": places.waiting} if places else None,
        "memory": memory or None,
        "limits": {name: getattr(here.settings, name) for name in LIMITS},
    }


@blueprint.get("/status/queries")
def queries() -> Response:
    """The queries that are being evaluated, for an administrator."""
    places = _places()
    return _now(jsonify(places.in_loop(partial(_listed, places))))


@blueprint.delete("/status/queries/<int:number>")
def stop(number: int) -> Response:
    """End a query that is being evaluated, for an administrator."""
    places = _places()
    if not places.in_loop(partial(places.stop, number)):
        abort(404, f"There is no query {number} now; see /status/queries.")
    return _now(bare())


def _places() -> Places:
    """Where queries are evaluated, for whoever may see that."""
    places = context().places or abort(404, "Nobody looks after the queries of this service.")
    require("admin")
    return places


def _listed(places: Places) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "client": running.client,
            "seconds": round(running.seconds, 3),
            "text": running.query.text[:_TEXT],
        }
        for number, running in places.running.items()
    ]


def _now(response: Response) -> Response:
    """`response`, to be asked for anew each time."""
    response.headers["Cache-Control"] = "no-store"
    return response
