"""The benchmark's data are ours, the same for the same seed; its page says what was measured."""

import json
import subprocess
import sys
import urllib.parse
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from benchmarks import __main__ as command
from benchmarks import generate, measure, peers, queries, report
from rdflib import RDF, Graph

from brupact import reasoning, resources
from brupact.dataset import Layout, load_files
from brupact.namespaces import GRAPH, PACT
from brupact.validation import data_graph, dataset_findings, shapes_graph, validate_graph

#: What the ontology, the code lists and the release's own graphs say, beside the agreements.
VOCABULARY = {GRAPH + name for name in ("ontology", "codes", "graphs")}


def test_the_same_seed_gives_the_same_data_and_another_seed_others() -> None:
    assert list(generate.lines(3000, 1)) == list(generate.lines(3000, 1))
    assert list(generate.lines(3000, 1)) != list(generate.lines(3000, 2))


def test_more_data_begin_with_the_same_lines() -> None:
    few = list(generate.lines(3000, 1))
    assert list(islice(generate.lines(20_000, 1), len(few))) == few


@pytest.mark.parametrize("size", [1, 10_000, 50_000])
def test_the_size_is_reached_and_passed_by_less_than_one_agreement(size: int) -> None:
    assert size <= sum(1 for _ in generate.lines(size, 1)) < size + 1500


@pytest.mark.parametrize("quotes", [False, True])
def test_each_triple_stands_in_one_graph_and_once(quotes: bool) -> None:
    every = list(generate.lines(10_000, 1, quotes=quotes))
    assert len({line[:3] for line in every}) == len(every)


def test_only_terms_that_the_ontology_declares_or_the_release_uses() -> None:
    ontology, release = Graph(), Graph()
    for path in resources.ONTOLOGY.rglob("*.ttl"):
        ontology.parse(path)
    for path in (resources.DATA / "agreement").glob("*.ttl"):
        release.parse(path)
    release.parse(resources.DATA / "context" / "sdg.ttl")
    ours = {f"<{term}>" for term in ontology.subjects()}
    theirs = {f"<{term}>" for term in {*release.predicates(), *release.objects(None, RDF.type)}}
    every = list(generate.lines(10_000, 1, quotes=True))
    used = {p for _, p, _, _ in every} | {o for _, p, o, _ in every if p == f"<{RDF.type}>"}
    used |= {o for _, p, o, _ in every if o.startswith(f"<{PACT}") or p.endswith("Kind>")}
    assert {term for term in used if PACT in term} <= ours
    assert used <= ours | theirs
    # Nothing that only the rules may say.
    assert not {f"<{PACT}{name}>" for name in ("competentMember", "holdsCompetence")} & used


def test_an_agreement_with_its_quotations_conforms() -> None:
    files = [(name, path) for name, path in Layout().files() if name.value in VOCABULARY]
    store = load_files(files).store
    text = "".join(" ".join(line) + " .\n" for line in generate.lines(1, 1, quotes=True))
    store.load(text.encode(), pyoxigraph.RdfFormat.N_QUADS)
    reasoning.closure(store, reasoning.load_rules())
    shapes = shapes_graph(resources.SHAPES)
    # What holds for the one published agreement is said of its own nodes.
    for triple in Graph().parse(resources.SHAPES / "agreement-2026-2029.ttl"):
        shapes.remove(triple)
    report_ = validate_graph(data_graph(store), shapes, engine="turbo")
    assert report_.violations == ()
    ours = [
        finding
        for finding in dataset_findings(store, resources.SHAPES / "dataset")
        if not finding.focus_node.startswith(GRAPH)
    ]
    assert ours == []


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> generate.Data:
    return generate.write(tmp_path_factory.mktemp("data"), 10_000, 1)


@pytest.fixture(scope="module")
def store(data: generate.Data) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(path=str(data.triples))
    return store


def test_both_files_hold_the_same_triples(data: generate.Data, store: pyoxigraph.Store) -> None:
    quads = pyoxigraph.parse(path=str(data.quads))
    assert {quad.triple for quad in quads} == {quad.triple for quad in store}
    assert data.count == len(store)


ROWS = {"look-up": 3, "join": 17, "text filter": 2, "optional": 17, "ask": 1}


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_a_query_says_the_same_whatever_its_number(
    query: queries.Measured, data: generate.Data, store: pyoxigraph.Store
) -> None:
    for node in (nodes := queries.nodes(query, data))[0], nodes[-1]:
        found = [ask(store, query, node, queries.FIRST + n) for n in (0, 1)]
        assert found[0] == found[1]
        assert measure.rows(found[0]) == ROWS.get(query.name, measure.rows(found[0])) > 0
    assert len(set(nodes)) == len(nodes)


def ask(
    store: pyoxigraph.Store, query: queries.Measured, node: str, number: int
) -> measure.Meaning:
    answer = store.query(query.filled(node, number))
    format = pyoxigraph.QueryResultsFormat.JSON
    if isinstance(answer, pyoxigraph.QueryTriples):
        body = answer.serialize(format=pyoxigraph.RdfFormat.N_TRIPLES)
    else:
        body = answer.serialize(format=format)
    assert body is not None
    return measure.meaning(query.accept, body)


