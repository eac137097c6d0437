"""The packaged data, exported once for all tests of a run, as an operator does it."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BRUPACT = Path(sys.executable).with_name("brupact")
#: Where the export says that it will be.
BASE_URL = "https://data.example.org"


def exporting(
    target: Path, *options: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """``brupact export`` into `target`."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("BRUPACT_")}
    return subprocess.run(
        [BRUPACT, "export", target, *options],
        env=mine | environment, capture_output=True, text=True, timeout=900,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the export; what tests find in it they leave as it is.

    Processes that run tests side by side share one; the last that needs it takes it away.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    # Servers do not run as the one who runs the tests: they may enter this folder.
    shared = Path(tempfile.gettempdir()) / f"brupact-export-{run}"
    with open(f"{shared}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "site").exists():
            made = exporting(shared / "site", "--base-url", BASE_URL)
            assert made.returncode == 0, made.stderr
            assert made.stderr == ""
            (shared / "users").write_text("")
        users = shared / "users"
        users.write_text(f"{users.read_text()}+")
    yield shared / "site"
    with open(f"{shared}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users.write_text(users.read_text()[1:])
        if not users.read_text():
            shutil.rmtree(shared)
            Path(f"{shared}.lock").unlink(missing_ok=True)
