"""How a version is named: by a number, a time, or the hash that names its commit."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Final

from brupact.commits.errors import UnknownVersion

#: The shortest prefix of a name that may stand for it.
PREFIX: Final = 8
_NAME: Final = rf"[0-9a-f]{{{PREFIX},64}}"
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"

#: A commit by its number, the time at which it was the latest, its name or the begin of that.
Version = int | datetime | str


def name_range(prefix: str) -> tuple[bytes, bytes]:
    """The least and the greatest name that begin with the hexadecimal digits `prefix`.

    :raises UnknownVersion: if it is too short, or not hexadecimal in lower case.
    """
    if not re.fullmatch(_NAME, prefix):
        raise UnknownVersion(f"{prefix}: not {PREFIX} to 64 hexadecimal digits")
    return bytes.fromhex(prefix.ljust(64, "0")), bytes.fromhex(prefix.ljust(64, "f"))


def stamp(moment: datetime) -> str:
    """`moment` as the log writes it: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_version(text: str) -> Version:
    """What people write for a version.

    A number of at most seven digits; eight to 64 hexadecimal digits, the begin of a name; a date,
    which means its last moment (UTC); a date and time with a zone (RFC 3339).

    :raises UnknownVersion: if it is none of these.
    """
    if re.fullmatch(r"[0-9]{1,7}", text):
        return int(text)
    if re.fullmatch(_NAME, text):
        return text
    with suppress(ValueError, OverflowError):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59, 999_999, UTC))
        if re.fullmatch(_TIME, text, re.ASCII):
            return datetime.fromisoformat(text).astimezone(UTC)
    raise UnknownVersion(f"{text}: not a number, a date, a time with its zone or a hash")
