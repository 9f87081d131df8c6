"""A mail, whichever form it came in: what stands in it, and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ocr_pipeline.html_text import plain

SMALL_PICTURE = 64 << 10
"""Bytes up to which a picture that the text itself shows is a signature's logo, and no document."""
SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


@dataclass(frozen=True)
class Attachment:
    """`shown` is the Content-ID by which the mail's own HTML shows it, empty for what hangs on it."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    shown: str = ""


@dataclass
class Mail:
    """Fields of the head in German; text of the body, in plain and as HTML; what hangs on it, in order."""

    head: list[tuple[str, str]]
    subject: str
    plain: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Plain text, unless it is only a hint for those who cannot see the HTML."""
        from_html = plain(self.html) if self.html else ""
        is_hint = len(from_html) > 2 * len(self.plain.strip()) + 200
        return from_html if is_hint or not self.plain.strip() else self.plain

    def documents(self) -> list[Attachment]:
        """What hangs on it and is of its own: not the logo of a signature, nor what only proves the sender."""
        return [each for each in self.attachments if not self.why_left_out(each)]

    def why_left_out(self, part: Attachment) -> str:
        """A word for the journal, empty for a document."""
        if part.media_type in SIGNATURES:
            return "signature"
        small = part.media_type.startswith("image/") and len(part.data) <= SMALL_PICTURE
        return "inline" if small and part.shown and f"cid:{part.shown}" in self.html else ""
