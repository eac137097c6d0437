"""The application factory."""

from flask import Flask

from brupact.describe import shorten
from brupact.engine import Engine
from brupact.web import documents, health, pages, problems, sparql
from brupact.web.context import set_engine


def create_app(engine: Engine) -> Flask:
    """A WSGI application that serves what `engine` holds."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    set_engine(app, engine)
    problems.register(app)
    for module in (sparql, documents, pages, health):
        app.register_blueprint(module.blueprint)
    app.jinja_env.filters["short"] = shorten
    app.jinja_env.filters["local"] = documents.local
    return app
