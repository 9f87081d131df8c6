"""A delivery of a scanning centre, drawn small: letters, blanks and separator sheets, and what the ledger must say."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import img2pdf
import numpy as np
from PIL import Image

from eakte.demo.scanner import Scan
from eakte.demo.scans import tiny_pages
from tests.ocr_pipeline.coded import separator

PLANS = ("p", "pb", "ppTp", "p", "TpbTppppbpT", "pppp", "p", "bp")
"""Files in turn: `p` a letter, `b` a blank side, `T` a separator sheet; every second is a TIFF, the others PDF."""
BROKEN = "kaputt.tif"
BROKEN_PAGES = 2
LETTERS = 60
"""Letters that are drawn; a longer delivery repeats them."""


@dataclass(frozen=True)
class Delivery:
    """A folder with a manifest; `plans` by name. One more file is broken until `mend` is called."""

    folder: Path
    reference: str
    plans: dict[str, str]
    letters: Sequence[Path]

    @property
    def pages(self) -> int:
        """Sides that are announced of all files."""
        return sum(len(plan) for plan in self.plans.values()) + BROKEN_PAGES

    @property
    def documents(self) -> int:
        """What comes out of the files, the broken one included."""
        return sum(_parts(plan) for plan in self.plans.values()) + 1

    def ledger(self, *, mended: bool) -> dict[str, int]:
        """As the batch must show it in the end."""
        all_of = "".join(self.plans.values())
        return {
            "announced": self._sheets() * 2, "stored": all_of.count("p") + BROKEN_PAGES * mended,
            "blank": all_of.count("b"), "dropped_blank": self._dropped(), "separator": all_of.count("T"),
            "rejected": 0 if mended else BROKEN_PAGES, "difference": 0,
        }  # fmt: skip

    def mend(self) -> None:
        """Scan the broken file again."""
        (self.folder / BROKEN).write_bytes(bound(self.letters[:BROKEN_PAGES], ".tif"))
        self.write_manifest()

    def write_manifest(self) -> None:
        """What lies in the folder; an odd number of sides has one that the scanner dropped as blank."""
        said = [
            {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
             "pages": len(self.plans.get(path.name, "pp")),
             "dropped_blank": len(self.plans.get(path.name, "pp")) % 2}
            for path in sorted(self.folder.iterdir()) if path.name != "manifest.json"
        ]  # fmt: skip
        head: dict[str, Any] = {"reference": self.reference, "profile": "duplex", "operator": "m.muster"}
        head |= {"expected_sheets": self._sheets(), "files": said}
        (self.folder / "manifest.json").write_text(json.dumps(head))

    def _dropped(self) -> int:
        return sum(len(plan) % 2 for plan in self.plans.values())

    def _sheets(self) -> int:
        return (self.pages + self._dropped()) // 2


def _parts(plan: str) -> int:
    return sum(bool(part.strip("b")) for part in plan.split("T"))


def drawn(folder: Path, reference: str, pages: int) -> Delivery:
    """At least so many sides, a few more to the end of a file."""
    letters = tiny_pages(folder / "letters", [], min(LETTERS, pages // 2))
    sheets = _Sheets(folder, letters)
    made = Delivery(folder / "lieferung", reference, {}, letters)
    made.folder.mkdir()
    while made.pages < pages:
        number = len(made.plans)
        plan = PLANS[number % len(PLANS)]
        ending = ".pdf" if number % 2 else ".tif"
        name = f"{number:04d}{ending}"
        (made.folder / name).write_bytes(bound([sheets.next(sign) for sign in plan], ending, number))
        made.plans[name] = plan
    (made.folder / BROKEN).write_bytes(b"II*\x00" + hashlib.sha256(reference.encode()).digest() * 40)
    made.write_manifest()
    return made


class _Sheets:
    """Hands out letters in turn, and the one blank and separator sheet there is."""

    def __init__(self, folder: Path, letters: Sequence[Path]) -> None:
        self._others = {"T": folder / "separator.tif", "b": folder / "blank.tif"}
        sheet = separator().resize((620, 874)).convert("L")
        for sign, picture in (("T", np.asarray(sheet)), ("b", np.full((874, 620), 255, np.uint8))):
            pixels = np.where(picture < 150, 0, 255).astype(np.uint8)
            self._others[sign].write_bytes(Scan(pixels, dpi=150, bilevel=True).encoded())
        self._letters = self._in_turn(letters)

    def next(self, sign: str) -> Path:
        return self._others.get(sign) or next(self._letters)

    def _in_turn(self, letters: Sequence[Path]) -> Iterator[Path]:
        while True:
            yield from letters


def bound(sheets: Sequence[Path], ending: str, number: int = 0) -> bytes:
    """One file; its number in it, so that no two files of the delivery have the same bytes."""
    if ending == ".pdf":
        return img2pdf.convert([str(sheet) for sheet in sheets], producer=f"scanner {number}") or b""
    pictures = [Image.open(sheet) for sheet in sheets]
    target = sheets[0].parent / "bound.tif"
    pictures[0].save(target, compression="group4", save_all=True, append_images=pictures[1:], dpi=(150, 150),
                     software=f"scanner {number}")  # fmt: skip
    return target.read_bytes()
