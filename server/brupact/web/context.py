"""What a request handler needs of the application, in one accessor."""

from typing import cast

from flask import Flask, current_app

from brupact.engine import Engine

_KEY = "brupact-engine"


def set_engine(app: Flask, engine: Engine) -> None:
    """Make `engine` the one that `app` asks."""
    app.extensions[_KEY] = engine


def engine() -> Engine:
    """The engine of the application that handles this request."""
    return cast(Engine, current_app.extensions[_KEY])
