"""The application factory."""

from typing import Final

from flask import Flask, Response

from brupact.describe import compact, shorten
from brupact.engine import Engine
from brupact.namespaces import PREFIXES, RULES
from brupact.settings import Settings
from brupact.web import (
    answers,
    catalogue,
    code,
    cors,
    differences,
    documents,
    elsewhere,
    explore,
    figures,
    graphstore,
    guide,
    headers,
    health,
    highlights,
    history,
    index,
    languages,
    library,
    metadata,
    openapi,
    pages,
    problems,
    quality,
    same_site,
    search,
    source,
    sparql,
    status,
    versions,
)
from brupact.web.bare import bare
from brupact.web.built import typefaces
from brupact.web.context import Context, install

#: No literal is shown on a page with more characters than this; its document has it whole.
_LONGEST: Final = 2000


def cut(text: str, longest: int = _LONGEST) -> str:
    """`text`, or its beginning where it is longer than a page can show."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


class _Application(Flask):
    """What may be done with an address stands in the head alone (RFC 9110, section 9.3.7)."""

    def make_default_options_response(self) -> Response:
        response = bare()
        response.headers["Allow"] = super().make_default_options_response().headers["Allow"]
        return response


def create_app(
    engine: Engine,
    settings: Settings | None = None,
    *,
    scratch: bool = False,
    gated: bool = False,
    made_up: bool = False,
) -> Flask:
    """A WSGI application that serves what `engine` holds, as `settings` say.

    With `scratch`, `engine` is a `ChangingEngine` and takes changes from this machine; `gated`, it
    is one with a gate, and takes them from whoever has a token. With `made_up`, every
    page says that the follow-up is an example.
    """
    app = _Application(__name__)
    app.url_map.strict_slashes = False
    settings = settings or Settings()
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    install(app, Context(engine, settings, scratch, gated, made_up=made_up))
    if scratch:
        same_site.protect(app)
    problems.register(app)
    headers.register(app)
    versions.register(app)
    cors.register(app)
    languages.register(app)
    metadata.register(app)
    for module in (sparql, catalogue, documents, graphstore, guide, index, languages, library,
                   openapi, pages, differences, explore, figures, quality, search, source, health,
                   history, status):  # fmt: skip
        app.register_blueprint(module.blueprint)
    app.jinja_env.filters["short"] = shorten
    app.jinja_env.filters["compact"] = compact
    app.jinja_env.filters["local"] = documents.local
    app.jinja_env.filters["anchor"] = highlights.anchor
    app.jinja_env.filters["items"] = highlights.items
    app.jinja_env.filters["elsewhere"] = elsewhere.place
    app.jinja_env.filters["cut"] = cut
    app.jinja_env.filters["highlighted"] = code.highlighted
    app.jinja_env.filters["runs"] = answers.runs
    app.jinja_env.globals |= {name: PREFIXES[name] for name in ("pact", "rdfs", "skos")}
    app.jinja_env.globals["rules"] = RULES
    app.jinja_env.globals["typefaces"] = typefaces()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app
