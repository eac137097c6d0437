"""``/things``: everything that is described, from A to Z, as a page or as CSV."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import Final, NamedTuple

from flask import Blueprint, Response, render_template

from brupact.catalogue.sitemap import THINGS, things
from brupact.describe import Name, named, shorten
from brupact.sparql.formats import TABLE
from brupact.web.context import context, engine
from brupact.web.languages import language

blueprint = Blueprint("index", __name__)

#: The columns of a list of things as CSV.
_COLUMNS: Final = ("iri", "name", "language", "type", "type_name")


class Listed(NamedTuple):
    """A thing in the list, with its name in the language of the page, and its class."""

    iri: str
    name: Name | None
    type: str

    @property
    def key(self) -> str:
        """What it is sorted by: its name without accents."""
        text = self.name.value if self.name else shorten(self.iri)
        plain = unicodedata.normalize("NFKD", text.casefold())
        return "".join(c for c in plain if not unicodedata.combining(c))

    @property
    def letter(self) -> str:
        """Under which heading it stands."""
        first = self.key[:1]
        return first.upper() if "a" <= first <= "z" else "#"


@blueprint.get("/things")
def index() -> Response:
    """The names of all things, each with its class, by their first letter."""
    found = things(engine())
    types = {thing.iri: thing.type for thing in context().search.index.things}
    names = named(engine(), {*found, *types.values()} - {""}, language())
    listed = sorted(
        (Listed(iri, names.get(iri), types.get(iri, "")) for iri in found),
        key=lambda thing: (thing.letter == "#", thing.key, thing.iri),
    )
    letters = {letter: list(each) for letter, each in groupby(listed, lambda thing: thing.letter)}
    return Response(
        render_template("things.html", letters=letters, names=names, total=len(listed), text=THINGS)
    )


@blueprint.get(f"/things.{TABLE.suffix}")
def listing() -> Response:
    """The IRI, the name and the class of every thing, as CSV."""
    types = {thing.iri: thing.type for thing in context().search.index.things}
    return table((iri, types.get(iri, "")) for iri in things(engine()))


def table(found: Iterable[tuple[str, str]]) -> Response:
    """Things with their classes as CSV, named in the language of the page where they are."""
    listed = list(found)
    names = named(engine(), {iri for pair in listed for iri in pair if iri}, language())
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for iri, type_ in listed:
        name, kind = names.get(iri), names.get(type_)
        writer.writerow((
            iri, name.value if name else "", name.language if name else "", type_,
            kind.value if kind else "",
        ))  # fmt: skip
    response = Response(buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response.vary.update(["Accept-Language", "Cookie"])
    return response
