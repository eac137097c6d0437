"""Write the expected results anew; read every difference beside the source text afterwards."""

from collections.abc import Mapping

from tests.queries import test_results
from tests.queries.test_results import HERE

from brupact import resources
from brupact.dataset import Layout, amended
from brupact.engine.local import LocalEngine
from brupact.library import Entry
from brupact.release import make


def main() -> None:
    engine = LocalEngine(make(Layout().files(), resources.RULES).store)
    files = amended(Layout(), [resources.EXAMPLE])
    example = LocalEngine(make(files, resources.RULES).store)
    library = test_results.LIBRARY
    asked: dict[str, tuple[LocalEngine, Entry, Mapping[str, str]]] = {
        slug: (engine, library[slug], {}) for slug in test_results.FIXED
    }
    asked |= {
        name: (engine, library[s], values) for name, (s, values) in test_results.OTHERS.items()
    }
    asked |= {f"example-{s}": (example, library[s], v) for s, v in test_results.FOLLOW_UP.items()}
    asked |= {
        f"example-{name}": (example, library[slug], values)
        for name, (slug, values) in test_results.MORE_FOLLOW_UP.items()
    }
    for name, case in asked.items():
        (HERE / "expected" / f"{name}.csv").write_bytes(test_results.ask(*case).encode())


if __name__ == "__main__":
    main()
