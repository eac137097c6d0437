"""A page of each kind of an export in Chromium, from a plain host and from the disk."""

import contextlib
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.export.conftest import exported
from tests.pages.conftest import Visitor
from tests.pages.test_pages import PAGES
from tests.pages.test_quality import HERE, MODULES

from brupact.export.addresses import Kind, target

__all__ = ["exported"]

#: One page of each kind that an export has, with the file of the index and of what is not there.
FILES = {
    kind: found.name
    for kind, path in PAGES.items()
    if kind not in ("failure", "search")
    and (found := target(path, "", "fr")).kind is Kind.PAGE
} | {
    "index": "things.fr.html",
    "answer": "queries/responsible-for-part.fr.html",
    "failure": "404.fr.html",
}  # fmt: skip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def plain(browser: Browser, exported: Path) -> Iterator[Visitor]:
    """Who reads the export behind Python's own server, which negotiates nothing."""
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Quiet, directory=str(exported))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield Visitor(browser, f"http://127.0.0.1:{server.server_port}")


@pytest.mark.parametrize("kind", FILES)
def test_a_page_of_each_kind_complains_of_nothing(plain: Visitor, kind: str) -> None:
    for width, scheme in ((1280, "light"), (360, "dark")):
        with plain.at(f"/{FILES[kind]}", width=width, color_scheme=scheme) as seen:
            page = seen.page
            assert seen.messages == []
            assert seen.elsewhere == []
            assert page.locator("html").get_attribute("lang") == "fr"
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.styleSheets.length") == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_one_can_read_on_from_the_disk(browser: Browser, exported: Path) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="français").click()
    page.get_by_role("link", name="Plan régional de mobilité").first.click()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.url == (exported / "doc/priority/2026-2029-1.fr.html").as_uri()
    page.get_by_role("link", name="Tout, de A à Z").click()
    page.get_by_role("searchbox").fill("mobilite plan")
    shown = page.locator(".things li:visible")
    assert 0 < shown.count() < 40
    assert all("mobilit" in words.lower() for words in shown.all_inner_texts())
    page.get_by_role("searchbox").fill("xyzzy")
    assert shown.count() == 0
    assert page.get_by_role("status").inner_text() == "Aucun nom ne contient ces mots."
    assert said == []
    page.close()


@pytest.mark.skipif(not MODULES.exists(), reason="NO NPM: the judges of pages are left out")
def test_a_page_of_each_kind_is_valid_html(exported: Path) -> None:
    assert [name for name in FILES.values() if not (exported / name).is_file()] == []
    command: list[str | Path] = [
        MODULES / ".bin" / "html-validate", "--config", HERE / "htmlvalidate.config.mjs",
        "--formatter", "json", *(exported / name for name in FILES.values()),
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, timeout=120, cwd=exported)
    faults = [
        (Path(page["filePath"]).name, message["ruleId"], message["line"], message["message"])
        for page in json.loads(said.stdout)
        for message in page["messages"]
    ]
    assert faults == []
