"""Takes in a mail: its text under a head that people can read is the document, what hangs on it are others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocr_pipeline import kinds, take_eml, take_msg
from ocr_pipeline.mail import Mail
from ocr_pipeline.parts import Parts, clean_path
from ocr_pipeline.typeset import typeset
from ocr_pipeline.workplace import Workplace


def prepare(place: Workplace, source: str, target: str, media_type: str) -> dict[str, Any]:
    """Pages, media type, and how many files hang on it; as `take_pdf.prepare`."""
    mail = opened(source, media_type)
    hanging = [_name(part.name) for part in mail.documents()]
    head = [*mail.head, *([("Anlagen", "\n".join(hanging))] if hanging else [])]
    pages = typeset(mail.text, target, place.limits, head)
    return {"pages": pages, "media_type": media_type, "signed": False, "files": len(hanging)}


def take_apart(source: str, media_type: str, parts: Parts) -> str:
    """Each attachment a part; returns the subject."""
    mail = opened(source, media_type)
    for part in mail.attachments:
        if why := mail.why_left_out(part):
            parts.leave_out(_name(part.name), why)
        else:
            parts.add(_name(part.name), [part.data])
    return mail.subject


def opened(source: str, media_type: str) -> Mail:
    """The mail in a file of either form."""
    return take_msg.read(source) if media_type == kinds.MSG else take_eml.read(Path(source).read_bytes())


def _name(name: str) -> str:
    """Without the path that some programs send with it."""
    return clean_path(name).rpartition("/")[2] or "Anlage"
