"""w3id.org redirects each IRI to the file of the format that is asked for: Apache, as there."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.export.conftest import BASE_URL
from tests.export.hosts import APACHE, Host, apache

pytestmark = pytest.mark.skipif(
    APACHE is None, reason="NO APACHE: the test of the redirections of w3id.org is left out"
)


@pytest.fixture(scope="module")
def w3id(exported: Path) -> Iterator[Host]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(exported / "hosting" / "w3id", folder / "site" / "brupact")
        (folder / "site").chmod(0o755)
        with apache(folder / "site", folder, "All") as started:
            yield started


@pytest.mark.parametrize(
    ("path", "accept", "place"),
    [
        ("id/priority/2026-2029-13", "text/turtle", "/doc/priority/2026-2029-13.ttl"),
        ("id/priority/2026-2029-13", "application/ld+json", "/doc/priority/2026-2029-13.jsonld"),
        ("id/priority/2026-2029-13", "text/html, text/turtle", "/doc/priority/2026-2029-13"),
        ("doc/priority/2026-2029-13.nt", "*/*", "/doc/priority/2026-2029-13.nt"),
        ("graph/agreement", "application/rdf+xml", "/graphs/agreement.rdf"),
        ("ns", "text/turtle", "/ns.ttl"),
        ("ns", "*/*", "/ns"),
        ("rules/competent-member", "application/n-triples", "/rules/competent-member.nt"),
        ("", "text/html", "/"),
    ],
)
def test_an_iri_leads_to_its_document(w3id: Host, path: str, accept: str, place: str) -> None:
    reply = w3id.get(f"/brupact/{path}", Accept=accept)
    assert reply.status == 303
    assert reply.headers["location"] == BASE_URL + place


def test_the_places_are_there(exported: Path) -> None:
    for name in ("doc/priority/2026-2029-13.ttl", "graphs/agreement.rdf", "ns.ttl",
                 "rules/competent-member.nt"):  # fmt: skip
        assert (exported / name).is_file()
