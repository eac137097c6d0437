"""The made-up follow-up: marked as such, in no release, and what an editor can commit."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad
from tests.process import Service, serving

from brupact import resources
from brupact.dataset import FOLLOW_UP, Layout, read_quads
from brupact.namespaces import ID
from brupact.release import Release

BRUPACT = str(Path(sys.executable).with_name("brupact"))
PREFIX = "PREFIX pact: <https://w3id.org/brupact/ns#> BASE <https://w3id.org/brupact/id/> "


@pytest.fixture(scope="module")
def example() -> list[Quad]:
    return read_quads(resources.EXAMPLE, FOLLOW_UP)


def test_all_of_it_is_follow_up_and_says_example(example: list[Quad]) -> None:
    assert {quad.graph_name for quad in example} == {FOLLOW_UP}
    subjects = {quad.subject.value for quad in example if isinstance(quad.subject, NamedNode)}
    assert len({quad.subject for quad in example}) == len(subjects)
    assert [s for s in subjects if not s.startswith(ID) or "/example-" not in s] == []
    outside = {
        q.object.value
        for q in example
        if isinstance(q.object, NamedNode)
        and not q.object.value.startswith(("https://w3id.org/brupact/", "http://purl.org/"))
        and not q.object.value.startswith("http://xmlns.com/")
    }
    assert outside and all(iri.startswith("https://example.org/example/") for iri in outside)


def test_it_speaks_of_no_real_person(example: list[Quad], release: Release) -> None:
    named = {q.object.value for q in example if isinstance(q.object, NamedNode)}
    people = {iri for iri in named if iri.startswith(ID + "person/")}
    assert people == {ID + "person/example-one", ID + "person/example-two"}


def test_no_release_holds_it(release: Release) -> None:
    assert resources.EXAMPLE not in {path for _, path in Layout().files()}
    assert list(release.store.quads_for_pattern(None, None, None, FOLLOW_UP)) == []
    assert not any("/example-" in str(quad) for quad in release.store)


def rows(service: Service, query: str) -> list[list[str]]:
    text = service.query(PREFIX + query).body.decode()
    return list(csv.reader(io.StringIO(text)))[1:]


#: What the rules derive from the example, and nobody wrote.
DERIVED = {
    "SELECT ?v { <priority/2026-2029-13> pact:currentVersion ?v }": "priority-version/example-2",
    "SELECT ?s { <priority/2026-2029-13> pact:currentStatus ?s }": "status/under-way",
    "SELECT ?a { <deliverable/2026-2029-3-framework-note> pact:fulfilledBy ?a }": "act/example-1",
    "SELECT ?p { ?p pact:holdsCompetence <competence/example-lighthouses> }": "person/example-two",
    "SELECT ?p { ?p pact:hasCompetenceGap <competence/example-tides> }": "priority/2026-2029-13",
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def token(state: Path) -> str:
    command = [BRUPACT, "token", "add", "someone", "--role", "editor", "--state", str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


@pytest.fixture(scope="module")
def service(state: Path, token: str) -> Iterator[Service]:
    with serving("--state", str(state)) as running:
        yield running


def as_update(kind: str = "INSERT") -> str:
    """The example as the documentation says that it is committed."""
    text = resources.EXAMPLE.read_text("utf-8")
    assert text.count("\nGRAPH ") == 1
    return text.replace("\nGRAPH ", f"\n{kind} DATA {{ GRAPH ") + "}"


def commit(service: Service, token: str, update: str) -> tuple[int, str]:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"}
    reply = service.send("POST", "/sparql", headers, update.encode())
    return reply.status, reply.body.decode()


def test_an_editor_commits_it_and_takes_it_back(service: Service, token: str) -> None:
    status, told = commit(service, token, as_update())
    assert status == 200, told
    for query, expected in DERIVED.items():
        assert rows(service, query) == [[ID + expected]], query
    status, told = commit(service, token, as_update("DELETE"))
    assert status == 200, told
    assert [query for query in DERIVED if rows(service, query)] == []


#: A real portfolio that moves: Mobility gets its last day, and then another holder.
ENDS = """INSERT DATA { GRAPH <https://w3id.org/brupact/graph/follow-up> {
  <competence-assignment/elke-van-den-brandt-mobility>
    pact:to "2099-01-31"^^<http://www.w3.org/2001/XMLSchema#date> } }"""
NEXT = """INSERT DATA { GRAPH <https://w3id.org/brupact/graph/follow-up> {
  <competence-assignment/test-mobility> a pact:CompetenceAssignment ;
    pact:holder <person/ans-persoons> ; pact:competence <competence/mobility> ;
    pact:from "2099-02-01"^^<http://www.w3.org/2001/XMLSchema#date> ;
    pact:assertionKind pact:external ;
    <http://purl.org/dc/terms/source> <https://example.org/test> } }"""
HOLDER = "SELECT ?p { ?p pact:holdsCompetence <competence/mobility> }"
GAP = "SELECT ?p { ?p pact:hasCompetenceGap <competence/mobility> } ORDER BY ?p LIMIT 1"


def test_a_portfolio_becomes_vacant_and_is_taken_over(service: Service, token: str) -> None:
    assert rows(service, HOLDER) == [[ID + "person/elke-van-den-brandt"]]
    assert rows(service, GAP) == []
    status, told = commit(service, token, PREFIX + ENDS)
    assert status == 200, told
    assert rows(service, HOLDER) == [] and rows(service, GAP) != []
    status, told = commit(service, token, PREFIX + NEXT)
    assert status == 200, told
    assert rows(service, HOLDER) == [[ID + "person/ans-persoons"]] and rows(service, GAP) == []
    for update in (NEXT, ENDS):
        assert commit(service, token, PREFIX + update.replace("INSERT", "DELETE"))[0] == 200
    assert rows(service, HOLDER) == [[ID + "person/elke-van-den-brandt"]]


#: What is taken out of the example or put into it, and the shape that refuses it.
REFUSED = {
    "Milestone-reached": ("pact:evidence <https://example.org/example/first-reading> ;\n    "
                          "dcterms:source", "dcterms:source"),
    "Milestone-plannedFor": ('pact:plannedFor "2028-01-01"^^xsd:date ;', ""),
    "Observation-unit": ("pact:unit <unit/persons> ;", ""),
    "Observation-unitScheme": ("<unit/persons>", "<status/done>"),
    "Observation-unique": ('"2027-12-31"^^xsd:date', '"2026-12-31"^^xsd:date'),
    "Series-structure": ("cube:structure <data-structure/indicator> ;", ""),
    "Act-evidence": ("pact:evidence <https://example.org/example/note> .", "."),
    "PriorityVersion-dayUnique": ('"2028-01-01"^^xsd:date ;\n    pact:versionText',
                                  '"2027-04-01"^^xsd:date ;\n    pact:versionText'),
    "CompetenceAssignment-period": ('"2027-01-31"', '"2025-01-31"'),
    "dataset-derived": ("pact:revises <priority-version/example-1> ;",
                        "pact:currentVersion <priority-version/example-1> ;"),
}  # fmt: skip


@pytest.mark.parametrize("shape", REFUSED)
def test_the_gate_refuses_a_fault(service: Service, token: str, shape: str) -> None:
    old, new = REFUSED[shape]
    update = as_update()
    assert old in update
    status, told = commit(service, token, update.replace(old, new))
    assert (status, f'#{shape}"' in told or f'/{shape}"' in told) == (422, True), told[:2000]
    assert rows(service, "SELECT ?m { ?m a pact:Milestone }") == []


def test_the_service_shows_it_on_demand() -> None:
    with serving("--example") as running:
        for query, expected in DERIVED.items():
            assert rows(running, query) == [[ID + expected]], query


@pytest.mark.parametrize(
    "options", [["--scratch"], ["--state", "."], ["--data", "x.ttl"], ["--remote", "http://x"]]
)
def test_the_example_goes_with_the_release_only(options: list[str], tmp_path: Path) -> None:
    command = [BRUPACT, "serve", "--example", "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert ended.returncode == 2 and "--example goes" in ended.stderr
