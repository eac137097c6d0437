"""A scratch service in processes of its own, and a client that sends what it is told, no more."""

import http.client
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Dataset, DefaultGraph, NamedNode, Quad
from tests.conformance.results import Table, read_json
from tests.process import Reply, serving

QUERY: Final = {"Content-Type": "application/sparql-query"}
UPDATE: Final = {"Content-Type": "application/sparql-update"}
JSON: Final = "application/sparql-results+json"
#: All that the service holds; its default graph stands apart from the named ones.
_ALL: Final = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


@dataclass(frozen=True)
class Service:
    """The service at `port` of this machine."""

    port: int

    @property
    def endpoint(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"http://127.0.0.1:{self.port}/sparql"

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        """The reply to one request, with no header but those of `headers`, Host and length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, fields, response.read())
        finally:
            connection.close()

    def query(self, text: str, accept: str) -> Reply:
        """The reply to a query that is posted as it stands."""
        return self.send("POST", "/sparql", QUERY | {"Accept": accept}, text.encode())

    def update(self, text: str) -> Reply:
        """The reply to an update that is posted as it stands."""
        return self.send("POST", "/sparql", UPDATE, text.encode())

    def fill(self, quads: Iterable[Quad], graphs: Iterable[str] = ()) -> None:
        """Let the service hold `quads` alone, and of `graphs` also those that are empty."""
        blocks: defaultdict[str, list[str]] = defaultdict(list)
        for quad in quads:
            name = quad.graph_name
            blocks[str(name) if isinstance(name, NamedNode) else ""].append(f"{quad.triple} .")
        texts = {name: "\n".join(lines) for name, lines in blocks.items()}
        text = "\n".join(f"GRAPH {n} {{\n{t}\n}}" if n else t for n, t in texts.items())
        created = "".join(f"CREATE SILENT GRAPH <{name}> ;\n" for name in graphs)
        reply = self.update(f"DROP ALL ;\n{created}INSERT DATA {{\n{text}\n}}")
        assert reply.status == 204, reply

    def dataset(self) -> Dataset:
        """All that the service holds."""
        reply = self.query(_ALL, JSON)
        assert reply.status == 200, reply
        answer = read_json(reply.body)
        assert isinstance(answer, Table)
        found = Dataset()
        for row in answer.rows:
            subject, predicate, graph = row["s"], row["p"], row.get("g", DefaultGraph())
            assert isinstance(predicate, NamedNode)
            found.add(Quad(subject, predicate, row["o"], graph))  # type: ignore[arg-type]  # any
        return found


@contextmanager
def running() -> Iterator[Service]:
    """A fresh scratch service, ended at the end."""
    with serving("--scratch") as service:
        yield Service(service.port)
