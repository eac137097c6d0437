"""Chromium, driven against the real service. Where there is none, these tests say so and are
left out: `make test` installs it where it may.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.test import TestResponse

from brupact.engine.local import LocalEngine
from brupact.web import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Seen:
    """What a browser met while it was at a page."""

    page: Page
    messages: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


class Visitor:
    """Opens pages of a service in a browser; a tab is used again by who asks for the same kind."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self._tabs: dict[tuple[object, ...], Page] = {}
        self._seen: dict[Page, Seen] = {}

    @contextmanager
    def at(self, path: str, *, width: int = 1280, **options: Any) -> Iterator[Seen]:
        """The page at `path`, loaded; whatever it complains of or fetches elsewhere is noted."""
        page = self._tab(width, options)
        seen = self._seen[page] = Seen(page)
        page.goto(self.address + path)
        yield seen
        page.context.clear_cookies()

    def _tab(self, width: int, options: Mapping[str, Any]) -> Page:
        key = (width, *sorted(options.items()))
        if key not in self._tabs:
            size: Any = {"width": width, "height": 900}
            page = self._tabs[key] = self.browser.new_context(viewport=size, **options).new_page()
            page.on("console", lambda message: self._seen[page].messages.append(_told(message)))
            page.on("pageerror", lambda error: self._seen[page].messages.append(str(error)))
            page.on("request", lambda request: self._note(page, request.url))
        return self._tabs[key]

    def _note(self, page: Page, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self._seen[page].elsewhere.append(url)


def _told(message: ConsoleMessage) -> str:
    """What the console says, and of which address."""
    return f"{message.text} {message.location['url']}".rstrip()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the tests of pages in a browser are left out")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def visitor(browser: Browser, service: str) -> Visitor:
    return Visitor(browser, service)


@pytest.fixture(scope="session")
def site(engine: LocalEngine) -> Flask:
    """The application: what it reads once for each version of the data it reads once for all."""
    return create_app(engine)


@pytest.fixture()
def client(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture(scope="session")
def page_of(site: Flask) -> Callable[[str, str], TestResponse]:
    """The page at a path in a language, made once for all who judge it."""

    @cache
    def page(path: str, language: str) -> TestResponse:
        headers = {"Accept": "text/html", "Accept-Language": language}
        return site.test_client().get(path, headers=headers)

    return page
