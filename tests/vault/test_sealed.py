"""The sealed-blob format: what the page says, what is refused, and ranges."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eakte.vault.sealed import (
    Damaged,
    Sealer,
    fresh_header,
    header,
    open_sealed,
    open_value,
    seal_value,
    sealed_size,
)
from tests.vault.standalone_reader import unseal

PAGE = Path("docs/reference/formats/sealed-blob.md")
READER = Path(__file__).with_name("standalone_reader.py")
KEY, SALT = bytes(range(32)), bytes(range(32, 64))
BLOB, TENANT = UUID("0198c0de-0000-7000-8000-000000000001"), UUID("0198c0de-0000-7000-8000-0000000000ff")
SEGMENT, STEP = 4096, 4096 + 16
PLAIN = bytes(number % 251 for number in range(10_000))


def seal(plain: bytes, segment: int = SEGMENT, head: bytes | None = None, key: bytes = KEY) -> bytes:
    head = head or fresh_header(BLOB, segment)
    sealer, parts = Sealer(key, head), [plain[at : at + segment] for at in range(0, len(plain), segment)] or [b""]
    return head + b"".join(bytes(sealer.seal(part, part is parts[-1])) for part in parts)


def opened(sealed: bytes, start: int = 0, stop: int | None = None, blob: UUID = BLOB, key: bytes = KEY) -> bytes:
    def read_at(offset: int, length: int) -> bytes:
        return sealed[offset : offset + length]

    return b"".join(open_sealed(read_at, len(sealed), key, blob, start, stop))


def vector(number: int, name: str) -> bytes:
    """The bytes that the page gives for one field of one vector."""
    text = PAGE.read_text().partition(f"\nVector {number}, ")[2].partition("\n```\n")[2].partition("\n```")[0]
    found = re.search(rf"^{name} +((?:[0-9a-f]+\s*)+)", text, re.MULTILINE)
    assert found is not None
    return bytes.fromhex(re.sub(r"\s", "", found[1]))


@pytest.mark.parametrize(("number", "plain", "log2"), [(1, b"", 20), (2, b"Mietvertrag", 16)])
def test_the_vectors_of_the_page_are_what_is_written(number: int, plain: bytes, log2: int) -> None:
    sealed = seal(plain, 1 << log2, header(BLOB, 1 << log2, SALT))
    assert sealed == vector(number, "sealed")
    assert opened(sealed) == unseal(sealed, KEY, BLOB) == plain


def test_the_vector_of_several_segments_is_what_is_written() -> None:
    sealed = seal(PLAIN, 4096, header(BLOB, 4096, SALT))
    assert (len(sealed), hashlib.sha256(sealed).digest()) == (10_112, vector(3, "sha-256"))


def test_the_vector_of_a_value_is_what_is_written() -> None:
    sealed = seal_value(KEY, TENANT, "value/pdf-password", b"geheim", SALT)
    assert sealed == vector(4, "sealed")
    assert open_value(KEY, TENANT, "value/pdf-password", sealed) == b"geheim"


@pytest.mark.parametrize("plain", [b"", b"Mietvertrag", PLAIN])
def test_a_program_written_from_the_page_alone_opens_a_sealed_file(tmp_path: Path, plain: bytes) -> None:
    (tmp_path / "blob").write_bytes(seal(plain))
    command = [sys.executable, "-I", str(READER), str(tmp_path / "blob")]
    done = subprocess.run([*command, KEY.hex(), str(BLOB)], capture_output=True, check=True)
    assert done.stdout == plain
    for wrong in ([os.urandom(32).hex(), str(BLOB)], [KEY.hex(), str(uuid4())]):
        refused = subprocess.run([*command, *wrong], capture_output=True)
        assert refused.returncode == 1
        assert refused.stdout == b""


SEALED = seal(PLAIN)
PARTS = [SEALED[:64], *(SEALED[at : at + STEP] for at in range(64, len(SEALED), STEP))]
FULL = seal(PLAIN[: 2 * SEGMENT])
HARMED = {
    "two segments swapped": PARTS[0] + PARTS[2] + PARTS[1] + PARTS[3],
    "a segment repeated": PARTS[0] + PARTS[1] + PARTS[1] + PARTS[2] + PARTS[3],
    "a segment in another's place": PARTS[0] + PARTS[1] + PARTS[1] + PARTS[3],
    "the first segment dropped": PARTS[0] + PARTS[2] + PARTS[3],
    "a middle segment dropped": PARTS[0] + PARTS[1] + PARTS[3],
    "the last segment dropped": PARTS[0] + PARTS[1] + PARTS[2],
    "the last segment dropped when all are full": FULL[:-STEP],
    "a segment appended": SEALED + PARTS[3],
    "a segment appended when all are full": FULL + FULL[-STEP:],
    "a tag appended when all are full": FULL + bytes(16),
    "bytes appended": SEALED + b"x",
    "a segment of another blob under the same key": PARTS[0] + seal(PLAIN)[64 : 64 + STEP] + PARTS[2] + PARTS[3],
    "the header of another blob under the same key": seal(PLAIN)[:64] + SEALED[64:],
    "nothing": b"",
    "the header only": SEALED[:64],
}


@pytest.mark.parametrize("name", HARMED)
def test_harmed_bytes_are_refused(name: str) -> None:
    with pytest.raises(Damaged):
        opened(HARMED[name])
    with pytest.raises(Exception):  # noqa: B017  ValueError or the cipher's own
        unseal(HARMED[name], KEY, BLOB)


def test_a_cut_at_any_byte_is_refused() -> None:
    for sealed in (SEALED, FULL):
        for end in [*range(200), *range(200, len(sealed), 17), *range(len(sealed) - 40, len(sealed))]:
            with pytest.raises(Damaged):
                opened(sealed[:end])


def test_a_changed_bit_anywhere_is_refused() -> None:
    for at in [*range(200), *range(200, len(SEALED), 53), *range(len(SEALED) - 40, len(SEALED))]:
        harmed = bytearray(SEALED)
        harmed[at] ^= 1 << at % 8
        with pytest.raises(Damaged):
            opened(bytes(harmed))


def test_another_key_or_another_blobs_bytes_are_refused() -> None:
    with pytest.raises(Damaged):
        opened(SEALED, key=os.urandom(32))
    with pytest.raises(Damaged):
        opened(SEALED, blob=uuid4())


@settings(deadline=None)
@given(st.integers(0, 3 * SEGMENT), st.integers(0, 4 * SEGMENT), st.none() | st.integers(0, 4 * SEGMENT))
def test_any_range_is_that_range_of_the_plaintext(size: int, start: int, stop: int | None) -> None:
    plain = bytes(number % 251 for number in range(size))
    sealed = seal(plain)
    assert opened(sealed, start, stop) == plain[start:stop]
    assert unseal(sealed, KEY, BLOB) == plain
    assert len(sealed) == sealed_size(size, SEGMENT)


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT])
def test_sizes_around_a_segment_come_back(size: int) -> None:
    assert opened(seal(PLAIN[:size])) == PLAIN[:size]


def test_a_large_blob_is_fetched_by_few_requests_and_a_range_by_two() -> None:
    plain = os.urandom(9 << 20)
    sealed, asked = seal(plain, 64 << 10), list[tuple[int, int]]()

    def read_at(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return sealed[offset : offset + length]

    assert b"".join(open_sealed(read_at, len(sealed), KEY, BLOB)) == plain
    assert len(asked) == 4  # the header, then 4 + 4 + 1 MiB
    asked.clear()
    start = 5 * (1 << 20) - 10
    assert b"".join(open_sealed(read_at, len(sealed), KEY, BLOB, start, start + 20)) == plain[start : start + 20]
    assert [length for _, length in asked] == [64, 2 * ((64 << 10) + 16)]


def test_a_small_blob_is_fetched_by_one_request() -> None:
    asked = list[int]()

    def read_at(offset: int, length: int) -> bytes:
        asked.append(length)
        return SEALED[offset : offset + length]

    assert b"".join(open_sealed(read_at, len(SEALED), KEY, BLOB, 5000, 5001)) == PLAIN[5000:5001]
    assert len(asked) == 1


def test_harm_in_the_header_shows_before_the_first_byte_is_asked_for() -> None:
    with pytest.raises(Damaged):
        open_sealed(lambda *_: bytes(64), 10_000_000, KEY, BLOB)


def test_only_segments_of_the_format_can_be_sealed() -> None:
    for parts in ([(b"short", False)], [(bytes(SEGMENT + 1), True)], [(bytes(SEGMENT), False), (b"", True)],
                  [(b"last", True), (b"more", True)]):  # fmt: skip
        sealer = Sealer(KEY, fresh_header(BLOB, SEGMENT))
        with pytest.raises(ValueError, match="no segment"):
            for part, last in parts:
                sealer.seal(part, last)
    for segment in (0, 2048, 5000, 1 << 25):
        with pytest.raises(ValueError, match="no segment size"):
            fresh_header(BLOB, segment)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_a_value_opens_only_for_its_key_tenant_and_purpose(data: bytes) -> None:
    sealed = seal_value(KEY, TENANT, "one", data)
    assert open_value(KEY, TENANT, "one", sealed) == data
    assert len(sealed) == len(data) + 56
    for key, tenant, purpose, value in (
        (os.urandom(32), TENANT, "one", sealed),
        (KEY, uuid4(), "one", sealed),
        (KEY, TENANT, "other", sealed),
        (KEY, TENANT, "one", sealed[:-1]),
        (KEY, TENANT, "one", b""),
        (KEY, TENANT, "one", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(Damaged):
            open_value(key, tenant, purpose, value)
