"""The WSGI application, run for one request that another protocol brought (PEP 3333)."""

import io
import sys
from collections.abc import Iterable
from typing import Any

from flask import Flask

from brupact.engine.wire import Spool
from brupact.web.reply import Reply


def environment(
    *,
    method: str,
    script: str,
    path: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    client: str,
) -> dict[str, Any]:
    """The environment of a request to `path`, decoded once, below the path `script`."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": script,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name != "content-length" and "_" not in name:
            key = f"HTTP_{name.upper().replace('-', '_')}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def run(app: Flask, environ: dict[str, Any]) -> Reply:
    """What `app` answers to a request with `environ`, whole."""
    said: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        said[:] = int(status.split(" ", 1)[0]), headers

    content = app(environ, start_response)
    spool = Spool()
    try:
        for piece in content:
            spool.write(piece)
    finally:
        if hasattr(content, "close"):
            content.close()
    status, said_headers = said
    reply = Reply(status, {}, *spool.whole(), spool.size)
    for name, value in said_headers:
        if (name := name.lower()) == "set-cookie":
            reply.cookies.append(value)
        elif name != "content-length":
            before = reply.headers.get(name)
            reply.headers[name] = f"{before}, {value}" if before else value
    return reply
