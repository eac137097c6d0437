"""``/queries``: the query library as pages and RDF, and the result of each query in each format."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, json, render_template, request
from pyoxigraph import Literal, NamedNode, Quad

from brupact.describe import Statement, named
from brupact.library import (
    RESERVED,
    BadParameter,
    Entry,
    Page,
    Parameter,
    Table,
    Type,
    answer,
    choices,
    describe,
    library_quads,
    load_library,
    read_values,
)
from brupact.library.spreadsheet import TooLong, spreadsheet
from brupact.namespaces import GRAPH, ID, pact
from brupact.sparql.formats import (
    DOCUMENTS,
    LISTING,
    PAGE,
    QUERY,
    RESULTS,
    SPREADSHEET,
    TABLE,
    Format,
)
from brupact.sparql.protocol import single_values
from brupact.web.context import context, engine
from brupact.web.languages import PARAMETER, language
from brupact.web.problems import problem
from brupact.web.representations import Representation, negotiated, write

blueprint = Blueprint("library", __name__)

#: What `/queries` is offered as, the default first.
LISTS: Final[tuple[Format[Any], ...]] = (PAGE, LISTING, TABLE, *DOCUMENTS)
#: What `/queries/{slug}` is offered as: results, the page, the query's text, its description.
ANSWERS: Final[tuple[Format[Any], ...]] = (*RESULTS, SPREADSHEET, PAGE, QUERY, *DOCUMENTS)
#: A query for what the graph says of the library.
_ALL: Final = f"""SELECT ?query ?property ?value WHERE {{
  GRAPH <{GRAPH}queries> {{ ?query ?property ?value }}
}}
ORDER BY ?query ?property ?value"""
#: The endings of columns that name the thing of another.
_NAMES: Final = ("_label", "_name")
#: Of which classes things are suggested where any thing will do.
_SUGGESTED: Final = tuple(map(pact, ("Theme", "SharedPriority", "Measure", "Instrument")))
_INPUTS: Final = {Type.DATE: "date", Type.INTEGER: "number"}


@cache
def library() -> Mapping[str, Entry]:
    """The packaged queries, read once."""
    return load_library()


@blueprint.app_errorhandler(BadParameter)
def bad_parameter(error: BadParameter) -> Response:
    """400, with which parameter, what is wrong with it and what is allowed."""
    return problem(400, str(error), parameter=error.name, allowed=error.allowed)


@blueprint.app_errorhandler(TooLong)
def too_long(error: TooLong) -> Response:
    """406: the format cannot hold the result."""
    return problem(406, str(error))


@blueprint.get("/queries")
@blueprint.get("/queries.<suffix>")
def index(suffix: str = "") -> Response:
    """The library: a list by tag, or its description."""
    tags = sorted({tag for entry in library().values() for tag in entry.tags})
    tag = _tag(single_values(request.query_string), tags)
    entries = [entry for entry in library().values() if tag is None or tag in entry.tags]
    chosen = negotiated(suffix, LISTS)
    if chosen in DOCUMENTS:
        return _described(library_quads(entries), "queries", chosen)
    return _listed(entries, tag, tags, chosen)


@blueprint.get("/queries/<reference>")
def query(reference: str) -> Response:
    """The result of a query of the library; for a browser its page; or the query itself."""
    slug, _, suffix = reference.partition(".")
    entry = library().get(slug)
    if entry is None:
        abort(404, f"There is no query {slug} in the library.")
    chosen = negotiated(suffix, ANSWERS)
    values = single_values(request.query_string)
    page = Page.read(values)
    asked = _without(values, *RESERVED)
    if chosen is PAGE:
        asked = _spoken(entry, asked)
    bindings = read_values(engine(), entry, asked)
    if chosen in DOCUMENTS:
        return _described(describe(entry), slug, chosen)
    if chosen is QUERY:
        return _headed(entry.standalone(bindings), chosen, slug, values)
    return _answered(entry, bindings, page, chosen, values)


def _spoken(entry: Entry, values: Mapping[str, str]) -> dict[str, str]:
    """`values` with the labels in the language of the page, if the query has labels."""
    known = {parameter.name: parameter.default for parameter in entry.parameters}
    if PARAMETER not in known:
        return _without(values, PARAMETER)
    spoken = {} if language() == known[PARAMETER] else {PARAMETER: language()}
    return {**spoken, **values}


def _tag(values: Mapping[str, str], tags: list[str]) -> str | None:
    if unknown := values.keys() - {"tag", PARAMETER}:
        raise BadParameter(min(unknown), "does not exist here", ["tag", PARAMETER])
    if (tag := values.get("tag")) is not None and tag not in tags:
        raise BadParameter("tag", "is none of the tags", tags)
    return tag


def _described(quads: list[Quad], stem: str, chosen: Format[Any]) -> Response:
    statements: list[Statement] = [(str(q.graph_name.value), q.triple) for q in quads]  # type: ignore[union-attr]
    return write(Representation(stem, chosen.suffix), statements)


def _listed(
    entries: list[Entry], tag: str | None, tags: list[str], chosen: Format[Any]
) -> Response:
    public = context().settings.public_url
    query_string = _query_string({"tag": tag} if tag else {})
    if chosen is PAGE:
        by_tag = {name: [e for e in entries if name in e.tags] for name in ([tag] if tag else tags)}
        body = render_template("queries.html", by_tag=by_tag, tags=tags, tag=tag,
                               formats=LISTS, text=_ALL)  # fmt: skip
    elif chosen is LISTING:
        body = json.dumps([_summary(entry, public) for entry in entries], ensure_ascii=False)
    else:
        body = _table(entries, public)
    response = Response(body, content_type=_content_type(chosen))
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = f'<{public}/queries{query_string}>; rel="canonical"'
    return response


def _table(entries: list[Entry], public: str) -> str:
    buffer, tag = io.StringIO(), language()
    writer = csv.writer(buffer)
    writer.writerow(("query", "title", "summary", "tags"))
    for entry in entries:
        address = f"{public}/queries/{entry.slug}"
        writer.writerow((address, entry.titles[tag], entry.summaries[tag], " ".join(entry.tags)))
    return buffer.getvalue()


def _summary(entry: Entry, public: str) -> dict[str, object]:
    return {
        "slug": entry.slug,
        "iri": entry.iri.value,
        "url": f"{public}/queries/{entry.slug}",
        "title": entry.titles,
        "summary": entry.summaries,
        "tags": entry.tags,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "classes": [kind.value for kind in parameter.classes],
                "values": parameter.codes,
                "default": parameter.default,
                "description": parameter.descriptions,
            }
            for parameter in entry.parameters
        ],
    }


def _answered(
    entry: Entry,
    bindings: Mapping[str, NamedNode | Literal],
    page: Page,
    chosen: Format[Any],
    values: Mapping[str, str],
) -> Response:
    table = answer(engine(), entry, bindings, page)
    if page.number > table.pages:
        abort(404, f"There are {table.pages} pages, and no page {page.number}.")
    if chosen is PAGE:
        body: str | bytes = _page(entry, bindings, table, values)
    else:
        body = spreadsheet(table) if chosen is SPREADSHEET else table.serialised(chosen)
    response = _headed(body, chosen, entry.slug, values)
    response.headers["X-Total-Count"] = str(table.total)
    for relation, number in _neighbours(table).items():
        response.headers.add("Link", f'<{_address(values, number)}>; rel="{relation}"')
    return response


def _headed(
    body: str | bytes, chosen: Format[Any], slug: str, values: Mapping[str, str]
) -> Response:
    response = Response(body, content_type=_content_type(chosen))
    response.headers["Vary"] = "Accept"
    if chosen is SPREADSHEET:
        response.headers["Content-Disposition"] = f'attachment; filename="{slug}.xlsx"'
    canonical = f"{context().settings.public_url}/queries/{slug}{_query_string(values)}"
    response.headers["Link"] = f'<{canonical}>; rel="canonical"'
    return response


def _content_type(chosen: Format[Any]) -> str:
    text = chosen.media_type.startswith("text/")
    return f"{chosen.media_type}; charset=utf-8" if text else chosen.media_type


def _neighbours(table: Table) -> dict[str, int]:
    """The pages to link to, by relation (RFC 8288); only those that there are."""
    if table.page.size is None:
        return {}
    found = {"first": 1, "last": table.pages}
    if table.page.number > 1:
        found["prev"] = table.page.number - 1
    if table.page.number < table.pages:
        found["next"] = table.page.number + 1
    return found


def _address(values: Mapping[str, str], number: int) -> str:
    changed = {**values, "page": str(number)}
    return f"{context().settings.public_url}{request.path}{_query_string(changed)}"


def _without(values: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}


def _query_string(values: Mapping[str, str]) -> str:
    return f"?{urlencode(sorted(values.items()))}" if values else ""


def _page(
    entry: Entry,
    bindings: Mapping[str, NamedNode | Literal],
    table: Table,
    values: Mapping[str, str],
) -> str:
    values = _spoken(entry, values)
    base = f"{request.script_root}/queries/{entry.slug}"
    rows = table.rows
    iris = {term.value for row in rows for term in row if isinstance(term, NamedNode)}
    return render_template(
        "query.html",
        entry=entry,
        table=table,
        rows=rows,
        columns=_columns(table.variables, [p.name for p in entry.parameters], rows),
        names=named(engine(), iris, language()),
        canonical=f"{context().settings.public_url}/queries/{entry.slug}{_query_string(values)}",
        fields=[_field(p, values.get(p.name, p.default)) for p in entry.parameters],
        standalone=entry.standalone(bindings),
        base=base,
        links=[(f, f"{base}.{f.suffix}{_query_string(values)}") for f in ANSWERS if f is not PAGE],
        neighbours={
            relation: base + _query_string({**values, "page": str(number)})
            for relation, number in _neighbours(table).items()
        },
    )


def _columns(
    variables: Sequence[str], given: Sequence[str], rows: Sequence[Sequence[object]]
) -> list[tuple[int, str]]:
    """The columns that a page shows, each with its place.

    Not those that only repeat what was asked for, nor the name of a thing whose own column is
    there: a page shows things by their names.
    """
    things = {
        name
        for index, name in enumerate(variables)
        if any(isinstance(row[index], NamedNode) for row in rows)
    }
    return [
        (index, name)
        for index, name in enumerate(variables)
        if (name not in given or name in things)
        and not any(name == thing + ending for thing in things for ending in _NAMES)
    ]


def _field(parameter: Parameter, value: str) -> dict[str, object]:
    """What a form needs to ask for a value: what there is to choose, or at least to suggest."""
    offered = choices(engine(), parameter, language())
    is_free = parameter.type is Type.IRI and not parameter.classes
    suggested = replace(parameter, classes=_SUGGESTED)
    return {
        "parameter": parameter,
        "value": value.removeprefix(ID),
        "choices": offered,
        "suggested": choices(engine(), suggested, language()) if is_free else [],
        "input": _INPUTS.get(parameter.type, "text"),
    }
