"""The figures of the service for Prometheus, put together when they are asked for."""

import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import pyoxigraph
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder

from brupact import __version__
from brupact.engine.board import Board
from brupact.engine.client import HostedEngine
from brupact.engine.interface import Query
from brupact.errors import BrupactError
from brupact.processes import READER, Process
from brupact.web.context import Context
from brupact.web.watch import BOUNDS, Series

#: The bounds as Prometheus writes them.
_BOUNDS: Final = (*map(str, BOUNDS), "+Inf")
#: Counting the data may take so many seconds.
_COUNTING: Final = 5.0
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_DEFAULT: Final = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


class Holdings(NamedTuple):
    """What the data are: how many triples, in how many named graphs."""

    triples: int
    graphs: int


def holdings(here: Context) -> Holdings | None:
    """The size of the data that are served; ``None`` if the engine does not say.

    Counted once for each version of the data.
    """
    if not here.engine.ready():
        return None
    try:
        sizes = _counts(here, _GRAPHS)
        # Only the default graph of a scratch service holds what no named graph does.
        beside = _counts(here, _DEFAULT) if here.scratch else []
    except BrupactError:
        return None
    return Holdings(sum(sizes) + sum(beside), len(sizes))


def _counts(here: Context, text: str) -> list[int]:
    answer = here.answers.query(Query(text, "text/csv", None, seconds=_COUNTING)).answer
    return [int(row.rpartition(b",")[2]) for row in answer.body.splitlines()[1:]]


