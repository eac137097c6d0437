"""What the application answers at an address, written as a file; done by processes side by side."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from flask import Flask
from werkzeug.test import Client

from brupact.export import folder
from brupact.export.addresses import Kind, Target, local, target
from brupact.export.rewrite import Site, write

#: What is asked for: a page where there is one.
_HEADERS: Final = {"Accept": "text/html,*/*;q=0.1"}
#: What is written: what is there, and what says that it is gone.
_FOUND: Final = (200, 410)
_MOVED: Final = (301, 302, 303, 307, 308)
#: The other formats of a document, in its header (RFC 8288).
_ALTERNATE: Final = re.compile(r'<([^>]*)>;\s*rel="alternate"')


@dataclass
class Answer:
    """What became of one address."""

    target: Target
    #: Why there is no file; empty where there is one.
    failure: str = ""
    #: Where the service sends whoever asks for it.
    moved: Target | None = None
    size: int = 0
    sha256: str = ""
    #: What it leads to, by address.
    links: dict[str, Target] = field(default_factory=dict)


class Asker:
    """Asks `app` as a browser does, and writes what it answers below `aside`."""

    def __init__(self, app: Flask, site: Site, aside: Path) -> None:
        """Nothing is asked yet."""
        self._client: Client = app.test_client(use_cookies=False)
        self._site, self._aside = site, aside

    def ask(self, aim: Target, resolved: Mapping[str, Target | None]) -> Answer:
        """Write the file that `aim` names; `resolved` as in `rewrite.write`."""
        response = self._client.get(aim.address, base_url=f"{self._site.origin}/", headers=_HEADERS)
        content = response.get_data()
        response.close()
        if response.status_code in _MOVED:
            return Answer(aim, moved=self._target(response.headers["Location"], aim))
        if response.status_code not in _FOUND:
            return Answer(aim, failure=f"{response.status_code}")
        is_page = response.mimetype == "text/html"
        if is_page != (aim.kind is Kind.PAGE):
            return Answer(aim, failure=f"{response.mimetype}")
        links: dict[str, Target] = {}
        if is_page:
            made = write(content.decode(), aim, self._site, resolved)
            content, links = made.body.encode(), made.links
        for link in _ALTERNATE.findall(response.headers.get("Link", "")):
            other = self._target(link, aim)
            if other is not None and other.is_written:
                links.setdefault(other.address, other)
        digest = folder.put(self._aside, aim.name, content)
        return Answer(aim, size=len(content), sha256=digest, links=links)

    def missing(self, aim: Target) -> Answer:
        """Write the page for what is not there, which may be shown at any address."""
        response = self._client.get(aim.address, base_url=f"{self._site.origin}/", headers=_HEADERS)
        made = write(response.text, aim, self._site, {}, is_anywhere=True)
        digest = folder.put(self._aside, aim.name, made.body.encode())
        return Answer(aim, size=len(made.body.encode()), sha256=digest, links=made.links)

    def _target(self, link: str, here: Target) -> Target | None:
        at = local(urljoin(self._site.origin + here.address, link), self._site.origin)
        if at is None:
            return None
        return target(at[0], at[1], here.language, is_live=bool(self._site.service))


_asker: Asker | None = None


def start(make: Callable[[], Asker]) -> None:
    """Let this process, a fork of one that holds the data, ask."""
    global _asker
    _asker = make()


def work(batch: Sequence[Target], resolved: Mapping[str, Target | None]) -> list[Answer]:
    """What became of each of `batch`."""
    assert _asker is not None
    return [_asker.ask(aim, resolved) for aim in batch]
