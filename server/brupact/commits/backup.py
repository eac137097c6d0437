"""A copy of the log, taken while it serves, and putting one back."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from brupact.commits.database import FILE, sync
from brupact.commits.errors import Damaged, NotEmpty
from brupact.commits.log import Log

#: The checksums of a backup; ``sha256sum -c`` reads them.
SUMS: Final = "SHA256SUMS"


def backup(log: Log, target: Path) -> Path:
    """Copy `log` as it is now into the folder `target`, and give the path of the copy.

    Others may read and write meanwhile. What is erased later stays in a backup: keep backups no
    longer than the text may be kept.

    :raises NotEmpty: if there is something in `target` already.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise NotEmpty(f"{target}: not empty; give each backup a folder of its own")
    copy = target / FILE
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(copy)) as connection:
        log.connection.backup(connection)
        # One file, without a write-ahead log beside it.
        connection.execute("PRAGMA journal_mode = DELETE")
    sums = target / SUMS
    sums.write_text(f"{_sum(copy)}  {FILE}\n", encoding="ascii")
    for path in (copy, sums, target):
        sync(path)
    return copy


def restore(source: Path, directory: Path) -> None:
    """Put the backup in the folder `source` in the place of the log in `directory`.

    :raises Damaged: if the backup is not as it was written.
    :raises NotEmpty: if the log in `directory` has commits.
    :raises NoLog: if there is something else in the place of the log.
    """
    try:
        expected = (source / SUMS).read_text(encoding="ascii")
        found = f"{_sum(source / FILE)}  {FILE}\n"
    except (OSError, UnicodeDecodeError) as error:
        raise Damaged(source, str(error)) from error
    if found != expected:
        raise Damaged(source / FILE, f"not as {SUMS} says")
    with Log(directory) as log:
        if log.head():
            raise NotEmpty(f"{directory}: there is a log with commits")
    fresh = directory / (FILE + ".restored")
    fresh.touch(mode=0o600)
    shutil.copyfile(source / FILE, fresh)
    sync(fresh)
    # The log is empty and closed, so that nothing stands in a write-ahead log any more.
    for suffix in ("-wal", "-shm"):
        Path(f"{log.path}{suffix}").unlink(missing_ok=True)
    fresh.replace(log.path)
    sync(directory)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
