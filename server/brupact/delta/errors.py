"""Changes that are refused for what they are about, not for what the data would become."""

from collections.abc import Iterable

from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from brupact.errors import BrupactError


class ContactRefused(BrupactError):
    """An update that wants to reach another service: LOAD or SERVICE, told in `keyword`."""

    def __init__(self, keyword: str) -> None:
        """Name what it says."""
        self.keyword = keyword
        super().__init__(f"{keyword} in an update: nothing is fetched while data are changed")


class NotWritable(BrupactError):
    """A change of the graphs `refused`; `writable` are those that whoever asks may change."""

    def __init__(
        self, refused: Iterable[NamedNode | BlankNode | DefaultGraph], writable: Iterable[NamedNode]
    ) -> None:
        """Keep both, in order."""
        self.refused = tuple(sorted(refused, key=str))
        self.writable = tuple(sorted(writable, key=str))
        graphs = ", ".join(
            "the default graph" if isinstance(graph, DefaultGraph) else str(graph)
            for graph in self.refused
        )
        told = ", ".join(map(str, self.writable)) or "none"
        super().__init__(f"{graphs} cannot be written; graphs that you may write: {told}")
