"""Files that a mailroom should never get, for the whole way through the service: by name, with what becomes of them."""

import io
import zipfile
from collections.abc import Callable

import pikepdf

from tests.ocr_pipeline import nasty
from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, saved, scan, scanned

PASSWORD, WRONG = "Kranich-7Qx-Winterhafen", "Falke-9Zk-Sommerdeich"
LIMITS = {"PAGE_SECONDS": "15", "CHILD_MEMORY": "1GiB", "UPLOAD_LIMIT": "64MiB", "PIXEL_LIMIT": "30000000",
          "PAGE_LIMIT": "50"}  # fmt: skip


def locked() -> bytes:
    """Opens with PASSWORD only."""
    lock = pikepdf.Encryption(user=PASSWORD, owner=PASSWORD + "!", R=6)
    return saved(nasty.opened(scanned(scan())), encryption=lock)


def zip_bomb() -> bytes:
    """A ZIP of some 260 KB that swells to 256 MiB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rechnung.pdf", bytes(256 << 20))
    return out.getvalue()


PARKED: dict[str, tuple[nasty.Maker, set[str]]] = {
    **{name: made for name, made in nasty.REFUSED.items() if name != "empty"},
    "zip-bomb": (zip_bomb, {"bomb"}),
    "locked": (locked, {"encrypted"}),
}
"""What must be parked, with the codes that may stand for it."""

READ: dict[str, Callable[[], bytes]] = {
    **nasty.TAKEN,
    "signed": nasty.signed,
    "filled-form": nasty.filled_form,
    "picture-named-docx": lambda: encoded(scan(), "PNG"),
    "born-digital": lambda: drawn(TEXT),
}
"""What is only strange: it is read."""
