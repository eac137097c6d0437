"""What well-kept judges say of the pages: axe-core of accessibility, html-validate of HTML."""

import json
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.pages.conftest import Visitor
from tests.pages.test_pages import LANGUAGES, PAGES

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
HTML = {"Accept": "text/html"}

pytestmark = pytest.mark.skipif(
    not MODULES.exists(), reason="NO NPM: the judges of pages are left out"
)


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_no_violation_in_either_theme(visitor: Visitor, kind: str) -> None:
    axe = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for scheme, language in (("light", "fr"), ("dark", "nl")):
        with visitor.at(PAGES[kind], color_scheme=scheme, locale=language) as seen:
            seen.page.evaluate(axe)
            found = seen.page.evaluate("axe.run().then(results => results.violations)")
            assert [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found] == []


def test_every_page_is_valid_html(client: FlaskClient, tmp_path: Path) -> None:
    for kind, path in PAGES.items():
        for language in LANGUAGES:
            page = client.get(path, headers=HTML | {"Accept-Language": language})
            (tmp_path / f"{kind.replace(' ', '-')}-{language}.html").write_bytes(page.data)
    command: list[str | Path] = [
        MODULES / ".bin" / "html-validate", "--config", HERE / "htmlvalidate.json",
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
