"""Exports of a publisher's own data: the same bytes each time, hostile data, a service beside."""

import subprocess
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.export.conftest import BRUPACT, exporting
from tests.process import SOAK

from brupact import resources
from brupact.dataset import load_store
from brupact.export.folder import LIST, finish, put, replacing
from brupact.gate import open_log, read_law
from brupact.validation import fastest

DATA = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX id: <https://w3id.org/brupact/id/>
<https://w3id.org/brupact/id/theme/a> skos:prefLabel "Thème a"@fr , "Theme a"@en ;
  skos:related <https://w3id.org/brupact/id/theme/%2E%2E/%2E%2E/%2E%2E/out> ,
    <https://w3id.org/brupact/id/theme/b.fr> , <https://w3id.org/brupact/id/not/there> ,
    <javascript:alert(1)> , <https://example.org/> .
<https://w3id.org/brupact/id/theme/b.x> skos:prefLabel "<script>alert(1)</script>"@fr .
<https://w3id.org/brupact/id/theme/%2E%2E/%2E%2E/%2E%2E/out> skos:prefLabel "Out"@en .
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path := tmp_path_factory.mktemp("data") / "own.ttl").write_text(DATA)
    return path


@pytest.fixture(scope="module")
def log(data: Path) -> Path:
    """A log that begins with those data."""
    law = read_law(resources.RULES, resources.SHAPES, fastest())
    open_log(data.parent / "state", load_store([data]), law, "https://example.org/agent")
    return data.parent / "state"


@pytest.fixture(scope="module")
def site(log: Path) -> Path:
    """The export of the latest commit of that log, by one process."""
    made = exporting(
        log.parent / "site", "--state", str(log), "--processes", "1", PYTHONHASHSEED="1"
    )
    assert made.returncode == 0, made.stderr
    assert "left out: /doc/not/there" in made.stderr
    assert "Thème a" in (log.parent / "site/doc/theme/a.ttl").read_text("utf-8")
    return log.parent / "site"


def test_what_the_service_does_not_answer_is_not_linked_to(site: Path) -> None:
    tree = LexborHTMLParser((site / "doc/theme/a.html").read_text("utf-8"))
    links = [str(node.attributes["href"]) for node in tree.css("main a")]
    assert "https://example.org/" in links
    assert not [link for link in links if any(w in link for w in ("there", "/out", "java"))]
    assert not (site.parent / "out.html").exists() and not (site / "out.html").exists()
    assert {path.name for path in site.parent.iterdir()} == {"site", "own.ttl", "state"}
    hostile = (site / "doc/theme/b.x.fr.html").read_text("utf-8")
    assert "<script>alert" not in hostile


def test_with_a_service_what_needs_it_leads_there(data: Path, tmp_path: Path) -> None:
    options = ("--data", str(data), "--service", "https://live.example.org/pact/")
    made = exporting(tmp_path / "site", "--base-url", "https://example.org/sub", *options)
    assert made.returncode == 0, made.stderr
    tree = LexborHTMLParser((tmp_path / "site/doc/theme/a.fr.html").read_text("utf-8"))
    live = "https://live.example.org/pact"
    forms = [str(node.attributes["action"]) for node in tree.css("form")]
    assert forms == [f"{live}/search"]
    assert f"{live}/sparql?lang=fr" in [str(a.attributes["href"]) for a in tree.css("nav.ways a")]
    assert tree.css("footer a")[-1].attributes["href"] == f"{live}/"
    void = (tmp_path / "site/.well-known/void.nt").read_text("utf-8")
    assert f"<{live}/sparql>" in void
    missing = LexborHTMLParser((tmp_path / "site/404.html").read_text("utf-8"))
    assert missing.css("link[rel=stylesheet]")[0].attributes["href"] == "/sub/static/style.css"
    for name in ("hosting/nginx.conf", ".htaccess"):
        assert "/sub/404" in (tmp_path / "site" / name).read_text("utf-8")
    assert f"form-action 'self' {live.removesuffix('/pact')}" in (
        (tmp_path / "site/hosting/nginx.conf").read_text("utf-8")
    )


def test_the_same_data_give_the_same_bytes(site: Path, log: Path, tmp_path: Path) -> None:
    made = exporting(tmp_path / "site", "--state", str(log), "--processes", "3", PYTHONHASHSEED="2")
    assert made.returncode == 0, made.stderr
    first, second = ((folder / LIST).read_bytes() for folder in (site, tmp_path / "site"))
    assert first == second
    assert first.count(b"\n") > 500


@pytest.mark.soak
@pytest.mark.skipif(SOAK == 1, reason="a minute more: in `make soak`")
def test_the_packaged_data_give_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    made = exporting(
        tmp_path / "site", "--base-url", "https://data.example.org", PYTHONHASHSEED="3"
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "site" / LIST).read_bytes() == (exported / LIST).read_bytes()


def test_a_place_that_cannot_be_written_is_said(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    made = exporting(tmp_path / "file" / "site", "--data", str(data))
    assert made.returncode == 2
    assert "brupact: " in made.stderr and "nothing was written" in made.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_that_cannot_be_written_leaves_the_old_as_it_was(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    with replacing(target) as aside:
        finish(aside, {"old.txt": put(aside, "old.txt", b"old")})
    small = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", str(BRUPACT), "export", str(target)]
    made = subprocess.run(
        [*small, "--data", data], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        timeout=120,
    )  # fmt: skip
    assert made.returncode == 2, made.stderr
    assert "File too large; nothing was written" in made.stderr
    assert "Traceback" not in made.stderr
    assert (target / "old.txt").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_log_that_is_not_there_is_said(tmp_path: Path) -> None:
    made = exporting(tmp_path / "other", "--state", str(tmp_path / "nothing"))
    assert (made.returncode, (tmp_path / "other").exists()) == (2, False)
    assert "Traceback" not in made.stderr
