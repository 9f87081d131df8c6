"""Tells apart kinds whose first bytes are the same: what lies inside a ZIP or an OLE file. For contained children."""

from __future__ import annotations

import zipfile
from pathlib import Path

import olefile

from ocr_pipeline import kinds
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.workplace import Workplace

_OPEN_DOCUMENT = {kinds.ODT.encode(): kinds.ODT, kinds.ODS.encode(): kinds.ODS}
_STREAMS = {"__properties_version1.0": kinds.MSG, "WordDocument": kinds.DOC, "Workbook": kinds.XLS, "Book": kinds.XLS}
_LOCKED = "EncryptedPackage"  # [MS-OFFCRYPTO] § 2.3.4: an OOXML file with a password is an OLE file


def kind(_place: Workplace, source: str) -> str:
    """The media type; raises `Unreadable` `office-locked`, and `damaged` where the table of contents is broken."""
    with Path(source).open("rb") as file:
        found = kinds.by_beginning(file.read(kinds.BEGINNING))
    try:
        return _ole(source) if found == kinds.OLE else _zip(source) if found in kinds.TOLD_INSIDE else found
    except (IndexError, KeyError, TypeError, ValueError) as error:  # a table of contents that leads nowhere
        raise Unreadable("damaged", f"{type(error).__name__}: {error}"[:200]) from error


def _zip(source: str) -> str:
    with zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
            said = _OPEN_DOCUMENT.get(archive.read("mimetype").strip())
            if said and _is_locked(archive):
                raise Unreadable("office-locked", said)
            return said or kinds.ZIP
        if "[Content_Types].xml" in names:
            if "word/document.xml" in names or any(name.startswith("word/document") for name in names):
                return kinds.DOCX
            return kinds.XLSX if any(name.startswith("xl/workbook") for name in names) else kinds.UNKNOWN
    return kinds.ZIP


def _is_locked(archive: zipfile.ZipFile) -> bool:
    """ODF 1.2 part 3 § 3.4: the manifest says how each encrypted entry is to be opened."""
    try:
        with archive.open("META-INF/manifest.xml") as manifest:
            return b"encryption-data" in manifest.read(1 << 20)
    except KeyError:
        return False


def _ole(source: str) -> str:
    with olefile.OleFileIO(source) as ole:
        if ole.exists(_LOCKED):
            raise Unreadable("office-locked", _LOCKED)
        return next((kind for stream, kind in _STREAMS.items() if ole.exists(stream)), kinds.UNKNOWN)
