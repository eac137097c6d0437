"""The query library, and an example of follow-up to ask it about."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from brupact import resources
from brupact.dataset import FOLLOW_UP, Layout
from brupact.engine.local import LocalEngine
from brupact.library import Entry, load_library
from brupact.release import make

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def library() -> Mapping[str, Entry]:
    return load_library()


@pytest.fixture(scope="session")
def example_engine() -> LocalEngine:
    """The release with the example of follow-up on top, closed under the rules."""
    files = [*Layout().files(), (FOLLOW_UP, HERE / "example" / "follow-up.ttl")]
    return LocalEngine(make(files, resources.RULES).store)
