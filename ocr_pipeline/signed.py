"""Whether a PDF carries a digital signature, which any rewriting would break."""

from __future__ import annotations

import pikepdf

SIGNATURES_EXIST = 1  # bit of /SigFlags, ISO 32000-1 § 12.7.2


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """True if the form says so and a signature dictionary (with a byte range) is there or its field is filled."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return False
    if int(form.get("/SigFlags", 0)) & SIGNATURES_EXIST:
        return True
    return any(_is_filled_signature(field) for field in form.get("/Fields", []))


def _is_filled_signature(field: pikepdf.Object) -> bool:
    return isinstance(field, pikepdf.Dictionary) and field.get("/FT") == "/Sig" and "/V" in field
