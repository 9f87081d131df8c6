"""The pages of a version that was read: in memory, or in the blobs of its ranges, of which few are open at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from eakte.recognition import frames
from eakte.vault import SealedBlob, Vault
from ocr_pipeline import PageReading


class Pages(Protocol):
    """Readings in order, any number of times; numbers from 1 without gap."""

    def __iter__(self) -> Iterator[PageReading]:
        """Every page, one after the other."""
        ...

    def between(self, first: int, last: int) -> list[PageReading]:
        """Some pages, numbered anew from 1."""
        ...


class PagesInMemory:
    """Of a short version."""

    def __init__(self, pages: Sequence[PageReading]) -> None:
        self._pages = pages

    def __iter__(self) -> Iterator[PageReading]:
        return iter(self._pages)

    def between(self, first: int, last: int) -> list[PageReading]:
        """See `Pages`."""
        return _renumbered(self._pages, first, last)


class PagesInRanges:
    """Of a run: opens one range after the other, and for a few pages only those they lie in."""

    def __init__(self, vault: Vault, ranges: Sequence[SealedBlob]) -> None:
        self._vault, self._ranges = vault, ranges
        self._last: dict[int, int] = {}

    def __iter__(self) -> Iterator[PageReading]:
        for at in range(len(self._ranges)):
            yield from self._opened(at)

    def between(self, first: int, last: int) -> list[PageReading]:
        """See `Pages`."""
        found: list[PageReading] = []
        for at in range(len(self._ranges)):
            if self._last.get(at, last) < first:
                continue
            found += self._opened(at)
            if self._last[at] >= last:
                break
        return _renumbered(found, first, last)

    def _opened(self, at: int) -> list[PageReading]:
        pages = frames.pages_in(b"".join(self._vault.open(self._ranges[at])))
        self._last[at] = pages[-1].number
        return pages


def _renumbered(pages: Iterable[PageReading], first: int, last: int) -> list[PageReading]:
    return [replace(page, number=page.number - first + 1) for page in pages if first <= page.number <= last]
