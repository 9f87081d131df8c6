"""What comes out of a file that holds others: each part a file of its own in a folder, within limits, cleanly named.

Names in archives and mails are foreign text. They never become a path here: parts are numbered, and what they were
called is only said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.run import Limits

MOST = 5000
"""Parts that one file may have."""
RATIO, UNSUSPICIOUS = 200, 64 << 20
"""A file of more bytes than that may unpack to so many times its size at most."""
LONGEST = 200
PIECE = 1 << 20
SEPARATOR = "!/"
"""Stands between the path of a part and that of a part inside it, so it stands in no name."""
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """`entry`: its path in the container; `title`: its name alone; `file`: what it is called in the folder."""

    entry: str
    title: str
    file: str
    bytes: int


@dataclass
class Parts:
    """The parts of one container, being written; `packed` is the container's own size."""

    folder: Path
    limits: Limits
    packed: int
    found: list[Part] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _bytes: int = 0

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """One part; raises `Unreadable` `too-many-parts`, `bomb`. Empty ones and what systems leave are left out."""
        entry = clean_path(name) or f"Teil {len(self.found) + 1}"
        if len(self.found) >= MOST:
            raise Unreadable("too-many-parts", str(MOST))
        file = f"{len(self.found) + 1:05}"
        size = self._write(self.folder / file, pieces)
        if size == 0 or _JUNK.search(entry):
            (self.folder / file).unlink()
            self.leave_out(entry, "empty" if size == 0 else "junk")
            return
        entry = self._single(entry)
        self.found.append(Part(entry, entry.rpartition("/")[2], file, size))

    def leave_out(self, name: str, why: str) -> None:
        """A part that is no document: `why` is a word for the journal."""
        if len(self.left_out) < MOST:
            self.left_out.append((clean_path(name), why))

    def allow(self, size: int) -> None:
        """Raises `Unreadable` `bomb` when so many bytes would be more than is sensible."""
        if size > self.limits.file_size or size > max(UNSUSPICIOUS, RATIO * self.packed):
            raise Unreadable("bomb", f"{size} bytes out of {self.packed}")

    def to_json(self) -> dict[str, object]:
        """For the child's answer."""
        return {"parts": [asdict(part) for part in self.found], "left_out": self.left_out}

    def _write(self, path: Path, pieces: Iterable[bytes]) -> int:
        size = 0
        with path.open("xb") as file:
            for piece in pieces:
                size += len(piece)
                self.allow(self._bytes + size)
                file.write(piece)
        self._bytes += size
        return size

    def _single(self, entry: str) -> str:
        """Two parts of one name are two documents: the second is numbered."""
        stem, dot, ending = entry.rpartition(".") if "." in entry.rpartition("/")[2] else (entry, "", "")
        number, single = 1, entry
        while single in self._used:
            number += 1
            single = f"{stem} ({number}){dot}{ending}"
        self._used.add(single)
        return single


def clean_path(name: str) -> str:
    """Relative and printable: without drive, root, `..`, control characters and marks that turn the writing round."""
    shown = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in name.replace("\\", "/"))
    steps = [" ".join(step.split())[:LONGEST] for step in shown.split("/")]
    kept = [step for step in steps if step not in {"", ".", ".."} and not re.fullmatch("[A-Za-z]:", step)]
    return "/".join(kept)[-1000:].replace(SEPARATOR, "/")
