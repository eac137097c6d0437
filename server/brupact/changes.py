"""What changed between two versions, for people and programs: by subject, and as RDF."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Quad, Triple

from brupact.commits import rdf, state
from brupact.commits.history import between
from brupact.commits.log import Entry, Log
from brupact.describe import Table
from brupact.errors import BrupactError
from brupact.namespaces import RDF, RDF_TYPE, XSD, pact

#: So many quads may have been added and removed between two versions that are compared.
MOST = 100_000


class TooFar(BrupactError):
    """Two versions between which more changed than is told at once."""


@dataclass
class Changed:
    """What changed of one subject: by predicate, each value with its graph."""

    added: Table = field(default_factory=lambda: defaultdict(list))
    removed: Table = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Difference:
    """What must be added to and removed from the data at `old` to have those at `new`."""

    old: Entry
    new: Entry
    added: list[Quad]
    removed: list[Quad]

    def by_subject(self) -> dict[str, Changed]:
        """The changes of each subject, in the order of the IRIs."""
        found: dict[str, Changed] = defaultdict(Changed)
        for quads, side in ((self.added, "added"), (self.removed, "removed")):
            for quad in quads:
                assert isinstance(quad.subject, NamedNode)  # A log holds no blank nodes.
                table: Table = getattr(found[quad.subject.value], side)
                if isinstance(quad.object, NamedNode | Literal):
                    table[quad.predicate.value].append((quad.object, _graph(quad)))
        return dict(sorted(found.items()))

    def describe(self) -> Iterator[Triple]:
        """The difference as RDF: each triple that changed is an ``rdf:Statement``."""
        names = f"{self.old.name} {self.new.name}"
        digest = hashlib.sha256(names.encode()).hexdigest()
        node = NamedNode(f"{rdf.version_iri(self.new.name).value}#since-{self.old.name}")
        yield Triple(node, RDF_TYPE, pact("Difference"))
        yield Triple(node, pact("fromVersion"), rdf.version_iri(self.old.name))
        yield Triple(node, pact("toVersion"), rdf.version_iri(self.new.name))
        for quads, name in ((self.added, "addition"), (self.removed, "removal")):
            for quad in quads:
                key = hashlib.sha256(f"{digest} {name} {quad}".encode()).hexdigest()[:32]
                statement = NamedNode(f"{rdf.version_iri(self.new.name).value}#{name}-{key}")
                yield Triple(node, pact(name), statement)
                yield Triple(statement, RDF_TYPE, _rdf("Statement"))
                yield Triple(statement, _rdf("subject"), quad.subject)
                yield Triple(statement, _rdf("predicate"), quad.predicate)
                yield Triple(statement, _rdf("object"), quad.object)
                if graph := _graph(quad):
                    yield Triple(statement, pact("inGraph"), NamedNode(graph))


def difference(log: Log, old: Entry, new: Entry) -> Difference:
    """What changed from `old` to `new`, derived triples included.

    :raises TooFar: if that may be more than `MOST` quads.
    :raises Damaged: at a commit that cannot be read.
    """
    if (count := state.changes(log, old.number, new.number)) > MOST:
        raise TooFar(
            f"{count} quads changed between the versions {old.number} and {new.number}, "
            f"more than {MOST}: compare versions that are nearer to each other"
        )
    added, removed = between(log, old.number, new.number).quads()
    return Difference(old, new, added, removed)


def describe(log: Log, entry: Entry) -> Iterator[Triple]:
    """What there is to say of a commit, in the terms of PROV-O and our own."""
    yield from rdf.describe(log, entry.number)
    commit = rdf.commit_iri(entry.name)
    yield Triple(commit, RDF_TYPE, pact("Commit"))
    yield Triple(rdf.version_iri(entry.name), RDF_TYPE, pact("DataVersion"))
    for name, count in (
        ("additionCount", entry.additions),
        ("removalCount", entry.removals),
        ("erasureCount", entry.erased),
    ):
        yield Triple(commit, pact(name), Literal(str(count), datatype=NamedNode(XSD + "integer")))


def _graph(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _rdf(name: str) -> NamedNode:
    return NamedNode(RDF + name)
