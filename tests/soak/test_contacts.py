"""Nothing that a client sends, and nothing in the data, makes the service contact another host."""

import http.client
import json
import os
import re
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import pytest
from tests.process import (
    SOAK,
    THEMES,
    NotStarted,
    Reply,
    Service,
    serving,
    show,
    turn,
    watching,
)
from tests.soak.attacks import interface, material

pytestmark = pytest.mark.soak

IMPORTS: Final = "http://www.w3.org/2002/07/owl#imports"
XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
ROOT: Final = Path(__file__).parents[2]
#: What the recorder's answers say: were it to be read, it would be told from all else.
MARK: Final = "recorder-was-read"


@dataclass
class Recorder:
    """A server that notes every connection, and answers what a fetch would like to hear."""

    listeners: tuple[socket.socket, ...]
    heard: list[bytes] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port it listens at, on each address of this machine alone."""
        number: int = self.listeners[0].getsockname()[1]
        return number

    @property
    def address(self) -> str:
        """Its address, without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    def listen(self, listener: socket.socket) -> None:
        """Answer until `listener` is closed."""
        body = f'<x:a> <x:p> "{MARK}" .'.encode()
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(1)
                self.heard.append(b"")
                self.heard[-1] = connection.recv(4096)
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: text/turtle\r\nContent-Length: {len(body)}"
                )
                connection.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n" + body)


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on loopback, by IPv4 and, where there is one, IPv6."""
    first = socket.create_server(("127.0.0.1", 0))
    listeners = [first]
    with suppress(OSError):
        address = ("::1", first.getsockname()[1])
        listeners.append(socket.create_server(address, family=socket.AF_INET6))
    recorder = Recorder(tuple(listeners))
    threads = [threading.Thread(target=recorder.listen, args=(one,)) for one in listeners]
    for thread in threads:
        thread.start()
    try:
        yield recorder
    finally:
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in threads:
            thread.join()


@dataclass
class Connections:
    """The sockets of the processes of services, looked at again and again."""

    services: list[Service]
    looks: int = 0
    strange: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Note what is no connection of a client to a service: an outgoing one, or a datagram."""
        self.looks += 1
        held: dict[str, int] = {}
        for service in self.services:
            for process in service.processes():
                with suppress(OSError):  # It has ended meanwhile.
                    held |= dict.fromkeys(self._sockets(process), service.port)
        for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
            table = Path(f"/proc/net/{kind}")
            for row in table.read_text().splitlines()[1:] if table.exists() else []:
                local, remote, inode = (row.split()[n] for n in (1, 2, 9))
                if inode in held and int(local.rpartition(":")[2], 16) != held[inode]:
                    self.strange.add(f"{kind} {local} to {remote}")

    @staticmethod
    def _sockets(process: int) -> set[str]:
        found = set()
        for name in os.listdir(f"/proc/{process}/fd"):
            with suppress(OSError):
                target = os.readlink(f"/proc/{process}/fd/{name}")
                if match := re.fullmatch(r"socket:\[(\d+)\]", target):
                    found.add(match[1])
        return found


def test_the_recorder_records_and_the_look_sees(services: dict[str, Service]) -> None:
    one = services["scratch"]
    with recording() as other:
        reply = Service(one.process, other.port, one.folder, one.log).get("/x")
        assert MARK.encode() in reply.body and other.heard[0].startswith(b"GET /x")
    connections = Connections([Service(one.process, 1, one.folder, one.log)])
    connections.look()
    assert any("tcp" in found for found in connections.strange)


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.txt"
    path.write_text(f'<x:a> <x:p> "{MARK}" .')
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, recorder: Recorder) -> list[Path]:
    """Files for ``--data`` that speak of the recorder in every way that a reader might follow."""
    folder = tmp_path_factory.mktemp("data")
    iri = recorder.address
    (turtle := folder / "imports.ttl").write_text(
        f"@base <{iri}/base/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . <> a owl:Ontology "
        f"; owl:imports <{iri}/imported> , <other> ; "
        f"<http://www.w3.org/2000/01/rdf-schema#seeAlso> <{iri}/see> ."
    )
    (xml := folder / "base.rdf").write_text(
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xml:base="{iri}/">'
        f'<rdf:Description rdf:about="x"><p xmlns="{iri}/ns#" rdf:resource="y"/></rdf:Description>'
        "</rdf:RDF>"
    )
    return [turtle, xml]


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with recording() as found:
        yield found


@pytest.fixture(scope="module")
def services(recorder: Recorder, data: list[Path]) -> Iterator[dict[str, Service]]:
    options = [option for path in data for option in ("--data", str(path))]
    with turn(alone=False), ExitStack() as stack:
        yield {
            "packaged": stack.enter_context(serving()),
            "scratch": stack.enter_context(serving("--scratch")),
            "data": stack.enter_context(serving(*options)),
        }


