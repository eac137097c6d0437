"""What every page says of itself to other programs: schema.org, and links in its head.

JSON-LD 1.1 with schema.org; the links follow FAIR Signposting (RFC 8288 gives their form).
"""

from collections.abc import Iterator
from typing import Any, Final

from flask import Flask, Response, request, url_for

from brupact.web.context import context
from brupact.web.languages import absolute, language
from brupact.web.texts import texts

_LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
_SCHEMA: Final = "https://schema.org/"
#: What kind of page an endpoint gives, where it is more than a page (schema.org).
_TYPES: Final = {
    "pages.about": "AboutPage",
    "search.search": "SearchResultsPage",
    "library.index": "CollectionPage",
    "documents.doc": "ItemPage",
    "documents.ontology": "CollectionPage",
    "documents.shapes": "CollectionPage",
    "catalogue.dumps": "CollectionPage",
    "graphstore.store": "CollectionPage",
    "index.index": "CollectionPage",
}
#: The page above that of an endpoint, and the key of its name; else the first page alone.
_ABOVE: Final = {
    "library.query": ("library.index", "nav.queries"),
    "documents.module": ("documents.ontology", "nav.ontology"),
    "documents.shapes_module": ("documents.shapes", "vocabulary.shapes"),
    "documents.rule": ("documents.ontology", "nav.ontology"),
    "catalogue.dumps": ("catalogue.catalogue", "nav.data"),
    "catalogue.void": ("catalogue.catalogue", "nav.data"),
    "graphstore.store": ("catalogue.catalogue", "nav.data"),
    "graphstore.graph": ("graphstore.store", "data.graphs"),
    "pages.accessibility": ("pages.about", "about.title"),
    "guide.api": ("pages.about", "about.title"),
}


def register(app: Flask) -> None:
    """Let every page of `app` say what it is."""

    @app.context_processor
    def words() -> dict[str, object]:
        return {"page_data": page_data, "public_file": public_file}

    @app.after_request
    def say(response: Response) -> Response:
        if response.mimetype == "text/html" and response.status_code == 200:
            said = ",".join(response.headers.getlist("Link"))
            for target, relation in _links():
                if f'rel="{relation}"' not in said:
                    response.headers.add("Link", f'<{target}>; rel="{relation}"')
        return response


def public_file(name: str) -> str:
    """The address for the public of the static file `name`."""
    return f"{context().settings.public_url}/static/{name}"


def page_data(title: str) -> dict[str, Any]:
    """The page that is called `title`, the site it is part of, and the way to it."""
    public = context().settings.public_url
    site = {"@type": "WebSite", "@id": f"{public}/", "name": "brupact", "url": f"{public}/"}
    page = {
        "@type": _TYPES.get(request.endpoint or "", "WebPage"),
        "@id": absolute(),
        "name": title,
        "inLanguage": language(),
        "license": _LICENCE,
        "isPartOf": {"@id": f"{public}/"},
        "breadcrumb": {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": number, "name": name, "item": item}
                for number, (name, item) in enumerate(_way(title), 1)
            ],
        },
    }
    return {"@context": _SCHEMA.rstrip("/"), "@graph": [site, page]}


def _way(title: str) -> Iterator[tuple[str, str]]:
    """The names and addresses of the pages that lead to this one, itself the last."""
    words, public = texts(language()), context().settings.public_url
    endpoint = request.endpoint or ""
    if endpoint == "pages.home":
        yield title, absolute()
        return
    yield words("nav.home"), f"{public}/"
    todo, above = [], endpoint
    while above in _ABOVE:
        above, key = _ABOVE[above]
        path = url_for(above, lang=None).removeprefix(request.script_root)
        todo.append((words(key), public + path))
    yield from reversed(todo)
    yield title, absolute()


def _links() -> Iterator[tuple[str, str]]:
    yield _LICENCE, "license"
    yield _SCHEMA + _TYPES.get(request.endpoint or "", "WebPage"), "type"
    if request.endpoint == "catalogue.catalogue":
        yield f"{context().settings.public_url}/dumps/", "item"
    else:
        yield f"{context().settings.public_url}/catalogue", "collection"
