"""What every answer tells a browser, in one table (OWASP Secure Headers; Fetch standard, CORS)."""

import hashlib
from typing import Final

from flask import Flask, Response, request

#: Data load nothing, are not framed, not guessed at, and pass no address on. Whatever is published,
#: readers on other sites may ask for: nothing of it is secret.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
}
#: A page loads from here alone.
PAGE: Final = HEADERS | {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register(app: Flask) -> None:
    """Let every answer of `app` carry the headers that it does not set itself."""

    @app.after_request
    def add(response: Response) -> Response:
        is_page = response.mimetype == "text/html"
        for name, value in (PAGE if is_page else HEADERS).items():
            response.headers.setdefault(name, value)
        # What is kept is known by its entity tag alone.
        del response.last_modified
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            _allow_caches(response)
        return response


def _allow_caches(response: Response) -> None:
    """Let what may be kept be known by its content, and be asked for anew each time."""
    if response.cache_control.no_store or response.direct_passthrough:
        return
    response.headers.setdefault("Cache-Control", "no-cache")
    if "ETag" not in response.headers:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
        response.make_conditional(request)
