"""``/openapi.json``: the description of the interface, made from the tables and the URL map."""

import re
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, current_app, jsonify
from werkzeug.routing import Rule

from brupact.library import LANGUAGES
from brupact.namespaces import GRAPH
from brupact.openapi import Change, Place, Route, document
from brupact.search import FACETS
from brupact.sparql.formats import DOCUMENTS, GRAPHS, LISTING, PAGE, RESULTS, TABLE, Format
from brupact.sparql.graphstore import MULTIPART
from brupact.sparql.protocol import FORM, QUERY, UPDATE
from brupact.web.context import context
from brupact.web.explore import FORMATS as DRAWINGS
from brupact.web.history import CHANGES, COMMITS
from brupact.web.history import LISTS as LISTS_OF_COMMITS
from brupact.web.library import ANSWERS, LISTS, library
from brupact.web.quality import REPORTS
from brupact.web.search import FORMATS

blueprint = Blueprint("openapi", __name__)


class _Described(NamedTuple):
    """What the URL map does not say of an endpoint."""

    formats: tuple[Format[Any], ...]
    reference: str = ""
    status: str = "200"
    query: tuple[Place, ...] = ()
    bodies: tuple[str, ...] = ()
    failures: tuple[str, ...] = ("404",)
    changes: tuple[Change, ...] = ()
    role: str = ""


_THING: Final = "priority/2026-2029-13"
_PAGES: Final = (PAGE, *DOCUMENTS)
_TAG: Final = Place("tag", "theme", "Only queries with this tag", "query", required=False)
_VERSION: Final = Place("version", "0", "A version: its number, hash, or a time", "query",
                        required=False)  # fmt: skip
_FACETS: Final = ("pact:SharedPriority", "theme/mobility", "person/elke-van-den-brandt",
                  "instrument/regional-mobility-plan")  # fmt: skip
_SPARQL: Final = (
    Place("query", "SELECT * { ?s ?p ?o } LIMIT 1", "A SPARQL 1.1 query", "query"),
    Place("default-graph-uri", "", "A graph of the default graph", "query",
          repeats=True, required=False),
    Place("named-graph-uri", "", "A named graph", "query", repeats=True, required=False),
    _VERSION,
    Place("infer", "on", "Whether derived triples count", "query", ("on", "off"), required=False),
    Place("labels", "fr", "A language: each column of a SELECT gets one of labels", "query",
          LANGUAGES, required=False),
    Place("timeout", "10", "A shorter deadline than that of the service, in seconds", "query",
          required=False),
    Place("as", "csv", "The suffix of a format, in the place of what Accept names", "query",
          tuple(format.suffix for format in (*RESULTS, *GRAPHS)), required=False),
    Place("explain", "on", "The algebra of the query instead of its answer", "query",
          ("on", "run"), required=False),
)  # fmt: skip
_SEARCH: Final = (
    Place("q", "mobilité", "Words, in any of the languages", "query"),
    *(
        Place(name, value, f"Only what belongs to this {name}", "query", required=False)
        for name, value in zip(FACETS, _FACETS, strict=True)
    ),
    Place("limit", "25", "How many results at most, up to 1000", "query", required=False),
    Place("lang", "fr", "The language of the labels", "query", LANGUAGES, required=False),
)
_GRAPH: Final = (
    Place("graph", GRAPH + "agreement", "The IRI of a graph", "query"),
    _VERSION,
)  # fmt: skip

