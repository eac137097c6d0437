"""Pages for people: for now the way in."""

from flask import Blueprint, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """The first page."""
    return render_template("home.html")
