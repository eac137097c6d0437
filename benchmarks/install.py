"""Set up the peers, each as its makers publish it; what is there already stays as it is."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PINNED: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "peers.toml").read_text()
)
LOCK: Final = ROOT / "locks" / "peers.txt"
#: The environment of the peers of PyPI; the jar lies in it too.
HOME: Final = ROOT / ".venv-peers"
BIN: Final = HOME / "bin"
_ARTIFACT: Final = PINNED["fuseki"]["artifact"]
JAR: Final = HOME / "{1}-{2}.jar".format(*_ARTIFACT.split(":"))


def run(*command: str | Path, **options: Any) -> None:
    """Run a command of the set-up, quietly.

    :raises OSError: if there is no such program.
    :raises subprocess.CalledProcessError: if it fails; its words are in the exception.
    """
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=600, **options,
    )  # fmt: skip


def pypi() -> None:
    """Oxigraph's server and rdflib-endpoint, in an environment of their own."""
    stamp = HOME / "peers.stamp"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    venv.create(HOME, with_pip=True, clear=True)
    pip = (BIN / "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "--requirement", LOCK)
    stamp.write_text(wanted)


def debian(package: str, program: str) -> None:
    """A program of Debian, by `apt-get`, which asks for root."""
    if not shutil.which(program):
        install = ("apt-get", "install", "--yes", "--no-install-recommends", package)
        run(*install, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def fuseki() -> None:
    """Fuseki's jar, by Maven, and its sum."""
    run("java", "-version")
    if not JAR.exists():
        HOME.mkdir(exist_ok=True)
        copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
        run("mvn", "-q", "-B", copy, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={HOME}")
    if hashlib.sha256(JAR.read_bytes()).hexdigest() != PINNED["fuseki"]["sha256"]:
        JAR.unlink()
        raise OSError(f"{JAR.name} is not the file that is pinned")


STEPS: Final[dict[str, Callable[[], None]]] = {
    "oxigraph, rdflib-endpoint": pypi,
    "virtuoso": lambda: debian(PINNED["virtuoso"]["package"], PINNED["virtuoso"]["program"]),
    "fuseki": fuseki,
    "wrk, which makes the load": lambda: debian(PINNED["wrk"]["package"], PINNED["wrk"]["program"]),
}


def install() -> None:
    """Set up all peers; say loudly which of them cannot be had."""
    for name, step in STEPS.items():
        try:
            step()
        except (OSError, subprocess.SubprocessError) as error:
            said = str(getattr(error, "stdout", None) or error).strip().splitlines()
            print(f"LEFT OUT: {name}: {said[-1] if said else error}", file=sys.stderr)
