"""Pages for people that are about no one thing: the first page."""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template

from brupact.describe import named
from brupact.web.answers import Row, rows
from brupact.web.context import context, engine
from brupact.web.languages import language
from brupact.web.library import library

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """The agreement at a glance: its priorities, who is competent, when it is evaluated."""
    agreement = _rows("agreement")
    responsible: dict[str, dict[str, Row]] = {}
    for row in _rows("responsible"):
        if "member" in row:
            responsible.setdefault(row["priority"].value, {})[row["member"].value] = row
    priorities: dict[str, list[Row]] = {}
    for row in _rows("priorities"):
        priorities.setdefault(row["theme"].value, []).append(row)
    gaps = {row["priority"].value for row in _rows("responsible") if "member" not in row}
    themes = _rows("themes")
    signing = [row for row in _rows("timeline") if row["kind"].value == "signing"]
    iris = {
        term.value
        for row in (*agreement, *signing, *themes, *_rows("priorities"), *_rows("responsible"))
        for term in row.values()
    }
    return Response(
        render_template(
            "home.html",
            agreement=agreement,
            themes=themes,
            priorities=priorities,
            responsible=responsible,
            gaps=gaps,
            members=_members(responsible),
            due=_rows("evaluation-due"),
            signing=signing,
            names=named(engine(), (iri for iri in iris if ":" in iri), language()),
        )
    )


@blueprint.get("/about")
def about() -> Response:
    """What this is, under which licence, how accessible, and how programs use it."""
    return Response(render_template("about.html"))


@blueprint.get("/accessibility")
def accessibility() -> Response:
    """How accessible the pages are, how that was looked at, and whom to tell."""
    return Response(render_template("accessibility.html", settings=context().settings))


def _members(responsible: Mapping[str, Mapping[str, Row]]) -> dict[str, list[Row]]:
    """By member: a row for each priority for which somebody says that they are competent."""
    found: dict[str, list[Row]] = {}
    for members in responsible.values():
        for member, row in members.items():
            found.setdefault(member, []).append(row)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def _rows(slug: str) -> list[Row]:
    return rows(library()[slug], language())
