"""Ontology, shapes and rules on pages: each term is there, with what holds for it, and drawn."""

import re

from flask.testing import FlaskClient
from tests.pages.conftest import Visitor

from brupact.engine.local import LocalEngine
from brupact.namespaces import PACT, SHAPES
from brupact.vocabulary import read_vocabulary

HTML = {"Accept": "text/html", "Accept-Language": "fr"}


def test_each_term_and_shape_has_its_place(client: FlaskClient, engine: LocalEngine) -> None:
    page = client.get("/ns", headers=HTML).text
    known = read_vocabulary(engine)
    assert len(known.terms) > 150
    for term in known.terms.values():
        assert page.count(f'id="{term.name}"') == 1, term.name
        assert f'href="#{term.name}"' in page
    for rule in known.rules.values():
        assert f'href="/rules/{rule.name}"' in page
    page = client.get("/shapes", headers=HTML).text
    for shape in known.shapes.values():
        assert page.count(f'id="{shape.name}"') == 1
        for limit in shape.limits:
            assert f'id="{limit.iri.removeprefix(SHAPES)}"' in page


def test_a_term_tells_all_that_is_known_of_it(visitor: Visitor) -> None:
    with visitor.at("/ns/competence", locale="en") as seen:
        holder = seen.page.locator("#competentMember")
        text = holder.inner_text()
        assert "Derived by the rule" in text and "Competent member" in text
        assert "Used for" in text and "Shared priority" in text
        assignment = seen.page.locator("#CompetenceAssignment")
        assignment.locator("summary").click()
        row = assignment.locator("tr", has_text="CompetenceAssignment-holder")
        assert row.locator("td").nth(1).inner_text() == "1"
        row.get_by_role("link", name="pshape:").click()
        assert seen.page.url.endswith("/shapes#CompetenceAssignment-holder")
        back = seen.page.locator("#CompetenceAssignment-holder a").first
        assert (back.get_attribute("href") or "").endswith("/ns#holder")


def test_a_diagram_leads_to_its_terms_and_breaks_no_rule(visitor: Visitor) -> None:
    for scheme in ("light", "dark"):
        with visitor.at("/ns/agreement", locale="nl", color_scheme=scheme) as seen:
            picture = seen.page.locator("figure.diagram svg")
            assert picture.locator("title").text_content()
            assert "style=" not in picture.evaluate("e => e.outerHTML")
            boxes = [b for b in (r.bounding_box() for r in picture.locator("rect").all()) if b]
            assert len(boxes) > 8
            for n, a in enumerate(boxes):
                for b in boxes[n + 1 :]:
                    apart = (
                        a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
                        or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
                    )  # fmt: skip
                    assert apart, (a, b)
            for group in picture.locator("g:has(rect)").all():
                frame = group.locator("rect").bounding_box()
                for words in group.locator("text").all():
                    inside = words.bounding_box()
                    assert frame and inside
                    assert inside["x"] >= frame["x"], words.inner_html()
                    assert inside["width"] <= frame["width"], words.inner_html()
            picture.get_by_text("Clausule", exact=True).first.click()
            assert seen.page.url.endswith("#Clause")
            assert seen.messages == []


def test_a_rule_shows_an_example_that_holds(client: FlaskClient, engine: LocalEngine) -> None:
    for name in read_vocabulary(engine).rules:
        page = client.get(f"/rules/{name}", headers=HTML).text
        assert '<span class="k">CONSTRUCT</span>' in page or '<span class="k">SELECT</span>' in page
    page = client.get("/rules/competent-member", headers=HTML).text
    assert re.search(r"énoncés? dérivés?", page)
    assert f"/ns#{(PACT + 'competentMember').removeprefix(PACT)}" in page
    text = re.sub("<[^>]+>", "", page)
    assert "il s’ensuit" in text


def test_a_service_without_ontology_says_so() -> None:
    import pyoxigraph

    from brupact.web import create_app

    client = create_app(LocalEngine(pyoxigraph.Store())).test_client()
    for path in ("/ns", "/shapes"):
        assert "publie pas d’ontologie" in client.get(path, headers=HTML).text
