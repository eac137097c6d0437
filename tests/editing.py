"""What tests of the gate share: who may change what, and changes that are valid or are not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner
from tests.process import Reply, Service

from brupact.cli import main

FOLLOW_UP = "https://w3id.org/brupact/graph/follow-up"
PREFIXES = """PREFIX pact: <https://w3id.org/brupact/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
REPORT = """<https://w3id.org/brupact/id/status-report/{name}> a pact:StatusReport ;
  pact:reportsOn <https://w3id.org/brupact/id/priority/2026-2029-13> ;
  {status} pact:statusDate "2026-11-01"^^xsd:date ; pact:evidence <https://example.org/e> ;
  dcterms:creator <https://example.org/me> ; dcterms:description "Begonnen."@nl ."""
STATUS = "pact:status <https://w3id.org/brupact/id/status/under-way> ;"
REPORTS = "SELECT ?r { ?r a <https://w3id.org/brupact/ns#StatusReport> } ORDER BY ?r"


def insert(name: str, status: str = STATUS, graph: str = FOLLOW_UP) -> str:
    report = REPORT.format(name=name, status=status)
    return f"{PREFIXES}INSERT DATA {{ GRAPH <{graph}> {{ {report} }} }}"


@dataclass
class Editor:
    service: Service
    tokens: Mapping[str, str]

    def update(self, text: str, who: str = "editor", path: str = "/sparql", **more: str) -> "Told":
        return self.send("POST", path, "application/sparql-update", text, who, **more)

    def send(
        self, method: str, path: str, media_type: str = "", body: str = "", who: str = "editor",
        **more: str,
    ) -> "Told":  # fmt: skip
        """The reply to a request of `who`, with the headers `more`."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if media_type:
            headers["Content-Type"] = media_type
        if who:
            headers["Authorization"] = f"Bearer {self.tokens.get(who, who)}"
        return Told(self.service.send(method, path, headers, body.encode()))

    def reports(self) -> list[str]:
        rows = self.service.query(REPORTS).body.decode().split()[1:]
        return [row.rpartition("/")[2] for row in rows]


@dataclass
class Told:
    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def body(self) -> bytes:
        return self.reply.body

    @property
    def json(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.body)
        return told


def tokens(state: Path) -> dict[str, str]:
    made = {}
    for role in ("reader", "editor", "admin"):
        arguments = ["token", "add", role, "--role", role, "--state", str(state)]
        made[role] = CliRunner().invoke(main, arguments).stdout.splitlines()[-1]
    return made
