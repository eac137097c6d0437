"""Our fast paths against the reference implementations: same data, one run."""

import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

import owlrl
import rdflib

from brupact import reasoning, resources
from brupact.dataset import Layout, load_files
from brupact.validation import data_graph, shapes_graph, validate_graph

PACKAGES: Final = ("pyoxigraph", "rdflib", "owlrl", "pyshacl", "pyshacl-turbo")


def seconds(action: Callable[[], object], repeat: int) -> float:
    """The median time of `action` over `repeat` runs, in seconds."""
    taken = []
    for _ in range(repeat):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 3)


def measure() -> dict[str, Any]:
    """Seconds by task and implementation, on the packaged release: ours first."""
    store = load_files(Layout().files()).store
    rules = reasoning.load_rules()
    asserted = data_graph(store)

    def owlrl_closure() -> None:
        graph = rdflib.Graph() + asserted
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)

    closing = {
        "brupact": seconds(lambda: reasoning.closure(store, rules), 5),
        "owlrl": seconds(owlrl_closure, 1),
    }
    data, shapes = data_graph(store), shapes_graph(resources.SHAPES)
    validating = {
        "pyshacl-turbo": seconds(lambda: validate_graph(data, shapes, engine="turbo"), 3),
        "pyshacl": seconds(lambda: validate_graph(data, shapes, engine="pyshacl"), 1),
    }
    return {
        "triples": len(asserted),
        "packages": {name: version(name) for name in PACKAGES},
        "seconds": {"closure under the rules": closing, "full validation": validating},
    }
