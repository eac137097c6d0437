"""Search over what an engine holds now: the index is made anew for each version of the data."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from brupact.engine import Engine
from brupact.search.collection import FACETS, Findable, collect
from brupact.search.index import Index


@dataclass(frozen=True)
class Results:
    """What was found, the best first, and by facet how many of it belong to what."""

    found: list[Findable]
    facets: Mapping[str, Counter[str]]


class Search:
    """May be used by several threads."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is indexed before somebody searches."""
        self._engine = engine
        self._lock = threading.Lock()
        self._made: tuple[int, Index] | None = None

    @property
    def index(self) -> Index:
        """The index of the version that is served now."""
        version, made = self._engine.version, self._made
        if made is None or made[0] != version:
            with self._lock:
                made = self._made
                if made is None or made[0] != version:
                    made = self._made = (version, Index(collect(self._engine)))
        return made[1]

    def search(self, text: str, chosen: Mapping[str, str]) -> Results:
        """What fits `text` and belongs to what is `chosen`: an IRI by facet.

        A facet is counted over what the other facets leave, so that a choice can be changed.
        """
        found = self.index.search(text)
        counts = {
            facet: _counted(facet, (t for t in found if _fits(t, chosen, but=facet)))
            for facet in FACETS
        }
        return Results([thing for thing in found if _fits(thing, chosen)], counts)


def _fits(thing: Findable, chosen: Mapping[str, str], but: str = "") -> bool:
    return all(
        value in thing.facets.get(facet, ()) for facet, value in chosen.items() if facet != but
    )


def _counted(facet: str, things: Iterable[Findable]) -> Counter[str]:
    return Counter(value for thing in things for value in thing.facets.get(facet, ()))
