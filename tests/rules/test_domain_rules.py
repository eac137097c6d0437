"""Each domain rule on a few triples: what it concludes, and what it must not."""

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple

from brupact import reasoning
from brupact.namespaces import INFERRED, PREFIXES, XSD, pact

RULES = reasoning.load_rules()
HEAD = "@base <http://example.org/> .\n" + "".join(
    f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()
)
#: As much of the ontology as the rules need.
ONTOLOGY = """
    pact:partOf rdfs:subPropertyOf pact:isWithin .
    pact:isWithin a owl:TransitiveProperty .
    pact:heldBy owl:inverseOf pact:holdsCompetence .
    pact:fulfilledBy owl:inverseOf pact:fulfils .
    pact:intendsToReform rdfs:subPropertyOf pact:namesInstrument .
    pact:CompetenceGap rdfs:subClassOf pact:Competence .
"""


def derived(data: str, term: str) -> set[tuple[str, str]]:
    """Subject and object of what is derived from `data` with the property or class `term`."""
    store = Store()
    text = f"{HEAD} GRAPH <data> {{ {data} }} GRAPH <ontology> {{ {ONTOLOGY} }}"
    store.load(text.encode(), format=RdfFormat.TRIG)
    reasoning.closure(store, RULES)
    found = [quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)]
    return {pair(t) for t in found if pact(term) in (t.predicate, t.object)}


def pair(triple: Triple) -> tuple[str, str]:
    return short(triple.subject), short(triple.object)


def short(term: object) -> str:
    assert isinstance(term, NamedNode | Literal)
    return term.value.removeprefix("http://example.org/").removeprefix(PREFIXES["pact"])


HELD = "<assignment> pact:holder <ann> ; pact:competence <housing> . "
CONCERN = "<concern> pact:concernedPart <part> ; pact:competence <housing> . "
DELEGATED = (
    HELD
    + "<assignment> pact:underDelegation <delegation> . <delegation> pact:delegator <minister> . "
)


def test_who_has_an_open_assignment_holds_the_competence() -> None:
    assert derived(HELD, "holdsCompetence") == {("ann", "housing")}
    assert derived(HELD, "heldBy") == {("housing", "ann")}


def test_a_closed_assignment_gives_nothing_even_if_the_end_is_to_come() -> None:
    for day in ("2026-07-01", "2999-01-01"):
        closed = HELD + f'<assignment> pact:to "{day}"^^xsd:date . '
        assert derived(closed + CONCERN, "holdsCompetence") == set()
        assert derived(closed + CONCERN, "competentMember") == set()
        assert derived(closed + CONCERN, "hasCompetenceGap") == {("part", "housing")}


def test_the_end_of_one_assignment_leaves_the_next() -> None:
    after = '<assignment> pact:to "2027-01-01"^^xsd:date . '
    after += "<next> pact:holder <bob> ; pact:competence <housing> . "
    assert derived(HELD + after, "holdsCompetence") == {("bob", "housing")}


def test_a_concern_ties_part_and_competence() -> None:
    assert derived(CONCERN, "concernsCompetence") == {("part", "housing")}
    assert derived("<delegation> pact:competence <housing> .", "concernsCompetence") == set()


def test_the_holder_of_a_concerned_competence_is_competent() -> None:
    other = "<a2> pact:holder <bob> ; pact:competence <sports> . "
    assert derived(HELD + CONCERN + other, "competentMember") == {("part", "ann")}


def test_two_holders_are_both_competent() -> None:
    other = "<a2> pact:holder <bob> ; pact:competence <housing> . "
    both = {("part", "ann"), ("part", "bob")}
    assert derived(HELD + CONCERN + other, "competentMember") == both


def test_the_delegator_is_accountable_and_not_competent() -> None:
    assert derived(DELEGATED + CONCERN, "accountableMember") == {("part", "minister")}
    assert derived(DELEGATED + CONCERN, "competentMember") == {("part", "ann")}


