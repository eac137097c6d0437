"""The query library, and an example of follow-up to ask it about."""

from collections.abc import Mapping

import pytest

from brupact import resources
from brupact.dataset import Layout, amended
from brupact.engine.local import LocalEngine
from brupact.library import Entry, load_library
from brupact.release import make


@pytest.fixture(scope="session")
def library() -> Mapping[str, Entry]:
    return load_library()


@pytest.fixture(scope="session")
def example_engine() -> LocalEngine:
    """The release with the example of follow-up on top, closed under the rules."""
    return LocalEngine(make(amended(Layout(), [resources.EXAMPLE]), resources.RULES).store)
