"""What is promised of the published graph, asked over HTTP with a client that others use."""

from typing import Any

import pytest
from SPARQLWrapper import JSON, SPARQLWrapper

from brupact import resources
from brupact.namespaces import ID, PREFIXES
from brupact.source import plain

SOURCE = next(resources.SOURCES.glob("*.txt")).read_bytes().decode()
PREFIX = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


@pytest.fixture(scope="module")
def ask(service: str) -> Any:
    def rows(query: str) -> list[tuple[str, ...]]:
        client = SPARQLWrapper(f"{service}/sparql")
        client.setQuery(PREFIX + query)
        client.setReturnFormat(JSON)
        answer: Any = client.queryAndConvert()
        names = answer["head"]["vars"]
        return [
            tuple(row[name]["value"].removeprefix(ID) if name in row else "" for name in names)
            for row in answer["results"]["bindings"]
        ]

    return rows


COUNTS = {
    "Agreement": 1, "SocialSummit": 1, "Party": 2, "Signature": 14, "Commitment": 4,
    "PriorityFunction": 3, "Modality": 5, "Ambition": 3, "Clause": 15, "Theme": 7,
    "SharedPriority": 17, "Measure": 15, "CompetenceDelegation": 3, "FundingClause": 3,
    "CompetenceGap": 1, "CompetenceAssignment": 31, "StatusReport": 0, "Evaluation": 0,
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), COUNTS.items())
def test_counts(ask: Any, name: str, number: int) -> None:
    assert ask(f"SELECT (COUNT(?x) AS ?n) {{ ?x a pact:{name} }}") == [(str(number),)]


def test_list_items_by_priority(ask: Any) -> None:
    query = """SELECT ?n (COUNT(?m) AS ?items) { ?m a pact:Measure ; pact:partOf ?p .
               ?p pact:number ?n } GROUP BY ?n ORDER BY ?n"""
    assert ask(query) == [("3", "2"), ("4", "3"), ("8", "4"), ("15", "6")]


def test_numbers(ask: Any) -> None:
    for name, count in (("Theme", 7), ("SharedPriority", 17)):
        found = ask(f"SELECT ?n {{ ?x a pact:{name} ; pact:number ?n }} ORDER BY ?n")
        assert found == [(str(n),) for n in range(1, count + 1)]


def test_every_text_stands_word_for_word_in_the_source(ask: Any) -> None:
    texts = ask("SELECT ?x ?text { ?x pact:sourceText ?text }")
    assert len(texts) > 200
    folded = plain(SOURCE)
    assert [x for x, text in texts if text not in folded] == []


def test_every_position_slices_its_quotation(ask: Any) -> None:
    query = """SELECT ?exact ?start ?end { ?target oa:hasSelector ?quote, ?place .
               ?quote oa:exact ?exact . ?place oa:start ?start ; oa:end ?end }"""
    found = ask(query)
    assert len(found) > 600
    assert [e for e, start, end in found if SOURCE[int(start) : int(end)] != e] == []
    assert not [e for e, _, _ in found if "<" in e or "\n" in e]


def test_every_priority_and_measure_has_both_languages(ask: Any) -> None:
    query = """SELECT ?x (GROUP_CONCAT(LANG(?t); SEPARATOR="") AS ?tags) {
               VALUES ?class { pact:SharedPriority pact:Measure pact:Theme }
               ?x a ?class . ?x pact:sourceText ?t } GROUP BY ?x"""
    found = ask(query)
    assert len(found) == 17 + 15 + 7
    assert {"".join(sorted(tags)) for _, tags in found} == {"flnr"}


def test_no_french_is_given_for_the_dutch_only_part(ask: Any) -> None:
    query = """SELECT ?x { { ?x a pact:Clause } UNION { ?x a pact:Signature } UNION
               { ?x pact:inSection ?s } { ?x pact:sourceText ?t FILTER(LANG(?t) != "nl") }
               UNION { ?q pact:quoteOf ?x ; dc:language "fr" } }"""
    assert ask(query) == []


def test_no_blank_node_is_served(ask: Any) -> None:
    assert ask("SELECT ?s { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) }") == []


