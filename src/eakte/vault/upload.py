"""Bytes from the event loop into the vault: the loop fills one segment while a thread seals the one before."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from eakte.errors import Problem
from eakte.vault.store import BlobWriter, Stored


class UploadTooLarge(Problem):
    """More bytes than one upload may have."""

    code, status, title = "upload-too-large", 413, "Datei zu groß"
    remedy = "Die Datei teilen oder den Betrieb nach der Grenze (EAKTE_UPLOAD_LIMIT) fragen."


class Segments:
    """One upload: at most three segments in memory, one thread of the pool at a time; `limit` in bytes.

    Ends with `finish` or `abort`; who leaves early, by an error or because the request was cancelled, calls `abort`.
    """

    def __init__(self, writer: BlobWriter, pool: ThreadPoolExecutor, limit: int) -> None:
        self._writer, self._pool, self._limit = writer, pool, limit
        self._filling, self._total = bytearray(), 0
        self._busy: Future[Any] | None = None
        self._handed_out = False

    async def add(self, piece: bytes | memoryview) -> None:
        """Takes the piece, waiting while the thread is behind; raises UploadTooLarge, StoreFull, StoreFailed."""
        self._total += len(piece)
        if self._total > self._limit:
            raise UploadTooLarge(f"Die Datei ist größer als die erlaubten {self._limit} Bytes.")
        size, at = self._writer.segment_size, 0
        while at < len(piece):
            if len(self._filling) == size:  # only when more comes: so the last segment is known as such
                await self._settle()
                self._busy, self._filling = self._pool.submit(self._writer.segment, self._filling), bytearray()
            taken = min(size - len(self._filling), len(piece) - at)
            self._filling += memoryview(piece)[at : at + taken]
            at += taken

    async def finish(self) -> Stored:
        """Durable when it returns; from then on `abort` does nothing. Raises KeyTaken, StoreFull, StoreFailed."""
        await self._settle()
        self._busy = finishing = self._pool.submit(self._writer.finish, self._filling)
        stored = await asyncio.shield(asyncio.wrap_future(finishing))
        self._handed_out = True
        return stored

    async def abort(self) -> None:
        """Nothing of the upload stays, even if the caller is cancelled again while it waits here."""
        if self._busy is not None and not self._handed_out:
            await asyncio.shield(asyncio.wrap_future(self._pool.submit(self._remove, self._busy)))

    def _remove(self, busy: Future[Any]) -> None:
        wait([busy])  # it was given to the pool before this, so it is running or done
        self._writer.abort()

    async def _settle(self) -> None:
        if self._busy is not None:
            await asyncio.shield(asyncio.wrap_future(self._busy))
