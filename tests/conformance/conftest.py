"""One scratch service for all cases of a process: each begins with a dataset of its own."""

from collections.abc import Iterator

import pytest
from tests.conformance.service import Service, running


@pytest.fixture(scope="session")
def scratch() -> Iterator[Service]:
    with running() as service:
        yield service
