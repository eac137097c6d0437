"""Programs that others use, on the service as it runs."""

import io
import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pandas
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

from brupact.namespaces import ID, PACT

HERE = Path(__file__).parent
COMUNICA = HERE / "node_modules" / ".bin" / "comunica-sparql"
PRIORITIES = f"""
PREFIX pact: <{PACT}>
SELECT ?n ?theme {{ ?p a pact:SharedPriority ; pact:number ?n ; pact:inTheme ?theme }}
ORDER BY ?n
"""


def run(*command: str | Path) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="NO CURL ON THIS MACHINE")
def test_curl(service: str) -> None:
    def curl(path: str, *options: str) -> str:
        return run("curl", "--silent", "--show-error", "--fail", *options, service + path)

    csv = curl("/sparql", "--header", "Accept: text/csv", "--data-urlencode", f"query={PRIORITIES}")
    assert csv.splitlines()[1] == f"1,{ID}theme/mobility"
    assert len(csv.splitlines()) == 18
    followed = curl("/id/theme/mobility", "--location", "--header", "Accept: text/turtle")
    assert f"<{ID}theme/mobility> a" in followed


@pytest.mark.parametrize("format", [CSV, TSV, XML])
def test_sparqlwrapper_reads_every_result_format(service: str, format: str) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setQuery(PRIORITIES)
    wrapper.setReturnFormat(format)
    answer: Any = wrapper.queryAndConvert()
    text = answer.toxml() if format == XML else answer.decode()
    assert text.count(f"{ID}theme/") == 17


@pytest.mark.parametrize("format", [RDFXML, TURTLE])
def test_sparqlwrapper_reads_graphs(service: str, format: str) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setQuery(f"DESCRIBE <{ID}theme/mobility>")
    wrapper.setReturnFormat(format)
    with warnings.catch_warnings():
        # SPARQLWrapper reads RDF/XML into a class that rdflib deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        answer: Any = wrapper.queryAndConvert()
    graph = answer if isinstance(answer, rdflib.Graph) else rdflib.Graph().parse(data=answer)
    assert len(graph) > 5


def test_rdflib_store(service: str) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{service}/sparql"))
    assert len(list(graph.query(PRIORITIES))) == 17
    kind = rdflib.URIRef(PACT + "Theme")
    assert len(set(graph.subjects(rdflib.RDF.type, kind))) == 7


def test_rdflib_follows_an_iri_to_its_data(service: str) -> None:
    graph = rdflib.Graph().parse(f"{service}/id/priority/2026-2029-13")
    node = rdflib.URIRef(ID + "priority/2026-2029-13")
    assert graph.value(node, rdflib.URIRef(PACT + "number")) == rdflib.Literal(13)


def test_pandas(service: str) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setQuery(PRIORITIES)
    wrapper.setReturnFormat(CSV)
    answer: Any = wrapper.queryAndConvert()
    table = pandas.read_csv(io.BytesIO(answer))
    assert list(table.columns) == ["n", "theme"]
    assert table.n.tolist() == list(range(1, 18))
    assert table.groupby("theme").size().max() == 5


@pytest.mark.skipif(
    not COMUNICA.exists(), reason="NO COMUNICA: `npm ci` in tests/clients did not run"
)
class TestComunica:
    def ask(self, source: str, query: str) -> list[dict[str, str]]:
        rows = json.loads(
            run(COMUNICA, source, "--query", query, "--outputType", "application/json")
        )
        return list(rows)

    def test_the_endpoint_is_found_out(self, service: str) -> None:
        rows = self.ask(f"{service}/sparql", PRIORITIES)
        assert [row["theme"] for row in rows][:2] == [f"{ID}theme/mobility"] * 2
        assert len(rows) == 17

    def test_a_document_is_a_source(self, service: str) -> None:
        query = f"SELECT ?n {{ ?p <{PACT}number> ?n }}"
        rows = self.ask(f"{service}/doc/priority/2026-2029-13", query)
        assert len(rows) == 1 and "13" in rows[0]["n"]
