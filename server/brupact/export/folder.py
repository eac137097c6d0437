"""The folder that is written: aside first, then put in its place whole, or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from brupact.dumps import checksums
from brupact.errors import BrupactError

#: What an export lists its files in, with their SHA-256: by it a later one knows what is its own.
LIST: Final = "brupact-export.sha256"


class NotOurs(BrupactError):
    """A folder that holds what no export has written."""


class NotWritten(BrupactError):
    """The files cannot be written; nothing is left of them."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` that takes its place at the end, if nothing fails.

    :raises NotOurs: if `target` holds anything that an export has not written.
    :raises NotWritten: if there is no room, or no right to write.
    """
    target = target.absolute()
    require_ours(target)
    aside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        aside.chmod(0o755)
        yield aside
        require_ours(target)  # It was not watched meanwhile.
        _put(aside, target)
    except OSError as error:
        raise _failure(error, target) from None
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def require_ours(target: Path) -> None:
    """See that `target` may be replaced: it is not there, is empty, or an export as it was written.

    :raises NotOurs: otherwise; it names the first files that are not ours.
    :raises NotWritten: if it cannot be looked at.
    """
    try:
        _require_ours(target)
    except OSError as error:
        raise _failure(error, target) from None


def _failure(error: OSError, target: Path) -> NotWritten:
    where = error.filename or target
    return NotWritten(f"{where}: {error.strerror or error}; nothing was written")


def _require_ours(target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or not target.is_dir():
        raise NotOurs(f"{target}: no folder; name one that is new, empty or of an earlier export")
    there = {str(path.relative_to(target)) for path in target.rglob("*") if not _is_folder(path)}
    known = _listed(target)
    if not known and not there and not any(target.iterdir()):
        return
    strange = sorted(there - known.keys() - {LIST})
    if not known:
        strange = strange or sorted(path.name for path in target.iterdir())
    strange += sorted(n for n in there & known.keys() if _sha256(target / n) != known[n])
    if strange:
        named = ", ".join(strange[:3]) + (f" and {len(strange) - 3} more" * (len(strange) > 3))
        raise NotOurs(
            f"{target}: holds what no export has written, or what was changed since ({named}); "
            "nothing is replaced. Move it away, or name another folder"
        )


def finish(folder: Path, digests: Mapping[str, str]) -> None:
    """Write the list of the files of `folder`, each with its SHA-256."""
    (folder / LIST).write_bytes(checksums((name, digest) for name, digest in digests.items()))


def put(folder: Path, name: str, content: bytes) -> str:
    """Write the file `name` below `folder`; its SHA-256.

    :raises OSError: if it cannot be written.
    """
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _put(aside: Path, target: Path) -> None:
    """Let `aside` be `target`; what was there goes once the new is in its place."""
    old = aside.with_name(f"{aside.name}.old")
    if target.exists():
        target.rename(old)
    try:
        aside.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _listed(target: Path) -> dict[str, str]:
    try:
        lines = (target / LIST).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("  ") for line in lines)
    return {name: digest for digest, _, name in pairs if name}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
