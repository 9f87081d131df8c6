"""Embeds Liberation for standard fonts that a PDF names but does not hold; PDF/A wants every font inside.

Liberation's advance widths equal Adobe's and Monotype's. Only simple fonts with a known encoding are touched; a glyph
that Liberation lacks is left out, so the caller compares the text before and after, and the PDF/A check the widths.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from fontTools import agl
from fontTools.encodings.MacRoman import MacRoman
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name

FOLDER = Path("/usr/share/fonts/truetype/liberation")
FAMILIES = {"helvetica": "Sans", "arial": "Sans", "times": "Serif", "timesroman": "Serif", "timesnewroman": "Serif"} | {
    "courier": "Mono",
    "couriernew": "Mono",
}
STYLE = re.compile("bold|italic|oblique|ital|psmt|mt|ps|[-, ]", re.IGNORECASE)
PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
SYMBOLIC, FIXED, SERIF, NONSYMBOLIC, ITALIC = 4, 1, 2, 32, 64  # flags, ISO 32000-1 § 9.8.2
DROPPED = ["DSIG", "GPOS", "GSUB", "GDEF", "kern"]

Names = dict[int, str]
"""Code of a character → name of its glyph."""


def _win_ansi() -> Names:
    names = {}
    for code in range(32, 256):
        char = bytes([code]).decode("cp1252", errors="replace")
        names[code] = agl.UV2AGL.get(ord(char), "bullet")  # holes are bullets, ISO 32000-1 annex D.2
    return names | {0xA0: "space", 0xAD: "hyphen", 0x7F: "bullet"}


WIN_ANSI = _win_ansi()
ENCODINGS: dict[str, Names] = {
    "/WinAnsiEncoding": WIN_ANSI,
    "/MacRomanEncoding": dict(enumerate(MacRoman)),
    "/StandardEncoding": dict(enumerate(StandardEncoding)),
}


@dataclass(frozen=True)
class Face:
    """A subset of a Liberation font inside a PDF: its characters and their widths by glyph name, its descriptor."""

    name: Name
    widths: Mapping[str, int]
    descriptor: pikepdf.Object


def embed(pdf: pikepdf.Pdf) -> int:
    """Embed or mend what can be; returns how many fonts were changed. The page does not move."""
    faces: dict[tuple[Path, frozenset[str]], Face] = {}
    changed = 0
    for font in list(pdf.objects):
        if isinstance(font, Dictionary) and font.get("/Type") == "/Font":
            changed += _embed(pdf, font, faces) or _agree(font)
    return changed


def _embed(pdf: pikepdf.Pdf, font: Any, faces: dict[tuple[Path, frozenset[str]], Face]) -> bool:
    path, names = _liberation(font), _glyph_names(font)
    if path is None or not names:
        return False
    key = (path, frozenset(names.values()))
    if key not in faces:
        faces[key] = _face(pdf, path, key[1])
    face = faces[key]
    names = {code: name for code, name in names.items() if name in face.widths}
    if not names:
        return False
    font.Subtype, font.BaseFont, font.FontDescriptor = Name.TrueType, face.name, face.descriptor
    font.Encoding = _encoding(names)
    if "/Widths" not in font:
        first, last = min(names), max(names)
        font.FirstChar, font.LastChar = first, last
        font.Widths = Array([face.widths.get(names.get(code, ""), 0) for code in range(first, last + 1)])
    return True


def _liberation(font: Any) -> Path | None:
    """The file of the face that stands in for a simple font without a program."""
    if font.get("/Subtype") not in ("/Type1", "/TrueType") or not isinstance(font.get("/BaseFont"), Name):
        return None
    if any(key in font.get("/FontDescriptor", {}) for key in PROGRAMS):
        return None
    name = str(font.BaseFont)[1:].rpartition("+")[2]
    family = FAMILIES.get(STYLE.sub("", name).lower())
    bold = "Bold" if re.search("bold", name, re.IGNORECASE) else ""
    italic = "Italic" if re.search("ital|obli", name, re.IGNORECASE) else ""
    path = FOLDER / f"Liberation{family}-{bold + italic or 'Regular'}.ttf"
    return path if family and path.is_file() else None


def _glyph_names(font: Any) -> Names:
    """What the font's own encoding means by each code; nothing where only its program would say."""
    encoding = font.get("/Encoding")
    if isinstance(encoding, Name):
        return _without_holes(ENCODINGS.get(str(encoding), {}))
    differences = encoding is not None
    base = encoding.get("/BaseEncoding") if differences else None
    symbolic = int(font.get("/FontDescriptor", {}).get("/Flags", NONSYMBOLIC)) & SYMBOLIC
    if base is None and symbolic and font.Subtype == "/TrueType":
        return {}
    names = dict(ENCODINGS.get(str(base or "/StandardEncoding"), {}))
    code = 0
    for item in encoding.get("/Differences", []) if differences else []:
        if isinstance(item, Name):
            names[code] = str(item)[1:]
            code += 1
        else:
            code = int(item)
    return _without_holes(names)


