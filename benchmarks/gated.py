"""``python -m benchmarks.gated FILE …``: `brupact serve` with generated data as its release."""

import sys
from pathlib import Path

from brupact import cli, resources
from brupact.dataset import Layout
from brupact.namespaces import graph
from brupact.release import Release, make

#: What generated data need of the packaged release: the terms and codes that they use.
TERMS = (graph("ontology"), graph("codes"), graph("graphs"), graph("shapes"))


def release(data: Path) -> Release:
    """The N-Quads in `data` as a release: with the terms, closed under the rules."""
    files = [(name, path) for name, path in Layout().files() if name in TERMS]
    return make([*files, (graph("agreement"), data)], resources.RULES)


def main() -> None:
    """Serve the data in the first argument behind the gate; the rest is for `brupact serve`."""
    data, *options = sys.argv[1:]
    cli._release = lambda *_: release(Path(data))
    cli.main(["serve", *options])


if __name__ == "__main__":
    main()
