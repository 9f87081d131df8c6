"""The stored form of a reading: its JSON, laid out so that each page is one contiguous range of bytes. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ocr_pipeline import PageReading, reading_document

BETWEEN = 2
"""Bytes after each page's object: comma or bracket, and a line break."""


class PageWords(NamedTuple):
    """A page and the columns of its words; `boxes` in pixels of the page's frame."""

    number: int
    width: int
    height: int
    texts: list[str]
    boxes: list[Sequence[int]]
    confidences: list[float | None]


def laid_out(engine: Mapping[str, str], pages: Iterable[PageReading]) -> tuple[bytes, list[int]]:
    """The JSON of the whole reading, and the offsets at which its pages (and, last, one more page) would begin."""
    head = _json(reading_document(engine, [])).removesuffix(b"]}") + b"\n"
    objects = [_json(page.to_json()) for page in pages]
    frames = [len(head)]
    for each in objects:
        frames.append(frames[-1] + len(each) + BETWEEN)
    return head + b",\n".join(objects) + b"\n]}", frames


def frame(frames: Sequence[int], number: int) -> tuple[int, int] | None:
    """Start and stop of page `number` (from 1) in the stored bytes; None where there is no such page."""
    if not 1 <= number < len(frames):
        return None
    return frames[number - 1], frames[number] - BETWEEN


def part(pages: Iterable[PageReading]) -> bytes:
    """What was read of a range of pages, for `pages_in`."""
    return _json(reading_document({}, pages))


def pages_in(stored: bytes) -> list[PageReading]:
    """All pages of a stored reading, or of the part of one that a range of pages left."""
    return [PageReading.from_json(page) for page in json.loads(stored)["pages"]]


def words_in(stored: bytes) -> list[PageWords]:
    """The words of all pages of a stored reading; some 0.25 ms a page, `pages_in` takes half as long again."""
    return [
        PageWords(
            page["number"], page["width"], page["height"],
            *([word[said] for word in page["words"]] for said in ("text", "box", "confidence")),
        )
        for page in json.loads(stored)["pages"]
    ]  # fmt: skip


def text_of(pages: Iterable[PageReading]) -> str:
    """The text rendition: a line for each line, pages parted by a form feed."""
    return "\f".join(page.text + "\n" for page in pages)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
