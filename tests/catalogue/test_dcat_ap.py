"""The record against the official shapes of DCAT-AP 3.0.1, with what is waived and why."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import RDF, SH, URIRef

from brupact.catalogue import Publication
from brupact.engine.local import LocalEngine
from brupact.settings import Settings

#: Each set of shapes, with the files it is made of.
SETS = {
    "shapes": ("shacl/dcat-ap-SHACL.ttl",),
    "shapes and ranges": ("shacl/dcat-ap-SHACL.ttl", "shacl/ranges.ttl"),
    "split shapes": ("split/shapes.ttl",),
    "split ranges": ("split/range.ttl",),
    "recommended": ("split/shapes_recommended.ttl",),
    "vocabularies": ("split/mdr-vocabularies.shape.ttl",),
    "deprecated": ("split/deprecateduris.ttl",),
}
DCAT, DCTERMS = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"

RESOURCE = "every IRI is an rdfs:Resource; no entailment is done (SEMICeu/dcat-ap_shacl issue 36)"
NO_GEOMETRY = "recommended; we give identifiers of places, whose owners give their geometry"
NOT_OF_THE_EU = "a warning: the publisher is no corporate body of the European Union"
OTHER_PLACES = "a warning: the codes of Statbel and NUTS stand beside those of the EU and GeoNames"
#: Set of shapes, path and value (or anything): why it is waived.
WAIVERS: dict[tuple[str, str, str | None], str] = {
    ("shapes and ranges", DCAT + "endpointURL", None): RESOURCE,
    ("shapes and ranges", DCAT + "endpointDescription", None): RESOURCE,
    ("recommended", DCAT + "bbox", None): NO_GEOMETRY,
    ("recommended", DCAT + "centroid", None): NO_GEOMETRY,
    ("vocabularies", "http://spdx.org/rdf/terms#algorithm", None): (
        "the shape wants https://spdx.org/… and the class http://spdx.org/…; SPDX 2 and the "
        "specification of DCAT-AP use http"
    ),
    ("vocabularies", DCTERMS + "publisher", None): NOT_OF_THE_EU,
    ("vocabularies", DCTERMS + "spatial", "http://data.europa.eu/nuts/code/BE1"): OTHER_PLACES,
    ("vocabularies", DCTERMS + "spatial", "http://vocab.belgif.be/auth/refnis2025/4000"): (
        OTHER_PLACES
    ),
}
#: Property shapes that are named and stand in no file of the set: how many.
MISSING = {"shapes": 2, "shapes and ranges": 5}  # SEMICeu/DCAT-AP issue 448


@pytest.fixture(scope="module")
def official() -> Path:
    folder = Path(os.environ.get("BRUPACT_CONFORMANCE", "../shared/conformance"))
    if not (folder := folder / "dcat-ap-3.0.1").is_dir():
        pytest.skip(f"NO DCAT-AP SHAPES in {folder}: set BRUPACT_CONFORMANCE")
    return folder


def shapes_of(folder: Path, name: str) -> rdflib.Graph:
    """The shapes of a set, without the references to what is missing in it."""
    shapes = rdflib.Graph()
    for file in SETS[name]:
        shapes.parse(folder / file)
    missing = {
        node for node in shapes.objects(None, SH.property) if (node, SH.path, None) not in shapes
    }
    for node in missing:
        shapes.remove((None, SH.property, node))
    assert len(missing) == MISSING.get(name, 0)
    return shapes


def findings(record: rdflib.Graph, shapes: rdflib.Graph) -> Iterator[tuple[str, str, str]]:
    """Severity, path and value of each result of the report; not of those inside a result."""
    _, report, _ = pyshacl.validate(record, shacl_graph=shapes, do_owl_imports=False)
    for validation in report.subjects(RDF.type, SH.ValidationReport):
        for result in report.objects(validation, SH.result):
            if path := report.value(result, SH.resultPath):
                severity = str(report.value(result, SH.resultSeverity)).rpartition("#")[2]
                value = report.value(result, SH.value)
                yield severity, str(path), "" if value is None else str(value)


def waiver(name: str, path: str, value: str) -> tuple[str, str, str | None] | None:
    keys: tuple[tuple[str, str, str | None], ...] = ((name, path, value), (name, path, None))
    return next((key for key in keys if key in WAIVERS), None)


def unwaived(record: rdflib.Graph, folder: Path, name: str) -> set[tuple[str, str, str]]:
    """What breaks the shapes of a set and is not waived; each waiver must be of use."""
    found = set(findings(record, shapes_of(folder, name)))
    used = {waiver(name, path, value) for _, path, value in found} - {None}
    assert used == {key for key in WAIVERS if key[0] == name}, "a waiver is no longer needed"
    return {finding for finding in found if waiver(name, *finding[1:]) is None}


@pytest.mark.parametrize("name", SETS)
def test_the_record_conforms(record: rdflib.Graph, official: Path, name: str) -> None:
    assert unwaived(record, official, name) == set()


def test_only_recommendations_are_open_without_an_address_and_a_kind(
    engine: LocalEngine, official: Path
) -> None:
    record = Publication(engine, Settings()).catalogue
    open_ = {(s, path) for s, path, _ in unwaived(record, official, "recommended")}
    assert open_ == {("Warning", DCAT + "contactPoint"), ("Warning", DCTERMS + "type")}
    for name in ("shapes", "split shapes", "split ranges"):
        assert unwaived(record, official, name) == set()


@pytest.mark.parametrize(
    ("predicate", "sets"),
    [
        (DCTERMS + "title", {"shapes", "split shapes"}),
        (DCTERMS + "publisher", {"shapes", "split shapes"}),
        (DCAT + "accessURL", {"shapes", "split shapes"}),
        (DCAT + "endpointURL", {"shapes", "split shapes"}),
        ("http://spdx.org/rdf/terms#checksumValue", {"shapes", "split shapes"}),
    ],
)
def test_a_record_without_it_would_be_refused(
    record: rdflib.Graph, official: Path, predicate: str, sets: set[str]
) -> None:
    broken = rdflib.Graph()
    for triple in record:
        if triple[1] != URIRef(predicate):
            broken.add(triple)
    for name in sets:
        assert ("Violation", predicate) in {f[:2] for f in unwaived(broken, official, name)}


def test_every_term_of_the_vocabularies_is_needed(record: rdflib.Graph, official: Path) -> None:
    language = URIRef("http://publications.europa.eu/resource/authority/language/FRA")
    broken = rdflib.Graph()
    for triple in record:
        if triple[0] != language:
            broken.add(triple)
    for name in ("shapes", "split ranges", "vocabularies"):
        assert any(f[1] == DCTERMS + "language" for f in unwaived(broken, official, name))