def test_nobody_is_asserted_to_be_responsible(ask: Any) -> None:
    query = """SELECT DISTINCT ?g { VALUES ?p { pact:competentMember pact:accountableMember
               pact:holdsCompetence pact:concernsCompetence pact:hasCompetenceGap }
               GRAPH ?g { ?s ?p ?o } }"""
    assert ask(query) == [(PREFIXES["pact"].replace("ns#", "graph/inferred"),)]


@pytest.mark.parametrize(
    ("number", "members", "gaps"),
    [
        (1, {"elke-van-den-brandt"}, set()),
        (3, {"laurent-hublet"}, set()),
        (6, {"audrey-henry"}, set()),
        (10, {"boris-dillies", "laurent-hublet"}, set()),
        (13, {"ans-persoons"}, set()),
        (14, {"audrey-henry", "ans-persoons"}, set()),
        (15, {"ahmed-laaouej"}, {"health"}),
        (17, {"ahmed-laaouej"}, set()),
    ],
)
def test_competent_members_and_gaps(
    ask: Any, number: int, members: set[str], gaps: set[str]
) -> None:
    def values(predicate: str) -> set[str]:
        found = ask(f"SELECT ?x {{ ?p pact:number {number} ; pact:{predicate} ?x }}")
        return {iri.rpartition("/")[2] for (iri,) in found}

    assert values("competentMember") == members
    assert values("hasCompetenceGap") == gaps


def test_every_competence_has_one_holder(ask: Any) -> None:
    query = """SELECT ?c (COUNT(?h) AS ?n) { ?c a pact:Competence OPTIONAL { ?h
               pact:holdsCompetence ?c } } GROUP BY ?c ORDER BY ?n"""
    found = ask(query)
    assert found[0] == ("competence/health", "0")
    assert {n for _, n in found[1:]} == {"1"}
    assert len(found) == 32


def test_the_next_evaluation_is_due_a_year_after_the_signing(ask: Any) -> None:
    assert ask("SELECT ?d { ?a pact:evaluationDue ?d }") == [("2027-06-11",)]


def test_every_fixed_slug_is_there(ask: Any) -> None:
    slugs = {
        "theme": "mobility employment urban-planning spatial-planning economy environment "
        "social-health",
        "instrument": "cobat rru pras lez ordonnance-chantiers regional-mobility-plan pssi dpr "
        "activa ale acs brupartners-ordinance-2021",
        "organisation": "government brupartners besoc actiris cpas communes innoviris "
        "finance-invest-brussels abvv acv synova beci bru-ei-zo bruxeo",
        "target-group": "jobseekers single-parent-families persons-with-disabilities "
        "elderly-persons informal-carers",
        "place": "audi-site port-zone",
        "status": "not-started in-preparation under-way adopted done adjusted blocked abandoned "
        "unverifiable",
    }
    expected = {f"{kind}/{slug}" for kind, names in slugs.items() for slug in names.split()}
    found = {x for (x,) in ask("SELECT DISTINCT ?x { ?x a ?c ; skos:prefLabel ?l }")}
    assert expected <= found


def test_every_graph_and_qualified_link_says_what_kind_of_claim_it_is(ask: Any) -> None:
    query = """SELECT DISTINCT ?x { { GRAPH ?x { ?s ?p ?o } } UNION { VALUES ?class {
               pact:CompetenceAssignment pact:CompetenceDelegation pact:CompetenceConcern
               pact:ExternalLink } ?x a ?class }
               FILTER NOT EXISTS { ?x pact:assertionKind ?kind } }"""
    assert ask(query) == []


def test_what_a_part_names_its_priority_names(ask: Any) -> None:
    query = "SELECT ?n { ?p a pact:SharedPriority ; pact:number ?n ; pact:{} {} } ORDER BY ?n"

    def naming(predicate: str, thing: str) -> list[str]:
        filled = query.replace("{}", predicate, 1).replace("{}", f"<{ID}{thing}>", 1)
        return [n for (n,) in ask(filled)]

    assert naming("namesOrganisation", "organisation/actiris") == ["3"]
    assert naming("namesOrganisation", "organisation/cpas") == ["3", "17"]
    assert naming("namesInstrument", "instrument/activa") == ["4"]
    assert naming("intendsToReform", "instrument/cobat") == ["6"]
    assert naming("namesPlace", "place/audi-site") == ["9"]
    assert naming("targetsGroup", "target-group/informal-carers") == ["15"]
