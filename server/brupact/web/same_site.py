"""A service that anyone on this machine may change is closed to pages of other sites."""

from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, abort, request


def _split(address: str) -> SplitResult:
    """The parts of `address`; without any where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def protect(app: Flask) -> None:
    """Let `app` refuse requests that a browser sends for another site, and allow none to read.

    A browser says whose page asks in ``Sec-Fetch-Site`` (Fetch Metadata) and ``Origin``; a name
    that is not this machine's own is a page that had its name point here (DNS rebinding).
    """

    @app.before_request
    def refuse_other_sites() -> None:
        origin = request.headers.get("Origin")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") or (
            origin is not None and _split(origin).netloc != request.host
        ):
            abort(403, "Pages of other sites may not use this service.")
        if (_split(f"//{request.host}").hostname or "") not in ("127.0.0.1", "localhost", "::1"):
            abort(403, "This service answers to the names of this machine only.")

    @app.after_request
    def allow_no_other_site(response: Response) -> Response:
        response.headers.pop("Access-Control-Allow-Origin", None)
        return response
