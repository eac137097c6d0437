"""``/search``: things by words, as a page, as JSON or as CSV."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, json, render_template, request

from brupact.describe import Name, compact, full, named, shorten
from brupact.library import BadParameter
from brupact.search import FACETS, Findable, Results
from brupact.sparql.formats import LISTING, PAGE, TABLE, Format
from brupact.sparql.negotiation import best
from brupact.sparql.protocol import single_values
from brupact.web.context import context, engine
from brupact.web.index import table
from brupact.web.languages import PARAMETER, language
from brupact.web.representations import negotiated
from brupact.web.texts import texts

blueprint = Blueprint("search", __name__)

#: What `/search` is offered as, the default first.
FORMATS: Final[tuple[Format[None], ...]] = (PAGE, LISTING, TABLE)
#: How many results a page shows, and how many of them a program gets at most.
_SIZE: Final = 25
_MOST: Final = 1000
#: The longest text that is searched for, in characters.
_LONGEST: Final = 500
#: How many names are suggested while one types.
_SUGGESTED: Final = 8
#: How many values of a facet are offered.
_OFFERED: Final = 12
#: How much of a text is shown beside a name, in characters.
_EXCERPT: Final = 240
_KNOWN: Final = ("q", "page", "limit", PARAMETER, *FACETS)


@blueprint.get("/search")
@blueprint.get("/search.<suffix>")
def search(suffix: str = "") -> Response:
    """What the words in ``q`` fit, the best first, narrowed by type, theme, member, instrument."""
    values = single_values(request.query_string)
    if unknown := values.keys() - set(_KNOWN):
        raise BadParameter(min(unknown), "does not exist here", _KNOWN)
    asked = values.get("q", "").strip()
    if len(asked) > _LONGEST:
        raise BadParameter("q", "is too long", f"up to {_LONGEST} characters")
    chosen = {facet: full(values[facet]) for facet in FACETS if values.get(facet)}
    results = context().search.search(asked, chosen)
    wanted = _wanted(suffix)
    if wanted is PAGE:
        response = Response(_page(results, asked, chosen, _number(values, "page", _MOST, 1)))
    elif wanted is LISTING:
        response = _listed(results, asked, _number(values, "limit", _MOST, _SIZE))
    else:
        found = results.found[: _number(values, "limit", _MOST, _MOST)]
        response = table((thing.iri, thing.type) for thing in found)
    response.vary.add("Accept")
    return response


@blueprint.get("/search/suggestions")
def suggestions() -> Response:
    """The names of what the words in ``q`` would find first, as a list."""
    asked = request.args.get("q", "").strip()[:_LONGEST]
    found = context().search.search(asked, {}).found[:_SUGGESTED]
    names = named(engine(), [thing.iri for thing in found], language())
    words = list(dict.fromkeys(names[thing.iri].value for thing in found if thing.iri in names))
    response = Response(json.dumps(words, ensure_ascii=False), content_type="application/json")
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def _wanted(suffix: str) -> Format[None]:
    """The format that the suffix or the Accept header names; the page where it accepts neither."""
    if suffix:
        return negotiated(suffix, FORMATS)
    index = best(request.headers.get("Accept"), [(f.media_type, *f.aliases) for f in FORMATS])
    return FORMATS[index or 0]


def _number(values: dict[str, str], name: str, most: int, default: int) -> int:
    said = values.get(name, str(default))
    if not (said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= most):
        raise BadParameter(name, "is no number of that kind", f"1 to {most}")
    return int(said)


def _listed(results: Results, asked: str, limit: int) -> Response:
    shown = results.found[:limit]
    names = named(engine(), [iri for t in shown for iri in (t.iri, t.type) if iri], language())
    content = {
        "query": asked,
        "total": len(results.found),
        "results": [
            {
                "iri": thing.iri,
                "label": names[thing.iri].value if thing.iri in names else shorten(thing.iri),
                "language": (names[thing.iri].language or None) if thing.iri in names else None,
                "type": thing.type or None,
                "type_label": _called(thing.type, names),
            }
            for thing in shown
        ],
        "facets": {
            facet: [{"iri": iri, "count": count} for iri, count in counts.most_common()]
            for facet, counts in results.facets.items()
        },
    }
    response = Response(json.dumps(content, ensure_ascii=False), content_type="application/json")
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def _called(iri: str, names: Mapping[str, Name]) -> str | None:
    """The name of a class; those of others have theirs from us."""
    words, key = texts(language()), f"class.{shorten(iri)}"
    return names[iri].value if iri in names else words(key) if words.has(key) else None


def _page(results: Results, asked: str, chosen: dict[str, str], number: int) -> str:
    shown = results.found[(number - 1) * _SIZE : number * _SIZE]
    offered = {
        facet: [(iri, count) for iri, count in counts.most_common(_OFFERED)]
        for facet, counts in results.facets.items()
    }
    iris = {iri for thing in shown for iri in (thing.iri, thing.type) if iri}
    iris |= {iri for values in offered.values() for iri, _ in values} | set(chosen.values())
    return render_template(
        "search.html",
        asked=asked,
        total=len(results.found),
        found=[(thing, _excerpt(thing)) for thing in shown],
        offered=offered,
        chosen=chosen,
        names=named(engine(), iris, language()),
        number=number,
        pages=max(1, -(-len(results.found) // _SIZE)),
        choice=lambda facet, iri: _choice(chosen, facet, iri),
    )


def _excerpt(thing: Findable) -> tuple[str, str] | None:
    """The beginning of the text of a thing, in the language of the page where there is one."""
    texts = dict(reversed(sorted(thing.texts)))
    tag = language() if language() in texts else next(iter(sorted(texts)), None)
    if tag is None:
        return None
    text = texts[tag]
    return tag, text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " …"


def _choice(chosen: dict[str, str], facet: str, iri: str | None) -> dict[str, str]:
    """The parameters of the facets once `iri`, or nothing, is chosen for `facet`."""
    changed = {**chosen, facet: iri}
    return {name: compact(value) for name, value in changed.items() if value}
