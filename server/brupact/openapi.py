"""A description of the HTTP interface (OpenAPI 3.1), made from the tables that the service uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from brupact import __version__
from brupact.library import Entry, Parameter, Type
from brupact.library.answers import LARGEST
from brupact.library.parameters import LONGEST
from brupact.sparql.formats import Format

_PROBLEM: Final = "application/problem+json"
#: What the kind of credentials is called in the document.
_TOKEN: Final = "token"
#: What the status of a change that was made means.
_MADE: Final = {"200": "Done", "201": "Made", "204": "Done; there is nothing more to say"}
_SCHEMAS: Final[Mapping[Type, dict[str, Any]]] = {
    Type.IRI: {"type": "string", "format": "iri-reference"},
    Type.STRING: {"type": "string", "maxLength": LONGEST},
    Type.INTEGER: {"type": "integer", "format": "int64"},
    Type.DATE: {"type": "string", "format": "date"},
    Type.LANGUAGE: {"type": "string"},
    Type.CODE: {"type": "string"},
}
_FAILURES: Final = {
    "400": "A parameter, query or body that cannot be read: which one, and what is allowed",
    "401": "No token, or one that is not known (any more)",
    "403": "This service, or this token, does not allow it",
    "404": "Nothing of that name",
    "406": "No format that the Accept header names",
    "412": "The data are of another version than the request says",
    "413": "A body that is too large",
    "415": "A body of another media type",
    "422": "A change after which the data would not conform to the shapes, or of a graph that it "
    "may not write",
    "429": "Too many long queries of this client are under way",
    "503": "The engine cannot answer now, or not within the time and memory that a query may use",
}


@dataclass(frozen=True)
class Place:
    """A variable part of a path or a parameter of a query string, with a value that works."""

    name: str
    example: str
    description: str
    #: Where it stands (OpenAPI 3.1, section 4.8.12).
    where: str = "path"
    values: tuple[str, ...] = ()
    repeats: bool = False
    required: bool = True


@dataclass(frozen=True)
class Change:
    """What a method other than GET, and POST that asks the same, does to a path."""

    method: str
    summary: str
    statuses: tuple[str, ...]
    #: The media types of bodies that it takes.
    bodies: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    #: The role that a token must have; none where it takes no token.
    role: str = ""


@dataclass(frozen=True)
class Route:
    """One path of the service: how it is asked, what it answers."""

    path: str
    name: str
    summary: str
    formats: tuple[Format[Any], ...]
    places: tuple[Place, ...] = ()
    status: str = "200"
    #: The media types of bodies that POST takes; none where POST is not allowed.
    bodies: tuple[str, ...] = ()
    failures: tuple[str, ...] = ("404",)
    changes: tuple[Change, ...] = ()
    #: Whether GET is allowed at all.
    is_read: bool = True
    #: The role that the token of GET must have; none where it takes no token.
    role: str = ""


def document(
    routes: Iterable[Route],
    entries: Iterable[Entry],
    formats: tuple[Format[Any], ...],
    public_url: str,
) -> dict[str, Any]:
    """The OpenAPI document for `routes` and for each of `entries`, answered in `formats`."""
    paths = {route.path: _path(route) for route in routes}
    paths |= {f"/queries/{entry.slug}": _query(entry, formats) for entry in entries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "brupact",
            "version": __version__,
            "summary": "A regional policy agreement as linked open data",
            "license": {"name": "CC0-1.0 (data)", "identifier": "CC0-1.0"},
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "parameters": _PAGING,
            "headers": _HEADERS,
            "securitySchemes": {
                _TOKEN: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token with a role: reader, editor or admin (RFC 6750)",
                }
            },
            "responses": {
                status: {"description": words, "content": {_PROBLEM: {"schema": _PROBLEM_SCHEMA}}}
                for status, words in _FAILURES.items()
            },
        },
    }


def _path(route: Route) -> dict[str, Any]:
    """The operations of a path."""
    found: dict[str, Any] = {}
    if route.is_read:
        found["get"] = _operation(route, "", route.summary, route.role)
        found["get"]["responses"] = _responses(route.status, route.formats, route.failures)
    if route.bodies:
        found["post"] = found["get"] | {"operationId": f"{route.name}.post"} | _body(route.bodies)
        found["post"]["parameters"] = [
            place for place in found["get"]["parameters"] if place["name"] != "query"
        ]
    for change in route.changes:
        operation = _operation(route, f".{change.method}", change.summary, change.role)
        operation |= _body(change.bodies) if change.bodies else {}
        made = {status: {"description": _MADE[status]} for status in change.statuses}
        found[change.method] = operation | {"responses": made | _failed(change.failures)}
    return found


def _operation(route: Route, suffix: str, summary: str, role: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name + suffix,
        "summary": summary,
        "parameters": [_place(place) for place in route.places],
    }
    return operation | ({"security": [{_TOKEN: [role]}]} if role else {})


def _body(media_types: tuple[str, ...]) -> dict[str, Any]:
    content = {name: {"schema": {"type": "string"}} for name in media_types}
    return {"requestBody": {"required": True, "content": content}}


def _place(place: Place) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if place.values:
        schema["enum"] = list(place.values)
    if place.repeats:
        schema = {"type": "array", "items": schema}
    found: dict[str, Any] = {
        "name": place.name,
        "in": place.where,
        "required": place.required,
        "description": place.description,
        "schema": schema,
    }
    if place.example:
        found["example"] = [place.example] if place.repeats else place.example
    return found


def _query(entry: Entry, formats: tuple[Format[Any], ...]) -> dict[str, Any]:
    responses = _responses("200", formats, ("400", "404", "406"))
    responses["200"]["headers"] = {
        name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS
    }
    paging = [{"$ref": f"#/components/parameters/{name}"} for name in _PAGING]
    return {
        "get": {
            "operationId": f"queries.{entry.slug}",
            "summary": entry.titles["en"],
            "description": entry.summaries["en"],
            "tags": list(entry.tags),
            "parameters": [*(_parameter(parameter) for parameter in entry.parameters), *paging],
            "responses": responses,
        }
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = int(parameter.default) if parameter.type is Type.INTEGER else parameter.default
    schema = {**_SCHEMAS[parameter.type], "default": default}
    if parameter.codes:
        schema["enum"] = list(parameter.codes)
    kinds = " or ".join(f"<{kind.value}>" for kind in parameter.classes)
    words = parameter.descriptions["en"] + (f": an instance of {kinds}" if kinds else "")
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": schema,
        "example": default,
    }


def _responses(
    status: str, formats: tuple[Format[Any], ...], failures: tuple[str, ...]
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "The answer, in the format asked for"}
    if status != "200":
        answer = {
            "description": "It is elsewhere",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri-reference"}}},
        }
    elif formats:
        answer["content"] = {format.media_type: {"schema": {}} for format in formats}
    return {status: answer} | _failed(failures)


def _failed(failures: tuple[str, ...]) -> dict[str, Any]:
    return {code: {"$ref": f"#/components/responses/{code}"} for code in failures}


_PAGING: Final[dict[str, Any]] = {
    "page": {
        "name": "page",
        "in": "query",
        "description": "Which page of the rows, from 1",
        "schema": {"type": "integer", "minimum": 1, "default": 1},
    },
    "page-size": {
        "name": "page-size",
        "in": "query",
        "description": "How many rows a page holds; all where it is not given",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST},
    },
}
_HEADERS: Final[dict[str, Any]] = {
    "Link": {
        "description": "The canonical address; first, prev, next and last page where there are any",
        "schema": {"type": "string"},
    },
    "X-Total-Count": {
        "description": "The number of rows on all pages",
        "schema": {"type": "integer", "minimum": 0},
    },
}
_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
