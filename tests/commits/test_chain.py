import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brupact.commits.chain import Erasure, Record, commitment, encode

SEED = bytes(range(32))
RECORD = Record(
    number=1,
    kind="change",
    time="2026-06-11T10:00:00.000Z",
    agent="https://w3id.org/brupact/id/account/editor",
    message="pourquoi é",
    key=None,
    rules="r",
    shapes="s",
    previous=b"\x01" * 32,
    seed=SEED,
    added=(b"<a:a> <b:b> <c:c> <g:g> .",),
    removed=(b"<a:a> <b:b> <d:d> <g:g> .",),
)
ERASED = (b"\x02" * 32, Erasure(0, b"A", b"\x03" * 32))


def test_the_layout_is_as_documented() -> None:
    """By the words of docs/decisions/0007-commit-log.md, with nothing of the code under test."""

    def field(value: bytes | None) -> bytes:
        return b"\xff" * 8 if value is None else struct.pack(">Q", len(value)) + value

    def number(value: int) -> bytes:
        return field(struct.pack(">q", value))

    rows = [
        b"M pourquoi \xc3\xa9",
        b"A <a:a> <b:b> <c:c> <g:g> .",
        b"D <a:a> <b:b> <d:d> <g:g> .",
    ]
    hidden = [b"\x02" * 32]
    for row in rows:
        salt = hmac.new(SEED, row, "sha256").digest()[:16]
        hidden.append(hashlib.sha256(salt + row).digest())
    erases = number(0) + field(b"A") + field(b"\x03" * 32)
    content = b"brupact commit 1\n" + number(1) + field(b"\x01" * 32) + field(b"change")
    content += field(b"2026-06-11T10:00:00.000Z")
    content += field(b"https://w3id.org/brupact/id/account/editor")
    content += field(b"r") + field(b"s") + field(None)
    content += field(b"".join(sorted(hidden))) + field(erases)
    assert RECORD.name([ERASED[0]], [ERASED[1]]) == hashlib.sha256(content).digest()


def test_the_name_of_an_example_stays_the_same() -> None:
    expected = "d44174e7e88f23327732fe240df81ad6d8c373eb40b713c89469a41a3119fb44"
    assert RECORD.name((), ()).hex() == expected


def test_salts_written_out_give_the_same_name() -> None:
    salts = b"".join(salt for salt, _ in RECORD.salted())
    values = {name: getattr(RECORD, name) for name in Record.__dataclass_fields__}
    left = Record(**(values | {"seed": None, "salts": salts}))
    assert left.name((), ()) == RECORD.name((), ())
    with pytest.raises(ValueError, match="one salt for each row"):
        Record(**(values | {"seed": None, "salts": salts[1:]})).salted()


fields = st.lists(st.none() | st.binary(max_size=4) | st.integers(0, 3), max_size=4)


@given(fields, fields)
def test_no_two_lists_of_fields_are_encoded_alike(
    one: list[bytes | int | None], other: list[bytes | int | None]
) -> None:
    def plain(values: list[bytes | int | None]) -> list[bytes | None]:
        return [v.to_bytes(8) if isinstance(v, int) else v for v in values]

    assert (encode(*one) == encode(*other)) == (plain(one) == plain(other))


def test_a_commitment_depends_on_its_salt() -> None:
    assert commitment(b"a" * 16, b"A x") != commitment(b"b" * 16, b"A x")
