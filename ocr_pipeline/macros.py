"""Tells whether an office file holds macros. For contained children."""

from __future__ import annotations

import zipfile
from pathlib import Path

import olefile

from ocr_pipeline import kinds
from ocr_pipeline.workplace import Workplace

_BASIC = ("vbaproject.bin", "vbadata.xml")
"""Where OOXML keeps VBA, whatever the folder ([MS-OFFMACRO2] § 2.2.1)."""
_SHEETS = "xl/macrosheets/"
_SCRIPTS = ("basic/", "scripts/")
"""Folders in which OpenDocument keeps scripts."""
_VBA = {"macros", "_vba_project_cur", "vba"}
"""Storages of the older binary forms ([MS-OVBA] § 2.2.1)."""


def has_macros(_place: Workplace, source: str) -> bool:
    """Of a ZIP or OLE file; an archive of other files has none, what lies in it is looked at for itself."""
    with Path(source).open("rb") as file:
        found = kinds.by_beginning(file.read(kinds.BEGINNING))
    return _in_ole(source) if found == kinds.OLE else _in_zip(source)


def _in_zip(source: str) -> bool:
    with zipfile.ZipFile(source) as archive:
        names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    if "[content_types].xml" in names:
        return any(name.rpartition("/")[2] in _BASIC or name.startswith(_SHEETS) for name in names)
    return "mimetype" in names and any(name.startswith(_SCRIPTS) and not name.endswith("/") for name in names)


def _in_ole(source: str) -> bool:
    with olefile.OleFileIO(source) as ole:
        return any(part.lower() in _VBA for path in ole.listdir(streams=False, storages=True) for part in path)