def test_where_nothing_is_delegated_nobody_is_accountable() -> None:
    assert derived(HELD + CONCERN, "accountableMember") == set()


@pytest.mark.parametrize("closed", ["assignment", "delegation"])
def test_a_closed_delegation_or_assignment_makes_nobody_accountable(closed: str) -> None:
    end = f'<{closed}> pact:to "2027-01-01"^^xsd:date . '
    assert derived(DELEGATED + CONCERN + end, "accountableMember") == set()


def test_two_delegates_make_each_delegator_accountable_once() -> None:
    other = (
        "<a2> pact:holder <bob> ; pact:competence <housing> ; pact:underDelegation <d2> . "
        "<d2> pact:delegator <minister> . "
        "<a3> pact:holder <eve> ; pact:competence <housing> ; pact:underDelegation <d3> . "
        "<d3> pact:delegator <another> . "
    )
    all_three = DELEGATED + CONCERN + other
    accountable = {("part", "minister"), ("part", "another")}
    assert derived(all_three, "accountableMember") == accountable
    competent = {("part", "ann"), ("part", "bob"), ("part", "eve")}
    assert derived(all_three, "competentMember") == competent


def test_a_competence_that_nobody_holds_is_a_gap_and_a_competence() -> None:
    assert derived(CONCERN, "hasCompetenceGap") == {("part", "housing")}
    assert derived(CONCERN, "CompetenceGap") == {("housing", "CompetenceGap")}
    assert derived(CONCERN, "Competence") == {("housing", "Competence")}


def test_no_gap_where_somebody_holds_it_or_nothing_concerns_it() -> None:
    assert derived(HELD + CONCERN, "CompetenceGap") == set()
    assert derived("<housing> a pact:Competence .", "CompetenceGap") == set()
    assert derived(CONCERN + "<housing> pact:heldBy <ann> .", "CompetenceGap") == set()


PARTS = """
    <priority> a pact:SharedPriority ; pact:partOf <agreement> .
    <measure> pact:partOf <priority> . <funding> pact:partOf <measure> .
"""
NAMES = sorted(
    term.value.removeprefix(PREFIXES["pact"])
    for rule in RULES
    if rule.name == "names-through-parts"
    for terms in rule.body.values.values()
    for term in terms
    if isinstance(term, NamedNode)
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["measure", "funding"])
def test_what_a_part_names_its_priority_names(part: str, name: str) -> None:
    data = PARTS + f"<{part}> pact:{name} <thing> ."
    assert ("priority", "thing") in derived(data, name)


def test_the_agreement_and_the_parts_between_name_nothing_by_it() -> None:
    data = PARTS + "<funding> pact:intendsToReform <thing> ."
    assert derived(data, "intendsToReform") == {("priority", "thing")}
    assert derived(data, "namesInstrument") == {("priority", "thing"), ("funding", "thing")}


def test_what_a_priority_names_its_parts_do_not() -> None:
    assert derived(PARTS + "<priority> pact:namesPlace <thing> .", "namesPlace") == set()


def test_other_properties_of_a_part_stay_with_it() -> None:
    assert derived(PARTS + "<measure> pact:position 1 .", "position") == set()


def report(name: str, status: str, date: str, commit: int | None = None) -> str:
    recorded = "" if commit is None else f"; pact:recordedInCommit {commit}"
    return (
        f"<{name}> pact:reportsOn <part> ; pact:status <{status}> ; "
        f'pact:statusDate "{date}"^^xsd:date {recorded} . '
    )


def test_the_current_status_is_that_of_the_latest_date() -> None:
    reports = report("r1", "done", "2027-01-01", 1) + report("r2", "blocked", "2026-12-01", 2)
    assert derived(reports, "currentStatus") == {("part", "done")}


def test_on_one_date_the_latest_commit_counts() -> None:
    reports = report("r1", "done", "2027-01-01", 9) + report("r2", "blocked", "2027-01-01", 10)
    assert derived(reports, "currentStatus") == {("part", "blocked")}


