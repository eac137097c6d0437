"""The order of the house: layers, files that travel, words that must not."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from brupact import resources
from brupact.web.built import FOLDER

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "server" / "brupact"

#: From the top down; a module imports from its own layer or from below.
LAYERS = (
    {"cli", "commands", "export", "web", "__main__"},
    {
        "access", "archive", "atom", "cache", "catalogue", "changes", "commits", "contact",
        "dataset", "delta", "describe", "desk", "dumps", "endpoint", "federation", "gate",
        "inspection", "journal", "jsonld", "library", "neighbourhood", "openapi", "processes",
        "quotes", "reasoning", "recording", "release", "search", "skolem", "source", "validation",
        "vocabulary", "ways",
    },
    {"engine"},
    {"sparql", "namespaces", "errors", "remembered", "resources", "settings"},
)  # fmt: skip
#: The pure core: no input or output, no framework.
PURE = ("sparql", "namespaces", "errors", "source", "settings")
IO = {"flask", "werkzeug", "socket", "subprocess", "urllib.request", "http", "os"}


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def stem(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def level(name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


def upward(path: Path) -> list[str]:
    """The imports of `path` that point to a higher layer."""
    ours = [name.split(".")[1] for name in imports(path) if name.startswith("brupact.")]
    return [name for name in ours if name[0] != "_" and level(name) < level(stem(path))]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down_only(path: Path) -> None:
    assert upward(path) == []


def test_an_upward_import_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (path := tmp_path / "errors.py").write_text("from brupact.web import create_app\n")
    assert upward(path) == ["web"]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_core_does_no_io(path: Path) -> None:
    if stem(path) in PURE:
        assert not {name for name in imports(path) for banned in IO if name.startswith(banned)}


def test_the_wheel_carries_everything_that_is_served(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, ROOT], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    folders = (resources.ONTOLOGY, resources.DATA, resources.SHAPES, resources.folder("queries"))
    expected = [
        path.relative_to(ROOT)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".md"
    ]
    inside_package = [p for end in ("html", "ttl") for p in PACKAGE.rglob(f"*.{end}")]
    expected += [p.relative_to(PACKAGE) for p in inside_package if "node_modules" not in p.parts]
    # Where there is no npm there are none.
    built = PACKAGE / "web" / "static" / FOLDER
    assert not built.exists() or built.joinpath("editor.js").is_file()
    expected += [p.relative_to(PACKAGE) for p in built.glob("*")]
    assert len(expected) > 60
    assert {f"brupact/{path.as_posix()}" for path in expected} <= inside
    assert not [name for name in inside if "node_modules" in name]


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_locks_name_no_address() -> None:
    for lock in (ROOT / "locks").glob("*.txt"):
        assert not re.search(r"https?:|--index-url|--find-links", lock.read_text())


def test_every_dependency_is_bounded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    groups += project["project"]["optional-dependencies"].values()
    for requirement in (r for group in groups for r in group):
        assert re.fullmatch(r"[\w.-]+>=[\d.]+,<[\d.]+", requirement), requirement
