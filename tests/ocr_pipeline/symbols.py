"""A writer of JBIG2 (ITU-T T.88) as small as can be: a page as one symbol, or as one generic region; and its PDF."""

from __future__ import annotations

import io
import struct

import numpy as np
import pikepdf
from PIL import Image

SYMBOL_DICTIONARY, TEXT_REGION, GENERIC_REGION, PAGE_INFORMATION = 0, 6, 38, 48


def segment(number: int, kind: int, data: bytes, refers: tuple[int, ...] = ()) -> bytes:
    """One segment of page 1 (§ 7.2)."""
    head = struct.pack(">IBB", number, kind, len(refers) << 5) + bytes(refers) + b"\x01"
    return head + struct.pack(">I", len(data)) + data


def with_symbols(page: Image.Image) -> bytes:
    """The black and white page as a symbol that is placed once (§ 6.4, 6.5, Huffman coding)."""
    return (
        segment(0, PAGE_INFORMATION, _page(page))
        + segment(1, SYMBOL_DICTIONARY, _dictionary(page))
        + segment(2, TEXT_REGION, _text(page), (1,))
    )


def without(page: Image.Image) -> bytes:
    """The same page as a region of pixels, coded as facsimile does (MMR)."""
    region = struct.pack(">IIIIB", page.width, page.height, 0, 0, 0) + b"\x01" + _facsimile(page)
    return segment(0, PAGE_INFORMATION, _page(page)) + segment(1, GENERIC_REGION, region)


def in_pdf(page: Image.Image, coded: bytes, dpi: int = 200) -> bytes:
    """A PDF whose only page is this image."""
    with pikepdf.new() as pdf:
        size = (page.width * 72 / dpi, page.height * 72 / dpi)
        sheet = pdf.add_blank_page(page_size=size)
        image = pikepdf.Stream(pdf, coded)
        image.Type, image.Subtype, image.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.JBIG2Decode
        image.Width, image.Height, image.BitsPerComponent = page.width, page.height, 1
        image.ColorSpace = pikepdf.Name.DeviceGray
        sheet.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        sheet.obj.Contents = pikepdf.Stream(pdf, b"q %f 0 0 %f 0 0 cm /I Do Q" % size)
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def _page(page: Image.Image) -> bytes:
    return struct.pack(">IIIIBH", page.width, page.height, 0, 0, 0, 0)


def _dictionary(page: Image.Image) -> bytes:
    head = struct.pack(">HII", 1, 1, 1)  # Huffman coding with the standard tables; one exported, one new symbol
    height = "11111" + format(page.height - 76, "032b")  # table B.4
    width = "111110" + format(page.width - 75, "032b")  # table B.2
    end_of_class, uncompressed = "111111", "0" + "0000"  # out of band in B.2; size 0 in B.1
    bitmap = np.packbits(np.asarray(page) == 0, axis=1).tobytes()
    exported = "0" + "0000" + "0" + "0001"  # none is left out, one is exported
    return head + _bits(height + width + end_of_class + uncompressed) + bitmap + _bits(exported)


def _text(page: Image.Image) -> bytes:
    region = struct.pack(">IIIIB", page.width, page.height, 0, 0, 0)
    flags = struct.pack(">HHI", 0x0011, 0, 1)  # Huffman, placed by its top left corner; one instance
    lengths = ["0000", "0001"] + ["0000"] * 33  # of the run codes: only "length 1" is used
    symbol_codes = _bits("".join(lengths) + "0")
    strip = "0" + "0"  # table B.11: begins at -1, goes on by 1
    placed = "00" + "0" * 7 + "0" + "01"  # B.6: first at 0; the only symbol; B.8: end of strip
    return region + flags + symbol_codes + _bits(strip + placed)


def _bits(digits: str) -> bytes:
    padded = digits + "0" * (-len(digits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8) if padded else b""


def _facsimile(page: Image.Image) -> bytes:
    out = io.BytesIO()
    ink = Image.fromarray(~np.asarray(page))  # its bits are what a facsimile calls black
    ink.save(out, "TIFF", compression="group4", tiffinfo={278: page.height})
    with Image.open(out) as tiff:
        offset, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return out.getvalue()[offset : offset + length]
