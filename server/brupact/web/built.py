"""The scripts that ``make`` bundles for the pages that need them; a checkout may be without."""

from functools import cache
from pathlib import Path
from typing import Final

#: Where they are, below what is served as static files.
FOLDER: Final = "built"
_STATIC: Final = Path(__file__).with_name("static")


@cache
def script(name: str) -> str | None:
    """The script `name` as the path of a static file; ``None`` where it was not built."""
    path = f"{FOLDER}/{name}.js"
    return path if (_STATIC / path).is_file() else None
