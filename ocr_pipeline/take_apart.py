"""Takes a file apart that holds others: a ZIP, a mail, a PDF with files embedded. For contained children."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocr_pipeline import embedded, kinds, take_mail, take_zip
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.kind_inside import kind
from ocr_pipeline.parts import Parts
from ocr_pipeline.workplace import Workplace


def take_apart(place: Workplace, source: str, folder: str, password: str | None) -> dict[str, Any]:
    """Kind of the container, a mail's subject, the parts with their kinds, what was left out and why."""
    found, subject = kind(place, source), ""
    parts = Parts(Path(folder), place.limits, Path(source).stat().st_size)
    if found == kinds.ZIP:
        take_zip.take_apart(source, parts, password)
    elif found in kinds.MAILS:
        subject = take_mail.take_apart(source, found, parts)
    elif found == kinds.PDF:
        embedded.take_apart(source, parts, password)
    said = parts.to_json()
    said["media_types"] = [_kind(place, Path(folder, part.file)) for part in parts.found]
    return {"media_type": found, "subject": subject, **said}


def _kind(place: Workplace, path: Path) -> str:
    """Of a part; one whose table of contents is broken is what its beginning says, and is parked when it is read."""
    try:
        return kind(place, str(path))
    except (OSError, ValueError, Unreadable):
        with path.open("rb") as file:
            return kinds.by_beginning(file.read(kinds.BEGINNING))
