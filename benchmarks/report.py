"""The kept results as tables: what is printed, and what stands in docs/performance.md."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.peers import OURS
from benchmarks.queries import QUERIES

#: A result as `benchmarks.__main__` keeps it.
Result = dict[str, Any]

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = Path(__file__).parent / "results"
PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- Made by `python -m benchmarks page`: do not edit by hand. -->"
END: Final = "<!-- End of what is made. -->"

#: What we aim at: the least ratio to Oxigraph's server by query and mode; one at every query to
#: the others where the data are small.
AIMS: Final = {
    ("look-up", "cold"): 0.25, ("join", "cold"): 0.5, ("aggregate", "cold"): 1.0,
    ("look-up", "warm"): 1.0, ("join", "warm"): 3.0, ("aggregate", "warm"): 10.0,
}  # fmt: skip
SMALL: Final = 100_000
#: The most milliseconds that 95 of 100 commits may take, at any size up to a million triples.
COMMITS: Final = {"insert, acknowledged": 50, "insert, visible": 250}
#: The most milliseconds that the server may take for 95 of 100 pages, and the slowest kinds shown.
PAGES: Final = 30
SLOWEST: Final = 5
#: Queries, by name, in their order.
_ORDER: Final = [query.name for query in QUERIES]


def newest() -> Path | None:
    """The newest result that is kept, if there is one."""
    return max(RESULTS.glob("2*.json"), default=None)


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True
) -> Iterator[str]:
    """The lines of a table, with `numbers` in all columns but the first."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "|".join("---:" if n and numbers else "---" for n in range(len(head))) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def number(value: float) -> str:
    """A rate, or a ratio, with three digits at least."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _cells(size: dict[str, Any]) -> dict[tuple[str, str, int, str], dict[str, Any]]:
    return {
        (cell["query"], cell["mode"], cell["connections"], cell["peer"]): cell
        for found in size["queries"]
        for cell in found["cells"]
    }


def ratios(size: dict[str, Any]) -> Iterator[tuple[str, str, int, str, float]]:
    """Query, mode, connections, peer, and how many times the peer's rate ours is."""
    cells = _cells(size)
    for (query, mode, connections, peer), cell in cells.items():
        ours = cells.get((query, mode, connections, OURS), {})
        if peer != OURS and "rate" in cell and "rate" in ours:
            yield query, mode, connections, peer, ours["rate"] / max(cell["rate"], 1e-9)


def _name(size: dict[str, Any]) -> str:
    return f"{size['triples']:,} triples".replace(",", " ")


def sizes(result: Result) -> Iterator[str]:
    """For each size: rates, ratios, latencies, start and memory, and who was left out."""
    for size in result["sizes"]:
        cells, peers = _cells(size), list(size["peers"])
        others = [peer for peer in peers if peer != OURS]
        keys = sorted({key[:3] for key in cells}, key=lambda k: (k[1], _ORDER.index(k[0]), k[2]))
        ways = {key: f"{key[0]}, {key[1]}, {key[2]}" for key in keys}
        yield from (f"### {_name(size)}", "")
        yield from ("Answers a second (query, mode, connections):", "")

        def shown(cell: dict[str, Any] | None, *names: str) -> str:
            if cell is None:
                return "–"
            return " / ".join(number(cell[n]) for n in names) if names[0] in cell else "failed"

        def row(key: tuple[str, str, int], *names: str) -> list[str]:
            return [ways[key], *(shown(cells.get((*key, peer)), *names) for peer in peers)]  # noqa: B023 (used at once)

        yield from table(["", *peers], [row(key, "rate") for key in keys])
        yield from ("Ours to theirs (above 1 we answer more):", "")
        found = {(q, m, c, p): ratio for q, m, c, p, ratio in ratios(size)}
        yield from table(
            ["", *others],
            [
                [ways[key], *(number(found[(*key, p)]) if (*key, p) in found else "–"
                              for p in others)]
                for key in keys
            ],
        )  # fmt: skip
        yield from ("Latency in milliseconds (p50 / p95 / p99):", "")
        yield from table(["", *peers], [row(key, "p50", "p95", "p99") for key in keys])
        yield from ("From the start to the first answer, and memory (PSS of all processes):", "")
        yield from table(
            ["", *peers],
            [
                ["seconds to the first answer",
                 *(number(size["peers"][p]["first_answer"]) for p in peers)],
                ["MiB at rest", *(number(size["peers"][p]["memory_at_rest"] / 2**20)
                                  for p in peers)],
                ["MiB after the load", *(number(size["peers"][p]["memory_after"] / 2**20)
                                         for p in peers)],
            ],
        )  # fmt: skip
        for line in left_out(size):
            yield f"- {line}"
        yield ""


def left_out(size: dict[str, Any]) -> Iterator[str]:
    """Who was left out of what, or failed at what, and why."""
    for peer, why in size["not_started"].items():
        yield f"{peer} is left out: {why}"
    for found in size["queries"]:
        for peer, why in found["left_out"].items():
            yield f"{peer} is left out of {found['query']}: {why}"
        for cell in found["cells"]:
            if "failures" in cell:
                way = f"{cell['query']}, {cell['mode']}, {cell['connections']}"
                yield f"{cell['peer']} failed at {way}: {'; '.join(cell['failures'])}"


def behind(result: Result) -> Iterator[str]:
    """Where a peer answers more than we do, the worst first."""
    worst = sorted(
        (ratio, f"{_name(size)}: {query}, {mode}, {connections}, {peer}")
        for size in result["sizes"]
        for query, mode, connections, peer, ratio in ratios(size)
        if ratio < 1
    )
    if not worst:
        yield from ("Nowhere in this run.", "")
        return
    yield from table(["where", "ours to theirs"], [[w, number(ratio)] for ratio, w in worst])


