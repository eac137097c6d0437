"""``/api``: how programs use the service, with a form to try each operation that gives data."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from brupact.library import BadParameter
from brupact.openapi import Place, Route
from brupact.sparql.formats import PAGE, Format
from brupact.sparql.protocol import single_values
from brupact.web.context import context
from brupact.web.languages import PARAMETER
from brupact.web.openapi import routes

blueprint = Blueprint("guide", __name__)

#: The operations that are shown, in groups; the words for each are ``operation.{name}``.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ask": ("sparql", "queries", "queries-reference", "search", "search-suggestions"),
    "documents": ("doc-reference", "ns", "ns-reference", "shapes", "shapes-reference",
                  "rules-reference", "context-jsonld", "graphs", "graphs-reference"),
    "catalogue": ("catalogue", "well-known-void", "dumps-file"),
    "history": ("history", "history-reference", "changes"),
    "service": ("openapi-json", "status", "health-ready", "metrics"),
}  # fmt: skip
#: Media types that the examples ask for where an operation has several, the first that fits.
_WANTED: Final = ("application/json", "application/sparql-results+json", "text/turtle")
#: What the name of the operation is called in a form.
_OPERATION: Final = "operation"
_SUFFIX: Final = "suffix"


@dataclass(frozen=True)
class Operation:
    """An operation that can be tried: its route, and examples that work."""

    route: Route
    #: The address of the example below the service, and the media type that it asks for.
    address: str
    accept: str
    public_url: str

    @property
    def media_types(self) -> list[str]:
        """What it answers in, pages left out."""
        return [f.media_type for f in self.route.formats if f is not PAGE]

    @property
    def suffixes(self) -> list[Format[Any]]:
        """The formats that can be asked for by a suffix."""
        return list(self.route.formats) if _takes_suffix(self.route) else []

    @property
    def is_of_log(self) -> bool:
        """Whether it answers only where the service keeps a log of changes."""
        return self.route.path.startswith(("/history", "/changes"))

    @property
    def curl(self) -> str:
        """The example for a shell."""
        address = shlex.quote(self.public_url + self.address)
        header = f" -H {shlex.quote(f'Accept: {self.accept}')}" if self.accept else ""
        return f"curl --fail{header} {address}"

    @property
    def python(self) -> str:
        """The example in Python, with the standard library alone."""
        headers = f', headers={{"Accept": "{self.accept}"}}' if self.accept else ""
        return (
            "from urllib.request import Request, urlopen\n\n"
            f'request = Request("{self.public_url}{self.address}"{headers})\n'
            "with urlopen(request) as answer:\n"
            "    print(answer.read().decode())"
        )


@blueprint.get("/api")
def api() -> Response:
    """How programs use this service, and a form to try each operation."""
    known = {route.name: route for route in routes()}
    groups = {group: [_operation(known[name]) for name in names] for group, names in GROUPS.items()}
    settings = context().settings
    return Response(
        render_template("api.html", groups=groups, settings=settings, public=settings.public_url)
    )


@blueprint.get("/api/try")
def attempt() -> BaseResponse:
    """Send whoever filled in a form of the guide to the address that it describes."""
    values = single_values(request.query_string)
    shown = {name for names in GROUPS.values() for name in names}
    name = values.pop(_OPERATION, "")
    if name not in shown:
        raise BadParameter(_OPERATION, "is none of the operations", sorted(shown))
    route = next(route for route in routes() if route.name == name)
    known = [place.name for place in route.places]
    suffixes = [f.suffix for f in route.formats] if _takes_suffix(route) else []
    if unknown := values.keys() - {*known, PARAMETER, _SUFFIX}:
        raise BadParameter(min(unknown), "does not exist here", known)
    for place in route.places:
        if place.required and not values.get(place.name):
            raise BadParameter(place.name, "is missing", place.description)
    suffix = values.get(_SUFFIX)
    if suffix and suffix not in suffixes:
        raise BadParameter(_SUFFIX, "is none of its formats", suffixes)
    return redirect(request.script_root + _address(route, values, suffix), 303)


def _takes_suffix(route: Route) -> bool:
    """Whether a suffix may follow the path: there is such a route, or the path is open."""
    if len(route.formats) < 2:
        return False
    return route.path.endswith("{reference}") or f"{route.name}-{_SUFFIX}" in _names()


def _names() -> set[str]:
    return {route.name for route in routes()}


def _operation(route: Route) -> Operation:
    values = {place.name: place.example for place in route.places if place.required}
    offered = [f.media_type for f in route.formats if f is not PAGE]
    accept = next((name for name in _WANTED if name in offered), offered[0] if offered else "")
    return Operation(route, _address(route, values), accept, context().settings.public_url)


def _address(route: Route, values: Mapping[str, str], suffix: str | None = None) -> str:
    """The address of `route` below the service, with `values`; empty ones are left out."""
    path = route.path
    for place in route.places:
        if place.where == "path":
            path = path.replace(f"{{{place.name}}}", quote(values.get(place.name, "")))
    asked = urlencode(list(_query(route.places, values)))
    return path + (f".{suffix}" if suffix else "") + (f"?{asked}" if asked else "")


def _query(places: tuple[Place, ...], values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for place in places:
        if place.where == "query" and (value := values.get(place.name)):
            yield place.name, value
