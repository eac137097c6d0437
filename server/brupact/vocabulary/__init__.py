"""The ontology and the shapes as a reader wants them: by term, each with what holds for it.

Everything is read from the graphs ``ontology``, ``shapes`` and ``rules`` of an engine.
"""

from brupact.vocabulary.shapes import Limit, NodeShape, Path, read_shapes
from brupact.vocabulary.terms import Mapping, Module, Term, read_modules, said
from brupact.vocabulary.uses import Use, read_uses
from brupact.vocabulary.whole import Vocabularies, Vocabulary, derived, read_vocabulary

__all__ = [
    "Limit",
    "Mapping",
    "Module",
    "NodeShape",
    "Path",
    "Term",
    "Use",
    "Vocabularies",
    "Vocabulary",
    "derived",
    "read_modules",
    "read_shapes",
    "read_uses",
    "read_vocabulary",
    "said",
]