def aims(result: Result) -> Iterator[str]:
    """What we aim at, and whether this run reached it."""
    rows = []
    for size in result["sizes"]:
        found = list(ratios(size))
        for (query, mode), least in AIMS.items():
            got = [r for q, m, _, p, r in found if (q, m, p) == (query, mode, "oxigraph")]
            if got:
                what = f"{_name(size)}: {query}, {mode}, to oxigraph"
                rows.append([what, number(least), number(min(got)), _verdict(min(got) >= least)])
        if size["triples"] < SMALL:
            for peer in size["peers"]:
                got = [r for _, _, _, p, r in found if p == peer]
                if got and peer != "oxigraph":
                    what = f"{_name(size)}: every query, to {peer}"
                    rows.append([what, number(1), number(min(got)), _verdict(min(got) >= 1)])
    yield from table(["the least ratio over 1 and 8 connections", "aim", "here", ""], rows)


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def reference(result: Result) -> Iterator[str]:
    """Our fast paths against the reference implementations, in seconds."""
    rows = []
    for task, taken in result.get("reference", {}).get("seconds", {}).items():
        (ours, fast), (theirs, slow) = taken.items()
        rows.append([task, f"{ours} {fast:.2f} s", f"{theirs} {slow:.2f} s", number(slow / fast)])
    if rows:
        yield from table(["packaged release", "ours", "reference", "ratio"], rows)


def commits() -> Iterator[str]:
    """The kept results on commits: milliseconds, and how long validating everything takes."""
    found = [json.loads(path.read_text()) for path in RESULTS.glob("commits-*.json")]
    found.sort(key=lambda one: one["triples"])
    if not found:
        return
    yield from ("## Commits", "")
    yield from (
        f"- {_name(one)}: {one['date']}, commit {one['commit']}, `{one['command']}`"
        for one in found
    )
    yield ""
    rows = []
    for what in found[0]["milliseconds"]:
        cuts = (one["milliseconds"][what] for one in found)
        rows.append([what, *(f"{number(cut['p50'])} / {number(cut['p95'])}" for cut in cuts)])
    for engine in found[0]["full_validation_seconds"]:
        rows.append([f"validation of everything by {engine}, to the p95 of an insert",
                     *(_times(one, engine) for one in found)])  # fmt: skip
    rows += [
        ["seconds from the start to the first answer, with a log to be begun",
         *(number(one["seconds_to_first_answer"]) for one in found)],
        ["load of the machine at the start of the commits (2 are what it bears)",
         *(number(one["load"]) for one in found)],
    ]  # fmt: skip
    yield from table(["milliseconds (p50 / p95)", *map(_name, found)], rows)
    rows = []
    for one in found:
        for what, most in COMMITS.items():
            got = one["milliseconds"][what]["p95"]
            verdict = _verdict(got <= most)
            rows.append([f"{_name(one)}: {what}", number(most), number(got), verdict])
    yield from table(["milliseconds (p95)", "aim", "here", ""], rows)


def pages() -> Iterator[str]:
    """The kept result on pages: milliseconds, and the slowest kinds."""
    path = RESULTS / "pages.json"
    if not path.exists():
        return
    found = json.loads(path.read_text())
    yield from ("## Pages", "")
    yield (
        f"{found['date']}, commit {found['commit']}, `{found['command']}`: {found['pages']} pages"
        f" of {found['kinds']} kinds in three languages."
    )
    yield ""
    yield from table(
        ["milliseconds", "p50", "p95", "p99", "aim (p95)", ""],
        [
            [way, *(number(cut[p]) for p in ("p50", "p95", "p99")), number(PAGES),
             _verdict(cut["p95"] <= PAGES)]
            for way, cut in found["milliseconds"].items()
        ],
    )  # fmt: skip
    slowest = list(found["anew_by_kind"].items())[:SLOWEST]
    yield f"The slowest kinds, anew (p50): {', '.join(f'{k} {number(v)}' for k, v in slowest)}."
    yield ""


def _times(found: Result, engine: str) -> str:
    taken = found["full_validation_seconds"][engine]
    if taken is None:
        return "not run"
    one = found["milliseconds"]["insert, acknowledged"]["p95"]
    more = "" if taken["ended"] else "more than "
    seconds = taken["seconds"]
    return f"{more}{number(seconds)} s, {more}{number(1000 * seconds / one)} times"


def _produced(result: Result) -> Iterator[str]:
    machine, options = result["machine"], result["options"]
    peers = {name: known for size in result["sizes"] for name, known in size["peers"].items()}
    yield (
        f"{result['date']}, commit {result['commit']}, seed {options['seed']}, rounds of"
        f" {options['seconds']} s, {options['rounds']} each; {machine['cores']} cores"
        f" ({machine['processor']}), {machine['memory']} GiB, {machine['kernel']}, Python"
        f" {machine['python']}; {result['wrk']}."
    )
    yield ""
    yield from table(
        ["server", "version", "command"],
        [[name, known["version"], f"`{known['command']}`"] for name, known in peers.items()],
        numbers=False,
    )


def markdown(result: Result) -> str:
    """All tables of `result`."""
    parts = [
        *_produced(result),
        "## Aims", "", *aims(result),
        "## Where we are behind", "", *behind(result),
        "## Figures", "", *sizes(result),
        "## Beside the reference implementations", "", *reference(result),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


def page(result: Result, text: str) -> str:
    """The page `text` with the tables of `result` in the place of those it has."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    made = "\n".join([markdown(result), *commits(), *pages()]).rstrip()
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"
