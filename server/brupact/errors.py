"""Everything that can go wrong and is the caller's to mend, with one base class."""

from pathlib import Path


class BrupactError(Exception):
    """A failure that says what was wrong, where, and what to do."""


class BrokenInput(BrupactError):
    """A file that cannot be read as what it should be.

    `line` and `column` count from 1; both are ``None`` where the reader gave no place.
    """

    def __init__(
        self, path: Path, reason: str, line: int | None = None, column: int | None = None
    ) -> None:
        """Keep the place apart from the reason, so that each surface can word it its own way."""
        self.path, self.reason, self.line, self.column = path, reason, line, column
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {reason}")


class Inconsistent(BrupactError):
    """The data contradict the ontology (OWL 2 Profiles, section 4.3, rules that derive *false*)."""
