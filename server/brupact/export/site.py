"""The export: every page that can be reached, what it leads to, and what a host needs to know."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Flask

from brupact.catalogue import sitemap
from brupact.engine import Engine
from brupact.errors import BrupactError
from brupact.export import folder, hosting
from brupact.export.addresses import Kind, Target, pages, target
from brupact.export.asking import Answer, Asker, start, work
from brupact.export.rewrite import Site, address
from brupact.library import LANGUAGES
from brupact.settings import Settings
from brupact.web import create_app
from brupact.web.context import context_of

#: So many addresses are asked by one process at a time.
_BATCH: Final = 16
#: An address that is nowhere: its answer is the page for what is not there.
_NOWHERE: Final = "/404"


class Incomplete(BrupactError):
    """Not everything can be written; nothing is left of what was."""


@dataclass(frozen=True)
class Options:
    """What an operator chooses."""

    #: Where the files will be; empty if that is not known.
    base_url: str = ""
    #: The address of a service for what needs one; empty for none.
    service: str = ""
    processes: int = 1


@dataclass
class Made:
    """What was written."""

    #: By name: the SHA-256 of each file.
    digests: dict[str, str] = field(default_factory=dict)
    size: int = 0
    #: Addresses that a page names and the service does not answer, with the reason.
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        """Count a file."""
        self.digests[answer.target.name] = answer.sha256
        self.size += answer.size


def export(
    engine: Engine,
    settings: Settings,
    destination: Path,
    options: Options,
    tell: Callable[[int, int], None] = lambda done, known: None,
) -> Made:
    """Write what `engine` holds, as a site, into the folder `destination`.

    `settings.public_url` is where absolute addresses in the data lead. `tell` hears how many files
    are written, and of how many is known. The same data and options give the same bytes.

    :raises NotOurs: if `destination` holds what no export has written.
    :raises NotWritten: if the files cannot be written; then none is left.
    :raises Incomplete: if a process ends before its time.
    """
    site = Site(settings.public_url, options.base_url, options.service)
    app = create_app(engine, settings)
    context_of(app).inspector.settle()
    with folder.replacing(destination) as aside:
        asker = partial(Asker, app, site, aside)
        made, answers = Made(), {}
        with ProcessPoolExecutor(
            options.processes, multiprocessing.get_context("fork"), start, (asker,)
        ) as pool:
            crawl = _Crawl(pool, tell)
            try:
                answers = crawl.all(_starts(app, engine))
            except BrokenProcessPool:
                raise Incomplete("a process that wrote files was ended; nothing is left") from None
        for answer in answers.values():
            if answer.sha256:
                made.add(answer)
            elif answer.failure:
                made.failures[answer.target.address] = answer.failure
        for tag in LANGUAGES:
            made.add(asker().missing(target(_NOWHERE, "", tag)))
        written = [a.target for a in answers.values() if a.sha256]
        for name, content in _beside(settings, site, written):
            digest = folder.put(aside, name, content)
            made.digests[name] = digest
            made.size += len(content)
        folder.finish(aside, made.digests)
    return made


def _starts(app: Flask, engine: Engine) -> list[Target]:
    """Where the crawl begins: every address that asks for nothing, and every thing."""
    paths = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ())
    ]
    public = context_of(app).settings.public_url
    paths += [each.removeprefix(public) for each in sitemap.addresses(engine, public)]
    return pages(dict.fromkeys(paths))


class _Crawl:
    """Follows every link once."""

    def __init__(self, pool: ProcessPoolExecutor, tell: Callable[[int, int], None]) -> None:
        self._pool, self._tell = pool, tell
        self._answers: dict[str, Answer] = {}
        self._known: dict[str, Target] = {}
        self._names: dict[str, str] = {}

    def all(self, first: Iterable[Target]) -> dict[str, Answer]:
        """What became of each address, by address, in order."""
        self._follow(first, {})
        resolved = {
            asked: self._end(answer) for asked, answer in self._answers.items() if not answer.sha256
        }
        again = [a.target for a in self._answers.values() if a.sha256 and resolved.keys() & a.links]
        self._follow(again, resolved, anew=True)
        return dict(sorted(self._answers.items()))

    def _end(self, answer: Answer) -> Target | None:
        """The file at the end of the redirections of `answer`."""
        for _ in range(8):
            if answer.sha256:
                return answer.target
            if answer.moved is None or answer.moved.address not in self._answers:
                return None
            answer = self._answers[answer.moved.address]
        return None

    def _follow(
        self, first: Iterable[Target], resolved: Mapping[str, Target | None], anew: bool = False
    ) -> None:
        try:
            self._work(list(first) if anew else self._new(first), resolved)
        except BaseException:
            self._pool.shutdown(cancel_futures=True)
            raise

    def _work(self, waiting: list[Target], resolved: Mapping[str, Target | None]) -> None:
        running: set[Future[list[Answer]]] = set()
        while waiting or running:
            while waiting:
                batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
                running.add(self._pool.submit(work, batch, resolved))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                for answer in future.result():
                    self._answers[answer.target.address] = answer
                    waiting += self._new(answer.links.values())
                    waiting += self._new([answer.moved] if answer.moved else [])
            self._tell(len(self._answers), len(self._known))

    def _new(self, targets: Iterable[Target]) -> list[Target]:
        """Those of `targets` that nobody has asked for; two never share a file."""
        found = []
        for aim in targets:
            if aim.is_written and aim.address not in self._known:
                other = self._names.setdefault(aim.name, aim.address)
                if other != aim.address:
                    raise Incomplete(f"{aim.address} and {other} would be the same file {aim.name}")
                self._known[aim.address] = aim
                found.append(aim)
        return found


def _beside(settings: Settings, site: Site, written: list[Target]) -> Iterator[tuple[str, bytes]]:
    """The files that are no answer of the service: what hosts and search engines are told."""
    if base := site.base_url:
        found = sorted(f"{base}/{address(aim.name)}" for aim in written if aim.kind is Kind.PAGE)
        yield "sitemap.xml", sitemap.sitemap(found, base)
        number = 1
        while len(found) > sitemap.LIMIT and (part := sitemap.part(found, number)):
            yield f"sitemap-{number}.xml", part
            number += 1
        if not urlsplit(base).path:
            yield "robots.txt", sitemap.robots(base).encode()
    yield from hosting.files(settings, site)
