"""Our fast paths against the reference implementations: same data, one run, ratios.

Prints a table and writes ``results/{name}.json`` with what produced the figures.
"""

import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import owlrl
import rdflib

from brupact import reasoning, resources
from brupact.dataset import Layout, load_files
from brupact.validation import data_graph, shapes_graph, validate_graph

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("pyoxigraph", "rdflib", "owlrl", "pyshacl", "pyshacl-turbo")


def seconds(action: Callable[[], object], repeat: int) -> float:
    """The median time of `action` over `repeat` runs, in seconds."""
    taken = []
    for _ in range(repeat):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure() -> dict[str, dict[str, float]]:
    """Seconds by task and implementation, on the packaged release."""
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
    return {"closure under the rules": closing, "full validation": validating}


def main() -> None:
    """Measure, print, keep."""
    figures = measure()
    triples = sum(1 for _ in load_files(Layout().files()).store)
    for task, times in figures.items():
        (ours, taken), (reference, theirs) = times.items()
        print(
            f"{task}: {ours} {taken:.2f} s, {reference} {theirs:.2f} s, ratio {theirs / taken:.1f}"
        )
    note = {
        "date": date.today().isoformat(),
        "triples": triples,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "packages": {name: version(name) for name in PACKAGES},
        "seconds": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "release.json").write_text(json.dumps(note, indent=2) + "\n")


if __name__ == "__main__":
    main()
