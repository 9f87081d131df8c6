"""Files that try to break a reader, each made here from nothing but small pages."""

from __future__ import annotations

import io
import random
import re
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image
from reportlab.pdfgen import canvas

from tests.ocr_pipeline.sheets import SIZE, TEXT, drawn, encoded, saved, scan, scanned

PASSWORD = "geheim"
Maker = Callable[[], bytes]


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def zeros(size: int, byte: bytes = b"\xff") -> bytes:
    """A zlib stream that swells to so many bytes: one packed block over and over."""
    packer = zlib.compressobj(9)
    block = byte * min(size, 1 << 20)
    head, packed = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH), b""
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    times, check = size // len(block), 1
    for _ in range(times):
        check = zlib.adler32(block, check)
    return head + packed * times + b"\x03\0" + struct.pack(">I", check)


def image_page(width: int, height: int, data: bytes, filter_: str = "/FlateDecode", **keys: object) -> bytes:
    """One page filled by an image of the given dictionary and raw bytes."""
    pdf = pikepdf.new()
    size = (400, 400 * height // width)
    page = pdf.add_blank_page(page_size=size)
    image = Stream(pdf, b"")
    image.write(data, filter=Name(filter_))
    given = {"Type": Name.XObject, "Subtype": Name.Image, "Width": width, "Height": height}
    for key, value in (given | {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 8} | keys).items():
        image[f"/{key}"] = value
    page.obj.Resources = Dictionary(XObject=Dictionary(Im0=image))
    page.obj.Contents = Stream(pdf, b"q %d 0 0 %d 0 0 cm /Im0 Do Q" % size)
    return saved(pdf)


def encrypted() -> bytes:
    return saved(opened(scanned(scan())), encryption=pikepdf.Encryption(user=PASSWORD, owner="anders", R=6))


def owner_locked() -> bytes:
    """Opens with the empty user password; the old cipher."""
    lock = pikepdf.Encryption(user="", owner="anders", R=3, aes=False, metadata=False)
    return saved(opened(scanned(scan())), encryption=lock)


def signed(data: bytes | None = None) -> bytes:
    pdf = opened(data or drawn(TEXT))
    signature = Dictionary(
        Type=Name.Sig,
        Filter=Name("/Adobe.PPKLite"),
        SubFilter=Name("/adbe.pkcs7.detached"),
        ByteRange=Array([0, 10, 20, 30]),
        Contents=String(b"\0" * 64),
    )
    page = pdf.pages[0].obj
    field = Dictionary(FT=Name.Sig, T=String("Sig1"), V=pdf.make_indirect(signature), Type=Name.Annot, F=132)
    field.Subtype, field.Rect, field.P = Name.Widget, Array([0, 0, 0, 0]), page
    field = pdf.make_indirect(field)
    page.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    return saved(pdf)


def many_pages(count: int = 10_000) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=SIZE)
    first = pdf.pages[0].obj
    kids = [first, *(pdf.make_indirect(Dictionary(Type=Name.Page, Parent=pdf.Root.Pages)) for _ in range(count - 1))]
    pdf.Root.Pages.Kids, pdf.Root.Pages.Count = Array(kids), count
    pdf.Root.Pages.MediaBox = Array([0, 0, *SIZE])
    return saved(pdf)


def broken_xref() -> bytes:
    data = scanned(scan())
    return re.sub(rb"startxref\s+\d+", b"startxref\n7777", data)


def two_images(data: bytes) -> bytes:
    """A second, harmless image on the page: then a viewer's rendering is read, which leaves out what it cannot show."""
    pdf = opened(data)
    dot = Stream(pdf, b"\xff", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
    dot.ColorSpace, dot.BitsPerComponent = Name.DeviceGray, 8
    pdf.pages[0].obj.Resources.XObject.Im1 = dot
    return saved(pdf)


def content_bomb() -> bytes:
    pdf = opened(scanned(scan()))
    content = Stream(pdf, b"")
    content.write(zeros(1 << 30, b" "), filter=Name.FlateDecode)
    pdf.pages[0].obj.Contents = content
    return saved(pdf, compress_streams=False)


def nested_content_bomb() -> bytes:
    pdf = opened(scanned(scan()))
    content = Stream(pdf, b"")
    content.write(zlib.compress(zeros(1 << 30, b" "), 9), filter=Array([Name.FlateDecode, Name.FlateDecode]))
    pdf.pages[0].obj.Contents = content
    return saved(pdf, compress_streams=False)


def recursive_form() -> bytes:
    pdf = opened(scanned(scan()))
    form = Stream(pdf, b"/F0 Do")
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 100, 100])
    form = pdf.make_indirect(form)
    form.Resources = Dictionary(XObject=Dictionary(F0=form))
    pdf.pages[0].obj.Resources.XObject.F0 = form
    pdf.pages[0].contents_add(b"/F0 Do")
    return saved(pdf)


def page_tree_loop() -> bytes:
    """The tree's root is a child of itself."""
    data = saved(opened(drawn(TEXT, TEXT)), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    root = re.search(rb"/Pages (\d+) 0 R", data)
    assert root
    return re.sub(rb"/Kids \[ \d+ 0 R", b"/Kids [ " + root[1] + b" 0 R", data)


def javascript() -> bytes:
    pdf = opened(scanned(scan()))
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))
    pdf.attachments["rechnung.exe"] = b"MZ" + bytes(100)
    launch = Dictionary(S=Name.Launch, F=String("cmd.exe"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])
    return saved(pdf)


