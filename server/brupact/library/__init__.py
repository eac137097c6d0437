"""The query library: SPARQL queries as files, with typed parameters, that answer under a URL."""

from brupact.library.answers import Choice, Page, Table, answer, choices, natural, read_values
from brupact.library.description import QUERIES_GRAPH, describe, library_quads
from brupact.library.files import RESERVED, Entry, load_library, read_entry
from brupact.library.parameters import LANGUAGES, BadParameter, Parameter, Type

__all__ = [
    "LANGUAGES",
    "QUERIES_GRAPH",
    "RESERVED",
    "BadParameter",
    "Choice",
    "Entry",
    "Page",
    "Parameter",
    "Table",
    "Type",
    "answer",
    "choices",
    "describe",
    "library_quads",
    "load_library",
    "natural",
    "read_entry",
    "read_values",
]
