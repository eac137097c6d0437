"""What the tests of the log share: quads, and an editor that keeps the data beside the log."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from brupact.commits import Draft, Entry, Log, redaction
from brupact.commits.log import Kind

AGENT = "https://w3id.org/brupact/id/account/editor"
SAID = "https://w3id.org/brupact/ns#said"


def node(name: str) -> NamedNode:
    return NamedNode(f"https://w3id.org/brupact/id/{name}")


def graph(name: str = "follow-up") -> NamedNode:
    return NamedNode(f"https://w3id.org/brupact/graph/{name}")


def said(subject: str, text: str, name: str = "follow-up") -> Quad:
    return Quad(node(subject), NamedNode(SAID), Literal(text), graph(name))


def linked(subject: str, object: str, name: str = "follow-up") -> Quad:
    return Quad(node(subject), NamedNode(SAID), node(object), graph(name))


class Editor:
    """Commits to a log, and knows the data of every version by itself."""

    def __init__(self, folder: Path, *first: Quad) -> None:
        self.log = Log(folder)
        self.data: set[Quad] = set()
        self.versions: list[set[Quad]] = []
        self.commit(first, kind="release")

    def draft(self, added: Iterable[Quad] = (), removed: Iterable[Quad] = ()) -> Draft:
        head = self.log.head()
        return Draft(head.name if head else None, AGENT, "a reason", added, removed)

    def commit(
        self,
        added: Iterable[Quad] = (),
        removed: Iterable[Quad] = (),
        kind: Kind = "change",
        agent: str = AGENT,
        key: str | None = None,
    ) -> Entry:
        draft = replace(self.draft(set(added), set(removed)), kind=kind, agent=agent, key=key)
        receipt = self.log.append(draft, self.data)
        assert not receipt.repeated
        self.data = (self.data - set(draft.removed)) | set(draft.added)
        self.versions.append(set(self.data))
        return receipt.entry

    def redact(self, *quads: Quad, messages: Iterable[int] = ()) -> Entry:
        draft = self.draft(removed=quads)
        entry = redaction.redact(self.log, draft, self.data, set(messages)).entry
        self.data -= set(quads)
        self.versions = [version - set(quads) for version in [*self.versions, self.data]]
        return entry
