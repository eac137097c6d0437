"""Every failure in one shape: problem details (RFC 9457) as JSON, or a page for a browser."""

import logging
import uuid
from functools import partial
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import HTTPException

from brupact.engine.interface import OutOfTime, TooComplex, TooMany, Unavailable
from brupact.federation import ServiceFailed, ServiceForbidden
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import ProtocolError
from brupact.web.context import context

#: Where the server in front puts an error that it met, in the WSGI environment.
FAILURE: Final = "brupact.failure"

#: Where it puts the number by which the log knows the request.
REFERENCE: Final = "brupact.reference"

_LOG = logging.getLogger(__name__)
#: What a failure of the engine is in HTTP.
_STATUS: Final[dict[type[Exception], int]] = {
    TooComplex: 400, OutOfTime: 503, Unavailable: 503, TooMany: 429, ServiceForbidden: 403,
}  # fmt: skip
#: After how many seconds it may go better.
_RETRY_AFTER: Final = {429: "10", 503: "5"}
#: The forms of a failure: JSON, or a page.
OFFERS: Final = (("application/problem+json", "application/json"), ("text/html",))


def problem(status: int, detail: str, **members: object) -> Response:
    """A response that says what was wrong; `members` are extensions such as ``line``."""
    content = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **{name: value for name, value in members.items() if value is not None},
    }
    if best(request.headers.get("Accept"), OFFERS) == 1:
        response = Response(render_template("problem.html", problem=content), status)
    else:
        response = Response(json.dumps(content), status, content_type="application/problem+json")
    response.headers["Vary"] = "Accept"
    return response


def _failure(status: int, error: Exception) -> Response:
    response = problem(status, str(error))
    context().watch.ended(error)
    if status in _RETRY_AFTER:
        response.headers["Retry-After"] = _RETRY_AFTER[status]
    return response


def register(app: Flask) -> None:
    """Let `app` answer every failure by `problem`."""

    @app.before_request
    def failed_before() -> None:
        """Answer what failed before the request came here, as if it had failed here."""
        if (error := request.environ.get(FAILURE)) is not None:
            raise error

    @app.errorhandler(HTTPException)
    def http_failure(error: HTTPException) -> Response:
        response = problem(error.code or 500, error.description or "")
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(ProtocolError)
    def protocol_failure(error: ProtocolError) -> Response:
        return problem(error.status, str(error), line=error.line, column=error.column)

    @app.errorhandler(ServiceFailed)
    def service_failure(error: ServiceFailed) -> Response:
        return problem(502, str(error), endpoint=error.endpoint, reason=error.reason)

    for kind, status in _STATUS.items():
        app.register_error_handler(kind, partial(_failure, status))

    @app.errorhandler(Exception)
    def unknown_failure(error: Exception) -> Response:
        reference = request.environ.get(REFERENCE) or uuid.uuid4().hex
        _LOG.error("request failed, reference %s", reference, exc_info=error)
        return problem(500, f"The service failed; the operator finds it under {reference}.")
