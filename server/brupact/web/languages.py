"""In which language a page speaks, and what else a reader may choose of it.

In this order: ``?lang=`` of the address, the cookie ``lang``, the header ``Accept-Language``,
English. A language of the address is carried on by every link of the page; the cookies are set by
``/preferences`` alone.
"""

from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from brupact.library import LANGUAGES, BadParameter
from brupact.web.context import context
from brupact.web.texts import texts

blueprint = Blueprint("languages", __name__)

#: The language for those who name none of ours.
DEFAULT: Final = "en"
PARAMETER: Final = "lang"
COOKIE: Final = PARAMETER
#: The languages in which the agreement was signed.
SOURCES: Final = ("fr", "nl")
THEME: Final = "theme"
THEMES: Final = ("auto", "light", "dark")
#: How long a browser keeps what was chosen, in seconds.
_YEAR: Final = 365 * 86_400
#: Where ``lang`` is not ours to read: it belongs to a query of the library, or means nothing.
_THEIRS: Final = ("library", "sparql")


def language() -> str:
    """The language of the page that this request gets."""
    if PARAMETER not in g:
        given = request.args.get(PARAMETER), request.cookies.get(COOKIE)
        accepted = request.accept_languages.best_match(LANGUAGES)
        found = next((tag for tag in (*given, accepted) if tag in LANGUAGES), DEFAULT)
        setattr(g, PARAMETER, found)
    return str(g.get(PARAMETER))


def theme() -> str:
    """Whether the page is light or dark, or as the system of the reader has it."""
    chosen = request.cookies.get(THEME)
    return chosen if chosen in THEMES else THEMES[0]


def sources() -> list[str]:
    """The languages of the source text, that of the page first if it is one of them."""
    return sorted(SOURCES, key=lambda tag: tag != language())


def carried() -> dict[str, str]:
    """What each link of this page passes on: the language, where the address names it."""
    named = request.args.get(PARAMETER)
    return {PARAMETER: named} if named in LANGUAGES and named is not None else {}


def carried_query() -> str:
    """What each link to a thing has at its end: a query string that names the version and the
    language of this page, or nothing.
    """
    if "carried" not in g:
        version = {"version": g.version.entry.name} if "version" in g else {}
        passed = version | carried()
        g.carried = f"?{urlencode(passed)}" if passed else ""
    return str(g.carried)


def here(**changed: str | None) -> str:
    """The address of this page below this host, with `changed` in its query string.

    A parameter that is changed to ``None`` is left out.
    """
    path = quote(request.script_root + request.path.removesuffix(".html"))
    values = {**request.args.to_dict(flat=False), **changed}
    asked = urlencode({k: v for k, v in values.items() if v is not None}, doseq=True)
    return f"{path}?{asked}" if asked else path


def absolute(**changed: str | None) -> str:
    """The address of this page for the public, with `changed` in its query string."""
    public = urlsplit(context().settings.public_url)
    return f"{public.scheme}://{public.netloc}{here(**changed)}"


def register(app: Flask) -> None:
    """Let every page of `app` speak one language, and say which."""

    @app.before_request
    def refuse_unknown_language() -> None:
        """A language that there is not is an error, as any value that a parameter cannot have."""
        named = request.args.get(PARAMETER)
        if named is not None and named not in LANGUAGES and request.blueprint not in _THEIRS:
            raise BadParameter(PARAMETER, "is no language of these pages", LANGUAGES)

    @app.url_defaults
    def carry_language(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" and request:
            values |= {name: tag for name, tag in carried().items() if name not in values}

    @app.context_processor
    def words() -> dict[str, object]:
        return {
            "t": texts(language()), "lang": language(), "languages": LANGUAGES,
            "colours": theme(), "palettes": THEMES, "here": here, "absolute": absolute,
            "texts": texts, "carried": carried(), "sources": sources(),
            "made_up": context().made_up,
        }  # fmt: skip

    @app.after_request
    def say(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.content_language.add(language())
            response.vary.update(["Accept-Language", "Cookie"])
        return response


@blueprint.get("/preferences")
def preferences() -> BaseResponse:
    """Keep the language and the colours that a reader chooses, and go back to the page."""
    to = request.args.get("to", f"{request.script_root}/")
    if not to.startswith("/") or to[1:2] in ("/", "\\") or not to.isprintable():
        raise BadParameter("to", "leads elsewhere", "a path of this service")
    response = redirect(to, 303)
    for name, allowed in ((COOKIE, LANGUAGES), (THEME, THEMES)):
        if (chosen := request.args.get(name)) is None:
            continue
        if chosen not in allowed:
            raise BadParameter(name, "cannot be that", allowed)
        response.set_cookie(
            name, chosen, _YEAR, path=request.script_root or "/", samesite="Lax", httponly=True
        )
    response.cache_control.no_store = True
    return response
