"""A commit as RDF: who did what when (PROV-O, DCAT 3), and its delta as an RDF Patch."""

from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from brupact.commits import lines
from brupact.commits.log import Log
from brupact.commits.version import Version
from brupact.namespaces import ID, PREFIXES, RDF_TYPE, XSD

#: The media type of `patch` (https://afs.github.io/rdf-patch/).
RDF_PATCH: Final = "application/rdf-patch"


def commit_iri(name: str) -> NamedNode:
    """The change with the name `name`, a ``prov:Activity``."""
    return NamedNode(f"{ID}commit/{name}")


def version_iri(name: str) -> NamedNode:
    """The data after that change, a ``prov:Entity``."""
    return NamedNode(f"{ID}version/{name}")


def describe(log: Log, version: Version) -> Iterator[Triple]:
    """What there is to say of a commit and of the version that it made.

    Both are named by the hash, so that two logs never speak of different things by one IRI. A
    message has no language: nobody asked its writer for one.

    :raises UnknownVersion: if there is no such commit.
    """
    with log.reading():
        entry = log.entry(version)
        query = "SELECT DISTINCT by FROM erased WHERE number = ?1 AND by <> ?1 ORDER BY by"
        rows = log.connection.execute(query, (entry.number,)).fetchall()
        redactions = [log.entry(number) for (number,) in rows]
    commit, made = commit_iri(entry.name), version_iri(entry.name)
    time = Literal(entry.time, datatype=NamedNode(XSD + "dateTime"))
    yield Triple(commit, RDF_TYPE, _term("prov:Activity"))
    yield Triple(commit, _term("prov:endedAtTime"), time)
    yield Triple(commit, _term("prov:wasAssociatedWith"), NamedNode(entry.agent))
    yield Triple(commit, _term("prov:generated"), made)
    if entry.message is not None:
        yield Triple(commit, _term("dcterms:description"), Literal(entry.message))
    for redaction in redactions:
        yield Triple(commit, _term("prov:wasInfluencedBy"), commit_iri(redaction.name))
    yield Triple(made, RDF_TYPE, _term("prov:Entity"))
    yield Triple(made, _term("prov:wasGeneratedBy"), commit)
    yield Triple(made, _term("prov:generatedAtTime"), time)
    yield Triple(made, _term("dcat:version"), Literal(str(entry.number)))
    yield Triple(made, _term("dcterms:identifier"), Literal(entry.name))
    if entry.previous:
        yield Triple(commit, _term("prov:used"), version_iri(entry.previous))
        yield Triple(made, _term("prov:wasRevisionOf"), version_iri(entry.previous))
        yield Triple(made, _term("dcat:previousVersion"), version_iri(entry.previous))


def patch(log: Log, version: Version) -> bytes:
    """The delta of a commit as an RDF Patch: headers, then ``D`` and ``A`` rows in a transaction.

    How many rows are erased is said in a comment.

    :raises UnknownVersion: if there is no such commit.
    :raises Damaged: if it cannot be read.
    """
    with log.reading():
        entry = log.entry(version)
        record = log.record(entry.number)
    rows = [f"H id {commit_iri(entry.name)} .".encode()]
    if entry.previous:
        rows.append(f"H prev {commit_iri(entry.previous)} .".encode())
    if entry.erased:
        rows.append(f"# {entry.erased} rows are erased".encode())
    rows += [b"TX .", *(b"D " + line for line in record.removed)]
    rows += [*(b"A " + line for line in record.added), b"TC ."]
    return lines.join(rows)


def _term(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)
