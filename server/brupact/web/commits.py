"""Changes that someone is to account for: with a token, through the gate, into the log."""

import re
from typing import Any, Final
from urllib.parse import quote

from flask import Response, jsonify, request

from brupact.access import Holder
from brupact.engine.changes import DONE
from brupact.engine.interface import ChangeRefused, QueryRefused
from brupact.namespaces import ID
from brupact.sparql.protocol import DRY_RUN, ProtocolError
from brupact.web.access import require
from brupact.web.coding import CODINGS
from brupact.web.context import changing_engine, context
from brupact.web.refusals import refusal

#: What is not told as it stands.
_INNER: Final = ("added", "removed", "apart")
#: One entity tag (RFC 9110, section 8.8.3): the name of a commit, in whatever coding it was told.
_TAG: Final = re.compile(rf'\s*(?:W/)?"([0-9a-f]{{64}})(?:-(?:{"|".join(CODINGS)}))?"\s*')
#: Any other, which no commit has.
_OTHER: Final = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
#: A client may send a change again under the same key (Idempotency-Key header).
_KEY: Final = re.compile(r'"?([\x21\x23-\x7e]{1,128})"?')


def writer() -> Holder:
    """Who asks, who may change something here; see `require` for how the request ends otherwise.

    :raises ProtocolError: 403 where nobody may.
    """
    if not context().gated:
        raise ProtocolError(403, "This service takes no changes.")
    return require("editor")


def commit(change: dict[str, Any], *, is_new: bool = False) -> Response:
    """Have `change` made in the name of whoever asks, or say why it is refused.

    What was made is 201 if it `is_new`, else 200 (RFC 9110, section 9.3). It is only tried where
    `change` says so in ``dry_run``, or the address does.
    """
    holder = writer()
    asked = change | {
        "role": holder.role,
        "agent": f"{ID}agent/{quote(holder.name, safe='')}",
        "message": request.headers.get("Brupact-Message", ""),
        "previous": _expected(),
        "key": _key(),
        "dry_run": change.get("dry_run", False) or DRY_RUN in request.args,
    }
    try:
        end = changing_engine().submit(asked)
    except QueryRefused as error:
        raise ProtocolError(400, str(error), error.line, error.column) from None
    except ChangeRefused as error:
        return refusal(error)
    told = {name: value for name, value in end.items() if name not in _INNER}
    if isinstance(end.get("added"), str):
        # A change that was only tried: what it would do, quad by quad.
        told |= {"added": end["added"].splitlines(), "removed": end["removed"].splitlines()}
    else:
        told |= {"added": end["added"], "removed": end["removed"]}
    response = jsonify(told)
    if is_new and end["status"] == DONE:
        response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    if name := end.get("name"):
        response.headers["ETag"] = f'"{name}"'
    return response


def tried(change: dict[str, Any]) -> dict[str, Any]:
    """`change` as one that is not made, to learn what the engine says of it."""
    return change | {"role": writer().role, "dry_run": True}


def _expected() -> str | None:
    """The commit that the change builds on, if the client says so."""
    said = request.headers.get("If-Match")
    if said is None or said.strip() == "*":
        return None
    if (found := _TAG.fullmatch(said) or _OTHER.fullmatch(said)) is None:
        raise ProtocolError(400, "If-Match: give one entity tag, the name of a commit")
    return found[1]


def _key() -> str | None:
    said = request.headers.get("Idempotency-Key")
    if said is None:
        return None
    if (found := _KEY.fullmatch(said.strip())) is None:
        raise ProtocolError(400, "Idempotency-Key: give up to 128 visible ASCII characters")
    return found[1]
