"""The SHACL engines behind one function: pySHACL, the reference, and the faster pyshacl-turbo."""

import importlib
import io
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

import rdflib
from pyoxigraph import RdfFormat, Store, serialize

from brupact.errors import BrupactError
from brupact.namespaces import graph
from brupact.validation.report import Report, findings

#: Graphs that are not data: the shapes do not validate themselves.
NOT_DATA: Final = (graph("shapes"), graph("rules"))
_MODULES: Final = {"pyshacl": "pyshacl", "turbo": "pyshacl_turbo"}
#: The names of the SHACL engines; the first is the reference.
ENGINES: Final = tuple(_MODULES)


def data_graph(store: Store) -> rdflib.Graph:
    """The union of the data in `store` as an rdflib graph, which is what the engines work on."""
    buffer = io.BytesIO()
    serialize(
        {q.triple for q in store if q.graph_name not in NOT_DATA}, buffer, RdfFormat.N_TRIPLES
    )
    return rdflib.Graph().parse(data=buffer.getvalue(), format="nt")


def shapes_graph(folder: Path) -> rdflib.Graph:
    """The shapes in `folder`, with the blank nodes that their syntax uses."""
    shapes = rdflib.Graph()
    for path in sorted(folder.glob("*.ttl")):
        shapes.parse(path)
    return shapes


def validate_graph(data: rdflib.Graph, shapes: rdflib.Graph, *, engine: str = "pyshacl") -> Report:
    """Validate one graph with a SHACL engine (SHACL, section 3)."""
    report = report_graph(data, shapes, engine)
    return Report(tuple(sorted(findings(report, shapes))), report)


def fastest() -> str:
    """The fastest SHACL engine that is installed."""
    return next(name for name in reversed(ENGINES) if find_spec(_MODULES[name]))


def load_engine(engine: str) -> ModuleType:
    """The module of `engine`, loaded: processes that are forked afterwards need not.

    :raises BrupactError: if it is not installed.
    """
    try:
        return importlib.import_module(_MODULES[engine])
    except ImportError:
        raise BrupactError(f"{_MODULES[engine]} is not installed; add the extra 'fast'") from None


def ready(shapes: rdflib.Graph, engine: str) -> Callable[[rdflib.Graph], rdflib.Graph]:
    """What `report_graph` does, with `shapes` made ready once; they must not change any more.

    :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
    """
    module = load_engine(engine)
    if not hasattr(module, "compile_shapes"):
        return partial(report_graph, shapes=shapes, engine=engine)
    try:
        program = module.compile_shapes(shapes)
    except (ValueError, RuntimeError, module.ValidationFailure) as error:
        raise BrupactError(f"the shapes cannot be used: {error}") from None

    def report(data: rdflib.Graph) -> rdflib.Graph:
        try:
            _, found, _ = program.validate(data)
        except (RuntimeError, module.ValidationFailure) as error:
            raise BrupactError(f"the shapes cannot be used: {error}") from None
        assert isinstance(found, rdflib.Graph)
        return found

    return report


def report_graph(data: rdflib.Graph, shapes: rdflib.Graph, engine: str) -> rdflib.Graph:
    """The validation report that `engine` writes (SHACL, section 3.6).

    :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
    """
    _, report, text = load_engine(engine).validate(
        data, shacl_graph=shapes, advanced=False, inference="none"
    )
    if not isinstance(report, rdflib.Graph):
        raise BrupactError(f"the shapes cannot be used: {text}")
    return report
