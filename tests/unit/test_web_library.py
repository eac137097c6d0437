"""``/queries``: lists, results in every format, pages of rows, refusals."""

import csv
import io
import json
import re
from datetime import datetime
from xml.etree import ElementTree

import openpyxl
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic
from werkzeug.test import TestResponse

from brupact.engine.local import LocalEngine
from brupact.library import Page, Table, load_library
from brupact.library.spreadsheet import LONGEST, TooLong, spreadsheet
from brupact.settings import Settings
from brupact.sparql.formats import DOCUMENTS, GRAPHS
from brupact.web import create_app
from brupact.web.library import ANSWERS, LISTS

LIBRARY = load_library()
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def assert_problem(response: TestResponse, status: int) -> dict[str, object]:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.data)
    assert problem["status"] == status and problem["title"] and problem["detail"]
    return dict(problem)


def links(response: TestResponse) -> dict[str, str]:
    """The targets of the Link headers by relation (RFC 8288)."""
    header = ", ".join(response.headers.getlist("Link"))
    return {relation: url for url, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def csv_rows(response: TestResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data(as_text=True))))


def sheet(content: bytes) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book["result"].iter_rows()]


def test_the_list_by_tag(client: FlaskClient) -> None:
    page = client.get("/queries", headers=HTML)
    assert page.content_type == "text/html; charset=utf-8"
    for slug in LIBRARY:
        assert f'href="/queries/{slug}"' in page.text
    some = client.get("/queries?tag=signatures", headers=HTML)
    assert 'href="/queries/signatures"' in some.text
    assert 'href="/queries/themes"' not in some.text
    assert links(some)["canonical"] == "http://127.0.0.1:8000/queries?tag=signatures"


def test_the_list_as_json(client: FlaskClient) -> None:
    found = {entry["slug"]: entry for entry in client.get("/queries.json").json}  # type: ignore[union-attr]
    assert set(found) == set(LIBRARY)
    theme = found["priorities-of-theme"]
    assert theme["url"] == "http://127.0.0.1:8000/queries/priorities-of-theme"
    assert set(theme["title"]) == set(theme["summary"]) == {"fr", "nl", "en"}
    first, second = theme["parameters"]
    assert (first["name"], first["type"], first["default"]) == ("theme", "iri", "theme/mobility")
    assert first["classes"] == ["https://w3id.org/brupact/ns#Theme"]
    assert second["values"] == ["fr", "nl", "en"]
    accepted = client.get("/queries", headers={"Accept": "application/json"})
    assert accepted.data == client.get("/queries.json").data
    assert accepted.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/queries", "/queries/themes"])
def test_the_description_says_the_same_in_every_format(client: FlaskClient, path: str) -> None:
    names = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
    graphs = []
    for format in GRAPHS:
        by_suffix = client.get(f"{path}.{format.suffix}")
        assert by_suffix.content_type == format.media_type
        by_accept = client.get(path, headers={"Accept": format.media_type})
        assert by_accept.data == by_suffix.data
        graphs.append(rdflib.Graph().parse(data=by_suffix.data, format=names[format.suffix]))
    select = rdflib.URIRef("http://www.w3.org/ns/shacl#select")
    texts = {str(text) for text in graphs[0].objects(None, select)}
    wanted = LIBRARY.values() if path == "/queries" else [LIBRARY["themes"]]
    assert texts == {entry.text for entry in wanted}
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


def test_the_description_on_the_web_is_that_in_the_graph(client: FlaskClient) -> None:
    whole = rdflib.Graph().parse(data=client.get("/queries.nt").data, format="nt")
    graph = rdflib.Graph().parse(data=client.get("/graphs/queries.nt").data, format="nt")
    assert isomorphic(whole, graph)


@pytest.mark.parametrize("slug", LIBRARY)
def test_every_query_has_a_page(client: FlaskClient, slug: str) -> None:
    page = client.get(f"/queries/{slug}", headers=HTML)
    assert page.status_code == 200
    assert page.headers["Vary"] == "Accept, Accept-Language, Cookie"
    for parameter in LIBRARY[slug].parameters:
        assert f'name="{parameter.name}"' in page.text


