"""The formats in which answers are written, one table for results and one for graphs.

Everything that names a format (negotiation, suffixes, dumps, documentation) reads these tables.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pyoxigraph import QueryResultsFormat, RdfFormat

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Format(Generic[Kind]):
    """A format: media type, file suffix without the dot, name, and the engine's own constant."""

    media_type: str
    suffix: str
    label: str
    engine: Kind
    #: Other media types by which clients ask for the same.
    aliases: tuple[str, ...] = ()


#: SPARQL 1.1 Query Results: JSON, XML, CSV and TSV. The first is the default.
RESULTS: Final = (
    Format("application/sparql-results+json", "json", "JSON", QueryResultsFormat.JSON,
           ("application/json",)),
    Format("application/sparql-results+xml", "xml", "XML", QueryResultsFormat.XML,
           ("application/xml", "text/xml")),
    Format("text/csv", "csv", "CSV", QueryResultsFormat.CSV),
    Format("text/tab-separated-values", "tsv", "TSV", QueryResultsFormat.TSV),
)  # fmt: skip

#: RDF 1.1 serialisations of one graph. The first is the default.
GRAPHS: Final = (
    Format("text/turtle", "ttl", "Turtle", RdfFormat.TURTLE),
    Format("application/n-triples", "nt", "N-Triples", RdfFormat.N_TRIPLES),
    Format("application/rdf+xml", "rdf", "RDF/XML", RdfFormat.RDF_XML),
    Format("application/ld+json", "jsonld", "JSON-LD", RdfFormat.JSON_LD),
)

#: RDF 1.1 serialisations of a dataset.
DATASETS: Final = (
    Format("application/n-quads", "nq", "N-Quads", RdfFormat.N_QUADS),
    Format("application/trig", "trig", "TriG", RdfFormat.TRIG),
)

#: The formats of a linked-data document; those of a dataset keep the names of the graphs.
DOCUMENTS: Final = (*GRAPHS, *DATASETS)