def filled_form() -> bytes:
    """Written by reportlab with appearances, then a value without one, as programs that fill in forms leave it."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=SIZE)
    sheet.drawString(36, 250, "Name der antragstellenden Person:")
    sheet.acroForm.textfield(name="name", x=36, y=200, width=200, height=20, value="Vorname")
    sheet.save()
    pdf = opened(out.getvalue())
    field = pdf.Root.AcroForm.Fields[0]
    field.V = String("Käthe Großmann")
    del field.AP
    pdf.Root.AcroForm.NeedAppearances = True
    return saved(pdf)


def xfa(*, dynamic: bool = False) -> bytes:
    pdf = opened(drawn(TEXT))
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(pdf, b"<xdp/>"))
    if dynamic:
        pdf.Root.NeedsRendering = True
    return saved(pdf)


def jpx() -> bytes:
    image = scan()
    return image_page(*image.size, encoded(image, "JPEG2000"), "/JPXDecode")


def lying_jpeg() -> bytes:
    """The dictionary says 1,000 × 1,000, the JPEG has 20,000 × 20,000."""
    huge = encoded(Image.new("L", (1000, 1000), 255))
    start = huge.index(b"\xff\xc0") + 5
    return image_page(1000, 1000, huge[:start] + struct.pack(">HH", 20_000, 20_000) + huge[start + 4 :], "/DCTDecode")


def garbage() -> bytes:
    return b"%PDF-1.7\n" + random.Random(3).randbytes(20_000)


def tiny_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and swells to it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zeros(width * height)) + chunk(b"IEND", b"")


REFUSED: dict[str, tuple[Maker, set[str]]] = {
    "empty": (lambda: b"", {"empty"}),
    "program-named-pdf": (lambda: b"MZ\x90\0\3\0\0\0Fehler", {"unsupported"}),
    "garbage": (garbage, {"damaged"}),
    "truncated-scan": (lambda: scanned(scan(), scan())[:-9000], {"damaged"}),
    "truncated-digital": (lambda: (d := drawn(TEXT, TEXT, TEXT))[: len(d) * 6 // 10], {"damaged"}),
    "truncated-jpeg": (lambda: encoded(scan())[:9000], {"damaged"}),
    "truncated-png": (lambda: encoded(scan(), "PNG")[:5000], {"damaged"}),
    "truncated-tiff": (lambda: encoded(scan(), "TIFF")[:9000], {"damaged"}),
    "encrypted": (encrypted, {"encrypted"}),
    "no-pages": (lambda: saved(pikepdf.new()), {"no-pages"}),
    "ten-thousand-pages": (many_pages, {"too-many-pages"}),
    "page-tree-loop": (page_tree_loop, {"damaged"}),
    "dynamic-xfa": (lambda: xfa(dynamic=True), {"dynamic-form"}),
    "huge-image": (lambda: image_page(20_000, 20_000, b""), {"too-many-pixels"}),
    "huge-image-bomb": (lambda: image_page(20_000, 20_000, zeros(400 << 20)), {"too-many-pixels"}),
    "huge-jpeg-that-lies": (lying_jpeg, {"too-many-pixels"}),
    "huge-png": (lambda: tiny_png(20_000, 20_000), {"too-many-pixels"}),
    "image-that-swells": (lambda: image_page(1000, 1000, zeros(1100 << 20)), {"out-of-memory", "damaged"}),
    "image-too-short": (lambda: image_page(1000, 1000, zeros(1 << 19)), {"damaged"}),
    "image-too-short-beside-another": (lambda: two_images(image_page(1000, 1000, zeros(1 << 19))), {"damaged"}),
    "jpeg-that-lies-beside-another": (lambda: two_images(lying_jpeg()), {"too-many-pixels"}),
    "content-bomb": (content_bomb, {"out-of-memory", "damaged", "hung", "crashed"}),
}
"""What must be refused, with the codes that name it."""

TAKEN: dict[str, Maker] = {
    "owner-locked": owner_locked,
    "broken-xref": broken_xref,
    "cut-tail": lambda: scanned(scan())[:-200],
    "recursive-form": recursive_form,
    "javascript": javascript,
    "static-xfa": xfa,
    "jpx": jpx,
    "cmyk-jpeg": lambda: encoded(scan().convert("CMYK")),
    "cmyk-in-pdf": lambda: image_page(
        *scan().size, encoded(scan().convert("CMYK")), "/DCTDecode", ColorSpace=Name.DeviceCMYK
    ),
    "alpha-png": lambda: encoded(scan().convert("RGBA"), "PNG"),
    "sixteen-bit-png": lambda: encoded(sixteen_bits(), "PNG"),
    "sixteen-bit-tiff": lambda: encoded(sixteen_bits(), "TIFF"),
    "palette-png": lambda: encoded(scan().convert("P"), "PNG"),
    "bilevel-tiff": lambda: encoded(scan().point(lambda v: v > 128 and 255).convert("1"), "TIFF", compression="group4"),
    "jpeg-without-dpi": lambda: encoded(scan(), dpi=(0, 0)),
}
"""What must come out whole: each shows `sheets.TEXT` on its only page."""


def sixteen_bits() -> Image.Image:
    return Image.fromarray(np.asarray(scan()).astype(np.uint16) * 257)