def test_one_report_needs_no_commit() -> None:
    assert derived(report("r1", "done", "2027-01-01"), "currentStatus") == {("part", "done")}


def test_each_node_has_a_status_of_its_own() -> None:
    other = report("r2", "blocked", "2027-02-01", 2).replace("<part>", "<other>")
    both = {("part", "done"), ("other", "blocked")}
    assert derived(report("r1", "done", "2027-01-01", 1) + other, "currentStatus") == both


def test_two_reports_of_one_commit_and_date_leave_both_statuses() -> None:
    reports = report("r1", "done", "2027-01-01", 1) + report("r2", "blocked", "2027-01-01", 1)
    assert derived(reports, "currentStatus") == {("part", "done"), ("part", "blocked")}


def signed(day: str) -> str:
    return f'<agreement> a pact:Agreement ; dcterms:date "{day}"^^xsd:date . '


def held(name: str, day: str) -> str:
    return f'<{name}> pact:evaluates <agreement> ; pact:heldOn "{day}"^^xsd:date . '


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-06-11", "2027-06-11"),
        ("2028-02-29", "2029-02-28"),
        ("2027-02-28", "2028-02-28"),
        ("2029-12-31", "2030-12-31"),
    ],
)
def test_an_evaluation_is_due_a_year_after_the_signing_or_the_last(day: str, due: str) -> None:
    assert derived(signed(day), "evaluationDue") == {("agreement", due)}
    assert derived(signed("2020-01-01") + held("e1", day), "evaluationDue") == {("agreement", due)}


def test_the_last_of_several_evaluations_counts() -> None:
    data = signed("2026-06-11") + held("e1", "2028-05-01") + held("e2", "2027-05-01")
    assert derived(data, "evaluationDue") == {("agreement", "2029-05-01")}


def test_an_evaluation_without_a_day_or_of_something_else_does_not_count() -> None:
    data = signed("2026-06-11") + "<e1> pact:evaluates <agreement> . "
    data += '<e2> pact:evaluates <part> ; pact:heldOn "2027-01-01"^^xsd:date . '
    assert derived(data, "evaluationDue") == {("agreement", "2027-06-11")}


def test_what_is_due_is_a_date() -> None:
    store = Store()
    data = f"{HEAD} GRAPH <data> {{ {signed('2026-06-11')} }}"
    store.load(data.encode(), format=RdfFormat.TRIG)
    (triple,) = reasoning.closure(store, RULES).added
    assert triple.object == Literal("2027-06-11", datatype=NamedNode(XSD + "date"))


def version(name: str, first: str, last: str | None = None) -> str:
    end = "" if last is None else f'; pact:validTo "{last}"^^xsd:date '
    return f'<{name}> pact:versionOf <priority> ; pact:validFrom "{first}"^^xsd:date {end}. '


def test_the_version_with_the_latest_first_day_is_current() -> None:
    versions = version("v1", "2028-01-01") + version("v2", "2027-01-01", "2027-12-31")
    assert derived(versions, "currentVersion") == {("priority", "v1")}
    assert derived(version("v1", "2999-01-01"), "currentVersion") == {("priority", "v1")}


def test_a_latest_version_that_has_ended_leaves_none() -> None:
    versions = version("v1", "2028-01-01", "2028-12-31") + version("v2", "2027-01-01")
    assert derived(versions, "currentVersion") == set()


def test_each_priority_has_a_version_of_its_own() -> None:
    other = version("v2", "2028-01-01").replace("<priority>", "<other>")
    both = {("priority", "v1"), ("other", "v2")}
    assert derived(version("v1", "2027-01-01") + other, "currentVersion") == both


def test_what_an_act_fulfils_is_fulfilled_by_it() -> None:
    assert derived("<act> pact:fulfils <note> .", "fulfilledBy") == {("note", "act")}
    assert derived("<measure> pact:promises <note> .", "fulfilledBy") == set()