def test_the_page_speaks_the_language_asked_for(client: FlaskClient) -> None:
    page = client.get("/queries/priorities-of-theme?lang=fr&theme=theme/economy", headers=HTML).text
    assert "<h1>Priorités d’un thème</h1>" in page
    assert '<option value="theme/economy" selected dir="auto">Économie</option>' in page
    assert 'href="/queries/priorities-of-theme.csv?lang=fr&amp;theme=theme%2Feconomy"' in page
    assert 'href="/doc/priority/2026-2029-8?lang=fr"' in page
    assert "5 lignes" in page
    full = "https://w3id.org/brupact/id/theme/economy"
    whole = client.get("/queries/priorities-of-theme", query_string={"theme": full}, headers=HTML)
    assert '<option value="theme/economy" selected' in whole.text


def test_the_page_leads_to_the_query_at_the_endpoint(client: FlaskClient) -> None:
    page = client.get("/queries/themes?lang=nl", headers=HTML).text
    (target,) = re.findall(r'href="(/sparql\?query=[^"]+)"', page)
    here = client.get("/queries/themes.csv?lang=nl")
    there = client.get(target.replace("&amp;", "&"), headers={"Accept": "text/csv"})
    assert there.data == here.data


def test_results_say_the_same_in_every_format(client: FlaskClient) -> None:
    path = "/queries/signatures"
    rows = csv_rows(client.get(f"{path}.csv"))
    found = client.get(f"{path}.json").json
    assert found is not None and found["head"]["vars"] == rows[0]
    assert len(found["results"]["bindings"]) == len(rows) - 1 == 14
    tsv = client.get(f"{path}.tsv").text.splitlines()
    assert tsv[0].split("\t") == [f"?{name}" for name in rows[0]]
    root = ElementTree.fromstring(client.get(f"{path}.xml").data)
    assert len(root.findall(".//{*}result")) == 14
    assert [row[3] for row in sheet(client.get(f"{path}.xlsx").data)] == [row[3] for row in rows]


@pytest.mark.parametrize("format", ANSWERS, ids=lambda format: format.suffix)
def test_a_format_is_named_by_suffix_or_accept(client: FlaskClient, format: object) -> None:
    media_type, suffix = getattr(format, "media_type", ""), getattr(format, "suffix", "")
    by_suffix = client.get(f"/queries/themes.{suffix}")
    by_accept = client.get("/queries/themes", headers={"Accept": media_type})
    assert by_suffix.status_code == by_accept.status_code == 200
    assert by_suffix.content_type.split(";")[0] == by_accept.content_type.split(";")[0]
    pages = ", Accept-Language, Cookie" if suffix == "html" else ""
    assert by_accept.headers["Vary"] == "Accept" + pages
    if suffix != "html":
        assert by_accept.headers["Access-Control-Allow-Origin"] == "*"
    assert links(by_accept)["canonical"].endswith("/queries/themes")


def test_without_a_wish_results_are_json(client: FlaskClient) -> None:
    assert client.get("/queries/themes").content_type == "application/sparql-results+json"
    wish = {"Accept": "application/json"}
    response = client.get("/queries/themes", headers=wish)
    assert response.content_type == "application/sparql-results+json"


def test_the_text_of_a_query_stands_alone(client: FlaskClient) -> None:
    text = client.get("/queries/priority-by-number.rq?number=4").text
    assert (
        'VALUES (?number ?lang) { ("4"^^<http://www.w3.org/2001/XMLSchema#integer> "en") }' in text
    )
    answer = client.get("/sparql", query_string={"query": text}, headers={"Accept": "text/csv"})
    assert answer.data == client.get("/queries/priority-by-number.csv?number=4").data


def test_cells_are_typed(client: FlaskClient) -> None:
    response = client.get("/queries/signatures.xlsx")
    assert response.content_type == XLSX
    assert response.headers["Content-Disposition"] == 'attachment; filename="signatures.xlsx"'
    header, first, *_ = sheet(response.data)
    cells = dict(zip(header, first, strict=True))
    assert cells["position"] == 1 and isinstance(cells["position"], int)
    assert cells["date"] == datetime(2026, 6, 11)
    assert cells["name"] == "Boris Dilliès"
    due = dict(zip(*sheet(client.get("/queries/evaluation-due.xlsx").data), strict=True))
    assert due["overdue"] is False
    assert due["last_evaluation"] is None