_EXPLORED: Final = tuple(
    Place(name, example, text, "query", required=False)
    for name, example, text in (
        ("iri", _THING, "The thing to start at; else the agreement"),
        ("open", "theme/mobility", "Other things that are open, parted by spaces"),
        (
            "more",
            "agreement/2026-2029|in|pact:partOf|32",
            "How many neighbours are shown, parted by spaces: thing, in or out, relation, number",
        ),
        ("hide", "pact:promises", "Relations and kinds that are not drawn, parted by spaces"),
        ("show", "rdf:type", "Relations that tell little and are drawn, parted by spaces"),
        ("to", "instrument/cobat", "A thing: the shortest ways to it are drawn"),
        ("find", "mobilité", "Words: what they fit is offered to be added"),
        ("lang", "fr", "The language of the labels"),
    )
)
_PAST: Final = ("400", "404", "406", "503")
_HISTORY: Final = tuple(
    Place(name, "", text, "query", required=False)
    for name, text in (
        ("graph", "Only commits that changed something in this graph"),
        ("iri", "Only commits that changed something about this"),
        ("agent", "Only commits of this agent"),
        ("since", "Only commits from this date or time on"),
        ("until", "Only commits up to this date or time"),
        ("before", "Only commits with a smaller number"),
    )
)
_BETWEEN: Final = tuple(
    Place(name, "", text, "query", required=False)
    for name, text in (
        ("from", "A version; else the one before the other"),
        ("to", "A version; else the latest"),
        ("page", "Which page of subjects"),
    )
)
_ATTEMPT: Final = (
    Place("operation", "status", "The operationId to try; its parameters stand beside it", "query"),
)
_CHANGED: Final = ("200", "201", "204")
_REFUSED: Final = ("400", "401", "403", "412", "413", "415", "422", "503")
_RDF: Final = (*(format.media_type for format in GRAPHS), MULTIPART)


def _changes(made: str) -> tuple[Change, ...]:
    """What changes a graph (SPARQL 1.1 Graph Store HTTP Protocol, section 5); POST does `made`."""
    return (
        Change("put", "Replace the graph", _CHANGED, _RDF, _REFUSED),
        Change("post", made, _CHANGED, _RDF, _REFUSED),
        Change("delete", "Drop the graph", ("200", "204"), (),
               ("400", "401", "403", "404", "412", "422", "503")),
        Change("patch", "Carry out an update of the graph", ("200", "204"), (UPDATE,),
               (*_REFUSED, "404")),
    )  # fmt: skip


_STOP: Final = Change("delete", "End a query that is being evaluated", ("204",), (),
                      ("400", "401", "403", "404"), "admin")  # fmt: skip
(_JSON_LD,) = (format for format in GRAPHS if format.suffix == "jsonld")
_XML: Final = Format("application/xml", "xml", "XML", None)
_TEXT: Final = Format("text/plain", "txt", "Text", None)

