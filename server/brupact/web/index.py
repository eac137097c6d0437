"""``/things``: everything that is described, from A to Z."""

import unicodedata
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, Response, render_template

from brupact.catalogue.sitemap import things
from brupact.describe import Name, named, shorten
from brupact.web.context import context, engine
from brupact.web.languages import language

blueprint = Blueprint("index", __name__)


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
    return Response(render_template("things.html", letters=letters, names=names,
                                    total=len(listed)))  # fmt: skip
