"""``/openapi.json``: the description of the interface, made from the tables and the URL map."""

import re
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, current_app, jsonify

from brupact.namespaces import GRAPH
from brupact.openapi import Place, Route, document
from brupact.sparql.formats import DOCUMENTS, GRAPHS, LISTING, PAGE, RESULTS, Format
from brupact.sparql.protocol import FORM, QUERY
from brupact.web.context import context
from brupact.web.library import ANSWERS, LISTS, library

blueprint = Blueprint("openapi", __name__)


class _Described(NamedTuple):
    """What the URL map does not say of an endpoint."""

    formats: tuple[Format[Any], ...]
    reference: str = ""
    status: str = "200"
    query: tuple[Place, ...] = ()
    bodies: tuple[str, ...] = ()
    failures: tuple[str, ...] = ("404",)


_THING: Final = "priority/2026-2029-13"
_PAGES: Final = (PAGE, *DOCUMENTS)
_TAG: Final = Place("tag", "theme", "Only queries with this tag", "query", required=False)
_SPARQL: Final = (
    Place("query", "SELECT * { ?s ?p ?o } LIMIT 1", "A SPARQL 1.1 query", "query"),
    Place("default-graph-uri", "", "A graph of the default graph", "query",
          repeats=True, required=False),
    Place("named-graph-uri", "", "A named graph", "query", repeats=True, required=False),
    Place("infer", "on", "Whether derived triples count", "query", ("on", "off"), required=False),
)  # fmt: skip
_GRAPH: Final = (
    Place("graph", GRAPH + "agreement", "The IRI of a graph", "query"),
)  # fmt: skip

#: The endpoints that the description names. The queries of the library are read from the library.
DESCRIBED: Final = {
    "sparql.sparql": _Described((*RESULTS, *GRAPHS), query=_SPARQL, bodies=(FORM, QUERY),
                                failures=("400", "406", "415")),
    "documents.thing": _Described((), _THING, status="303"),
    "documents.doc": _Described(_PAGES, _THING),
    "documents.ontology": _Described(_PAGES),
    "documents.module": _Described(_PAGES, "priority"),
    "documents.shapes": _Described(_PAGES),
    "documents.rule": _Described(_PAGES, "competent-member"),
    "documents.graph": _Described((), "agreement", status="303"),
    "graphstore.store": _Described(DOCUMENTS, query=_GRAPH, failures=("400", "404", "406")),
    "graphstore.graph": _Described(_PAGES, "agreement"),
    "library.index": _Described(LISTS, query=(_TAG,), failures=("400", "404", "406")),
    "library.query": _Described(ANSWERS, "themes", failures=("400", "404", "406")),
    "health.ready": _Described((LISTING,), failures=()),
    "health.live": _Described((LISTING,), failures=()),
    "openapi.openapi": _Described((LISTING,), failures=()),
}  # fmt: skip
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this interface (OpenAPI 3.1)."""
    url = context().settings.public_url
    response = jsonify(document(_routes(), library().values(), ANSWERS, url))
    return response


def _routes() -> list[Route]:
    rules = sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [
        _route(rule.rule, rule.endpoint, DESCRIBED[rule.endpoint])
        for rule in rules
        if rule.endpoint in DESCRIBED
    ]


def _route(rule: str, endpoint: str, described: _Described) -> Route:
    path = _VARIABLE.sub(r"{\1}", rule)
    suffixes = tuple(format.suffix for format in described.formats)
    places = [
        Place(name, "ttl", "The suffix of a format", values=suffixes)
        if name == "suffix"
        else Place(name, described.reference, "What follows in the IRI; it may hold slashes")
        for name in _VARIABLE.findall(rule)
    ]
    words = current_app.view_functions[endpoint].__doc__ or ""
    return Route(
        path=path,
        name=re.sub(r"\W+", "-", path).strip("-"),
        summary=words.partition("\n")[0],
        formats=described.formats,
        places=(*places, *described.query),
        status=described.status,
        bodies=described.bodies,
        failures=described.failures,
    )