@pytest.fixture(autouse=True)
def nothing_is_heard(recorder: Recorder, services: dict[str, Service]) -> Iterator[Connections]:
    """Before and after each test: no contact, and while it runs no connection that might be one."""
    recorder.heard.clear()
    connections = Connections(list(services.values()))
    with watching(connections.look, pause=0.05):
        yield connections
    connections.look()
    assert recorder.heard == []
    assert connections.strange == set() and connections.looks > 0


def unread(*replies: Reply) -> None:
    """See that no reply tells what only the recorder, or the file, could have told."""
    for reply in replies:
        assert MARK.encode() not in reply.body, reply


def addresses(recorder: Recorder, secret: Path) -> list[str]:
    """What might be fetched: by name, by number, by other schemes, with credentials."""
    port = recorder.port
    return [
        f"http://127.0.0.1:{port}/x", f"http://localhost:{port}/x.ttl", f"http://[::1]:{port}/x",
        f"HTTP://127.0.0.1:{port}", f"http://u:p@127.0.0.1:{port}/", f"http://0x7f.1:{port}/",
        f"http://2130706433:{port}/", f"http://127.0.0.1:{port}/?q=a#b", f"https://127.0.0.1:{port}/",
        f"ftp://127.0.0.1:{port}/x", f"gopher://127.0.0.1:{port}/x", secret.as_uri(),
    ]  # fmt: skip