#: The endpoints, all of them. The queries of the library are read from the library.
DESCRIBED: Final = {
    "sparql.sparql": _Described((*RESULTS, *DOCUMENTS), query=_SPARQL, bodies=(FORM, QUERY),
                                failures=("400", "403", "406", "413", "415", "429", "503")),
    "documents.thing": _Described((), _THING, status="303"),
    "documents.doc": _Described(_PAGES, _THING, query=(_VERSION,)),
    "documents.ontology": _Described(_PAGES, query=(_VERSION,)),
    "documents.module": _Described(_PAGES, "priority", query=(_VERSION,)),
    "documents.shapes": _Described(_PAGES, query=(_VERSION,)),
    "documents.rule": _Described(_PAGES, "competent-member", query=(_VERSION,)),
    "documents.graph": _Described((), "agreement", status="303"),
    "documents.shapes_module": _Described(_PAGES, "priority", query=(_VERSION,)),
    "documents.skolem": _Described(_PAGES, "0", query=(_VERSION,)),
    "documents.context": _Described((_JSON_LD,), failures=()),
    "graphstore.store": _Described(
        DOCUMENTS, query=_GRAPH, failures=("400", "404", "406"),
        changes=_changes("Add to the graph; without graph or default, make a new one"),
    ),
    "graphstore.graph": _Described(_PAGES, "agreement", query=(_VERSION,),
                                   changes=_changes("Add to the graph")),
    "history.index": _Described(LISTS_OF_COMMITS, query=_HISTORY, failures=_PAST),
    "history.commit": _Described(COMMITS, "0", failures=_PAST),
    "history.commit_document": _Described(COMMITS, "0", failures=_PAST),
    "history.version_document": _Described(COMMITS, "0", failures=_PAST),
    "history.difference": _Described(CHANGES, query=_BETWEEN, failures=_PAST),
    "catalogue.catalogue": _Described(_PAGES),
    "catalogue.void": _Described(_PAGES),
    "catalogue.dumps": _Described((PAGE,), failures=()),
    "catalogue.dump": _Described((), "SHA256SUMS"),
    "catalogue.sitemap_file": _Described((_XML,), failures=()),
    "catalogue.sitemap_part": _Described((_XML,), "1"),
    "catalogue.robots": _Described((_TEXT,), failures=()),
    "pages.home": _Described((PAGE,), failures=()),
    "languages.preferences": _Described((), status="303", failures=("400",)),
    "search.search": _Described(FORMATS, query=_SEARCH, failures=("400",)),
    "search.suggestions": _Described((LISTING,), query=_SEARCH[:1], failures=("400",)),
    "source.source": _Described((PAGE,)),
    "index.index": _Described((PAGE,), failures=()),
    "index.listing": _Described((TABLE,), failures=()),
    "pages.about": _Described((PAGE,), failures=()),
    "pages.accessibility": _Described((PAGE,), failures=()),
    "guide.api": _Described((PAGE,), failures=()),
    "guide.attempt": _Described((), query=_ATTEMPT, status="303", failures=("400",)),
    "explore.explore": _Described(DRAWINGS, query=_EXPLORED, failures=("400", "404")),
    "differences.differences": _Described((PAGE,), failures=()),
    "figures.charts": _Described((PAGE,), failures=()),
    "quality.quality": _Described((PAGE,), failures=()),
    "quality.report": _Described(REPORTS, failures=("404", "503")),
    "library.index": _Described(LISTS, query=(_TAG,), failures=("400", "404", "406")),
    "library.query": _Described(ANSWERS, "themes", failures=("400", "404", "406")),
    "status.metrics": _Described((_TEXT,), failures=()),
    "status.status": _Described((LISTING, PAGE), failures=()),
    "status.queries": _Described((LISTING,), failures=("400", "401", "403", "404"), role="admin"),
    "status.stop": _Described((), "1", changes=(_STOP,)),
    "health.ready": _Described((LISTING,), failures=("503",)),
    "health.live": _Described((LISTING,), failures=()),
    "openapi.openapi": _Described((LISTING,), failures=()),
}  # fmt: skip
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this interface (OpenAPI 3.1)."""
    url = context().settings.public_url
    response = jsonify(document(routes(), library().values(), ANSWERS, url))
    return response


def routes() -> list[Route]:
    """Each path of the service, in order."""
    rules = sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [_route(rule, DESCRIBED[rule.endpoint]) for rule in rules if rule.endpoint in DESCRIBED]


def _route(rule: Rule, described: _Described) -> Route:
    path = _VARIABLE.sub(r"{\1}", rule.rule)
    suffixes = tuple(format.suffix for format in described.formats)
    places = [
        Place(
            name, "ttl" if "ttl" in suffixes else "json", "The suffix of a format", values=suffixes
        )
        if name == "suffix"
        else Place(name, described.reference, "What follows in the IRI; it may hold slashes")
        for name in _VARIABLE.findall(rule.rule)
    ]
    words = current_app.view_functions[rule.endpoint].__doc__ or ""
    return Route(
        path=path,
        name=re.sub(r"\W+", "-", path).strip("-") or "home",
        summary=words.partition("\n")[0],
        formats=described.formats,
        places=(*places, *described.query),
        status=described.status,
        bodies=described.bodies,
        failures=described.failures,
        changes=described.changes,
        is_read="GET" in (rule.methods or ()),
        role=described.role,
    )
