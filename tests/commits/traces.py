"""Whether a text still stands in the files of a log, as it is or packed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import zstandard

MAGIC = b"\x28\xb5\x2f\xfd"


def traces(folder: Path, text: bytes) -> list[str]:
    """The files and tables in which `text` can be found."""
    found = []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        if text in content:
            found.append(path.name)
        found += [f"{path.name}, packed" for part in _frames(content) if text in part]
    with closing(sqlite3.connect(folder / "commits.sqlite")) as connection:
        for table, column in (("commits", "added"), ("commits", "removed"), ("snapshots", "quads")):
            for (frame,) in connection.execute(f"SELECT {column} FROM {table}"):
                if text in zstandard.ZstdDecompressor().decompress(frame):
                    found.append(f"{table}.{column}")
    return found


def _frames(content: bytes) -> Iterator[bytes]:
    """What can be unpacked of each frame in `content`, also if its end is missing."""
    at = -1
    while (at := content.find(MAGIC, at + 1)) >= 0:
        try:
            yield zstandard.ZstdDecompressor().decompressobj().decompress(content[at:])
        except zstandard.ZstdError:
            continue
