"""The tables of docs/conformance.md: `python -m tests.conformance.table` writes them anew.

They say what a run has shown: a test that is not listed as failing must pass, and one that is
listed must fail.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.conformance import shacl
from tests.conformance.suite import FLOORS, LEFT_OUT, Case, cases, known

from brupact.validation import ENGINES

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "conformance.md"
#: What the ways of validation are called, and where a section of what is known applies.
_WAYS: Final = {"whole": "all data", "change": "a change"}
_WHERE: Final = {
    "shacl-change": ", a change", "shacl-by-value": ", by value",
}  # fmt: skip
BEGIN, END = "<!-- begin: made by tests/conformance/table.py -->\n", "<!-- end -->"


def tables() -> str:
    """The counts by kind, the failures with their reasons, and what is left out."""
    return "\n".join(
        [
            *_counts(),
            "",
            *_reasons("fails"),
            "",
            *_reasons("by-value"),
            "",
            *_left_out(),
            "",
            *_shacl(),
            "",
            *_shacl_reasons(),
            "",
        ]
    )


def written(document: str) -> str:
    """`document` with the tables in their place."""
    head, _, rest = document.partition(BEGIN)
    return f"{head}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def _count(listed: dict[str, str]) -> Counter[str]:
    return Counter(case.kind for case in cases() if case.iri in listed)


def _counts() -> Iterator[str]:
    total = Counter(case.kind for case in cases())
    fails, by_value = _count(known("fails")), _count(known("by-value"))
    yield "| kind | tests | passed | of these, by value only | failed |"
    yield "|---|--:|--:|--:|--:|"
    for kind in FLOORS:
        passed = total[kind] - fails[kind]
        yield f"| {kind} | {total[kind]} | {passed} | {by_value[kind]} | {fails[kind]} |"


def _reasons(section: str) -> Iterator[str]:
    yield {"fails": "| failed | why |", "by-value": "| passed by value only | why |"}[section]
    yield "|---|---|"
    grouped: dict[str, list[str]] = {}
    for case in _listed(section):
        name = f"`{case.folder}#{case.iri.rpartition('#')[2]}`"
        grouped.setdefault(known(section)[case.iri], []).append(name)
    for reason, names in grouped.items():
        yield f"| {', '.join(names)} | {reason} |"


def _listed(section: str) -> list[Case]:
    return [case for case in cases() if case.iri in known(section)]


def _left_out() -> Iterator[str]:
    yield "| left out | why |"
    yield "|---|---|"
    for folder, reason in LEFT_OUT.items():
        yield f"| `{folder}` | {reason} |"


def _shacl() -> Iterator[str]:
    yield "| SHACL | tests | passed | of these, by value only | failed |"
    yield "|---|--:|--:|--:|--:|"
    for engine in ENGINES:
        for way, words in _WAYS.items():
            found = [r for r in shacl.runs() if (r.engine, r.way) == (engine, way)]
            fails, by_value = sum(bool(r.fails) for r in found), sum(r.is_by_value for r in found)
            counts = (len(found), len(found) - fails, by_value, fails)
            yield f"| {words}, {engine} | {' | '.join(map(str, counts))} |"


def _shacl_reasons() -> Iterator[str]:
    yield "| SHACL, failed or by value only | why |"
    yield "|---|---|"
    for section, names in shacl.KNOWN.items():
        for name, reason in names.items():
            yield f"| `{name}`{_WHERE.get(section, '')} | {reason} |"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