def test_answers_are_compared_by_what_they_say() -> None:
    def said(*rows: dict[str, Any]) -> measure.Meaning:
        body = {"head": {"vars": ["x"]}, "results": {"bindings": list(rows)}}
        return measure.meaning(queries.RESULTS, json.dumps(body).encode())

    plain = {"x": {"type": "literal", "value": "a"}}
    string = "http://www.w3.org/2001/XMLSchema#string"
    typed = {"x": {"type": "typed-literal", "value": "a", "datatype": string}}
    tagged = {"x": {"type": "literal", "value": "a", "xml:lang": "FR"}}
    assert said(plain, tagged) == said(tagged, typed)
    assert said(plain) != said(tagged)
    assert said(plain) != said(plain, plain)
    assert measure.rows(said(plain, plain, tagged)) == 3


def test_short_or_failed_answers_are_no_speed() -> None:
    well = dict.fromkeys(("connect", "read", "write", "status", "timeout"), 0)
    well |= {"requests": 10, "bytes": 1000}
    assert measure.faults(well, 100) == ""
    assert "99 bytes" in measure.faults(well | {"bytes": 990}, 100)
    assert "3 status errors" in measure.faults(well | {"status": 3}, 100)
    assert "no answer" in measure.faults(well | {"requests": 0}, 100)


def test_cold_numbers_are_never_given_out_twice() -> None:
    numbers = measure.Numbers()
    taken = [numbers.take() for _ in range(500)]
    assert min(b - a for a, b in zip(taken, taken[1:], strict=False)) >= 1_000_000
    assert taken[-1] < 2**31


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_what_the_load_sends_is_the_query(query: queries.Measured, data: generate.Data) -> None:
    server = peers.Server(peers.PEERS["oxigraph"], data, 1)
    nodes = queries.nodes(query, data)
    lines = measure.specification(server, query, nodes).splitlines()
    node = urllib.parse.quote(nodes[-1], safe="")
    assert lines[-1] == f"+ {node}"
    pieces = [line for line in lines if not line.startswith("+ ")]
    assert "N" in pieces
    filled = "".join({"NODE": node, "N": "17"}.get(piece, piece[2:]) for piece in pieces)
    assert filled == server.target(query.filled(nodes[-1], 17))


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells the memory")
def test_memory_is_that_of_the_process_and_all_below_it(data: generate.Data) -> None:
    nested = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    held = "b = bytes(range(256)) * 200_000; print(flush=True); input()"
    server = peers.Server(peers.PEERS["oxigraph"], data, 1)
    command = [sys.executable, "-c", nested, held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        server.process = process
        assert len(list(peers.tree(process.pid))) == 2
        assert 50_000_000 < server.memory() < 120_000_000
        process.communicate(b"\n")


def test_sizes_are_read_as_people_write_them() -> None:
    assert [command.size(text) for text in ("10k", "1M", "250")] == [10_000, 1_000_000, 250]


def result() -> report.Result:
    cell = {"query": "join", "mode": "cold", "connections": 8, "p50": 1, "p95": 2, "p99": 3}
    peer = {"version": "1", "command": "x", "first_answer": 1, "memory_at_rest": 1 << 20}
    peer["memory_after"] = 2 << 20
    return {
        "date": "2026-11-23T2200", "commit": "abc", "wrk": "wrk 4", "options": Counter(seconds=1),
        "machine": Counter(), "minutes": 1,
        "sizes": [
            {
                "triples": 10_000, "not_started": {"fuseki": "no java"},
                "peers": {"brupact": peer, "oxigraph": peer},
                "queries": [
                    {
                        "query": "join", "rows": 17, "left_out": {"virtuoso": "another answer"},
                        "cells": [
                            cell | {"peer": "brupact", "rate": 400.0},
                            cell | {"peer": "oxigraph", "rate": 1000.0},
                        ],
                    }
                ],
            }
        ],
    }  # fmt: skip


def test_the_report_says_ratios_aims_and_who_was_left_out() -> None:
    text = report.markdown(result())
    for line in (
        "| join, cold, 8 | 0.40 |",
        "| 10 000 triples: join, cold, to oxigraph | 0.50 | 0.40 | MISSED |",
        "| 10 000 triples: join, cold, 8, oxigraph | 0.40 |",
        "- fuseki is left out: no java",
        "- virtuoso is left out of join: another answer",
    ):
        assert line in text, line


def test_the_page_shows_the_newest_kept_result() -> None:
    kept = report.newest()
    assert kept is not None
    known = json.loads(kept.read_text(encoding="utf-8"))
    text = report.PAGE.read_text(encoding="utf-8")
    assert report.page(known, text) == text
    assert report.markdown(known) == kept.with_suffix(".md").read_text(encoding="utf-8")


def test_every_query_is_on_the_page() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    for query in queries.QUERIES:
        assert f"| {query.name} | {query.asks} |" in text
