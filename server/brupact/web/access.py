"""Who asks, by the token of the request (OAuth 2.0 Bearer Token Usage, RFC 6750)."""

import re
from typing import Final

from flask import Response, abort, request

from brupact.access import Holder
from brupact.web.context import context
from brupact.web.problems import problem

#: What the header says: the scheme, in any case, and the token (RFC 6750, section 2.1).
_CREDENTIALS: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"bearer( |$)", re.IGNORECASE)
_CHALLENGE: Final = 'Bearer realm="brupact"'


def require(role: str) -> Holder:
    """Who asks, who has a token that is good for `role`, one of `brupact.access.ROLES`.

    Ends the request otherwise (RFC 6750, section 3.1): with 401 if there is no token or one that
    is not known (any more), 400 if it cannot be read, 403 if it is good for less.
    """
    said = request.headers.get("Authorization", "")
    if not _SCHEME.match(said):
        abort(_refusal(401, "This takes a token: Authorization: Bearer …"))
    if (credentials := _CREDENTIALS.fullmatch(said)) is None:
        abort(_refusal(400, "The header is Authorization: Bearer, and one token.",
                       "invalid_request"))  # fmt: skip
    access = context().access
    holder = access.holder(credentials[1]) if access else None
    if holder is None:
        abort(_refusal(401, "The token is not known, or not any more.", "invalid_token"))
    if not holder.may(role):
        abort(_refusal(403, f"This takes a token with the role {role}; yours is {holder.role}.",
                       "insufficient_scope", role))  # fmt: skip
    return holder


def _refusal(status: int, detail: str, error: str = "", scope: str = "") -> Response:
    response = problem(status, detail)
    said = {"error": error, "scope": scope}
    attributes = [f'{name}="{value}"' for name, value in said.items() if value]
    response.headers["WWW-Authenticate"] = ", ".join([_CHALLENGE, *attributes])
    response.headers["Cache-Control"] = "no-store"
    return response
