from pathlib import Path

import pytest

from brupact import resources
from brupact.dataset import FOLLOW_UP, Dataset, Layout, amended, load_files
from brupact.errors import BrokenInput
from brupact.namespaces import GRAPH, graph


def turtle(tmp_path: Path, text: str, name: str = "x.ttl") -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_broken_turtle_names_line_and_column_and_changes_nothing(tmp_path: Path) -> None:
    dataset = Dataset()
    with pytest.raises(BrokenInput) as caught:
        dataset.add_file(turtle(tmp_path, "<x:a> <x:b> 1 .\n<x:a> nonsense ."))
    assert (caught.value.line, caught.value.column) == (2, 7)
    assert len(dataset.store) == 0


@pytest.mark.parametrize("name", ["missing.ttl", "notes.txt", "no-suffix"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    if name != "missing.ttl":
        turtle(tmp_path, "x", name)
    with pytest.raises(BrokenInput, match=name):
        Dataset().add_file(tmp_path / name)


def test_bytes_that_are_not_utf8_are_broken_input(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_bytes(b'<x:a> <x:b> "\xff" .')
    with pytest.raises(BrokenInput, match="x.ttl"):
        Dataset().add_file(path)


def test_a_file_of_quads_keeps_its_graphs(tmp_path: Path) -> None:
    path = turtle(tmp_path, "<x:a> <x:b> <x:c> <x:g> .\n<x:a> <x:b> <x:d> .", "x.nq")
    dataset = load_files([(FOLLOW_UP, path)])
    assert {g.value for g in dataset.store.named_graphs()} == {"x:g", GRAPH + "follow-up"}
    assert dataset.files_about("x:a", "x:b") == [path]
    assert dataset.files_about("x:a#part", "x:b") == [path]
    assert dataset.files_about("x:z", "x:b") == []


def test_a_file_takes_the_place_of_its_namesake(tmp_path: Path) -> None:
    changed = turtle(tmp_path, "", "agreement/priority.ttl").resolve()
    files = amended(Layout(), [changed])
    assert (graph("agreement"), changed) in files
    assert (graph("agreement"), resources.DATA / "agreement" / "priority.ttl") not in files
    assert len(files) == len(list(Layout().files()))


def test_a_folder_like_data_takes_the_place_of_all_data(tmp_path: Path) -> None:
    changed = turtle(tmp_path, "", "agreement/priority.ttl")
    files = amended(Layout(), [tmp_path])
    assert [path for _, path in files if path.is_relative_to(tmp_path)] == [changed]
    assert not [path for _, path in files if path.is_relative_to(resources.DATA)]


def test_any_other_file_comes_on_top(tmp_path: Path) -> None:
    report = turtle(tmp_path, "", "report.ttl")
    assert amended(Layout(), [report])[-1] == (FOLLOW_UP, report)
    assert amended(Layout(), [tmp_path])[-1] == (FOLLOW_UP, report)
