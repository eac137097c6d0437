"""How the dataset is cited, and what dataset search engines read of it (schema.org)."""

from collections.abc import Iterable
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from brupact.catalogue.record import DCAT, DCTERMS, Facts


def said(graph: Graph, node: Node, predicate: URIRef, language: str = "en") -> str | None:
    """The text of `predicate` in `language`."""
    values: Iterable[Node] = graph.objects(node, predicate)
    return next((str(v) for v in values if isinstance(v, Literal) and v.language == language), None)


def citation(graph: Graph, facts: Facts) -> str:
    """The dataset in one line: who, when, what, which version, where."""
    day = str(graph.value(facts.dataset, DCTERMS.modified) or "")
    parts = [
        facts.settings.publisher_name + (f" ({day[:4]})" if day else ""),
        said(graph, facts.dataset, DCTERMS.title),
        f"Version {facts.version}" if facts.ours else None,
        str(facts.dataset),
    ]
    return ". ".join(part for part in parts if part)


def structured_data(graph: Graph, facts: Facts) -> dict[str, Any]:
    """The dataset as schema.org has it, in JSON-LD."""
    node = facts.dataset
    described: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": str(node),
        "name": said(graph, node, DCTERMS.title),
        "alternateName": [said(graph, node, DCTERMS.title, language) for language in ("fr", "nl")],
        "description": said(graph, node, DCTERMS.description),
        "url": str(facts.url("/catalogue")),
        "version": facts.version if facts.ours else None,
        "dateModified": _text(graph.value(node, DCTERMS.modified)),
        "datePublished": _text(graph.value(node, DCTERMS.issued)),
        "license": _text(graph.value(node, DCTERMS.license)),
        "isAccessibleForFree": True,
        "keywords": sorted(
            str(word)
            for word in graph.objects(node, DCAT.keyword)
            if isinstance(word, Literal) and word.language == "en"
        ),
        "creator": _publisher(facts),
        "publisher": _publisher(facts),
        "temporalCoverage": _years(graph, node),
        "includedInDataCatalog": {"@type": "DataCatalog", "url": str(facts.url("/catalogue"))},
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": str(facts.url(f"/dumps/{dump.name}")),
                "encodingFormat": dump.media_type,
                "contentSize": f"{dump.size} B",
                "sha256": dump.sha256,
            }
            for dump in facts.dumps
            if dump.graph is None
        ],
        "creditText": citation(graph, facts),
    }
    return {name: value for name, value in described.items() if value}


def _publisher(facts: Facts) -> dict[str, str]:
    settings = facts.settings
    return {
        "@type": "Organization",
        "@id": settings.publisher_iri,
        "name": settings.publisher_name,
    }


def _years(graph: Graph, node: Node) -> str | None:
    period = graph.value(node, DCTERMS.temporal)
    if period is None:
        return None
    return f"{graph.value(period, DCAT.startDate)}/{graph.value(period, DCAT.endDate)}"


def _text(value: Node | None) -> str | None:
    return None if value is None else str(value)
