"""The reasoner on small graphs: what it adds, how it keeps up with changes, how it explains."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from tests.conftest import SOAK

from brupact import reasoning
from brupact.errors import BrokenInput, Inconsistent
from brupact.namespaces import INFERRED, PREFIXES, RDF_TYPE, graph, pact
from brupact.reasoning import revision
from brupact.reasoning.fixpoint import Run
from brupact.reasoning.patterns import Bindings, in_graph

RULES = reasoning.load_rules()
HEAD = "@base <http://example.org/> .\n" + "".join(
    f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()
)


def quads(graph_name: str, turtle: str) -> list[Quad]:
    rows = parse((HEAD + turtle).encode(), format=RdfFormat.TURTLE)
    return [in_graph(row.triple, graph(graph_name)) for row in rows]


def triple(turtle: str) -> Triple:
    (row,) = quads("any", turtle)
    return row.triple


def store_of(*parts: Iterable[Quad]) -> Store:
    store = Store()
    for part in parts:
        store.extend(part)
    return store


def inferred(store: Store) -> set[Triple]:
    return {row.triple for row in store.quads_for_pattern(None, None, None, INFERRED)}


def rule(name: str) -> reasoning.Rule:
    return next(rule for rule in RULES if rule.name == name)


SCHEMA = quads(
    "ontology",
    """
    pact:partOf rdfs:subPropertyOf pact:isWithin .
    pact:isWithin a owl:TransitiveProperty .
    pact:heldBy owl:inverseOf pact:holdsCompetence .
    pact:CompetenceGap rdfs:subClassOf pact:Competence .
    pact:Competence rdfs:subClassOf skos:Concept .
    """,
)
HELD = quads("agreement", "<a> pact:holder <ann> ; pact:competence <housing> .")
CONCERN = quads("links", "<c> pact:concernedPart <part> ; pact:competence <housing> .")
END = quads("follow-up", '<a> pact:to "2027-01-01"^^xsd:date .')


class TestClosure:
    def test_it_is_reached_in_one_go(self) -> None:
        store = store_of(SCHEMA, HELD, CONCERN)
        first = reasoning.closure(store, RULES)
        assert first.added == inferred(store) and not first.removed
        again = reasoning.closure(store, RULES)
        assert not again.added and not again.removed

    def test_the_order_of_rules_and_quads_does_not_matter(self) -> None:
        one, other = store_of(SCHEMA, HELD, CONCERN), store_of(CONCERN, HELD, SCHEMA)
        reasoning.closure(one, RULES)
        reasoning.closure(other, RULES[::-1])
        assert inferred(one) == inferred(other) != set()

    def test_what_is_asserted_is_not_inferred_too(self) -> None:
        stated = quads("agreement", "<ann> pact:holdsCompetence <housing> .")
        store = store_of(SCHEMA, HELD, stated)
        reasoning.closure(store, RULES)
        assert stated[0].triple not in inferred(store)

    def test_what_no_longer_follows_goes(self) -> None:
        store = store_of(SCHEMA, HELD)
        reasoning.closure(store, RULES)
        store.extend(END)
        report = reasoning.closure(store, RULES)
        assert triple("<ann> pact:holdsCompetence <housing> .") in report.removed
        fresh = store_of(SCHEMA, HELD, END)
        reasoning.closure(fresh, RULES)
        assert inferred(store) == inferred(fresh)

    def test_stray_triples_in_the_graph_of_derived_ones_go(self) -> None:
        stray = in_graph(triple("<x> a <Y> ."), INFERRED)
        store = store_of(SCHEMA, HELD, [stray])
        assert stray.triple in reasoning.closure(store, RULES).removed

    def test_the_graph_is_the_callers_choice(self) -> None:
        store = store_of(SCHEMA, HELD)
        report = reasoning.closure(store, RULES, graph("elsewhere"))
        assert report.added and not inferred(store)

    def test_no_literal_becomes_a_subject(self) -> None:
        store = store_of(SCHEMA, quads("agreement", '<ann> pact:holdsCompetence "housing" .'))
        reasoning.closure(store, RULES)
        assert not [t for t in inferred(store) if t.predicate == pact("heldBy")]

    def test_a_long_chain_is_followed_to_its_end(self) -> None:
        links = "".join(f"<n{n}> pact:partOf <n{n + 1}> . " for n in range(40))
        store = store_of(SCHEMA, quads("agreement", links))
        reasoning.closure(store, RULES)
        within = [t for t in inferred(store) if t.predicate == pact("isWithin")]
        assert len(within) == 41 * 40 // 2

    def test_a_contradiction_is_reported_with_its_premises(self) -> None:
        kinds = "<x> a pact:Theme , pact:Measure . pact:Theme owl:disjointWith pact:Measure ."
        report = reasoning.closure(store_of(quads("agreement", kinds)), RULES)
        (violation,) = report.violations
        assert violation.rule is rule("cax-dw")
        assert set(violation.premises) == {row.triple for row in quads("agreement", kinds)}
        with pytest.raises(Inconsistent, match="disjoint"):
            report.require_consistent()

    def test_derived_types_contradict_too(self) -> None:
        kinds = quads("agreement", "<x> a <T> , <M> . <T> rdfs:subClassOf <U> .")
        store = store_of(kinds, quads("ontology", "<U> owl:disjointWith <M> ."))
        assert len(reasoning.closure(store, RULES).violations) == 1

    def test_without_a_contradiction_nothing_is_raised(self) -> None:
        reasoning.closure(store_of(SCHEMA, HELD), RULES).require_consistent()


class TestRevision:
    def test_additions_and_removals_are_followed(self) -> None:
        store = store_of(SCHEMA, HELD, CONCERN)
        reasoning.closure(store, RULES)
        gap = triple("<part> pact:hasCompetenceGap <housing> .")
        competent = triple("<part> pact:competentMember <ann> .")
        report = reasoning.revise(store, RULES, END, [])
        assert gap in report.added and competent in report.removed
        back = reasoning.revise(store, RULES, [], END)
        assert (back.added, back.removed) == (report.removed, report.added)

    def test_what_becomes_asserted_leaves_the_graph_and_comes_back(self) -> None:
        store = store_of(SCHEMA, HELD)
        reasoning.closure(store, RULES)
        stated = quads("follow-up", "<ann> pact:holdsCompetence <housing> .")
        report = reasoning.revise(store, RULES, stated, [])
        assert not report.added and report.removed == {stated[0].triple}
        assert reasoning.revise(store, RULES, [], stated).added == {stated[0].triple}

    def test_a_circle_does_not_hold_itself_up(self) -> None:
        held = quads("agreement", "<ann> pact:holdsCompetence <housing> .")
        store = store_of(SCHEMA, held)
        reasoning.closure(store, RULES)
        reasoning.revise(store, RULES, [], held)
        assert triple("<housing> pact:heldBy <ann> .") not in inferred(store)
        assert held[0].triple not in inferred(store)

    def test_nobody_writes_what_the_rules_derive(self) -> None:
        store = store_of(SCHEMA, HELD)
        before = set(store)
        with pytest.raises(ValueError, match="inferred"):
            reasoning.revise(store, RULES, [in_graph(HELD[0].triple, INFERRED)], END)
        assert set(store) == before

    def test_both_added_and_removed_is_there(self) -> None:
        store = store_of(SCHEMA)
        reasoning.closure(store, RULES)
        reasoning.revise(store, RULES, HELD, HELD)
        assert set(HELD) <= set(store)

    def test_a_report_costs_the_same_among_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        report = (
            '<r{0}> pact:reportsOn <n{0}> ; pact:status <s> ; pact:statusDate "2027-01-0{1}"'
            "^^xsd:date ; pact:recordedInCommit {1} ."
        )
        store = store_of(SCHEMA, *(quads("follow-up", report.format(n, 1)) for n in range(30)))
        reasoning.closure(store, RULES)
        asked: list[Bindings] = []
        construct = Run._construct

        def counted(run: Run, rule: reasoning.Rule, text: str, bindings: Bindings) -> set[Triple]:
            asked.append(bindings)
            return construct(run, rule, text, bindings)

        monkeypatch.setattr(Run, "_construct", counted)
        later = quads("follow-up", report.format(7, 2).replace("<r7>", "<later>"))
        reasoning.revise(store, RULES, later, [], consistent=True)
        reasoning.revise(store, RULES, [], later, consistent=True)
        assert asked and all(asked)  # No rule runs over everything.
        assert sum(triple("<n1> pact:reportsOn <x> .").subject in b.values() for b in asked) == 0

    @pytest.mark.parametrize("limit", [0, 1, 4])
    def test_a_large_change_gives_the_same(
        self, limit: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, other = store_of(SCHEMA, HELD, CONCERN), store_of(SCHEMA, HELD, CONCERN)
        reasoning.closure(store, RULES)
        reasoning.closure(other, RULES)
        report = reasoning.revise(other, RULES, END, [])
        monkeypatch.setattr(revision, "SMALL_CHANGE", limit)
        assert reasoning.revise(store, RULES, END, []) == report
        assert set(store) == set(other)


DAYS = st.sampled_from(['"2027-01-01"^^xsd:date', '"2027-02-01"^^xsd:date'])
LINKS = st.sampled_from(
    "partOf isWithin hasPart holder competence holdsCompetence heldBy concernedPart "
    "concernsCompetence underDelegation delegator namesInstrument intendsToReform reportsOn "
    "status evaluates currentStatus hasCompetenceGap".split()
)
KINDS = st.sampled_from(["SharedPriority", "Agreement", "CompetenceGap", "Competence"])
DATES = st.sampled_from(["pact:to", "pact:statusDate", "pact:heldOn", "dcterms:date"])
SCHEMAS = st.sampled_from(
    [
        "pact:partOf rdfs:subPropertyOf pact:isWithin .",
        "pact:intendsToReform rdfs:subPropertyOf pact:namesInstrument .",
        "pact:isWithin a owl:TransitiveProperty .",
        "pact:hasPart owl:inverseOf pact:partOf .",
        "pact:heldBy owl:inverseOf pact:holdsCompetence .",
        "pact:CompetenceGap rdfs:subClassOf pact:Competence .",
        "pact:hasCompetenceGap rdfs:subPropertyOf pact:isWithin .",
        "pact:currentStatus rdfs:subPropertyOf pact:concernsCompetence .",
        "pact:Competence owl:disjointWith pact:SharedPriority .",
        "pact:Agreement owl:disjointWith pact:SharedPriority .",
    ]
)


def statements(count: int) -> st.SearchStrategy[str]:
    """Statements about `count` nodes, or of the schema."""
    nodes = st.sampled_from([f"<n{n}>" for n in range(count)])
    return st.one_of(
        st.builds("{} pact:{} {} .".format, nodes, LINKS, nodes),
        st.builds("{} a pact:{} .".format, nodes, KINDS),
        st.builds("{} {} {} .".format, nodes, DATES, DAYS),
        st.builds("{} pact:recordedInCommit {} .".format, nodes, st.integers(1, 2)),
        SCHEMAS,
    )


def facts(nodes: int, least: int, most: int) -> st.SearchStrategy[list[Quad]]:
    """Between `least` and `most` quads about `nodes` nodes."""
    one = st.builds(quads, st.sampled_from(["agreement", "follow-up"]), statements(nodes))
    return st.lists(one, min_size=least, max_size=most).map(
        lambda parts: [quad for part in parts for quad in part]
    )


FEW_FACTS = facts(4, 0, 25)


@given(st.data())
def test_following_changes_gives_the_same_as_starting_afresh(data: st.DataObject) -> None:
    follow(data, store_of(data.draw(FEW_FACTS)), FEW_FACTS, 3)


@settings(max_examples=10 * SOAK)
@given(st.data())
def test_it_does_in_graphs_of_up_to_300_triples(data: st.DataObject) -> None:
    follow(data, store_of(data.draw(facts(20, 150, 300))), facts(20, 0, 8), 40)


def follow(
    data: st.DataObject, store: Store, changes: st.SearchStrategy[list[Quad]], share: int
) -> None:
    """Change `store` three times, each time by `changes` and the loss of one quad in `share`."""
    report = reasoning.closure(store, RULES)
    for _ in range(3):
        before = inferred(store)
        asserted = sorted((q for q in store if q.graph_name != INFERRED), key=str)
        gone = [quad for quad in asserted if data.draw(st.integers(0, share)) == 0]
        known = not report.violations and data.draw(st.booleans())
        report = reasoning.revise(store, RULES, data.draw(changes), gone, consistent=known)
        fresh = store_of(q for q in store if q.graph_name != INFERRED)
        assert report.violations == reasoning.closure(fresh, RULES).violations
        assert inferred(store) == inferred(fresh)
        assert report.added == inferred(store) - before
        assert report.removed == before - inferred(store)
        assert graph("lost") not in store.named_graphs()


class TestExplanation:
    def test_it_names_rule_premises_graphs_and_what_is_absent(self) -> None:
        store = store_of(SCHEMA, HELD)
        reasoning.closure(store, RULES)
        held = triple("<ann> pact:holdsCompetence <housing> .")
        (found,) = reasoning.explain(store, RULES, held)
        assert found.rule is rule("holds-competence") and found.conclusion == held
        assert {p.triple for p in found.premises} == {quad.triple for quad in HELD}
        assert {p.graphs for p in found.premises} == {(graph("agreement"),)}
        assert not any(p.derived for p in found.premises)
        (absence,) = found.absences
        assert [str(p) for p in absence.patterns] == [f"<http://example.org/a> {pact('to')} ?end"]
        assert absence.text == "{ ?assignment pact:to ?end }"

    def test_each_way_is_given(self) -> None:
        store = store_of(SCHEMA, HELD, CONCERN)
        store.extend(quads("links", "<c2> pact:concernedPart <part> ; pact:competence <housing> ."))
        reasoning.closure(store, RULES)
        concerns = triple("<part> pact:concernsCompetence <housing> .")
        found = reasoning.explain(store, RULES, concerns)
        assert len(found) == 2
        assert found == reasoning.explain(store, RULES[::-1], concerns)

    def test_it_goes_down_as_far_as_asked(self) -> None:
        store = store_of(SCHEMA, HELD, CONCERN)
        reasoning.closure(store, RULES)
        competent = triple("<part> pact:competentMember <ann> .")
        (shallow,) = reasoning.explain(store, RULES, competent)
        assert {p.derived for p in shallow.premises} == {True}
        assert not any(p.because for p in shallow.premises)
        (deep,) = reasoning.explain(store, RULES, competent, depth=2)
        below = {why.rule.name for p in deep.premises for why in p.because}
        assert below == {"holds-competence", "concerns-competence"}

    def test_a_triple_is_no_reason_for_itself(self) -> None:
        store = store_of(SCHEMA, HELD)
        reasoning.closure(store, RULES)
        held = triple("<ann> pact:holdsCompetence <housing> .")
        names = [why.rule.name for why in reasoning.explain(store, RULES, held)]
        assert names == ["holds-competence"]
        (by_inverse,) = reasoning.explain(
            store, RULES, triple("<housing> pact:heldBy <ann> ."), depth=9
        )
        assert by_inverse.rule.name == "prp-inv2"

    def test_a_computed_value_is_explained(self) -> None:
        data = '<x> a pact:Agreement ; dcterms:date "2026-06-11"^^xsd:date .'
        store = store_of(quads("agreement", data))
        (due,) = reasoning.closure(store, RULES).added
        (found,) = reasoning.explain(store, RULES, due)
        assert {p.triple for p in found.premises} == {q.triple for q in quads("agreement", data)}
        wrong = triple('<x> pact:evaluationDue "2030-01-01"^^xsd:date .')
        assert reasoning.explain(store, RULES, wrong) == []

    def test_what_no_rule_yields_has_no_explanation(self) -> None:
        store = store_of(SCHEMA, HELD)
        reasoning.closure(store, RULES)
        assert reasoning.explain(store, RULES, HELD[0].triple) == []
        assert reasoning.explain(store, RULES, triple("<no> a <Thing> .")) == []

    @given(FEW_FACTS)
    def test_whatever_is_derived_is_explained(self, facts: list[Quad]) -> None:
        store = store_of(facts)
        for derived in reasoning.closure(store, RULES).added:
            for found in reasoning.explain(store, RULES, derived):
                assert all(premise.graphs for premise in found.premises)
                assert derived not in {premise.triple for premise in found.premises}
            assert reasoning.explain(store, RULES, derived)


GOOD = """\
#+ label_fr: f
#+ label_nl: n
#+ label_en: e
#+ summary_fr: f
#+ summary_nl: n
#+ summary_en: e
#+ kind: domain
#+ stratum: 1
# A comment with { braces }.
PREFIX : <http://example.org/>
CONSTRUCT { ?x :p ?y } WHERE { ?x :q ?y }
"""


class TestRuleFiles:
    def test_a_rule_is_named_by_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "some-rule.rq"
        path.write_text(GOOD)
        (found,) = reasoning.load_rules(tmp_path)
        assert found.iri == NamedNode("https://w3id.org/brupact/rules/some-rule")
        assert (found.labels["nl"], found.summaries["en"], found.stratum) == ("n", "e", 1)
        assert found.text.startswith("PREFIX") and found.kind is reasoning.Kind.DOMAIN

    def test_rules_come_by_stratum_then_by_name(self) -> None:
        assert [(r.stratum, r.name) for r in RULES] == sorted((r.stratum, r.name) for r in RULES)

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("#+ label_nl: n\n", "", "lacks label_nl"),
            ("#+ kind", "#+ kynd", "not a header line"),
            ("kind: domain", "kind: other", "other"),
            ("kind: domain", "kind: owl-rl", "lacks section"),
            ("stratum: 1", "stratum: one", "one"),
            ("CONSTRUCT { ?x :p ?y }", "SELECT ?x", "CONSTRUCT"),
            ("?x :q ?y }", "?x :q ?y", "not a SPARQL query"),
            ("?x :q ?y }", "?x :q/:r ?y }", "variables only"),
            ("?x :q ?y }", "?x :q ?y OPTIONAL { ?x :r ?z } }", "more of SPARQL"),
            ("?x :q ?y }", "{ ?x :q ?y } UNION { ?x :r ?y } }", "more of SPARQL"),
            ("?x :q ?y }", "GRAPH ?g { ?x :q ?y } }", "more of SPARQL"),
            ("?x :q ?y }", "?x :q ?y FILTER EXISTS { ?x :r ?z } }", "EXISTS"),
            ("?x :q ?y }", "?x :q ?y BIND (1 AS ?z) ?x :r ?z }", "SPARQL|BIND"),
            ("?x :q ?y }", "?x :q ?y FILTER NOT EXISTS { ?x ?r ?z } }", "absent"),
            ("?x :q ?y }", "?x :q ?y FILTER NOT EXISTS { ?x a ?z } }", "absent"),
        ],
    )
    def test_a_broken_file_is_refused(
        self, tmp_path: Path, old: str, new: str, reason: str
    ) -> None:
        assert old in GOOD
        (tmp_path / "broken.rq").write_text(GOOD.replace(old, new))
        with pytest.raises(BrokenInput, match=reason) as caught:
            reasoning.load_rules(tmp_path)
        assert "broken.rq" in str(caught.value)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BrokenInput):
            reasoning.read_rule(tmp_path / "none.rq")


class TestChecks:
    @pytest.mark.parametrize("construct", ["owl:FunctionalProperty", "owl:SymmetricProperty"])
    def test_a_construct_without_a_rule_is_found(self, construct: str) -> None:
        store = store_of(quads("ontology", f"pact:p a {construct} ."))
        assert {term.value for term in reasoning.unreasoned(store, RULES)} == {
            construct.replace("owl:", PREFIXES["owl"])
        }

    def test_a_property_axiom_without_a_rule_is_found(self) -> None:
        store = store_of(quads("ontology", "pact:p rdfs:domain pact:C ."))
        assert reasoning.unreasoned(store, RULES) == {NamedNode(PREFIXES["rdfs"] + "domain")}

    def test_a_rule_that_is_missing_is_found(self) -> None:
        fewer = [r for r in RULES if r.name != "prp-trp"]
        assert reasoning.unreasoned(store_of(SCHEMA), RULES) == set()
        missing = reasoning.unreasoned(store_of(SCHEMA), fewer)
        assert missing == {NamedNode(PREFIXES["owl"] + "TransitiveProperty")}

    def test_an_absence_that_is_not_final_is_found(self) -> None:
        assert reasoning.unstratified(store_of(SCHEMA), RULES) == set()
        late = quads("ontology", "pact:currentStatus rdfs:subPropertyOf pact:holdsCompetence .")
        found = reasoning.unstratified(store_of(SCHEMA, late), RULES)
        assert found == {("competence-gap", pact("holdsCompetence"))}

    def test_an_absence_in_the_stratum_that_derives_it_is_found(self, tmp_path: Path) -> None:
        body = "?x :q ?y FILTER NOT EXISTS { ?x :p ?z } }"
        (tmp_path / "self.rq").write_text(GOOD.replace("?x :q ?y }", body))
        found = reasoning.unstratified(Store(), reasoning.load_rules(tmp_path))
        assert found == {("self", NamedNode("http://example.org/p"))}


def test_the_description_says_of_which_form_a_query_is() -> None:
    rows = reasoning.rule_quads([rule("cax-dw"), rule("cax-sco")])
    kinds = {row.subject: row.object for row in rows if row.predicate == RDF_TYPE}
    sh = PREFIXES["sh"]
    assert kinds == {
        rule("cax-dw").iri: NamedNode(sh + "SPARQLSelectExecutable"),
        rule("cax-sco").iri: NamedNode(sh + "SPARQLConstructExecutable"),
    }
    texts = {row.object for row in rows if row.predicate.value in (sh + "select", sh + "construct")}
    assert texts == {Literal(rule("cax-dw").text), Literal(rule("cax-sco").text)}