def exposition(here: Context, accept: str | None) -> tuple[bytes, str]:
    """All figures in a format that `accept` names, else the text format; with its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(here))
    write, media_type = choose_encoder(accept or "")
    return write(registry), media_type


class _Collector:
    """Reads the figures of `here` where they are kept."""

    def __init__(self, here: Context) -> None:
        self._here = here
        #: Each process that speaks HTTP counts for itself.
        self._web = str(here.number)

    def describe(self) -> list[Metric]:
        """Nothing is asked only to know the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        yield from self._requests(list(self._here.watch.series()))
        yield from self._queries()
        yield from self._readers()
        yield from self._data()
        yield from self._processes(self._here.processes.measured())
        yield from self._process()

    def _requests(self, found: list[Series]) -> Iterator[Metric]:
        by_route: Counter[tuple[str, str]] = Counter()
        buckets: dict[str, list[int]] = defaultdict(lambda: [0] * len(_BOUNDS))
        seconds: Counter[str] = Counter()
        sent: Counter[str] = Counter()
        for series in found:
            kind = series.kind
            by_route[series.route, str(series.status)] += sum(series.buckets)
            buckets[kind] = [a + b for a, b in zip(buckets[kind], series.buckets, strict=True)]
            seconds[kind] += series.seconds  # type: ignore[assignment]  # Counters hold any number.
            sent[kind] += series.sent
        yield _counter("requests", "Requests that were answered.", ("route", "status"),
                       by_route.items(), self._web)  # fmt: skip
        durations = HistogramMetricFamily(
            "brupact_request_duration_seconds", "How long requests took, by where the answer came "
            "from: a query, a page, or memory (cached).", labels=("kind", "web"),
        )  # fmt: skip
        for kind, counts in buckets.items():
            cumulated = list(zip(_BOUNDS, accumulate(counts), strict=True))
            durations.add_metric((kind, self._web), cumulated, seconds[kind])
        yield durations
        yield _counter("response_bytes", "Bytes of content that were sent.", ("kind",),
                       (((kind,), n) for kind, n in sent.items()), self._web)  # fmt: skip
        yield _counter("answers_from_memory", "Requests that were answered from memory.", (),
                       [((), sum(buckets["cached"]))], self._web)  # fmt: skip

    def _queries(self) -> Iterator[Metric]:
        if (places := self._here.places) is not None:
            yield _gauge("queries_running", "Queries that are being evaluated.", (),
                         [((), len(places.running))], self._web)  # fmt: skip
            yield _gauge("queries_waiting", "Queries that wait for their turn.", (),
                         [((), places.waiting)], self._web)  # fmt: skip
        yield _counter("queries_ended", "Queries that ended before they had an answer.",
                       ("reason",), (((r,), n) for r, n in self._here.watch.ends.items()),
                       self._web)  # fmt: skip

    def _readers(self) -> Iterator[Metric]:
        engine = self._here.engine
        if not isinstance(engine, HostedEngine):
            return
        readers = sum(p.kind == READER for p in self._here.processes.measured())
        at_work = sum(engine.board.since(desk) > 0 for desk in range(Board.DESKS))
        states = [(("at work",), at_work), (("idle",), max(0, readers - at_work))]
        yield _gauge("readers", "Processes that evaluate queries.", ("state",), states)

    def _data(self) -> Iterator[Metric]:
        here = self._here
        found = holdings(here)
        yield _gauge("engine_ready", "Whether a query would be answered now.", (),
                     [((), found is not None)])  # fmt: skip
        yield _gauge("data_version", "The number of the version of the data, from 0.", (),
                     [((), here.engine.version)])  # fmt: skip
        if found is not None:
            yield _gauge("triples", "Triples that are served.", (), [((), found.triples)])
            yield _gauge("graphs", "Named graphs that are served.", (), [((), found.graphs)])

    def _processes(self, found: list[Process]) -> Iterator[Metric]:
        kinds = sorted({process.kind for process in found})
        by_kind = [[process for process in found if process.kind == kind] for kind in kinds]
        for name, words, figure in (
            ("processes", "Processes of the service.", lambda p: 1),
            ("memory_pss_bytes", "Memory (PSS): what is shared counts in part with each.",
             lambda p: p.pss),
            ("memory_rss_bytes", "Memory (RSS): what is shared counts whole with each.",
             lambda p: p.rss),
            ("open_files", "Open files and sockets.", lambda p: p.files),
        ):  # fmt: skip
            values = [((kind,), sum(map(figure, some)))
                      for kind, some in zip(kinds, by_kind, strict=True)]  # fmt: skip
            yield _gauge(name, words, ("process",), values)

    def _process(self) -> Iterator[Metric]:
        started = self._here.watch.started
        yield _gauge("start_time_seconds", "Since when this process answers, in Unix time.", (),
                     [((), started)], self._web)  # fmt: skip
        yield _gauge("uptime_seconds", "For how long this process answers.", (),
                     [((), time.time() - started)], self._web)  # fmt: skip
        yield _counter("log_lines_dropped", "Lines of the log that nobody took.", (),
                       [((), self._here.journal.dropped)], self._web)  # fmt: skip
        yield InfoMetricFamily("brupact_build", "What answers.", {
            "version": __version__, "python": platform.python_version(),
            "pyoxigraph": pyoxigraph.__version__, "machine": os.uname().machine,
        })  # fmt: skip


_Values = Iterable[tuple[Sequence[str], float]]


def _counter(
    name: str, words: str, labels: tuple[str, ...], values: _Values, web: str | None = None
) -> Metric:
    return _filled(CounterMetricFamily, name, words, labels, values, web)


def _gauge(
    name: str, words: str, labels: tuple[str, ...], values: _Values, web: str | None = None
) -> Metric:
    return _filled(GaugeMetricFamily, name, words, labels, values, web)


def _filled(
    make: type[CounterMetricFamily] | type[GaugeMetricFamily],
    name: str, words: str, labels: tuple[str, ...], values: _Values, web: str | None,
) -> Metric:  # fmt: skip
    """A metric with `values`, each with the values of its `labels`; and of `web`, if given."""
    more = (web,) if web is not None else ()
    metric = make(f"brupact_{name}", words, labels=(*labels, *("web" for _ in more)))
    for given, value in values:
        metric.add_metric((*given, *more), value)
    return metric
