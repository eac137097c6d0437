"""The latest commits as an Atom feed (RFC 4287)."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from brupact.commits import rdf
from brupact.commits.log import Entry

_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
#: What no XML document can hold (XML 1.0, section 2.2).
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed(entries: Sequence[Entry], title: str, address: str, pages: str) -> bytes:
    """The feed at `address` with `entries`, newest first; each has its page below `pages`."""
    root = ET.Element("feed", xmlns=_NAMESPACE)
    _add(root, "id", address)
    _add(root, "title", title)
    _add(root, "updated", entries[0].time if entries else "1970-01-01T00:00:00Z")
    ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=address)
    ET.SubElement(root, "link", rel="alternate", type="text/html", href=pages)
    for entry in entries:
        item = ET.SubElement(root, "entry")
        _add(item, "id", rdf.commit_iri(entry.name).value)
        _add(item, "title", headline(entry))
        _add(item, "updated", entry.time)
        _add(item, "published", entry.time)
        author = ET.SubElement(item, "author")
        _add(author, "name", entry.agent)
        _add(author, "uri", entry.agent)
        ET.SubElement(item, "link", rel="alternate", href=f"{pages}/{entry.name}")
        _add(item, "summary", f"+{entry.additions} −{entry.removals}")
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return content


def headline(entry: Entry) -> str:
    """What a commit is called: its number, and the first line of what its writer said."""
    said = "(erased)" if entry.message is None else entry.message.strip().partition("\n")[0]
    return f"{entry.number}: {said}" if said else str(entry.number)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NO_XML.sub("�", text)
