"""The vocabulary as it is read from the graphs."""

import pyoxigraph

from brupact.describe import full
from brupact.engine.local import LocalEngine
from brupact.namespaces import PACT, SHAPES
from brupact.vocabulary import Vocabularies, derived, read_vocabulary


def test_modules_hold_their_terms(engine: LocalEngine) -> None:
    known = read_vocabulary(engine)
    competence = known.modules["competence"]
    names = [term.name for term in competence.terms]
    assert names[:2] == ["Competence", "CompetenceAssignment"]
    kinds = [term.kind for term in competence.terms]
    assert kinds == sorted(kinds, key=["class", "relation", "attribute"].index)
    assert known.module_of[PACT + "holder"] == "competence"
    gap = known.terms[PACT + "CompetenceGap"]
    assert gap.above == (PACT + "Competence",)
    assert known.terms[PACT + "Competence"].below == (PACT + "CompetenceGap",)
    assert known.terms[PACT + "hasClause"].inverse == (PACT + "clauseOf",)
    assert known.terms[PACT + "clauseOf"].inverse == (PACT + "hasClause",)
    assert "compétent" in gap.said("rdfs:label", "fr") or gap.said("rdfs:label", "fr")


def test_mappings_lead_elsewhere_with_their_reasons(engine: LocalEngine) -> None:
    mappings = [m for term in read_vocabulary(engine).terms.values() for m in term.mappings]
    assert len(mappings) > 30
    assert not any(m.other.startswith(PACT) for m in mappings)
    reasoned = [m for m in mappings if m.reasons]
    assert len(reasoned) > 30
    assert all(m.reasons.keys() <= {"fr", "nl", "en", ""} for m in reasoned)


def test_limits_are_read_from_property_shapes(engine: LocalEngine) -> None:
    known = read_vocabulary(engine)
    shape = known.shapes[SHAPES + "CompetenceAssignment"]
    limits = {limit.iri.removeprefix(SHAPES): limit for limit in shape.limits}
    holder = limits["CompetenceAssignment-holder"]
    assert (holder.path.only, holder.least, holder.most) == (PACT + "holder", 1, 1)
    assert holder.kinds == (full("foaf:Person"),)
    assert not holder.is_recommendation
    assert holder.messages.keys() == {"fr", "nl", "en"}
    assert shape.rules and shape.rules[0].keys() == {"fr", "nl", "en"}
    gap = known.shapes[SHAPES + "CompetenceGap"].limits[0]
    assert gap.path.pieces == ("^", PACT + "competence")
    assert (gap.path.only, gap.most) == (None, 0)
    assert gap.some == (PACT + "CompetenceAssignment",)
    language = known.shapes[SHAPES + "Competence"].limits[0]
    assert language.path.pieces == ("^", PACT + "quoteOf", "/", full("dc:language"))
    assert ("pattern", "^nl$") in [(word, term.value) for word, term in language.others]


def test_choices_and_alternatives_are_read(engine: LocalEngine) -> None:
    limits = [x for s in read_vocabulary(engine).shapes.values() for x in s.limits]
    assert any(len(limit.choices) > 1 for limit in limits)
    assert any(len(limit.kinds) > 1 for limit in limits)
    assert any("|" in limit.path.pieces for limit in limits)
    assert any(limit.languages for limit in limits)
    assert any(limit.is_recommendation for limit in limits)


def test_rules_are_known_by_what_they_derive(engine: LocalEngine) -> None:
    known = read_vocabulary(engine)
    (rule,) = known.derivations[PACT + "competentMember"]
    assert rule.name == "competent-member"
    assert PACT + "CompetenceGap" in derived(known.rules["competence-gap"])
    assert derived(known.rules["prp-spo1"]) == []


def test_uses_are_counted(engine: LocalEngine) -> None:
    uses = read_vocabulary(engine).uses
    assert uses[PACT + "SharedPriority"].count == 17
    assert uses[PACT + "Signature"].count == 14
    holder = uses[PACT + "number"]
    assert holder.is_literal and holder.value.isdecimal()
    assert PACT + "PriorityVersion" not in uses


def test_it_is_read_once_a_version(engine: LocalEngine) -> None:
    known = Vocabularies(engine)
    assert known.of(engine) is known.of(engine)
    other = LocalEngine(pyoxigraph.Store())
    assert known.of(other).modules == {}
