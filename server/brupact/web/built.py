"""The scripts and typefaces that ``make`` brings together; a checkout may be without."""

from functools import cache
from pathlib import Path
from typing import Final

#: Where they are, below what is served as static files.
FOLDER: Final = "built"
_STATIC: Final = Path(__file__).with_name("static")


@cache
def built(name: str) -> str | None:
    """The file `name` as the path of a static file; ``None`` where it was not built."""
    path = f"{FOLDER}/{name}"
    return path if (_STATIC / path).is_file() else None


@cache
def typefaces() -> tuple[str, ...]:
    """The typefaces of the pages as paths of static files; none where they were not built."""
    return tuple(sorted(f"{FOLDER}/{p.name}" for p in (_STATIC / FOLDER).glob("*.woff2")))
