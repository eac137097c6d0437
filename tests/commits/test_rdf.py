import re
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from tests.commits.given import AGENT, Editor, said

from brupact.commits import rdf
from brupact.namespaces import PREFIXES


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    editor = Editor(tmp_path, said("a", "1"))
    editor.commit([said("b", "line\nbreak"), said("secret", "x")], [said("a", "1")])
    return editor


def test_a_commit_is_an_activity_and_its_version_an_entity(editor: Editor) -> None:
    first, entry = editor.log.entry(0), editor.log.entry(1)
    commit = f"<https://w3id.org/brupact/id/commit/{entry.name}>"
    version = f"<https://w3id.org/brupact/id/version/{entry.name}>"
    before = f"<https://w3id.org/brupact/id/version/{first.name}>"
    time = f'"{entry.time}"^^xsd:dateTime'
    text = (
        "".join(f"PREFIX {p}: <{iri}> " for p, iri in PREFIXES.items())
        + f"""
        {commit} a prov:Activity ; prov:endedAtTime {time} ; prov:wasAssociatedWith <{AGENT}> ;
            prov:used {before} ; prov:generated {version} ; dcterms:description "a reason" .
        {version} a prov:Entity ; prov:wasGeneratedBy {commit} ; prov:generatedAtTime {time} ;
            prov:wasRevisionOf {before} ; dcat:previousVersion {before} ; dcat:version "1" ;
            dcterms:identifier "{entry.name}" .
    """
    )
    expected = {quad.triple for quad in parse(text, format=RdfFormat.TURTLE)}
    assert set(rdf.describe(editor.log, 1)) == expected
    used = NamedNode(PREFIXES["prov"] + "used")
    assert used not in {triple.predicate for triple in rdf.describe(editor.log, 0)}


def test_a_delta_is_an_rdf_patch(editor: Editor) -> None:
    first, entry = editor.log.entry(0), editor.log.entry(1)
    rows = rdf.patch(editor.log, 1).decode().splitlines()
    iri = "https://w3id.org/brupact/id/commit/"
    assert rows[:2] == [f"H id <{iri}{entry.name}> .", f"H prev <{iri}{first.name}> ."]
    assert [rows[2], rows[-1]] == ["TX .", "TC ."]
    quads = {
        letter: {
            quad
            for row in rows
            if row.startswith(letter)
            for quad in parse(row[2:].encode(), format=RdfFormat.N_QUADS)
        }
        for letter in ("A ", "D ")
    }
    assert quads["A "] == {said("b", "line\nbreak"), said("secret", "x")}
    assert quads["D "] == {said("a", "1")}
    assert "H prev" not in rdf.patch(editor.log, 0).decode()


def test_what_is_erased_is_told_and_by_what(editor: Editor) -> None:
    redaction = editor.redact(said("secret", "x"), messages=[1])
    text = rdf.patch(editor.log, 1).decode()
    assert "secret" not in text and re.search("^# 2 rows are erased$", text, re.MULTILINE)
    commit = rdf.commit_iri(editor.log.entry(1).name)
    influence = NamedNode(PREFIXES["prov"] + "wasInfluencedBy")
    triples = set(rdf.describe(editor.log, 1))
    assert Triple(commit, influence, rdf.commit_iri(redaction.name)) in triples
    assert Literal("a reason") not in {triple.object for triple in triples}
