"""The words of an HTML page, line by line. Scripts and styles are dropped; nothing is fetched, so nobody notices."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from ocr_pipeline.kinds import decoded

DROPPED = {"script", "style", "template", "noscript", "title", "object", "iframe", "svg", "math"}
LINES = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section",
         "article", "header", "footer", "blockquote", "pre", "address", "dt", "dd", "form", "fieldset"}  # fmt: skip
APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre"}
CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([\w-]+)""", re.IGNORECASE)


def plain(html: str) -> str:
    """Text with line breaks where a browser would begin a line; pictures by their alternative text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def page_text(data: bytes) -> str:
    """The same of a file, in the encoding that it names if that fits."""
    named = CHARSET.search(data[:4096])
    try:
        return plain(data.decode(named[1].decode() if named else "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return plain(decoded(data))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._dropping: list[str] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropping.append(tag)
        elif not self._dropping:
            self._verbatim += tag == "pre"
            self.pieces.append(self._before(tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in DROPPED and not self._dropping:
            self.pieces.append(self._before(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropping:
            del self._dropping[self._dropping.index(tag) :]
        elif not self._dropping and tag in LINES - {"br", "li"}:
            self._verbatim -= tag == "pre"
            self.pieces.append("\n\n" if tag in APART else "\n")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.pieces.append(data if self._verbatim > 0 else re.sub(r"\s+", " ", data))

    @staticmethod
    def _before(tag: str, attrs: dict[str, str | None]) -> str:
        if tag == "img":
            return f" [{attrs['alt']}] " if attrs.get("alt") else ""
        if tag in {"td", "th"}:
            return "  "
        return "\n• " if tag == "li" else "\n" if tag in LINES else ""
