import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.commits.given import Editor, said

from brupact.commits import Log, state
from brupact.commits.backup import SUMS, backup, restore
from brupact.commits.database import FILE
from brupact.commits.errors import Damaged, NoLog, NotEmpty
from brupact.commits.verify import verify


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(tmp_path / "log", said("a", "1"))
    for number in range(5):
        editor.commit([said("b", str(number))])
    state.snapshot(editor.log, 3)
    editor.redact(said("b", "1"))
    yield editor
    editor.log.close()


def test_what_is_restored_is_what_was(editor: Editor, tmp_path: Path) -> None:
    copy = backup(editor.log, tmp_path / "backup")
    assert sorted(path.name for path in copy.parent.iterdir()) == sorted([FILE, SUMS])
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    assert (copy.parent / SUMS).read_text() == f"{digest}  {FILE}\n"
    restore(tmp_path / "backup", tmp_path / "new")
    with Log(tmp_path / "new", create=False) as restored:
        assert list(restored.entries()) == list(editor.log.entries())
        for number, _ in enumerate(editor.versions):
            assert state.at(restored, number) == state.at(editor.log, number)
        assert verify(restored) == verify(editor.log)
        editor.log.close()
        editor.log = restored
        editor.commit([said("c", "after")])
        assert verify(restored).problem is None


def test_a_backup_while_others_write(editor: Editor, tmp_path: Path) -> None:
    end = threading.Event()

    def write() -> None:
        with Log(tmp_path / "log") as own:
            editor.log, kept = own, editor.log
            number = 0
            while not end.is_set():
                editor.commit([said("c", str(number := number + 1))])
            editor.log = kept

    writer = threading.Thread(target=write)
    writer.start()
    with Log(tmp_path / "log") as reader:
        sizes = []
        for number in range(5):
            restore(backup(reader, tmp_path / f"backup-{number}").parent, tmp_path / f"{number}")
            with Log(tmp_path / f"{number}") as copy:
                report = verify(copy)
                assert report.problem is None
                sizes.append(report.commits)
        end.set()
        writer.join()
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_an_existing_log_is_not_overwritten(editor: Editor, tmp_path: Path) -> None:
    backup(editor.log, tmp_path / "backup")
    with pytest.raises(NotEmpty):
        restore(tmp_path / "backup", tmp_path / "log")
    with pytest.raises(NotEmpty):
        backup(editor.log, tmp_path / "backup")
    Log(tmp_path / "empty").close()
    restore(tmp_path / "backup", tmp_path / "empty")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_text("something else")
    with pytest.raises(NoLog):
        restore(tmp_path / "backup", tmp_path / "other")


def test_a_broken_backup_is_not_restored(editor: Editor, tmp_path: Path) -> None:
    copy = backup(editor.log, tmp_path / "backup")
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    with pytest.raises(Damaged, match=SUMS):
        restore(tmp_path / "backup", tmp_path / "new")
    (tmp_path / "backup" / SUMS).unlink()
    with pytest.raises(Damaged):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()