def some(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """All of `pairs` that name the first address, and of the others a fifth, or all."""
    every = list(pairs)
    first = [pair for pair in every if pair[0] == every[0][0]]
    return [*first, *every[len(first) :: 1 if SOAK > 1 else 5]]


QUERIES: Final = (
    "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ BIND(<{0}> AS ?e) SERVICE ?e {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?e {{ <{0}> }} SERVICE SILENT ?e {{ ?s ?p ?o }} }}",
    "PREFIX e: <{0}> SELECT * {{ SERVICE e: {{ ?s ?p ?o }} }}",
    "BASE <{0}> SELECT * {{ SERVICE SILENT <> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?a ?b ?c OPTIONAL {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }} }} LIMIT 3",
    "SELECT * {{ FILTER EXISTS {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }}",
    "SELECT * {{ {{ SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }} }} }}",
    "#\nSELECT * {{ SER\\u0056ICE <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ service\tsilent#c\n<{0}> {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{0}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{0}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * {{ GRAPH <{0}> {{ ?s ?p ?o }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} FROM <{0}> WHERE {{ ?s ?p ?o }}",
    "DESCRIBE <{0}>",
    "DESCRIBE <{0}> FROM <{0}>",
    "ASK {{ <{0}> <http://www.w3.org/2002/07/owl#imports>* ?x }}",
)
UPDATES: Final = (
    "LOAD <{0}>",
    "LOAD SILENT <{0}>",
    "LOAD <{0}> INTO GRAPH <x:g>",
    "LOAD SILENT <{0}> INTO GRAPH <x:g>",
    "BASE <{0}> LOAD SILENT <>",
    "INSERT DATA {{ <x:a> <x:p> 1 }} ; load silent <{0}> ; DELETE DATA {{ <x:a> <x:p> 1 }}",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "INSERT {{ ?s ?p ?o }} USING <{0}> WHERE {{ ?s ?p ?o }}",
    "WITH <{0}> INSERT {{ <x:a> <x:p> 1 }} WHERE {{ GRAPH <{0}> {{ ?s ?p ?o }} }}",
    "INSERT DATA {{ <{0}> <http://www.w3.org/2002/07/owl#imports> <{0}> }}",
    "COPY SILENT <{0}> TO DEFAULT",
    "ADD <{0}> TO <x:g>",
)


def test_queries(recorder: Recorder, services: dict[str, Service], secret: Path) -> None:
    for service in services.values():
        for address, text in some(product(addresses(recorder, secret), QUERIES)):
            reply = service.query(text.format(address), "*/*")
            assert reply.status in (200, 400, 403), (text, reply)
            unread(reply)


def test_updates(recorder: Recorder, services: dict[str, Service], secret: Path) -> None:
    for address, text in some(product(addresses(recorder, secret), UPDATES)):
        assert services["packaged"].update(text.format(address)).status == 403
        reply = services["scratch"].update(text.format(address))
        assert reply.status in (204, 400, 403), (text, reply)
    unread(services["scratch"].query("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"))


def test_dataset_parameters(recorder: Recorder, services: dict[str, Service], secret: Path) -> None:
    for address in map(quote, addresses(recorder, secret)):
        for name in ("default-graph-uri", "named-graph-uri"):
            for service in services.values():
                query = quote("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")
                reply = service.get(f"/sparql?query={query}&{name}={address}", "text/csv")
                assert reply.status in (200, 400), reply
                unread(reply)
        for name in ("using-graph-uri", "using-named-graph-uri"):
            path = f"/sparql?{name}={address}"
            headers = {"Content-Type": "application/sparql-update"}
            body = b"INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }"
            assert services["scratch"].send("POST", path, headers, body).status in (204, 400)
        unread(*(s.get(f"/graphs?graph={address}") for s in services.values()))


def documents(address: str) -> list[tuple[str, str]]:
    """Documents that name `address` where a parser might fetch it."""
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    xml = f'<rdf:RDF {rdf} xmlns:x="x:" xml:base="{address}"><rdf:Description rdf:about="x:a">'
    end = "</rdf:Description></rdf:RDF>"
    json_ld, rdf_xml, turtle = "application/ld+json", "application/rdf+xml", "text/turtle"
    return [
        (json_ld, json.dumps({"@context": address, "@id": "x:a", "x:p": "q"})),
        (json_ld, json.dumps({"@context": [{"a": "x:a"}, address], "@id": "x:a", "x:p": "q"})),
        (json_ld, json.dumps({"@context": {"@import": address}, "@id": "x:a", "x:p": "q"})),
        (json_ld, json.dumps({"@context": {"@base": address, "@vocab": address}, "@id": "b",
                              "c": {"@id": "d"}})),
        (json_ld, json.dumps({"x:p": {"@context": address, "@id": "x:b", "x:q": 1}})),
        (json_ld, json.dumps({"@context": {"t": {"@id": "x:t", "@context": address}}, "t": {}})),
        (rdf_xml, f'<!DOCTYPE r [<!ENTITY e SYSTEM "{address}">]>{xml}<x:p>&e;</x:p>{end}'),
        (rdf_xml, f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{address}"> %e;]>{xml}<x:p>1</x:p>{end}'),
        (rdf_xml, f'<!DOCTYPE rdf:RDF SYSTEM "{address}">{xml}<x:p>1</x:p>{end}'),
        (rdf_xml, f'<!DOCTYPE rdf:RDF PUBLIC "-//X//Y" "{address}">{xml}<x:p>1</x:p>{end}'),
        (rdf_xml, f'<?xml-stylesheet href="{address}"?>{xml}<x:p rdf:resource="{address}"/>{end}'),
        (rdf_xml, f'{xml}<i:include xmlns:i="{XINCLUDE}" href="{address}"/>{end}'),
        (turtle, f"@base <{address}> . <a> <{IMPORTS}> <b>, <{address}> ."),
        (turtle, f"@prefix x: <{address}> . x:a x:b x:c ."),
        ("application/n-triples", f"<{address}> <{IMPORTS}> <{address}> ."),
    ]  # fmt: skip


def test_documents(recorder: Recorder, services: dict[str, Service], secret: Path) -> None:
    scratch = services["scratch"]
    statuses = []
    every = addresses(recorder, secret)
    for number, address in enumerate(every if SOAK > 1 else every[::-3]):
        for media_type, content in documents(address):
            part = (
                f'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: {media_type}\r\n'
                f"\r\n{content}\r\n--b--\r\n"
            )
            ways = [
                (method, kind, body, path)
                for method, kind, body in (
                    ("PUT", media_type, content), ("POST", media_type, content),
                    ("POST", "multipart/form-data; boundary=b", part),
                )
                for path in ("/graphs/g", "/graphs?graph=x:g", "/graphs?default")
            ]  # fmt: skip
            # One address in every way, the others in some, or also in every way.
            for method, kind, body, path in ways if number == 0 or SOAK > 1 else ways[number::9]:
                headers = {"Content-Type": kind, "Link": f'<{address}>; rel="{address}"'}
                reply = scratch.send(method, path, headers, body.encode())
                assert reply.status in (201, 204, 400), (content, reply)
                statuses.append(reply.status)
        unread(scratch.get("/graphs?graph=x:g"), scratch.get("/graphs?default"))
    # Some are fine, and do hold the address: they were read.
    assert statuses.count(204) > 50 and statuses.count(400) > 50
    found = scratch.get("/graphs/g", "application/n-triples")
    assert recorder.address.encode() in found.body or secret.as_uri().encode() in found.body
    # Nor does anything follow what was put there.
    for path in (
        "/",
        "/catalogue",
        "/.well-known/void",
        "/dumps/",
        "/graphs",
        "/sparql",
        "/queries",
    ):
        unread(scratch.get(path, "text/html"), scratch.get(path))


def test_files(recorder: Recorder, services: dict[str, Service], tmp_path: Path) -> None:
    """What ``--data`` names is read, and what it speaks of is not."""
    reply = services["data"].query("SELECT ?o { ?s <" + IMPORTS + "> ?o }")
    assert reply.body.count(f"{recorder.address}/".encode()) == 2
    for number, (media_type, content) in enumerate(documents(f"{recorder.address}/x")):
        suffix = {"application/ld+json": "jsonld", "application/rdf+xml": "rdf"}.get(
            media_type, "ttl"
        )
        if SOAK == 1 and number not in (1, 2, 6, 8):
            continue
        (file := tmp_path / f"{number}.{suffix}").write_text(content)
        try:
            with serving("--data", str(file)) as service:
                unread(service.query("SELECT * { ?s ?p ?o }"))
        except NotStarted as error:
            assert "Traceback" not in str(error), error


def test_headers_and_paths(recorder: Recorder, services: dict[str, Service]) -> None:
    """No link and no redirect leads to a host that the client has named."""
    host = f"127.0.0.1:{recorder.port}"
    forged = {
        "X-Forwarded-Host": host, "X-Forwarded-For": host, "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": str(recorder.port), "X-Forwarded-Prefix": f"//{host}",
        "Forwarded": f"for={host};host={host};proto=https", "X-Original-URL": f"http://{host}/",
        "X-Rewrite-URL": f"http://{host}/", "Referer": f"http://{host}/", "X-Host": host,
        "X-Script-Name": f"http://{host}", "Script-Name": f"//{host}", "Via": host,
    }  # fmt: skip
    paths = material(interface(ROOT), ()).paths
    for name in ("packaged", "data"):
        service = services[name]
        for path in paths if name == "packaged" else paths[::3]:
            if any(ord(character) > 126 for character in path):
                continue
            accept = {"Accept": "text/html" if name == "packaged" else "*/*"}
            reply = service.send("GET", path, forged | {"Host": host} | accept)
            # The report of the validation is 503 while that runs.
            assert reply.status < 500 or path.startswith("/quality"), (path, reply)
            assert host not in json.dumps(dict(reply.headers)), (path, reply.headers)
            if name == "packaged":
                assert host.encode() not in reply.body, path
        for path in (f"//{host}/x", f"/\\{host}", f"/%5c%5c{host}", f"//{host}/%2e%2e",
                     f"///{host}/id/", f"/id//{host}", f"/id/%2f{host}", f"/graph/http://{host}/", f"/doc/http://{host}",
                     f"http://{host}/id/x", f"/queries/{host}?next=http://{host}",
                     f"/sparql?query=ASK%20%7B%7D&format=http://{host}"):  # fmt: skip
            reply = service.send("GET", path)
            location = urljoin(f"{service.address}/", reply.headers.get("location", ""))
            assert urlsplit(location).netloc == f"127.0.0.1:{service.port}", (path, location)


def test_parameters_of_the_library(recorder: Recorder, services: dict[str, Service]) -> None:
    service = services["packaged"]
    described = json.loads(service.get("/openapi.json").body)["paths"]
    tried = 0
    for path, operations in described.items():
        names = [p["name"] for p in operations.get("get", {}).get("parameters", []) if "in" in p]
        for name in names if re.match(r"/queries/[^{]", path) else []:
            for value in (f"{recorder.address}/x",
                          f"x> }} SERVICE SILENT <{recorder.address}/x> {{ ?s ?p ?o"):  # fmt: skip
                reply = service.get(path, "text/csv", **{name: value})
                assert reply.status in (200, 400), (path, name, reply)
                unread(reply)
                tried += 1
    assert tried > 20
    assert service.query(THEMES[0]).body == THEMES[1]


def test_nobody_is_a_proxy(recorder: Recorder, services: dict[str, Service]) -> None:
    host = f"127.0.0.1:{recorder.port}"
    for service in services.values():
        for request in (f"GET http://{host}/x HTTP/1.1", f"CONNECT {host} HTTP/1.1",
                        f"GET //{host}/x HTTP/1.1", f"POST http://{host}/ HTTP/1.1"):  # fmt: skip
            with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
                lines = (
                    f"{request}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                )
                connection.sendall(lines.encode())
                answer = http.client.HTTPResponse(connection)
                with suppress(http.client.HTTPException, TimeoutError):
                    answer.begin()
                    assert answer.status != 200 or MARK.encode() not in answer.read()


def test_what_was_seen(services: dict[str, Service]) -> None:
    assert [service.complaints() for service in services.values()] == [[], [], []]
    show("contacts", queries=len(QUERIES), updates=len(UPDATES))
