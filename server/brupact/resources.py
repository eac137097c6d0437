"""Where the packaged ontology, data, shapes and queries are: the one place that knows.

In a wheel they stand inside the package; in a checkout they are the folders at the top of the
repository.
"""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_CHECKOUT: Final = _PACKAGE.parent.parent


def folder(name: str) -> Path:
    """The folder `name` (``ontology``, ``data``, ``shapes`` or ``queries``).

    :raises FileNotFoundError: if the installation is not whole.
    """
    for parent in (_PACKAGE, _CHECKOUT):
        if (found := parent / name).is_dir():
            return found
    raise FileNotFoundError(f"{name}: not in the package nor in a checkout; install brupact again")


ONTOLOGY: Final = folder("ontology")
DATA: Final = folder("data")
SHAPES: Final = folder("shapes")
QUERIES: Final = folder("queries")
RULES: Final = ONTOLOGY / "rules"
SOURCES: Final = DATA / "source"
ANCHORS: Final = DATA / "anchors"
#: What the catalogue says that no data imply.
RECORDS: Final = _PACKAGE / "catalogue"
#: A follow-up that was made up, to show and to test what editors can write; in no release.
EXAMPLE: Final = DATA / "example" / "follow-up.trig"
QUOTES: Final = DATA / "agreement" / "quotes.ttl"
