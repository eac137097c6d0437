"""Whether the service lives and answers, for those who watch it."""

from flask import Blueprint, Response, jsonify

from brupact.web.context import engine
from brupact.web.problems import problem

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@blueprint.get("/health/ready")
def ready() -> Response:
    """200 if a query would be answered now; the engine is asked."""
    return _now("ready") if engine().ready() else problem(503, "The engine is not ready.")


@blueprint.get("/health/live")
def live() -> Response:
    """200 as long as the web process lives."""
    return _now("live")


def _now(status: str) -> Response:
    response = jsonify(status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
