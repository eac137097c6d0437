"""What a request handler needs of the application, in one accessor."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from brupact.cache import AnswerCache
from brupact.catalogue import Publication
from brupact.engine import Engine
from brupact.engine.interface import ChangingEngine
from brupact.settings import Settings

_KEY = "brupact"


@dataclass
class Context:
    """What the application serves, and how."""

    engine: Engine
    settings: Settings
    #: Whether the data are for trying things out: anyone on this machine may change them.
    scratch: bool = False

    def __post_init__(self) -> None:
        """Publish what is served now."""
        self._published = self.engine.version, self._publish()
        self.answers = AnswerCache(self.engine)

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


def context() -> Context:
    """The context of the application that handles this request."""
    return cast(Context, current_app.extensions[_KEY])


def engine() -> Engine:
    """The engine of the application that handles this request."""
    return context().engine


def changing_engine() -> ChangingEngine:
    """The engine of an application that takes changes."""
    return cast(ChangingEngine, context().engine)
