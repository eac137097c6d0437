"""The application factory."""

from flask import Flask

from brupact.describe import shorten
from brupact.engine import Engine
from brupact.settings import Settings
from brupact.web import (
    catalogue,
    cors,
    documents,
    graphstore,
    headers,
    health,
    history,
    library,
    openapi,
    pages,
    problems,
    same_site,
    sparql,
    status,
    versions,
)
from brupact.web.context import Context, install


def create_app(
    engine: Engine,
    settings: Settings | None = None,
    *,
    scratch: bool = False,
    gated: bool = False,
) -> Flask:
    """A WSGI application that serves what `engine` holds, as `settings` say.

    With `scratch`, `engine` is a `ChangingEngine` and takes changes from this machine; `gated`, it
    is one with a gate, and takes them from whoever has a token.
    """
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    settings = settings or Settings()
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    install(app, Context(engine, settings, scratch, gated))
    if scratch:
        same_site.protect(app)
    problems.register(app)
    headers.register(app)
    versions.register(app)
    cors.register(app)
    for module in (sparql, catalogue, documents, graphstore, library, openapi, pages, health,
                   history, status):  # fmt: skip
        app.register_blueprint(module.blueprint)
    app.jinja_env.filters["short"] = shorten
    app.jinja_env.filters["local"] = documents.local
    return app
