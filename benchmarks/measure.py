"""Whether all servers give the same answers, and how many of them in a second."""

import concurrent.futures
import http.client
import itertools
import json
import math
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import RdfFormat, parse

from benchmarks.generate import Data
from benchmarks.peers import HOST, Server, boolean
from benchmarks.queries import FIRST, QUERIES, TRIPLES, Measured, nodes

CONNECTIONS: Final = (1, 8)
MODES: Final = ("cold", "warm")
#: How long one answer may take, in seconds; a peer that takes longer is left out of the query.
LIMIT: Final = 60.0
#: Beyond this, in seconds, one answer is not asked for by eight at once.
SLOW: Final = 15.0
#: How many nodes the answers of all servers are compared for.
COMPARED: Final = 5
_HERE: Final = Path(__file__).parent
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"

#: What an answer says, whatever its order and spelling.
Meaning = Hashable


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    seconds: int
    rounds: int
    queries: tuple[str, ...]


@dataclass
class Cell:
    """What one server did with one query in one mode at one number of connections."""

    peer: str
    query: str
    mode: str
    connections: int
    rates: list[float] = field(default_factory=list)
    latencies: list[tuple[float, float, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """As it is kept: medians over the rounds, latencies in milliseconds."""
        known: dict[str, Any] = {
            "peer": self.peer, "query": self.query, "mode": self.mode,
            "connections": self.connections, "rates": [round(rate, 2) for rate in self.rates],
        }  # fmt: skip
        if self.failures:
            return known | {"failures": self.failures}
        p50, p95, p99 = (round(statistics.median(p), 3) for p in zip(*self.latencies, strict=True))
        rate = round(statistics.median(self.rates), 2)
        return known | {"rate": rate, "p50": p50, "p95": p95, "p99": p99}


def meaning(accept: str, body: bytes) -> Meaning:
    """What the answer `body` says (SPARQL 1.1 Query Results JSON Format, or N-Triples).

    :raises ValueError: if it is not of that format.
    """
    if accept == TRIPLES:
        try:
            return frozenset(map(str, parse(body, format=RdfFormat.N_TRIPLES)))
        except SyntaxError as error:
            raise ValueError(str(error)) from None
    said = json.loads(body)
    if "boolean" in said or said["head"].get("vars") == ["__ASK_RETVAL"]:
        return boolean(said)
    rows = (
        frozenset((name, *_term(term)) for name, term in row.items())
        for row in said["results"]["bindings"]
    )
    return frozenset(Counter(rows).items())


def _term(term: dict[str, str]) -> tuple[str, str, str, str]:
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    datatype = term.get("datatype", "")
    tag = term.get("xml:lang", "").lower()
    return kind, term["value"], "" if datatype == _STRING else datatype, tag


def rows(found: Meaning) -> int:
    """How many rows, or triples, an answer has."""
    if isinstance(found, bool):
        return 1
    assert isinstance(found, frozenset)
    return sum(part[1] if isinstance(part, tuple) else 1 for part in found)


@dataclass
class Agreed:
    """What all servers say to one query."""

    #: The bytes of an answer of each server: the warm one's, the least of those compared.
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: How long each took for one answer, in seconds.
    took: dict[str, float] = field(default_factory=dict)
    #: Which are left out, and why.
    left_out: dict[str, str] = field(default_factory=dict)
    rows: int = 0


def compare(servers: list[Server], query: Measured, data: Data) -> Agreed:
    """Ask all `servers` the same; who says something else than most, or nothing, is left out.

    Where as many say one thing as another, Oxigraph's word counts.
    """
    agreed, about = Agreed(), nodes(query, data)
    step = max(1, len(about) // COMPARED)
    for turn, node in enumerate(about[::step][:COMPARED]):
        said: dict[str, Meaning] = {}
        for server in servers:
            name = server.peer.name
            if name in agreed.left_out or agreed.took.get(name, 0) > 1 and turn > 1:
                continue
            began = time.perf_counter()
            try:
                status, body = server.get(query.filled(node, FIRST), query.accept, LIMIT)
                if status != 200:
                    raise ValueError(f"status {status}: {body[:200]!r}")
                said[name] = meaning(query.accept, body)
            except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
                agreed.left_out[name] = f"{type(error).__name__}: {error}"
                continue
            # The first answer pays for plans and caches: the last one says how long it takes.
            agreed.took[name] = time.perf_counter() - began
            warm, least = agreed.sizes.get(name, (len(body), len(body)))
            agreed.sizes[name] = (warm, min(least, len(body)))
        votes = Counter(said.values())
        right = max(votes, key=lambda one: (votes[one], said.get("oxigraph") == one), default=None)
        for name, one in said.items():
            if one != right:
                agreed.left_out[name] = f"another answer than most: {rows(one)} rows, {node}"
        if turn == 0 and right is not None:
            agreed.rows = rows(right)
    return agreed


def specification(server: Server, query: Measured, about: Iterable[str]) -> str:
    """What `cold.lua` makes requests of."""
    pieces = re.split(r"(\$NODE|\$N)", query.whole)
    quoted = [piece[1:] if piece in ("$NODE", "$N") else "= " + _quote(piece) for piece in pieces]
    quoted[0] = f"= {server.peer.path}?query={quoted[0][2:]}"
    return "\n".join([*quoted, *("+ " + _quote(node) for node in about)]) + "\n"


def _quote(piece: str) -> str:
    return urllib.parse.quote(piece, safe="")


class Numbers:
    """Numbers for cold requests: none is given out twice to a server in a run."""

    def __init__(self) -> None:
        """Begin above what was used to compare."""
        self._next = FIRST + 1

    def take(self) -> int:
        """The first of a row of numbers that a run of a few seconds does not use up."""
        taken, self._next = self._next, self._next + 2_000_000
        return taken


def wrk(
    server: Server, query: Measured, about: list[str], mode: str, connections: int,
    seconds: int, first: int,
) -> dict[str, int]:  # fmt: skip
    """Run the load on `server`, closed-loop over lasting connections; what `load.lua` gives."""
    base = f"http://{HOST}:{server.port}"
    command = [
        "wrk", "--threads", "1", "--connections", f"{connections}", "--duration", f"{seconds}s",
        "--timeout", f"{LIMIT:.0f}s", "--header", f"Accept: {query.accept}",
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".spec") as file:
        if mode == "warm":
            command += ["--script", f"{_HERE}/load.lua"]
            command += [base + server.target(query.filled(about[0], FIRST))]
        else:
            file.write(specification(server, query, about))
            file.flush()
            command += ["--script", f"{_HERE}/cold.lua", base, "--", file.name, str(first)]
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True,
            timeout=seconds + LIMIT + 30,
        )  # fmt: skip
    (found,) = re.findall(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    result: dict[str, int] = json.loads(found)
    return result


def faults(result: dict[str, int], least: int) -> str:
    """What went wrong in a run, or nothing; `least` is the size of the smallest right answer."""
    kinds = ("connect", "read", "write", "status", "timeout")
    wrong = [f"{result[kind]} {kind} errors" for kind in kinds if result[kind]]
    if not result["requests"]:
        wrong.append("no answer")
    elif result["bytes"] / result["requests"] < least:
        wrong.append(f"{result['bytes'] / result['requests']:.0f} bytes an answer, not {least}")
    return ", ".join(wrong)


def by_hand(
    server: Server, query: Measured, about: list[str], mode: str, connections: int,
    seconds: int, first: int,
) -> tuple[float, list[float]]:  # fmt: skip
    """The rate and the latencies of answers too slow for `wrk`: each is waited for."""
    numbers = itertools.count()
    began = time.perf_counter()

    def some(_: int) -> list[float]:
        taken: list[float] = []
        while not taken or time.perf_counter() - began < seconds:
            number = 0 if mode == "warm" else next(numbers)
            node = about[number * 7919 % len(about)]
            at = FIRST if mode == "warm" else first + number
            taken.append(timed(server, query, node, at))
        return taken

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        taken = list(itertools.chain.from_iterable(pool.map(some, range(connections))))
    return len(taken) / (time.perf_counter() - began), taken


def timed(server: Server, query: Measured, node: str, number: int) -> float:
    """How long one answer takes, in seconds.

    :raises ValueError: if it is none.
    """
    began = time.perf_counter()
    status, body = server.get(query.filled(node, number), query.accept, 4 * LIMIT)
    taken = time.perf_counter() - began
    if status != 200:
        raise ValueError(f"status {status}")
    meaning(query.accept, body)
    return taken


def run(cell: Cell, server: Server, query: Measured, agreed: Agreed, about: list[str],
        options: Options, numbers: Numbers) -> None:  # fmt: skip
    """Measure one round of `cell`; an exchange that fails is kept as its failure."""
    try:
        _run(cell, server, query, agreed, about, options, numbers)
    except (OSError, ValueError, http.client.HTTPException, subprocess.SubprocessError) as error:
        cell.failures.append(f"{type(error).__name__}: {error}")


def _run(cell: Cell, server: Server, query: Measured, agreed: Agreed, about: list[str],
         options: Options, numbers: Numbers) -> None:  # fmt: skip
    took = agreed.took[cell.peer]
    if cell.mode == "warm" and took > options.seconds / 8:
        # Who has the answer kept is quick by now.
        took = min(timed(server, query, about[0], FIRST) for _ in range(2))
    crowded = took * max(1.0, cell.connections / (os.cpu_count() or 1))
    shared = (server, query, about, cell.mode, cell.connections, options.seconds, numbers.take())
    if crowded > options.seconds / 4:
        if cell.connections > 1 and took > SLOW:
            raise ValueError(f"one answer takes {took:.0f} s")
        if not cell.rates:
            rate, taken = by_hand(*shared)
            # The rank of a percentile among few: the next one above.
            sorted_ = sorted(taken)
            ranks = (sorted_[math.ceil(p * len(sorted_)) - 1] for p in (0.5, 0.95, 0.99))
            p50, p95, p99 = (1000 * taken for taken in ranks)
            cell.rates.append(rate)
            cell.latencies.append((p50, p95, p99))
        return
    result = wrk(*shared)
    warm, least = agreed.sizes[cell.peer]
    if wrong := faults(result, warm if cell.mode == "warm" else least * 9 // 10):
        raise ValueError(wrong)
    cell.rates.append(result["requests"] / (result["duration"] / 1e6))
    cell.latencies.append((result["p50"] / 1000, result["p95"] / 1000, result["p99"] / 1000))


def prepare(
    servers: list[Server], query: Measured, data: Data, numbers: Numbers, warm_up: int
) -> Agreed:
    """Compare the answers, then let each server get used to the query for some seconds."""
    agreed = compare(servers, query, data)
    for server in servers:
        if warm_up and agreed.took.get(server.peer.name, LIMIT) < 0.5:
            about = nodes(query, data)
            wrk(server, query, about, "cold", CONNECTIONS[-1], warm_up, numbers.take())
    return agreed


def measure(servers: list[Server], data: Data, options: Options) -> Iterator[dict[str, Any]]:
    """What each query gave: who was left out and why, and a cell for each way of asking it.

    All are warmed up with all queries first. The servers take turns within a round, and another
    one begins each round.
    """
    numbers = Numbers()
    queries = [query for query in QUERIES if query.name in (options.queries or (query.name,))]
    prepared = [prepare(servers, query, data, numbers, options.seconds) for query in queries]
    for query, agreed in zip(queries, prepared, strict=True):
        about = nodes(query, data)
        rest = [server for server in servers if server.peer.name not in agreed.left_out]
        cells = {
            (server.peer.name, mode, connections): Cell(
                server.peer.name, query.name, mode, connections
            )
            for mode in MODES
            for connections in CONNECTIONS
            for server in rest
        }
        for turn in range(options.rounds):
            start = turn % max(1, len(rest))
            for mode in MODES:
                for connections in CONNECTIONS:
                    for server in rest[start:] + rest[:start]:
                        cell = cells[server.peer.name, mode, connections]
                        run(cell, server, query, agreed, about, options, numbers)
        again = compare(rest, query, data)
        for cell in cells.values():
            if cell.peer in again.left_out:
                cell.failures.append(f"after the load: {again.left_out[cell.peer]}")
        yield {
            "query": query.name, "rows": agreed.rows, "left_out": agreed.left_out,
            "cells": [cell.figures() for cell in cells.values()],
        }  # fmt: skip
