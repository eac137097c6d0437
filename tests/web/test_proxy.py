"""The service below a path, behind nginx, which takes the path off or not: nothing leads astray."""

import re
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from tests.export.hosts import NGINX, Host, free, nginx_with
from tests.process import Service, serving

#: Where the public finds the service.
BELOW: Final = "/data/pact"
BROWSER: Final = "text/html,application/xhtml+xml,*/*;q=0.8"
#: A page of each kind.
PAGES: Final = (
    "/", "/doc/priority/2026-2029-13", "/queries", "/queries/priorities", "/graphs",
    "/search?q=air", "/sparql", "/catalogue", "/dumps/", "/source", "/about", "/status", "/nowhere",
)  # fmt: skip
#: What a browser follows, or loads.
_LINK: Final = re.compile(r'\s(?:href|src|action)="([^"]*)"')


@pytest.fixture(scope="module", params=["takes it off", "leaves it"])
def site(request: pytest.FixtureRequest) -> Iterator[tuple[Host, Service]]:
    if NGINX is None:
        pytest.skip("NO NGINX: the tests of the service behind it are left out")
    port = free()
    public = f"http://127.0.0.1:{port}{BELOW}"
    with (
        tempfile.TemporaryDirectory() as name,
        serving("--public-url", public, proxies=1) as service,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        end = "/" if request.param == "takes it off" else ""
        told = f"""
            server {{
                listen 127.0.0.1:{port};
                location {BELOW}/ {{
                    proxy_pass {service.address}{end};
                    proxy_set_header X-Forwarded-For $remote_addr;
                }}
            }}
        """
        with nginx_with(told, port, folder):
            yield Host(port), service


def test_each_link_leads_to_what_is_there(site: tuple[Host, Service]) -> None:
    host, _ = site
    led: dict[str, str] = {}
    for path in PAGES:
        page = host.get(BELOW + path, Accept=BROWSER)
        assert page.status == (404 if path == "/nowhere" else 200), path
        links = {*map(unescape, _LINK.findall(page.text))}
        links |= {*re.findall(r"<([^>]*)>;", page.headers.get("link", ""))}
        for link in links:
            found = urlsplit(urljoin(f"http://127.0.0.1:{host.port}{BELOW}{path}", link))
            if found.netloc == f"127.0.0.1:{host.port}":
                assert found.path.startswith(f"{BELOW}/"), (path, link)
                # One of each kind is followed.
                kind = found.path.removeprefix(f"{BELOW}/").partition("/")[0]
                led.setdefault(kind, found.path + ("?" + found.query if found.query else ""))
    assert len(led) > 20
    for kind, address in led.items():
        answer = host.get(address, Accept=BROWSER)
        # The page about what is not there is offered in other languages, too.
        assert answer.status in (200, 303) or kind == "nowhere", address
        assert answer.headers.get("location", f"{BELOW}/").startswith(f"{BELOW}/"), address


def test_a_choice_is_kept_for_the_service_alone(site: tuple[Host, Service]) -> None:
    answer = site[0].get(f"{BELOW}/preferences?lang=nl&to={BELOW}/about")
    assert answer.status == 303 and answer.headers["location"] == f"{BELOW}/about"
    assert f"Path={BELOW}" in answer.headers["set-cookie"]
    page = site[0].get(f"{BELOW}/about", Accept=BROWSER, Cookie="lang=nl")
    assert '<html lang="nl"' in page.text


def test_what_is_asked_is_counted_as_what_it_is(site: tuple[Host, Service]) -> None:
    host, _ = site
    assert host.get(f"{BELOW}/sparql?query=ASK%7B%7D", Accept="*/*").status == 200
    assert host.get(f"{BELOW}/health/ready").status == 200
    told = host.get(f"{BELOW}/metrics").text
    for route in ("sparql", "watching", "page"):
        assert f'route="{route}",status="200"' in told
    assert 'route="other",status="200"' not in told


def test_names_of_the_service_are_those_of_the_public(site: tuple[Host, Service]) -> None:
    host, _ = site
    described = host.get(f"{BELOW}/sparql", Accept="text/turtle", Host="evil.example").text
    assert f"<http://127.0.0.1:{host.port}{BELOW}/sparql>" in described
    assert "evil.example" not in described
    things = host.get(f"{BELOW}/id/priority/2026-2029-13", Host="evil.example")
    assert things.headers["location"] == f"{BELOW}/doc/priority/2026-2029-13"
