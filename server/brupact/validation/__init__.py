"""SHACL validation of a whole dataset or of a change, and the checks that need its named graphs.

Two engines stand behind one function (`engines`): pySHACL, the reference, and pyshacl-turbo, the
fast one. A change is validated at the cost of what it can affect (`change`): the shapes themselves
say what that is (`network`, `impact`), and so do the queries in them (`queries`).
"""

from pathlib import Path

from pyoxigraph import Store

from brupact.validation.change import (
    ChangeReport,
    CompiledShapes,
    compile_shapes,
    load_shapes,
    validate_change,
)
from brupact.validation.dataset import Check, dataset_findings, load_checks
from brupact.validation.engines import (
    ENGINES,
    NOT_DATA,
    data_graph,
    fastest,
    load_engine,
    shapes_graph,
    validate_graph,
)
from brupact.validation.impact import Change
from brupact.validation.report import Finding, Report


def validate(store: Store, shapes: Path, *, engine: str = "pyshacl") -> Report:
    """Validate all data in `store`, derived triples included, against the files in `shapes`.

    :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
    """
    found = validate_graph(data_graph(store), shapes_graph(shapes), engine=engine)
    return Report((*found.findings, *dataset_findings(store, shapes / "dataset")), found.graph)


__all__ = [
    "ENGINES",
    "NOT_DATA",
    "Change",
    "ChangeReport",
    "Check",
    "CompiledShapes",
    "Finding",
    "Report",
    "compile_shapes",
    "data_graph",
    "dataset_findings",
    "fastest",
    "load_checks",
    "load_engine",
    "load_shapes",
    "shapes_graph",
    "validate",
    "validate_change",
    "validate_graph",
]
