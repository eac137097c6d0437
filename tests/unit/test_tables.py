"""CSV can be read back: each row has as many fields as there are columns."""

import csv
import io

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from brupact.sparql import tables


def written(text: str, format: QueryResultsFormat = QueryResultsFormat.CSV) -> bytes:
    output = io.BytesIO()
    found = Store().query(text)
    assert isinstance(found, QuerySolutions)
    tables.write(found, output, format)
    return output.getvalue()


def test_an_iri_with_a_comma_is_one_field() -> None:
    text = (
        'SELECT ?a ?b ?c { VALUES (?a ?b ?c) { (<http://example.org/a,b> "x, \\"y\\"\\n" UNDEF) } }'
    )
    assert written(text) == b'a,b,c\r\n"http://example.org/a,b","x, ""y""\n",\r\n'


def test_an_only_column_that_is_unbound_is_a_row() -> None:
    rows = list(csv.reader(io.StringIO(written("SELECT ?a { VALUES ?a { UNDEF 1 } }").decode())))
    assert rows == [["a"], [""], ["1"]]


def test_a_blank_node_has_its_label_and_a_literal_its_lexical_form() -> None:
    head, row = (
        written("SELECT (BNODE() AS ?b) (1.5 AS ?n) ('é'@fr AS ?t) {}").decode().split("\r\n")[:2]
    )
    assert head == "b,n,t" and row.startswith("_:") and row.endswith(",1.5,é")


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 2500])
def test_all_rows_are_written_once(rows: int) -> None:
    values = " ".join(map(str, range(rows)))
    wanted = ["n", *map(str, range(rows))]
    assert written(f"SELECT ?n {{ VALUES ?n {{ {values} }} }}").decode().split() == wanted


def test_other_formats_are_the_engine_s() -> None:
    assert written("SELECT (1 AS ?n) {}", QueryResultsFormat.TSV) == b"?n\n1\n"