def table(*values: str, datatype: str = "") -> Table:
    """A result with one column that holds `values`."""
    literal = {"type": "literal"} | ({"datatype": datatype} if datatype else {})
    document = {
        "head": {"vars": ["x"]},
        "results": {"bindings": [{"x": {**literal, "value": value}} for value in values]},
    }
    return Table(Page(), len(values), json.dumps(document).encode())


def test_no_text_becomes_a_formula() -> None:
    texts = ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "1", "true", "#REF!"]
    book = openpyxl.load_workbook(io.BytesIO(spreadsheet(table(*texts))))
    cells = [row[0] for row in book["result"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    ("datatype", "value", "cell"),
    [
        ("integer", "-12", -12), ("integer", "9007199254740993", "9007199254740993"),
        ("decimal", "0.5", 0.5), ("double", "1.5E0", 1.5), ("double", "INF", "INF"),
        ("boolean", "true", True), ("date", "1899-12-31", "1899-12-31"),
        ("date", "2026-06-11Z", "2026-06-11Z"), ("gYear", "2026", "2026"),
        ("date", "2026-06-11", datetime(2026, 6, 11)),
    ],
)  # fmt: skip
def test_a_literal_is_typed_where_the_cell_is_exact(
    datatype: str, value: str, cell: object
) -> None:
    typed = table(value, datatype=f"http://www.w3.org/2001/XMLSchema#{datatype}")
    (_, (found,)) = sheet(spreadsheet(typed))
    assert (found, type(found)) == (cell, type(cell))


def test_a_text_too_long_for_a_cell_is_refused_not_cut() -> None:
    spreadsheet(table("a" * LONGEST))
    with pytest.raises(TooLong, match="Take CSV"):
        spreadsheet(table("a" * (LONGEST + 1)))
    assert sheet(spreadsheet(table("a\x00b")))[1] == ["a\ufffdb"]


@pytest.mark.parametrize("size", [1, 3, 5, 14, 100])
def test_links_lead_through_all_rows_once(client: FlaskClient, size: int) -> None:
    whole = csv_rows(client.get("/queries/signatures.csv"))
    first = client.get(f"/queries/signatures.csv?page-size={size}&lang=en")
    rows, response, seen = csv_rows(first), first, 1
    while following := links(response).get("next"):
        previous, response, seen = response, client.get(following), seen + 1
        before = links(response)["prev"]
        assert client.get(before).data == previous.data
        assert response.headers["X-Total-Count"] == "14"
        rows += csv_rows(response)[1:]
    assert rows == whole
    assert seen == -(-14 // size)
    assert client.get(links(response)["last"]).data == response.data
    assert "prev" not in links(first)
    assert client.get(links(response)["first"]).data == first.data


def test_without_a_size_all_rows_come_and_no_page_is_promised(client: FlaskClient) -> None:
    response = client.get("/queries/signatures.csv")
    assert response.headers["X-Total-Count"] == "14"
    assert set(links(response)) == {"canonical"}
    assert_problem(client.get("/queries/signatures.csv?page=2"), 404)
    assert_problem(client.get("/queries/signatures.csv?page=4&page-size=5"), 404)
    assert len(csv_rows(client.get("/queries/changes.csv?page=1&page-size=5"))) == 1


def test_a_page_of_rows_links_to_the_others(client: FlaskClient) -> None:
    page = client.get("/queries/signatures?page-size=5&page=2", headers=HTML).text
    assert "14 rows, page 2 of 3" in page
    for relation, number in {"first": 1, "prev": 1, "next": 3, "last": 3}.items():
        wanted = f'<a rel="{relation}" href="/queries/signatures?page={number}&amp;page-size=5">'
        assert wanted in page


REFUSED = {
    "lang=de": ("lang", "fr"), "lang=": ("lang", "nl"), "language=fr": ("language", "lang"),
    "theme=theme/nowhere": ("theme", "theme/mobility"),
    "theme=priority/2026-2029-1": ("theme", "theme/mobility"),
    "theme=%3E%20.%20?s%20?p%20?o": ("theme", ""), "page=0": ("page", ""),
    "page-size=10001": ("page-size", ""), "infer=off": ("infer", "theme"),
}  # fmt: skip


@pytest.mark.parametrize("given", REFUSED)
@pytest.mark.parametrize("suffix", ["", ".csv", ".rq", ".ttl", ".html"])
def test_a_refusal_says_which_parameter_and_what_is_allowed(
    client: FlaskClient, given: str, suffix: str
) -> None:
    name, allowed = REFUSED[given]
    problem = assert_problem(client.get(f"/queries/priorities-of-theme{suffix}?{given}"), 400)
    assert problem["parameter"] == name
    assert name in str(problem["detail"])
    assert allowed in str(problem["allowed"])


def test_a_parameter_stands_once(client: FlaskClient) -> None:
    twice = assert_problem(client.get("/queries/themes?lang=fr&lang=fr"), 400)
    assert "'lang' is given 2 times" in str(twice["detail"])
    assert_problem(client.get("/queries/themes?lang=%ff"), 400)


def test_tags_are_checked(client: FlaskClient) -> None:
    assert "signatures" in str(assert_problem(client.get("/queries?tag=none"), 400)["allowed"])
    assert assert_problem(client.get("/queries?q=x"), 400)["parameter"] == "q"


def test_what_is_not_there(client: FlaskClient) -> None:
    for path in ("/queries/none", "/queries/none.csv", "/queries/themes.pdf", "/queries.pdf",
                 "/queries/themes.csv.csv", "/queries/../themes"):  # fmt: skip
        assert_problem(client.get(path), 404)
    for path in ("/queries", "/queries/themes"):
        assert_problem(client.get(path, headers={"Accept": "image/png"}), 406)
        assert_problem(client.post(path), 405)


def test_what_was_written_is_not_markup(client: FlaskClient) -> None:
    words = '"><script>alert(1)</script>'
    page = client.get("/queries/sentences-containing", query_string={"words": words}, headers=HTML)
    assert page.status_code == 200
    assert "<script>" not in page.text
    node = client.get("/queries/statements-about?node=javascript:alert(1)", headers=HTML)
    assert node.status_code == 200
    assert 'href="javascript:' not in node.text


def test_addresses_are_those_of_the_public(engine: LocalEngine) -> None:
    settings = Settings(public_url="https://example.org/data")
    client = create_app(engine, settings).test_client()
    response = client.get("/queries/themes.csv?page-size=2", headers={"Host": "evil.example"})
    assert links(response)["canonical"] == "https://example.org/data/queries/themes?page-size=2"
    assert links(response)["next"] == (
        "https://example.org/data/queries/themes.csv?page=2&page-size=2"
    )
    below = client.get("/queries/themes", headers=HTML, environ_overrides={"SCRIPT_NAME": "/data"})
    assert 'href="/data/queries/themes.csv"' in below.text


def test_the_tables_offer_each_suffix_once() -> None:
    for offers in (ANSWERS, LISTS):
        suffixes = [format.suffix for format in offers]
        assert len(set(suffixes)) == len(suffixes)
        assert {format.suffix for format in DOCUMENTS} <= set(suffixes)


def test_a_page_shows_things_by_name_and_leaves_out_what_repeats(client: FlaskClient) -> None:
    page = client.get("/queries/responsible.html?lang=fr").text
    heads = re.findall('<th scope="col">([^<]*)</th>', page)
    assert "Priorité" in heads and "Membre" in heads
    assert not [head for head in heads if head.endswith(("label", "name", "lang"))]
    assert ">Audrey Henry</a>" in page
    assert "priority_label" in client.get("/queries/responsible.csv").text.splitlines()[0]
    assert '<span class="k">SELECT</span>' in page
    assert f'<a href="{Settings().public_url}/queries/responsible?lang=fr">' in page


def test_a_thing_of_any_class_is_suggested(client: FlaskClient) -> None:
    page = client.get("/queries/statements-about.html?lang=nl").text
    offered = re.findall('<option value="(priority/[^"]+)">([^<]+)<', page)
    assert len(offered) == 17
    assert "list=" in page
