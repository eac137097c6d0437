"""What a request handler needs of the application, in one accessor."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from brupact.cache import AnswerCache
from brupact.catalogue import Publication
from brupact.engine import Engine
from brupact.engine.interface import ChangingEngine
from brupact.settings import Settings
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
    #: The queries that are being evaluated; ``None`` where nobody looks after them.
    places: Places | None = None

    def __post_init__(self) -> None:
        """Publish what is served now."""
        self._published = self.engine.version, self._publish()
        self.answers = AnswerCache(self.engine)
        self.watch = Watch()

    @property
    def publication(self) -> Publication:
        """What is published beside the data: of the version that is served now."""
        version, publication = self._published
        if version != self.engine.version:
            publication = self._publish()
            self._published = self.engine.version, publication
        return publication

    def _publish(self) -> Publication:
        return Publication(self.engine, self.settings, scratch=self.scratch)


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
    """The engine of the application that handles this request."""
    return context().engine


def changing_engine() -> ChangingEngine:
    """The engine of an application that takes changes."""
    return cast(ChangingEngine, context().engine)
