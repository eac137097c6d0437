"""The documentation says what there is, all of it."""

import re
from pathlib import Path

import pytest

from brupact.dataset import Layout
from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.namespaces import GRAPH
from brupact.web import create_app

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def test_every_route_is_documented_with_its_methods(engine: LocalEngine) -> None:
    for rule in create_app(engine).url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        rows = [row for row in DOCS["http-interface.md"].splitlines() if f"`{rule.rule}`" in row]
        assert rows, rule.rule
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert method in rows[0].split("|")[2], (rule.rule, method)


def test_every_graph_is_documented(engine: LocalEngine) -> None:
    for name in engine.graphs():
        assert f"| `{name.removeprefix(GRAPH)}` |" in DOCS["data-model.md"], name


def test_every_ontology_module_is_documented() -> None:
    for path in Layout().ontology.glob("*.ttl"):
        assert f"`{path.name}`" in DOCS["data-model.md"], path.name


def test_every_command_of_the_makefile_is_documented() -> None:
    targets = re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) >= 7
    for target in targets:
        assert f"`make {target}`" in DOCS["operations.md"], target


@pytest.mark.parametrize("path", [ROOT / "README.md", *ROOT.glob("docs/**/*.md")], ids=str)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_queries_of_the_readme_have_answers(engine: LocalEngine) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (long,) = re.findall(r"--data-urlencode 'query=\n(.*?)'\n", readme, re.DOTALL)
    (short,) = re.findall(r'setQuery\(\s*"(.*?)"\s*\)', readme)
    for text, rows in ((long, 19), (short, 17)):
        answer = engine.query(Query(text, "text/csv", None))
        assert answer.body.count(b"\r\n") == rows + 1
