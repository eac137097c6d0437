"""What a page costs on the server: the packaged release, one reader, pages of every kind."""

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

LANGUAGES: Final = ("fr", "nl", "en")
#: So many pages of each kind are asked for, so many times each, after one time that is not counted.
OF_A_KIND: Final = 3
TIMES: Final = 4
#: What the map of the site does not name, since it is made for each reader.
MORE: Final = ("/search?q=mobilite", "/sparql", "/status")
_LOC: Final = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def measure() -> dict[str, Any]:
    """Milliseconds from a request to its whole answer, by kind of page, in all languages.

    *Again*: a page that was asked for before. *Anew*: rendered for this request; nobody asked for
    it under the same conditions.
    """
    with _serving() as port:
        reader = _Reader(port)
        kinds = _kinds(reader)
        taken: dict[str, dict[str, list[float]]] = {"again": {}, "anew": {}}
        for kind, paths in kinds.items():
            for path in paths:
                for language in LANGUAGES:
                    again = [reader.ask(path, language) for _ in range(TIMES + 1)][1:]
                    anew = [reader.ask(path, language, anew=True) for _ in range(TIMES + 1)][1:]
                    taken["again"].setdefault(kind, []).extend(again)
                    taken["anew"].setdefault(kind, []).extend(anew)
    return {
        "pages": sum(map(len, kinds.values())), "kinds": len(kinds),
        "milliseconds": {
            way: _cuts([one for kind in by_kind.values() for one in kind])
            for way, by_kind in taken.items()
        },
        "anew_by_kind": {
            kind: round(median(found), 2)
            for kind, found in sorted(taken["anew"].items(), key=lambda one: -median(one[1]))
        },
    }  # fmt: skip


def _cuts(found: list[float]) -> dict[str, float]:
    cuts = quantiles(found, n=100)
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "p99": round(cuts[98], 2)}


@contextmanager
def _serving() -> Iterator[int]:
    """The port of the service, ended at the end."""
    command = [sys.executable, "-m", "brupact", "serve", "--port", "0"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = re.search(r"ready on \S+:(\d+)", process.stdout.readline())
        if ready is None:
            raise RuntimeError("the service did not start")
        yield int(ready[1])
    finally:
        process.terminate()
        process.wait()


class _Reader:
    """A browser that keeps its connection."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._asked = 0

    def ask(self, path: str, language: str, *, anew: bool = False) -> float:
        """Milliseconds until the page at `path` is here."""
        self._asked += 1
        headers = {"Accept": "text/html", "Accept-Language": language}
        if anew:
            headers["Cookie"] = f"visit={self._asked}"
        started = time.perf_counter()
        self.get(path, headers)
        return 1000 * (time.perf_counter() - started)

    def get(self, path: str, headers: dict[str, str]) -> bytes:
        """What is found at `path`."""
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return content


def _kinds(reader: _Reader) -> dict[str, list[str]]:
    """Pages by kind: some things of each type, spread over all of it, and each page of its own."""
    found: dict[str, list[str]] = {}
    for entry in ElementTree.fromstring(reader.get("/sitemap.xml", {})).iter(_LOC):
        address = urlsplit(entry.text or "")
        path = address.path + (f"?{address.query}" if address.query else "")
        parts = path.split("/")
        kind = parts[2] if path.startswith("/doc/") else path if len(parts) < 3 else f"/{parts[1]}/"
        found.setdefault(kind, []).append(path)
    return {
        kind: paths[:: max(1, -(-len(paths) // OF_A_KIND))]
        for kind, paths in (found | {path: [path] for path in MORE}).items()
    }
