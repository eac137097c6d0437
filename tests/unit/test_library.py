"""The query library: files, headers, types of parameters, the description, the answers."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from brupact import resources
from brupact.engine.local import LocalEngine
from brupact.errors import BrokenInput
from brupact.library import (
    BadParameter,
    Entry,
    Page,
    Parameter,
    Type,
    answer,
    choices,
    describe,
    library_quads,
    load_library,
    read_entry,
    read_values,
)
from brupact.namespaces import ID, PREFIXES, SH, XSD
from brupact.release import Release

HEADER = "".join(
    f"#+ {key}_{tag}: {key} {tag}\n" for key in ("title", "summary") for tag in ("fr", "nl", "en")
)
TAGS = "#+ tags: one, two-words\n"
LANG = "#+ param: lang | language | en | La langue | De taal | The language\n"
BODY = "SELECT ?s ?lang\nWHERE {\n  ?s a ?c FILTER(LANG(?c) = ?lang)\n}\nORDER BY ?s\n"
LIBRARY = load_library()


def written(folder: Path, text: str, name: str = "a-query.rq") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_an_entry(tmp_path: Path) -> None:
    entry = read_entry(written(tmp_path, HEADER + TAGS + LANG + BODY))
    assert entry.slug == "a-query"
    assert entry.iri.value == "https://w3id.org/brupact/queries/a-query"
    assert entry.titles == {"fr": "title fr", "nl": "title nl", "en": "title en"}
    assert entry.summaries["nl"] == "summary nl"
    assert entry.tags == ("one", "two-words")
    assert entry.text == BODY
    (lang,) = entry.parameters
    assert (lang.name, lang.type, lang.default) == ("lang", Type.LANGUAGE, "en")
    assert lang.codes == ("fr", "nl", "en")
    assert lang.descriptions["fr"] == "La langue"


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


PARAM = "#+ param: {} | La | De | The\n"
BROKEN = {
    "no header": (BODY, "lacks title_fr", None),
    "a text missing": (HEADER.replace("#+ summary_nl: summary nl\n", "") + TAGS + BODY,
                       "lacks summary_nl", None),
    "no tags": (HEADER + BODY, "lacks tags", None),
    "a text twice": (HEADER + "#+ title_fr: again\n" + TAGS + BODY, "not a header line", "again"),
    "unknown key": (HEADER + TAGS + "#+ titel_fr: x\n" + BODY, "not a header line", "titel"),
    "a comment": (HEADER + TAGS + "# a comment\n" + BODY, "not a header line", "# a comment"),
    "a bad tag": (HEADER + "#+ tags: one,two\n" + BODY, "is no tag", "#+ tags"),
    "too few fields": (HEADER + TAGS + "#+ param: lang | language\n" + BODY,
                       "name | type | default", "param"),
    "an empty field": (HEADER + TAGS + PARAM.format("lang | language |  ") + BODY,
                       "name | type | default", "param"),
    "unknown type": (HEADER + TAGS + PARAM.format("lang | float | 1") + BODY, "float", "param"),
    "a bad name": (HEADER + TAGS + PARAM.format("La ng | language | en") + BODY,
                   "no name of a parameter", "param"),
    "a default of another type": (HEADER + TAGS + PARAM.format("lang | language | de") + BODY,
                                  "allowed: fr, nl, en", "param"),
    "a class for a date": (HEADER + TAGS + PARAM.format("lang | date x:Y | 2026-01-01") + BODY,
                           "stands alone", "param"),
    "a code without values": (HEADER + TAGS + PARAM.format("lang | code | a") + BODY,
                              "lists its values", "param"),
    "an unknown prefix": (HEADER + TAGS + PARAM.format("lang | iri x:Y | a/b") + BODY,
                          "no prefixed name", "param"),
    "a parameter twice": (HEADER + TAGS + LANG + LANG.replace("La langue", "again") + BODY,
                          "stands twice", "again"),
    "not SPARQL": (HEADER + TAGS + BODY.replace("FILTER(", "FILTRE("), "expected", "FILTRE"),
    "not a SELECT": (HEADER + TAGS + "ASK\nWHERE {\n}\n", "is a SELECT", None),
    "a body on one line": (HEADER + TAGS + "SELECT ?s WHERE { ?s a ?c }\n", "WHERE {", None),
    "not projected": (HEADER + TAGS + LANG + BODY.replace(" ?lang\n", "\n"), r"\?lang", None),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    text, reason, where = BROKEN[case]
    path = written(tmp_path, text)
    with pytest.raises(BrokenInput, match=reason.replace("|", r"\|")) as caught:
        read_entry(path)
    assert caught.value.path == path
    if where:
        assert caught.value.line == line_of(text, where)


def test_what_cannot_be_read_is_broken_input(tmp_path: Path) -> None:
    with pytest.raises(BrokenInput):
        read_entry(tmp_path / "absent.rq")
    (latin := tmp_path / "latin.rq").write_bytes(b"#+ title_fr: \xe9\n")
    with pytest.raises(BrokenInput):
        load_library(tmp_path)
    latin.unlink()
    with pytest.raises(BrokenInput, match="lower case"):
        read_entry(written(tmp_path, HEADER + TAGS + BODY, "A_Query.rq"))


def parameter(type: Type, *codes: str) -> Parameter:
    return Parameter("p", type, (), codes, "", {})


def date(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "date"))


GOOD = [
    (parameter(Type.IRI), "theme/mobility", NamedNode(ID + "theme/mobility")),
    (parameter(Type.IRI), ID + "theme/mobility", NamedNode(ID + "theme/mobility")),
    (parameter(Type.IRI), "urn:x:y", NamedNode("urn:x:y")),
    (parameter(Type.STRING), "", Literal("")),
    (parameter(Type.STRING), 'a "b" }\n> .', Literal('a "b" }\n> .')),
    (parameter(Type.STRING), "a" * 1000, Literal("a" * 1000)),
    (parameter(Type.INTEGER), "13", Literal(13)),
    (parameter(Type.INTEGER), "+013", Literal(13)),
    (parameter(Type.INTEGER), "-9223372036854775808", Literal(-(2**63))),
    (parameter(Type.DATE), "2028-02-29", date("2028-02-29")),
    (parameter(Type.LANGUAGE, "fr", "nl", "en"), "nl", Literal("nl")),
    (parameter(Type.CODE, "a", "b"), "b", Literal("b")),
]
BAD = [
    (parameter(Type.IRI), ""), (parameter(Type.IRI), "theme/mobi lity"),
    (parameter(Type.IRI), "http://x/> . ?s ?p ?o"), (parameter(Type.IRI), "a\nb"),
    (parameter(Type.STRING), "a" * 1001), (parameter(Type.STRING), "\x00"),
    (parameter(Type.STRING), "\ud800"), (parameter(Type.STRING), "\uffff"),
    (parameter(Type.INTEGER), ""), (parameter(Type.INTEGER), "1.0"),
    (parameter(Type.INTEGER), " 1"), (parameter(Type.INTEGER), "1\n"),
    (parameter(Type.INTEGER), "١"), (parameter(Type.INTEGER), "9223372036854775808"),
    (parameter(Type.DATE), "2027-02-29"), (parameter(Type.DATE), "20270228"),
    (parameter(Type.DATE), "2027-02-28Z"), (parameter(Type.DATE), "2027-W01-1"),
    (parameter(Type.DATE), ""), (parameter(Type.LANGUAGE, "fr", "nl", "en"), "EN"),
    (parameter(Type.LANGUAGE, "fr", "nl", "en"), "de"), (parameter(Type.CODE, "a", "b"), "A"),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "text", "term"), GOOD)
def test_a_value_becomes_a_term(parameter: Parameter, text: str, term: NamedNode | Literal) -> None:
    assert parameter.read(text) == term


@pytest.mark.parametrize(("parameter", "text"), BAD)
def test_another_value_is_refused_with_what_is_allowed(parameter: Parameter, text: str) -> None:
    with pytest.raises(BadParameter, match="'p'.*; allowed: .+") as caught:
        parameter.read(text)
    assert caught.value.name == "p"
    assert caught.value.reason and caught.value.allowed


def test_defaults_stand_where_nothing_is_given() -> None:
    entry = LIBRARY["no-news-since"]
    assert entry.bindings({}) == {"since": date("2026-06-11"), "lang": Literal("en")}
    assert entry.bindings({"lang": "fr"})["lang"] == Literal("fr")
    with pytest.raises(BadParameter, match="'language' does not exist.*since, lang, page"):
        entry.bindings({"language": "fr"})


def test_a_standalone_query_holds_its_values_as_terms() -> None:
    entry = LIBRARY["sentences-containing"]
    text = entry.standalone(entry.bindings({"words": 'x" }\n#', "lang": "nl"}))
    assert '  VALUES (?words ?lang) { ("x\\" }\\n#" "nl") }\n' in text
    assert LIBRARY["label-coverage"].standalone({}) == LIBRARY["label-coverage"].text


def test_choices_are_the_instances_with_their_labels(engine: LocalEngine) -> None:
    theme = LIBRARY["priorities-of-theme"].parameters[0]
    offered = {choice.value: choice.label for choice in choices(engine, theme, "fr")}
    assert len(offered) == 7
    assert offered["theme/mobility"] == "Mobilité"
    priority = LIBRARY["all-about-priority"].parameters[0]
    numbers = [c.value.rpartition("-")[2] for c in choices(engine, priority, "nl")]
    assert numbers == [str(n) for n in range(1, 18)]
    assert choices(engine, LIBRARY["statements-about"].parameters[0], "en") == []
    relation = LIBRARY["instruments-by-relation"].parameters[0]
    assert "replace" in {choice.value for choice in choices(engine, relation, "en")}


def test_every_default_is_a_value_that_is_allowed(engine: LocalEngine) -> None:
    for entry in LIBRARY.values():
        read_values(engine, entry, {p.name: p.default for p in entry.parameters})


def test_codes_of_a_query_are_those_of_the_code_list(engine: LocalEngine) -> None:
    code_list = LIBRARY["code-list"]
    for slug, name in (("parts-with-status", "status"), ("external-links", "confidence")):
        values = read_values(engine, code_list, {"list": f"code-list/{name}"})
        table = answer(engine, code_list, values, Page())
        column = table.variables.index("notation")
        notations = {str(row[column].value) for row in table.rows}  # type: ignore[union-attr]
        assert set(LIBRARY[slug].parameters[0].codes) == notations


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, Page(1, None)), ({"page": "2", "page-size": "10000"}, Page(2, 10_000))],
)
def test_a_page_is_read(values: Mapping[str, str], expected: Page) -> None:
    assert Page.read(values) == expected


@pytest.mark.parametrize("name", ["page", "page-size"])
@pytest.mark.parametrize("value", ["0", "-1", "", "x", "1.5", "١", "9999999999"])
def test_no_other_page_is_read(name: str, value: str) -> None:
    with pytest.raises(BadParameter, match=name):
        Page.read({name: value})


def test_a_page_has_an_upper_bound() -> None:
    with pytest.raises(BadParameter, match="1 to 10000"):
        Page.read({"page-size": "10001"})


def test_pages_hold_all_rows_once_and_in_order(engine: LocalEngine) -> None:
    entry = LIBRARY["priorities"]
    whole = answer(engine, entry, entry.bindings({}), Page())
    assert (whole.total, whole.pages) == (17, 1)
    parts = [answer(engine, entry, entry.bindings({}), Page(n, 5)) for n in (1, 2, 3, 4)]
    assert [len(part.rows) for part in parts] == [5, 5, 5, 2]
    assert {part.pages for part in parts} == {4}
    assert [row for part in parts for row in part.rows] == whole.rows
    nothing = LIBRARY["changes"]
    empty = answer(engine, nothing, nothing.bindings({}), Page(1, 5))
    assert (empty.total, empty.pages, empty.rows) == (0, 1, [])


def test_the_library_is_in_the_release_as_rdf(release: Release) -> None:
    quads = library_quads(LIBRARY.values())
    assert {str(q) for q in quads} <= {str(q) for q in release.store}
    assert not [quad for quad in quads if "BlankNode" in type(quad.subject).__name__]


def test_a_query_describes_its_parameters() -> None:
    said: dict[tuple[str, str], set[str]] = {}
    for quad in describe(LIBRARY["priorities-of-theme"]):
        key = (str(quad.subject.value), quad.predicate.value)  # type: ignore[union-attr]
        said.setdefault(key, set()).add(quad.object.value)  # type: ignore[union-attr]
    base = LIBRARY["priorities-of-theme"].iri.value
    theme = f"{base}#param-theme"
    assert said[base, PREFIXES["rdf"] + "type"] == {
        SH + "SPARQLExecutable", SH + "SPARQLSelectExecutable",
    }  # fmt: skip
    assert said[base, SH + "parameter"] == {theme, f"{base}#param-lang"}
    assert said[theme, SH + "class"] == {PREFIXES["pact"] + "Theme"}
    assert said[theme, SH + "defaultValue"] == {ID + "theme/mobility"}
    assert said[theme, SH + "path"] == {"https://w3id.org/brupact/queries#theme"}
    assert said[f"{base}#param-lang", SH + "pattern"] == {"^(fr|nl|en)$"}
    assert said[base, SH + "select"] == {LIBRARY["priorities-of-theme"].text}


def test_all_files_of_the_folder_are_read() -> None:
    assert set(LIBRARY) == {path.stem for path in resources.QUERIES.glob("*")}
    assert all(isinstance(entry, Entry) for entry in LIBRARY.values())
