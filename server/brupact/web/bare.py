"""Responses that are a head alone (RFC 9110, section 15.3.5)."""

from flask import Response


def bare(status: int = 204) -> Response:
    """A response with `status` and without content."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response
