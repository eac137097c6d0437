"""What a request handler needs of the application, in one accessor."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Flask, current_app, g

from brupact.access import Access
from brupact.cache import AnswerCache
from brupact.catalogue import Publication
from brupact.engine import Engine
from brupact.engine.interface import ChangingEngine
from brupact.federation import Federation
from brupact.inspection import Inspector
from brupact.journal import Journal
from brupact.processes import Processes
from brupact.search import Search
from brupact.settings import Settings
from brupact.vocabulary import Vocabularies
from brupact.web.places import Places
from brupact.web.watch import Watch

_KEY = "brupact"


@dataclass
class Context:
    """What the application serves, and how."""

    engine: Engine
    settings: Settings
    #: Whether the data are for trying things out: anyone on this machine may change them.
    scratch: bool = False
    #: Whether whoever has a token may change them through the gate.
    gated: bool = False
    #: Whether what follows up on the agreement is an example that was made up.
    made_up: bool = False
    #: The queries that are being evaluated; ``None`` where nobody looks after them.
    places: Places | None = None
    #: Which of the processes that speak HTTP this is, from 1.
    number: int = 1

    def __post_init__(self) -> None:
        """Publish what is served now."""
        self._published = self.engine.version, self._publish()
        self.answers = AnswerCache(self.engine)
        self.search = Search(self.engine)
        self.vocabularies = Vocabularies(self.engine)
        self.inspector = Inspector(self.engine)
        self.federation = Federation(self.engine, self.settings)
        settings = self.settings
        self.watch = Watch(settings.log_sample)
        self.journal = Journal(settings.log_level, settings.log_client)
        #: Who may do more than read; ``None`` for nobody.
        self.access = Access(Path(settings.state)) if settings.state else None
        self.processes = Processes(None)

    @property
    def publication(self) -> Publication:
        """What is published beside the data: of the version that is served now."""
        version, publication = self._published
        if version != self.engine.version:
            publication = self._publish()
            self._published = self.engine.version, publication
        return publication

    def _publish(self) -> Publication:
        return Publication(self.engine, self.settings, scratch=self.scratch, gated=self.gated)


def install(app: Flask, context: Context) -> None:
    """Let the handlers of `app` find `context`."""
    app.extensions[_KEY] = context


def context_of(app: Flask) -> Context:
    """The context of `app`."""
    return cast(Context, app.extensions[_KEY])


def context() -> Context:
    """The context of the application that handles this request."""
    return context_of(current_app)


def engine() -> Engine:
    """The engine that this request asks: that of the application, or of a past version."""
    return cast(Engine, g.get("engine")) or context().engine


def changing_engine() -> ChangingEngine:
    """The engine of an application that takes changes."""
    return cast(ChangingEngine, context().engine)
