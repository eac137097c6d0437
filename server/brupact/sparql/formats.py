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
    #: The name below ``http://www.w3.org/ns/formats/`` (Unique URIs for File Formats).
    w3c: str = ""
    #: The code in the table of file types of the European Union, with the name of the table.
    file_type: str = ""


#: SPARQL 1.1 Query Results: JSON, XML, CSV and TSV. The first is the default.
RESULTS: Final = (
    Format("application/sparql-results+json", "json", "JSON", QueryResultsFormat.JSON,
           ("application/json",), w3c="SPARQL_Results_JSON"),
    Format("application/sparql-results+xml", "xml", "XML", QueryResultsFormat.XML,
           ("application/xml", "text/xml"), w3c="SPARQL_Results_XML"),
    Format("text/csv", "csv", "CSV", QueryResultsFormat.CSV, w3c="SPARQL_Results_CSV"),
    Format("text/tab-separated-values", "tsv", "TSV", QueryResultsFormat.TSV,
           w3c="SPARQL_Results_TSV"),
)  # fmt: skip

#: Those that have a form for the result of ASK.
BOOLEANS: Final = RESULTS[:2]

#: RDF 1.1 serialisations of one graph. The first is the default.
GRAPHS: Final = (
    Format("text/turtle", "ttl", "Turtle", RdfFormat.TURTLE,
           w3c="Turtle", file_type="file-type/RDF_TURTLE"),
    Format("application/n-triples", "nt", "N-Triples", RdfFormat.N_TRIPLES,
           w3c="N-Triples", file_type="file-type/RDF_N_TRIPLES"),
    Format("application/rdf+xml", "rdf", "RDF/XML", RdfFormat.RDF_XML,
           w3c="RDF_XML", file_type="file-type/RDF_XML"),
    Format("application/ld+json", "jsonld", "JSON-LD", RdfFormat.JSON_LD,
           w3c="JSON-LD", file_type="file-type/JSON_LD"),
)  # fmt: skip

#: RDF 1.1 serialisations of a dataset.
DATASETS: Final = (
    Format("application/n-quads", "nq", "N-Quads", RdfFormat.N_QUADS,
           w3c="N-Quads", file_type="file-type/RDF_N_QUADS"),
    Format("application/trig", "trig", "TriG", RdfFormat.TRIG,
           w3c="TriG", file_type="file-type/RDF_TRIG"),
)  # fmt: skip

#: The formats of a linked-data document; those of a dataset keep the names of the graphs.
DOCUMENTS: Final = (*GRAPHS, *DATASETS)

#: A page for people.
PAGE: Final = Format("text/html", "html", "HTML", None, ("application/xhtml+xml",))
#: What lists the library for programs.
LISTING: Final = Format("application/json", "json", "JSON", None)
#: A list of things, or what is known of them, as a table (RFC 4180).
TABLE: Final = Format("text/csv", "csv", "CSV", None)
#: A feed of what is new (RFC 4287).
ATOM: Final = Format("application/atom+xml", "atom", "Atom", None)
#: What a commit added and removed (RDF Patch).
PATCH: Final = Format("application/rdf-patch", "rdfp", "RDF Patch", None)
#: The result of a query for a spreadsheet (Office Open XML, ECMA-376).
SPREADSHEET: Final = Format(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "Excel", None
)
#: The text of a query (SPARQL 1.1 Query, section 21).
QUERY: Final = Format("application/sparql-query", "rq", "SPARQL", None)
