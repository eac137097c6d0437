"""What an export replaces, and what it leaves alone."""

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.export.conftest import exporting

from brupact.cli import main
from brupact.export.folder import LIST, NotOurs, NotWritten, finish, put, replacing


def write(target: Path, content: bytes = b"one") -> None:
    with replacing(target) as aside:
        finish(aside, {"a/b.txt": put(aside, "a/b.txt", content)})


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_an_empty_and_an_exported_folder_are_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "deeper/new", "empty", "new"):
        write(tmp_path / name, name.encode())
        assert (tmp_path / name / "a" / "b.txt").read_bytes() == name.encode()
    assert {path.name for path in tmp_path.iterdir()} == {"new", "deeper", "empty"}


@pytest.mark.parametrize("stranger", ["CNAME", "a/mine.txt", ".git/HEAD"])
def test_what_others_have_put_there_is_kept(tmp_path: Path, stranger: str) -> None:
    target = tmp_path / "site"
    write(target)
    put(target, stranger, b"mine")
    before = everything(target)
    with pytest.raises(NotOurs, match=stranger.rpartition("/")[2]):
        write(target, b"two")
    assert everything(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_what_was_changed_since_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "site"
    write(target)
    (target / "a" / "b.txt").write_bytes(b"by hand")
    with pytest.raises(NotOurs, match="a/b.txt"):
        write(target, b"two")
    assert (target / "a" / "b.txt").read_bytes() == b"by hand"


def test_a_folder_without_a_list_a_file_and_a_link_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    (tmp_path / "folders" / "only").mkdir(parents=True)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "folders", "file", "link"):
        with pytest.raises(NotOurs, match=name):
            write(tmp_path / name)
    assert (tmp_path / "mine" / "index.html").read_text() == "mine"
    assert (tmp_path / "folders" / "only").is_dir()
    assert (tmp_path / "link").is_symlink()


def test_a_stranger_who_comes_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "site"
    with pytest.raises(NotOurs), replacing(target) as aside:
        put(aside, "a.txt", b"ours")
        put(target, "b.txt", b"theirs")
    assert everything(target) == {"b.txt": b"theirs"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_full_disk_leaves_nothing_and_the_old_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "site"
    write(target)
    before = everything(target)
    with pytest.raises(NotWritten, match="No space left on device; nothing was written"):
        with replacing(target) as aside:
            put(aside, "half.txt", b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
    assert everything(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_command_says_what_is_wrong_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    made = exporting(tmp_path)
    assert made.returncode == 2
    assert "brupact: " in made.stderr and "mine.txt" in made.stderr
    made = exporting(Path("/proc/nowhere/site"), "--data", __file__)
    assert made.returncode == 2
    assert "Traceback" not in made.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--base-url", "example.org"], "give an http or https address"),
        (["--service", "https://example.org/?a"], "leave out what follows"),
        (["--data", "a.ttl", "--state", "."], "give one"),
    ],
)
def test_options_that_cannot_be_used(options: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["export", str(tmp_path / "site"), *options])
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "site").exists()


def test_the_list_is_what_sha256sum_reads(tmp_path: Path) -> None:
    write(tmp_path / "site")
    text = (tmp_path / "site" / LIST).read_text()
    assert text.endswith("  a/b.txt\n") and len(text.partition("  ")[0]) == 64
