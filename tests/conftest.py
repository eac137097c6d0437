"""What tests share: the release, loaded and closed once, and a client of the service over it."""

import os

import pytest
from flask.testing import FlaskClient
from hypothesis import is_hypothesis_test, settings

from brupact import resources
from brupact.dataset import Layout
from brupact.engine.local import LocalEngine
from brupact.release import Release, make
from brupact.web import create_app

#: By how much `make soak` multiplies the random examples of each test that draws them.
SOAK = int(os.environ.get("BRUPACT_SOAK", "1"))
settings.register_profile("brupact", max_examples=100 * SOAK, deadline=None)
settings.load_profile("brupact")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that draw random examples: `make soak` runs those."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session")
def release() -> Release:
    return make(Layout().files(), resources.RULES)


@pytest.fixture(scope="session")
def engine(release: Release) -> LocalEngine:
    return LocalEngine(release.store)


@pytest.fixture()
def client(engine: LocalEngine) -> FlaskClient:
    return create_app(engine).test_client()
