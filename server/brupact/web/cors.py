"""What pages of other sites may send, said before they send it (Fetch standard, CORS preflight)."""

from typing import Final

from flask import Flask, Response, request

#: For so many seconds a browser need not ask again.
_AGE: Final = "86400"
#: The fields of a request that mean something here.
_FIELDS: Final = ", ".join([
    "Accept", "Accept-Datetime", "Accept-Language", "Authorization", "Brupact-Message",
    "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match",
])  # fmt: skip


def register(app: Flask) -> None:
    """Let `app` answer the question that a browser asks before a request of another site."""

    @app.after_request
    def allow(response: Response) -> Response:
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
            response.headers["Access-Control-Allow-Headers"] = _FIELDS
            response.headers["Access-Control-Max-Age"] = _AGE
        return response
