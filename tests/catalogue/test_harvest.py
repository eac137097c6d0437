"""CKAN's own parser reads the record: what a harvesting portal would take of it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import Namespace, URIRef

from brupact.namespaces import BASE

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-harvest" / "bin" / "python"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
DATASET = BASE + "catalogue#dataset"


def harvest(record: rdflib.Graph, language: str) -> dict[str, dict[str, Any]]:
    """The datasets by IRI; their extras as if they were fields, as CKAN shows them."""
    if not (PYTHON.parents[1] / "harvest.stamp").exists():
        pytest.skip("NO CKAN: `make .venv-harvest/harvest.stamp` installs it")
    read = subprocess.run(
        [PYTHON, Path(__file__).with_name("harvest.py"), language],
        input=record.serialize(format="turtle"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    datasets = [
        dataset | {extra["key"]: extra["value"] for extra in dataset["extras"]}
        for dataset in json.loads(read.stdout)
    ]
    return {dataset["uri"]: dataset for dataset in datasets}


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_every_dataset_is_read_in_every_language(record: rdflib.Graph, language: str) -> None:
    datasets = harvest(record, language)
    assert set(datasets) == {str(s) for s in record.subjects(rdflib.RDF.type, DCAT.Dataset)}
    for iri, dataset in datasets.items():
        for field, predicate in (("title", DCTERMS.title), ("notes", DCTERMS.description)):
            said = record.objects(URIRef(iri), predicate)
            assert dataset[field] in {
                str(t) for t in said if getattr(t, "language", "") == language
            }


def test_a_portal_reads_the_whole_record(record: rdflib.Graph) -> None:
    dataset = harvest(record, "en")[DATASET]
    assert (dataset["temporal_start"], dataset["temporal_end"]) == ("2026", "2029")
    assert dataset["publisher_name"] == "Example Region"
    assert dataset["publisher_type"] == "http://purl.org/adms/publishertype/RegionalAuthority"
    assert dataset["contact_email"] == "data@example.org"
    assert dataset["version"] == "0.1.0"
    spatial = {str(place) for place in record.objects(URIRef(DATASET), DCTERMS.spatial)}
    assert dataset["spatial_uri"] in spatial
    assert dataset["access_rights"] == AUTHORITY + "access-right/PUBLIC"
    assert dataset["frequency"] == AUTHORITY + "frequency/IRREG"
    assert len(json.loads(dataset["theme"])) == 7
    assert len(json.loads(dataset["language"])) == 3
    assert len(json.loads(dataset["conforms_to"])) == 2
    assert {"Bruxelles", "Brussel", "Brussels"} <= {tag["name"] for tag in dataset["tags"]}


def test_a_portal_reads_every_file(record: rdflib.Graph) -> None:
    datasets = harvest(record, "en")
    files = {file["uri"]: file for d in datasets.values() for file in d.get("resources", ())}
    assert set(files) == {str(s) for s in record.subjects(rdflib.RDF.type, DCAT.Distribution)}
    for iri, file in files.items():
        assert file["license"] == AUTHORITY + "licence/CC0"
        if size := record.value(URIRef(iri), DCAT.byteSize):
            assert (file["size"], len(file["hash"])) == (int(str(size)), 64)
            assert file["hash_algorithm"].endswith("sha256")
            assert file["url"] == str(record.value(URIRef(iri), DCAT.downloadURL))
