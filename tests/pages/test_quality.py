"""What well-kept judges say of the pages: axe-core of accessibility, html-validate of HTML."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.pages.conftest import Visitor
from tests.pages.test_pages import LANGUAGES, PAGES
from werkzeug.test import TestResponse

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
PAPER = "getComputedStyle(document.body).backgroundColor"
#: Nothing is kept of what is right; no page has frames, and its stylesheet is there.
LIGHT = """axe.run({resultTypes: ["violations"], iframes: false, preload: false})
  .then(results => results.violations)"""
DARK = """rules => axe.run({resultTypes: ["violations"], iframes: false, preload: false,
  runOnly: {type: "rule", values: rules}}).then(results => results.violations)"""

pytestmark = pytest.mark.skipif(
    not MODULES.exists(), reason="NO NPM: the judges of pages are left out"
)


#: What the colours of a page decide; all else is the same in both themes.
COLOURS = ("color-contrast", "link-in-text-block")


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_no_violation_in_either_theme(visitor: Visitor, kind: str) -> None:
    axe = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with visitor.at(PAGES[kind], locale="fr", color_scheme="light") as seen:
        page = seen.page
        paper = page.evaluate(PAPER)
        page.evaluate(axe)
        assert faults(page.evaluate(LIGHT)) == []
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(PAPER) != paper
        assert faults(page.evaluate(DARK, COLOURS)) == []
        page.emulate_media(color_scheme="light")


def faults(violations: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(v["id"], [node["html"][:200] for node in v["nodes"]][:3]) for v in violations]


def test_every_page_is_valid_html(
    page_of: Callable[[str, str], TestResponse], tmp_path: Path
) -> None:
    for kind, path in PAGES.items():
        for language in LANGUAGES:
            name = f"{kind.replace(' ', '-')}-{language}.html"
            (tmp_path / name).write_bytes(page_of(path, language).data)
    command: list[str | Path] = [
        MODULES / ".bin" / "html-validate", "--config", HERE / "htmlvalidate.config.mjs",
        "--formatter", "json", *sorted(tmp_path.glob("*.html")),
    ]  # fmt: skip
    found = json.loads(subprocess.run(command, capture_output=True, timeout=120).stdout)
    assert len(list(tmp_path.glob("*.html"))) == len(PAGES) * len(LANGUAGES)
    faults = [
        (Path(page["filePath"]).name, message["ruleId"], message["line"], message["message"])
        for page in found
        for message in page["messages"]
    ]
    assert faults == []
