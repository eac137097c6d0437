"""What tests share: the release, loaded and closed once, and a client of the service over it."""

import os
from collections.abc import Iterator
from functools import wraps
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import is_hypothesis_test, settings
from tests.conformance.earl import Report
from tests.process import serving

from brupact import inspection, resources
from brupact.dataset import Layout
from brupact.engine.local import LocalEngine
from brupact.release import Release, make
from brupact.web import create_app

#: By how much `make soak` multiplies the random examples of each test that draws them.
SOAK = int(os.environ.get("BRUPACT_SOAK", "1"))
settings.register_profile("brupact", max_examples=100 * SOAK, deadline=None)
settings.load_profile("brupact")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--earl", type=Path, metavar="FILE", help="Report the tests of the W3C in EARL (Turtle)."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Report from the process that hears of all tests, whatever runs them."""
    if (file := config.getoption("earl")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(file))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that draw random examples: `make soak` runs those."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session", autouse=True)
def validated_once() -> Iterator[None]:
    """The same data are validated once for all services that are made in this process."""
    validated, lock = inspection.validated, Lock()
    known: dict[str, Any] = {}

    @wraps(validated)
    def remembered(data: bytes) -> dict[str, Any]:
        name = sha256(b"".join(sorted(data.splitlines(keepends=True)))).hexdigest()
        with lock:
            if name not in known:
                known[name] = validated(data)
            return dict(known[name])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "validated", remembered)
        yield


@pytest.fixture(scope="session")
def release() -> Release:
    return make(Layout().files(), resources.RULES)


@pytest.fixture(scope="session")
def engine(release: Release) -> LocalEngine:
    return LocalEngine(release.store)


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The address of the service, as an operator starts it."""
    with serving() as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest.fixture()
def client(engine: LocalEngine) -> FlaskClient:
    return create_app(engine).test_client()
