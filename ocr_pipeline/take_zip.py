"""Takes a ZIP apart: each file in it is a part, whatever its path says; nothing is written where a path points."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.parts import MOST, PIECE, Parts

AES = 99  # "compression method" of a WinZip AES entry
ENCRYPTED = 0x1
UTF8 = 0x800


def take_apart(source: str, parts: Parts, password: str | None) -> None:
    """All files in order; one that cannot be taken out ends it, so that none is silently missing."""
    with zipfile.ZipFile(source) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check(entries, parts, password)
        for entry in entries:
            if stat.S_ISLNK(entry.external_attr >> 16):
                parts.leave_out(_name(entry), "link")
            else:
                parts.add(_name(entry), _pieces(archive, entry, password))


def files(source: str) -> int:
    """How many there are."""
    with zipfile.ZipFile(Path(source)) as archive:
        return sum(not entry.is_dir() for entry in archive.infolist())


def _check(entries: list[zipfile.ZipInfo], parts: Parts, password: str | None) -> None:
    if len(entries) > MOST:
        raise Unreadable("too-many-parts", str(len(entries)))
    parts.allow(sum(entry.file_size for entry in entries))
    locked = [entry for entry in entries if entry.flag_bits & ENCRYPTED]
    if any(entry.compress_type == AES for entry in locked):
        raise Unreadable("zip-aes", "WinZip AES")
    if locked and not password:
        raise Unreadable("encrypted", f"{len(locked)} entries")


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, password: str | None) -> Iterator[bytes]:
    secret = password.encode() if password and entry.flag_bits & ENCRYPTED else None
    try:
        with archive.open(entry, pwd=secret) as file:
            while piece := file.read(PIECE):
                yield piece
    except NotImplementedError as error:
        raise Unreadable("zip-method", str(error)) from error
    except RuntimeError as error:  # "Bad password for file"
        raise Unreadable("wrong-password", "zip") from error


def _name(entry: zipfile.ZipInfo) -> str:
    """Names are in cp437 unless the flag says UTF-8, which some programs (macOS) write without the flag."""
    if entry.flag_bits & UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename
