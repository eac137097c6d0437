"""Changes that someone is to account for: with a token, through the gate, into the log."""

import re
from typing import Any, Final
from urllib.parse import quote

from flask import Response, jsonify, request

from brupact.engine.interface import ChangeRefused, QueryRefused
from brupact.namespaces import ID
from brupact.sparql.formats import GRAPHS
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import ProtocolError
from brupact.web.access import require
from brupact.web.context import changing_engine, context
from brupact.web.problems import problem

#: What a refusal by the gate is in HTTP.
STATUS: Final = {
    "stale": 412, "contact": 403, "unwritable": 422, "inconsistent": 422, "invalid": 422,
    "busy": 503, "unwritten": 503,
}  # fmt: skip
#: What is not told as it stands.
_INNER: Final = ("added", "removed", "apart")
#: One entity tag (RFC 9110, section 8.8.3): the name of a commit.
_TAG: Final = re.compile(r'\s*(?:W/)?"([0-9a-f]{64})"\s*')
#: A client may send a change again under the same key (Idempotency-Key header).
_KEY: Final = re.compile(r'"?([\x21\x23-\x7e]{1,128})"?')


def commit(change: dict[str, Any]) -> Response:
    """Have `change` made in the name of whoever asks, or say why it is refused."""
    if context().access is None:
        raise ProtocolError(403, "This service takes no changes.")
    holder = require("editor")
    asked = change | {
        "role": holder.role,
        "agent": f"{ID}agent/{quote(holder.name, safe='')}",
        "message": request.headers.get("Brupact-Message", ""),
        "previous": _expected(),
        "key": _key(),
        "dry_run": "dry-run" in request.args,
    }
    try:
        end = changing_engine().submit(asked)
    except QueryRefused as error:
        raise ProtocolError(400, str(error), error.line, error.column) from None
    except ChangeRefused as error:
        return _refused(error)
    told = {name: value for name, value in end.items() if name not in _INNER}
    if isinstance(end.get("added"), str):
        # A change that was only tried: what it would do, quad by quad.
        told |= {"added": end["added"].splitlines(), "removed": end["removed"].splitlines()}
    else:
        told |= {"added": end["added"], "removed": end["removed"]}
    response = jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    if name := end.get("name"):
        response.headers["ETag"] = f'"{name}"'
    return response


def _refused(error: ChangeRefused) -> Response:
    """The refusal as a problem, a page, or where RDF is asked for the report of the validation."""
    status = STATUS[error.kind]
    if report := error.details.get("report"):
        offers = [("application/problem+json", "application/json"), ("text/html",)]
        index = best(request.headers.get("Accept"), [*offers, (GRAPHS[0].media_type,)])
        if index == len(offers):
            return Response(report, status, content_type=GRAPHS[0].media_type)
    members = {k: v for k, v in error.details.items() if k not in ("status", "reason", "report")}
    return problem(status, str(error), kind=error.kind, **members)


def _expected() -> str | None:
    """The commit that the change builds on, if the client says so."""
    said = request.headers.get("If-Match")
    if said is None or said.strip() == "*":
        return None
    if (found := _TAG.fullmatch(said)) is None:
        raise ProtocolError(400, "If-Match: give one entity tag, the name of a commit")
    return found[1]


def _key() -> str | None:
    said = request.headers.get("Idempotency-Key")
    if said is None:
        return None
    if (found := _KEY.fullmatch(said.strip())) is None:
        raise ProtocolError(400, "Idempotency-Key: give up to 128 visible ASCII characters")
    return found[1]