def _without_holes(names: Names) -> Names:
    return {code: name for code, name in names.items() if name and name != ".notdef"}


def _encoding(names: Names) -> Any:
    differences = Array()
    for code in sorted(names):
        if WIN_ANSI.get(code) != names[code]:
            differences.extend([code, Name(f"/{names[code]}")])
    if not len(differences):
        return Name.WinAnsiEncoding
    return Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=differences)


def _face(pdf: pikepdf.Pdf, path: Path, names: frozenset[str]) -> Face:
    font = TTFont(path)
    glyphs, scale = font.getBestCmap(), 1000 / font["head"].unitsPerEm
    chars = {name: ord(char) for name in names if len(char := agl.toUnicode(name)) == 1 and ord(char) in glyphs}
    widths = {name: round(font["hmtx"][glyphs[char]][0] * scale) for name, char in chars.items()}
    program = _subset(font, set(chars.values()))
    tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(program).digest()[:6])
    name = Name(f"/{tag}+{path.stem}")
    return Face(name, widths, pdf.make_indirect(_descriptor(pdf, font, name, program)))


def _subset(font: TTFont, chars: set[int]) -> bytes:
    options = Options(layout_features=[], notdef_outline=True, name_IDs=[1, 2, 4, 6], hinting=False)
    options.drop_tables += DROPPED
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=chars | {ord(" ")})
    subsetter.subset(font)
    return _bytes(font)


def _descriptor(pdf: pikepdf.Pdf, font: TTFont, name: Name, program: bytes) -> Dictionary:
    head, metrics, scale = font["head"], font["OS/2"], 1000 / font["head"].unitsPerEm
    flags = {"Mono": FIXED, "Serif": SERIF, "Italic": ITALIC}
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=NONSYMBOLIC | sum(flag for word, flag in flags.items() if word in str(name)),
        FontBBox=Array([round(edge * scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]),
        ItalicAngle=round(font["post"].italicAngle),
        Ascent=round(metrics.sTypoAscender * scale),
        Descent=round(metrics.sTypoDescender * scale),
        CapHeight=round(metrics.sCapHeight * scale),
        StemV=120 if "Bold" in str(name) else 80,
        FontFile2=pdf.make_stream(program, Length1=len(program)),
    )


def _agree(font: Any) -> bool:
    """Bring the advances inside an embedded TrueType program to the dictionary's, by which viewers place text.

    ReportLab writes 600 of 2048 units for fixed pitch, which PDF/A forbids (ISO 19005-2 § 6.2.11.5).
    """
    program = font.get("/FontDescriptor", {}).get("/FontFile2")
    if font.get("/Subtype") != "/TrueType" or program is None or "/Widths" not in font:
        return False
    face = TTFont(io.BytesIO(program.read_bytes()))
    tables = (table for table in face["cmap"].tables if (table.platformID, table.platEncID) == (1, 0))
    codes: dict[int, str] = next((table.cmap for table in tables), {})
    changed = False
    for code, width in enumerate(font.Widths, start=int(font.FirstChar)):
        changed |= _set_advance(face, codes.get(code), float(width))
    if changed:
        data = _bytes(face)
        program.write(data)
        program.Length1 = len(data)
    return changed


def _set_advance(face: TTFont, glyph: str | None, width: float) -> bool:
    metrics, em = face["hmtx"].metrics, face["head"].unitsPerEm
    if glyph not in metrics or abs(metrics[glyph][0] * 1000 / em - width) <= 1:
        return False
    metrics[glyph] = (round(width * em / 1000), metrics[glyph][1])
    return True


def _bytes(font: TTFont) -> bytes:
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
