"""What tests share: the release, loaded and closed once, and a client of the service over it."""

import pytest
from flask.testing import FlaskClient

from brupact import resources
from brupact.dataset import Layout
from brupact.engine.local import LocalEngine
from brupact.release import Release, make
from brupact.web import create_app


@pytest.fixture(scope="session")
def release() -> Release:
    return make(Layout().files(), resources.RULES)


@pytest.fixture(scope="session")
def engine(release: Release) -> LocalEngine:
    return LocalEngine(release.store)


@pytest.fixture()
def client(engine: LocalEngine) -> FlaskClient:
    return create_app(engine).test_client()
