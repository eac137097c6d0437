"""The page of ``/sparql``: a form that any browser sends, and what the script makes an editor of it
needs to know. All that it shows comes from our own graph and library.
"""

from typing import Any, Final
from unicodedata import normalize

from flask import render_template, request, url_for

from brupact.endpoint import LONGEST
from brupact.library import Entry
from brupact.namespaces import BASE, DOC, ID, PREFIXES
from brupact.sparql.formats import GRAPHS, RESULTS, Format
from brupact.sparql.labelled import SUFFIX
from brupact.web.built import built
from brupact.web.context import context
from brupact.web.languages import PARAMETER, carried, language
from brupact.web.library import library
from brupact.web.texts import texts

#: What stands in the form by itself; the language of its labels is that of the page.
_FIRST: Final = """PREFIX pact: <https://w3id.org/brupact/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?number ?title ?member WHERE {
  ?priority a pact:SharedPriority ; pact:number ?number ; skos:prefLabel ?title .
  FILTER(LANG(?title) = "en")
  OPTIONAL { ?priority pact:competentMember/skos:prefLabel ?member FILTER(LANG(?member) = "en") }
}
ORDER BY ?number"""
#: The least and the most lines that the form shows.
_LEAST, _MOST = 8, 24
#: The words that the script shows stand under this key, and the plural forms of rows.
_WORDS: Final = ("editor.", "query.rows.")


def page(text: str | None) -> str:
    """The page, with the query `text` in its form, or else an example."""
    shown = text or _FIRST.replace('"en"', f'"{language()}"')
    return render_template(
        "sparql.html",
        text=shown,
        rows=min(_MOST, max(_LEAST, shown.count("\n") + 3)),
        script=built("editor.js"),
        formats=(*RESULTS, *GRAPHS),
        examples=_examples(),
        timeout=context().settings.query_timeout,
        told=_told(),
    )


def _examples() -> dict[str, list[tuple[Entry, str]]]:
    """The queries of the library by subject, each with the address of its text."""
    words = texts(language())
    subjects: dict[str, list[tuple[Entry, str]]] = {}
    for entry in library().values():
        for tag in entry.tags:
            subjects.setdefault(words(f"tag.{tag}"), []).append((entry, _text_of(entry)))
    return dict(sorted(subjects.items(), key=lambda item: normalize("NFKD", item[0])))


def _text_of(entry: Entry) -> str:
    """The address of the text of a query with its values, labels in the language of the page."""
    speaks = any(parameter.name == PARAMETER for parameter in entry.parameters)
    query = f"?{PARAMETER}={language()}" if speaks else ""
    return f"{request.script_root}/queries/{entry.slug}.rq{query}"


def _told() -> dict[str, object]:
    """What the script needs to know."""
    root = request.script_root
    return {
        "lang": language(),
        "carried": carried(),
        "endpoint": f"{root}/sparql",
        "longest": LONGEST,
        "lines": [_LEAST, _MOST],
        "terms": f"{root}/queries/terms-in-use.json?{PARAMETER}={language()}",
        "search": url_for("search.search", suffix="json", lang=language()),
        "root": root,
        "base": BASE,
        "things": ID,
        "documents": DOC,
        "prefixes": PREFIXES,
        "labelSuffix": SUFFIX,
        "formats": {"results": _formats(RESULTS), "graphs": _formats(GRAPHS)},
        "words": _words(),
    }


def _formats(offered: tuple[Format[Any], ...]) -> list[dict[str, str]]:
    return [{"suffix": f.suffix, "label": f.label, "type": f.media_type} for f in offered]


def _words() -> dict[str, str]:
    return {
        key.removeprefix(prefix) if prefix == _WORDS[0] else key: words
        for key, words in texts(language()).words.items()
        for prefix in _WORDS
        if key.startswith(prefix)
    }
