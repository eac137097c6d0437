"""The front over real HTTP: codings, conditions, heads, bodies, places, large answers."""

import gzip
import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import brotli
import pytest
import zstandard
from tests.process import HOST, Reply, Service, serving

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
THEMES = "SELECT ?t { ?t a <https://w3id.org/brupact/ns#Theme> } ORDER BY ?t"
#: Long, and of no use: stopped by whoever waits for it or by the deadline.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
DECODERS = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@dataclass
class Client:
    service: Service

    @property
    def port(self) -> int:
        return self.service.port

    def send(
        self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None
    ) -> Reply:
        return self.service.send(method, path, headers, body, seconds=30)

    def query(self, text: str, headers: Mapping[str, str] = {}, **parameters: str) -> Reply:
        asked = urlencode({"query": text} | parameters)
        return self.send("GET", f"/sparql?{asked}", {"Accept": JSON} | dict(headers))


@pytest.fixture(scope="module")
def public() -> Iterator[Client]:
    with serving(
        query_timeout=4, client_queries=3, client_long_queries=1, max_body=100_000
    ) as service:
        yield Client(service)


@pytest.mark.parametrize("coding", DECODERS)
def test_an_answer_comes_in_the_coding_that_is_liked(public: Client, coding: str) -> None:
    plain = public.query(THEMES, {"Accept-Encoding": "identity"})
    coded = public.query(THEMES, {"Accept-Encoding": f"{coding}, deflate;q=0.5"})
    small = public.query("ASK {}", {"Accept-Encoding": coding})
    assert "content-encoding" not in plain.headers and "content-encoding" not in small.headers
    assert len(plain.body) == int(plain.headers["content-length"])
    assert len(plain.body) < 860 and "content-encoding" not in coded.headers
    path = "/doc/priority/2026-2029-13.ttl"
    plain = public.send("GET", path)
    coded = public.send("GET", path, {"Accept-Encoding": coding})
    assert coded.headers["content-encoding"] == coding
    assert len(coded.body) == int(coded.headers["content-length"]) < len(plain.body)
    assert DECODERS[coding](coded.body) == plain.body
    assert coded.headers["etag"] == plain.headers["etag"][:-1] + f'-{coding}"'
    assert "Accept-Encoding" in plain.headers["vary"]
    for known in (coded.headers["etag"], "W/" + coded.headers["etag"], "*"):
        again = public.send("GET", path, {"Accept-Encoding": coding, "If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == coded.headers["etag"]
    other = public.send("GET", path, {"Accept-Encoding": coding, "If-None-Match": '"else"'})
    assert other.status == 200


def test_no_coding_where_none_is_accepted(public: Client) -> None:
    for accepted in ("identity", "gzip;q=0, br;q=0, zstd;q=0", "*;q=0", "compress", ""):
        answer = public.send("GET", "/ns.ttl", {"Accept-Encoding": accepted})
        assert "content-encoding" not in answer.headers, accepted


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("identity, gzip;q=0.5", None), ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"), ("gzip;q=0.2, br;q=0.9", "br"),
        ("x-gzip", "gzip"), ("*", "zstd"), ("*, zstd;q=0", "br"), ("GZIP", "gzip"),
        ("identity, *;q=0", None), ("gzip;q=2", None), ("gzip;q=0.1, *;q=0", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_is_liked_best(
    public: Client, accepted: str, coding: str | None
) -> None:
    answer = public.send("GET", "/ns.ttl", {"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding


def test_what_must_not_come_plain_is_coded_however_small(public: Client) -> None:
    answer = public.query("ASK {}", {"Accept-Encoding": "identity;q=0, gzip"})
    assert gzip.decompress(answer.body) == public.query("ASK {}").body


ICON = "/static/icon.svg"


@pytest.mark.parametrize("path", [ICON, "/about", "/ns.ttl", "/sparql?query=ASK%7B%7D"])
def test_conditions_on_what_is_read(public: Client, path: str) -> None:
    """RFC 9110, section 13: by entity tag, strongly in If-Match; what is not met is not kept."""
    plain = public.send("GET", path)
    etag = plain.headers["etag"]
    assert plain.status == 200 and "last-modified" not in plain.headers
    for method in ("GET", "HEAD"):
        for name, value, status in [
            ("If-Match", etag, 200), ("If-Match", f'"x", {etag}', 200), ("If-Match", "*", 200),
            ("If-Match", '"x"', 412), ("If-Match", f"W/{etag}", 412),
            ("If-None-Match", etag, 304), ("If-None-Match", f'W/{etag}, "x"', 304),
            ("If-None-Match", '"x"', 200), ("If-None-Match", "*", 304),
            ("If-Modified-Since", "Fri, 01 Jan 2038 00:00:00 GMT", 200),
            ("If-Unmodified-Since", "Fri, 01 Jan 1999 00:00:00 GMT", 200),
        ]:  # fmt: skip
            answer = public.send(method, path, {name: value})
            assert answer.status == status, (name, value)
            again = public.send("GET", path)
            assert (again.status, again.body) == (200, plain.body)
    refused = public.send("GET", path, {"If-Match": '"x"'})
    assert refused.media_type == "application/problem+json"
    coded = public.send("GET", "/ns.ttl", {"Accept-Encoding": "gzip"}).headers["etag"]
    assert public.send("GET", "/ns.ttl", {"If-Match": coded}).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/doc/priority/2026-2029-13.jsonld", "/sparql?query=ASK%7B%7D", "/catalogue.ttl"]
)
def test_head_is_the_head_of_get(public: Client, path: str) -> None:
    get, head = (public.send(method, path, {"Accept": "*/*"}) for method in ("GET", "HEAD"))
    assert head.body == b""
    for answer in (get, head):
        for name in ("x-request-id", "date"):
            assert answer.headers[name]
            del answer.headers[name]  # type: ignore[attr-defined]
    assert (get.status, get.headers) == (head.status, head.headers)


def test_get_and_post_give_the_same(public: Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": JSON}
    sparql = {"Content-Type": "application/sparql-query", "Accept": JSON}
    answers = [
        public.query(THEMES),
        public.send("POST", "/sparql", form, urlencode({"query": THEMES}).encode()),
        public.send("POST", "/sparql", sparql, THEMES.encode()),
        public.send("POST", "/sparql", sparql, THEMES.encode()),
    ]
    assert len({(a.status, a.body, a.headers["etag"]) for a in answers}) == 1
    assert json.loads(answers[0].body)["results"]["bindings"]


def test_what_is_kept_is_not_given_to_whoever_asks_otherwise(public: Client) -> None:
    csv = public.query(THEMES, {"Accept": "text/csv"})
    assert csv.headers["content-type"].startswith("text/csv")
    assert public.query(THEMES).headers["content-type"] == JSON
    body = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    assert public.send("POST", "/sparql", body, b"ASK {}").status == 406
    assert (
        public.send("POST", "/sparql", body | {"Content-Type": "text/plain"}, b"ASK {}").status
        == 415
    )


def test_a_format_in_the_address_goes_before_the_header(public: Client) -> None:
    triples = "CONSTRUCT { ?t a ?t } WHERE { ?t a <https://w3id.org/brupact/ns#Theme> }"
    for text, suffix, media_type in (
        (THEMES, "csv", "text/csv"), (THEMES, "xml", "application/sparql-results+xml"),
        (triples, "nt", "application/n-triples"), (triples, "jsonld", "application/ld+json"),
    ):  # fmt: skip
        reply = public.query(text, {"Accept": JSON}, **{"as": suffix})
        assert (reply.status, reply.media_type) == (200, media_type)
        assert public.query(text, {"Accept": media_type}).body == reply.body
    assert public.query(THEMES, format="ttl", output="ttl").media_type == JSON
    assert public.query(THEMES, {}, **{"as": "ttl"}).status == 406
    assert public.query(triples, {}, **{"as": "csv"}).status == 406
    assert public.query(THEMES, {}, **{"as": "xlsx"}).status == 400


def test_a_preflight_is_answered(public: Client) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = public.send("OPTIONS", "/sparql", asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-methods" not in public.send("OPTIONS", "/sparql").headers


@pytest.mark.parametrize("path", ["/", "/sparql", "/graphs", "/ns", "/metrics", ICON, "/dumps/"])
def test_what_may_be_done_is_told_of_every_address(public: Client, path: str) -> None:
    answer = public.send("OPTIONS", path)
    assert (answer.status, answer.body) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["allow"].split(", "))
    assert not {"content-type", "link", "content-length"} & answer.headers.keys()


def test_a_preference_leads_to_a_path_alone(public: Client) -> None:
    for path in ("/%0d%0aX-Evil:1", "//evil.example", "/%5Cevil.example", "https://evil.example"):
        assert public.send("GET", f"/preferences?lang=fr&to={path}").status == 400, path


@pytest.mark.parametrize(
    ("accept", "starts"),
    [("application/n-quads", b"<x:a>"), ("application/trig", b"@prefix"),
     ("application/n-triples", b"<x:a>"), ("application/rdf+xml", b"<?xml"),
     ("application/ld+json", b"[{"), ("text/turtle", b"@prefix"), ("application/*", b"<x:a>")],
)  # fmt: skip
def test_a_graph_comes_in_each_format(public: Client, accept: str, starts: bytes) -> None:
    text = "CONSTRUCT { <x:a> <x:b> 1 } WHERE {}"
    answer = public.query(text, {"Accept": accept})
    assert answer.status == 200 and answer.body.startswith(starts), answer
    refused = public.query(text, {"Accept": "image/png"})
    assert refused.status == 406 and b"application/trig" in refused.body


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("text/csv, */*;q=0.1", JSON), ("text/csv, application/xml;q=0.5, application/json;q=0.4",
     XML), ("text/*", XML), ("text/csv", None), ("*/*", JSON)],
)  # fmt: skip
def test_ask_has_no_table(public: Client, accept: str, media_type: str | None) -> None:
    answer = public.query("ASK {}", {"Accept": accept})
    assert answer.status == (200 if media_type else 406)
    assert media_type in (None, answer.media_type)


def test_a_body_may_be_too_large(public: Client) -> None:
    sparql = {"Content-Type": "application/sparql-query"}
    comment = b"#" + b"x" * 100_000
    assert public.send("POST", "/sparql", sparql, comment).status == 413
    chunked = sparql | {"Transfer-Encoding": "chunked"}
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (comment[:50_000], comment[50_000:]))
    assert public.send("POST", "/sparql", chunked, pieces + b"0\r\n\r\n").status == 413
    assert public.send("POST", "/sparql", sparql, b"ASK {} #" + b"x" * 90_000).status == 200


def test_one_long_query_too_many_is_429_and_light_ones_go_on(public: Client) -> None:
    ends: list[Reply] = []

    def run(number: int) -> None:
        ends.append(public.query(LONG.replace("?n", f"?n{number}")))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    light: list[int] = []
    while any(thread.is_alive() for thread in threads):
        light.append(public.query(f"SELECT ({len(light)} AS ?x) {{}}").status)
    refused = sorted(ends, key=lambda answer: answer.status)
    assert [answer.status for answer in refused] == [429, 503]
    assert all("retry-after" in answer.headers for answer in refused)
    assert set(light) == {200}


def test_a_query_beyond_the_places_of_a_client_waits_for_its_turn(public: Client) -> None:
    ends = []
    threads = [
        threading.Thread(
            target=lambda n=n: ends.append(public.query(f"SELECT ({n} AS ?x) {{}}").status)
        )
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [200] * 40


def test_a_client_that_goes_away_takes_its_query_with_it(public: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", public.port)
    connection.request("GET", f"/sparql?{urlencode({'query': LONG.replace('?n', '?gone')})}")
    time.sleep(0.2)
    connection.close()
    time.sleep(1.5)
    # The one place for long queries is free again.
    assert public.query(LONG.replace("?n", "?next"), timeout="2").status == 503


def test_the_deadline_holds_though_nobody_knows_how_a_reader_ended(public: Client) -> None:
    """Only the host can say that it was the deadline; one that is busy says it late."""
    (host,) = public.service.of_kind(HOST)
    os.kill(host, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert public.query(LONG.replace("?n", "?late"), timeout="1").status == 503
        assert time.monotonic() - started < 1.9
    finally:
        os.kill(host, signal.SIGCONT)


def test_a_large_answer_is_whole(tmp_path: Path) -> None:
    own = tmp_path / "own.nt"
    own.write_text("".join(f'<x:s{n}> <x:p> "{n:0100}" .\n' for n in range(1200)))
    # 1,200 times 60 rows of over 100 bytes: past what is held in memory.
    text = f"SELECT ?o ?n {{ ?s ?p ?o VALUES ?n {{ {' '.join(map(str, range(60)))} }} }}"
    with serving("--data", str(own), query_timeout=20) as service:
        client = Client(service)
        plain = client.query(text, {"Accept": "text/csv"})
        assert len(plain.body) == int(plain.headers["content-length"]) > 4 << 20
        assert plain.body.count(b"\r\n") == 72_001
        coded = client.query(text, {"Accept": "text/csv", "Accept-Encoding": "gzip"})
        assert sorted(gzip.decompress(coded.body).splitlines()) == sorted(plain.body.splitlines())


def test_the_service_may_be_below_a_path() -> None:
    with serving("--public-url", "https://data.example.org/pact") as service:
        client = Client(service)
        for path in ("/pact/doc/priority/2026-2029-13", "/doc/priority/2026-2029-13"):
            page = client.send("GET", path, {"Accept": "text/html"})
            assert page.status == 200 and b'href="/pact/' in page.body
        assert client.send("GET", "/id/priority/2026-2029-13").headers["location"] == (
            "/pact/doc/priority/2026-2029-13"
        )
        asked = urlencode({"query": "ASK {}"})
        assert client.send("GET", f"/pact/sparql?{asked}").status == 200
        assert client.send("GET", f"/sparql?{asked}").status == 200


def test_a_part_without_an_order_is_told_of(public: Client) -> None:
    part = public.query("SELECT ?t { ?t a <https://w3id.org/brupact/ns#Theme> } LIMIT 2")
    assert "ORDER BY" in part.headers["brupact-warning"]
    assert "brupact-warning" not in public.query(f"{THEMES} LIMIT 2").headers


def test_labels_stand_beside_the_values(public: Client) -> None:
    found = json.loads(public.query(THEMES, labels="nl").body)
    assert found["head"]["vars"] == ["t", "tLabel"]
    names = [row["tLabel"] for row in found["results"]["bindings"]]
    assert len(names) == 7 and {name["xml:lang"] for name in names} == {"nl"}
    assert json.loads(public.query(THEMES, labels="fr").body) != found
    for text, language in (("ASK {}", "nl"), (THEMES, "de"), ("SELECT ?t ?tLabel {}", "nl")):
        assert public.query(text, labels=language).status == 400
    assert public.send("GET", "/sparql?query=ASK%7B%7D&labels=nl&labels=fr").status == 400


def test_services_that_are_allowed_are_asked_and_others_are_not(public: Client) -> None:
    themes = "{ ?t a <https://w3id.org/brupact/ns#Theme> }"
    text = (
        f"SELECT (COUNT(?t) AS ?n) {{ SERVICE <http://127.0.0.1:{public.port}/sparql> {themes} }}"
    )
    assert public.query(text).status == 403
    with serving(service_hosts=f"http://127.0.0.1:{public.port}", service_timeout=1) as service:
        client = Client(service)
        answer = client.query(text)
        assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
        assert json.loads(answer.body)["results"]["bindings"][0]["n"]["value"] == "7"
        assert client.query(text.replace(str(public.port), "1")).status == 403
        missing = text.replace("/sparql>", "/nowhere>")
        failed = client.query(missing)
        assert failed.status == 502 and json.loads(failed.body)["endpoint"].endswith("/nowhere")
        silent = client.query(missing.replace("SERVICE", "SERVICE SILENT"))
        assert silent.status == 200 and "SERVICE" in silent.headers["brupact-warning"]
        assert client.query(text.replace("COUNT(?t)", "COUNT(?t")).status == 400
