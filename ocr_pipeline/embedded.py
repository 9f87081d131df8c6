"""Files that a PDF holds: attachments, a portfolio, the XML of an invoice (ISO 32000-1 §§ 7.11.4, 12.3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.parts import MOST, Parts


def take_apart(source: str, parts: Parts, password: str | None) -> None:
    """Each embedded file a part."""
    try:
        with pikepdf.open(Path(source), password=password or "", suppress_warnings=True) as pdf:
            for name, stream in found(pdf):
                parts.add(name.replace("/", "_"), [stream.read_bytes()])
    except pikepdf.PasswordError as error:
        raise Unreadable("wrong-password" if password else "encrypted") from error


def found(pdf: pikepdf.Pdf) -> list[tuple[str, pikepdf.Stream]]:
    """Name and content of each, once: those of the document, and those pinned to a page."""
    single: dict[tuple[int, int], tuple[str, pikepdf.Stream]] = {}
    for number, specification in enumerate(_specifications(pdf)):
        if number >= MOST:
            raise Unreadable("too-many-parts", str(MOST))
        kept = specification.get("/EF", {})
        stream = kept.get("/UF", kept.get("/F")) if isinstance(kept, pikepdf.Dictionary) else None
        if isinstance(stream, pikepdf.Stream):
            name = specification.get("/UF", specification.get("/F", ""))
            single.setdefault(stream.objgen, (str(name) or f"Anlage {number + 1}", stream))
    return list(single.values())


def _specifications(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    names = pdf.Root.get("/Names", {})
    if isinstance(names, pikepdf.Dictionary) and "/EmbeddedFiles" in names:
        yield from (each for each in pikepdf.NameTree(names.EmbeddedFiles).values() if _is_specification(each))
    for page in pdf.pages:
        for note in page.obj.get("/Annots", []):
            if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/FileAttachment":
                specification = note.get("/FS")
                if _is_specification(specification):
                    yield specification


def _is_specification(found: object) -> bool:
    return isinstance(found, pikepdf.Dictionary)
