"""Full-text search over names, acronyms and the source text, in its languages."""

from brupact.search.collection import FACETS, Findable, collect
from brupact.search.index import Index
from brupact.search.service import Results, Search

__all__ = ["FACETS", "Findable", "Index", "Results", "Search", "collect"]
