"""The bytes of one request: into durable parts as they come, so that a cut line costs nothing that has arrived."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from eakte.blobs.port import BlobClass, StoreFailed
from eakte.database import Database
from eakte.errors import Problem, Unavailable
from eakte.intake.upload import Uploads, UploadTooSlow, in_time
from eakte.journal import Moment
from eakte.uploads import acts
from eakte.uploads.model import MOST_SMALL, Part, Upload, to_take_in
from eakte.uploads.protocol import Checksum, ChecksumDiffers, LongerThanSaid
from eakte.vault import Stored
from eakte.vault.sealed import MIB
from eakte.vault.upload import Segments

HELD = 4 * MIB
"""A body up to here stays in memory until its end: a file that comes whole is written once, where it will stay."""
PART = 32 * MIB
"""A process that is killed loses at most this much of what it was receiving."""
LOOK_SECONDS = 1.0
"""How often whoever receives looks whether somebody asks it to let go."""

T = TypeVar("T")


class Cut(Exception):
    """The line was cut before the body ended."""


@dataclass
class Body:
    """One request's bytes for one upload, whose lock is held."""

    uploads: Uploads
    database: Database
    moment: Moment
    upload: Upload
    checksum: Checksum | None = None

    def __post_init__(self) -> None:
        self._held = bytearray()
        self._segments: Segments | None = None
        self._in_part, self._got = 0, 0
        self._taken_in: Sequence[Part] = ()
        self._arrived = self.upload.arrived
        self._hashed = self.checksum.fresh() if self.checksum else None

    async def receive(self, chunks: AsyncIterator[bytes]) -> bytearray | None:
        """The whole file, if it came with this one request and is small; else None, and all that came is a part.

        Of a body with a checksum all or nothing stays. Raises ChecksumDiffers, LongerThanSaid, UploadTooSlow, Cut.
        """
        try:
            broken = await self._received(chunks)
            if self._hashed is not None:
                self._require_same(broken)
            if broken is None and self._got == self.upload.length and self._segments is None:
                return self._held
            await self._end_part()
        except BaseException:
            await self._abort()
            raise
        if broken is not None:
            raise broken
        return None

    async def _received(self, chunks: AsyncIterator[bytes]) -> Exception | None:
        """Why the body did not come to its end, or None."""
        bounds = self.uploads.bounds
        asked: list[bool] = []
        try:
            async with asyncio.timeout(bounds.idle) as limit:
                looking = asyncio.create_task(self._look(limit, asked))
                try:
                    async for chunk in in_time(chunks, limit, bounds):
                        await self._add(chunk)
                finally:
                    looking.cancel()
        except TimeoutError:
            return Cut() if asked else UploadTooSlow()
        except Cut as cut:
            return cut
        return None

    async def _look(self, limit: asyncio.Timeout, asked: list[bool]) -> None:
        """Ends the body when another request asks for the upload: its sender has begun anew."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if await self._in_pool(self._somebody_asks):
                asked.append(True)
                with suppress(RuntimeError):  # its time is over anyhow
                    limit.reschedule(0)

    def _somebody_asks(self) -> bool:
        with self.database.look(self.upload.tenant) as unit:
            return acts.asked_for(unit, self.upload.id) != self.upload.asked_for

    async def _add(self, chunk: bytes) -> None:
        self._got += len(chunk)
        if self.upload.arrived + self._got > self.upload.length:
            raise LongerThanSaid
        if self._hashed is not None:
            self._hashed.update(chunk)
        self._held += chunk
        if len(self._held) >= HELD:
            await self._pass_on()
            if self._in_part >= PART and self._hashed is None:
                await self._end_part()

    async def _pass_on(self) -> None:
        """What is held goes into the part that is being written."""
        if self._segments is None:
            self._segments = await self._in_pool(self._begin_part)
            for piece in await self._in_pool(self._old_bytes):
                await self._segments.add(piece)
        held, self._held = self._held, bytearray()
        self._in_part += len(held)
        await self._segments.add(memoryview(held))

    def _begin_part(self) -> Segments:
        vault, tenant = self.uploads.vault, self.upload.tenant
        key = vault.new_data_key(tenant, self.upload.id)
        with self.database.look(tenant) as unit:
            self._taken_in = to_take_in(acts.last_parts(unit, self.upload.id, MOST_SMALL))
        writer = vault.writer(tenant, BlobClass.SCRATCH, key, self.moment.new_id())
        return Segments(writer, self.uploads.pool, self.upload.length)

    def _old_bytes(self) -> list[bytes]:
        with self.database.look(self.upload.tenant) as unit:
            found = acts.blobs_of(unit, self._taken_in)
        return [b"".join(self.uploads.vault.open(blob)) for blob in found]

    async def _end_part(self) -> None:
        if self._held:
            await self._pass_on()
        if self._segments is None:
            return
        stored = await self._segments.finish()
        await self._in_pool(self._enter, stored)
        self._segments, self._in_part = None, 0

    def _enter(self, stored: Stored) -> None:
        stands = replace(self.upload, arrived=self._arrived)
        try:
            with self.database.unit(stands.tenant) as unit:
                needless = acts.blobs_of(unit, self._taken_in)
                arrived = acts.grow(unit, self.moment, stands, stored, self._taken_in)
        except Unavailable:
            raise  # perhaps it was entered: the sweep knows
        except Problem:
            self._delete(stored.blob_id)
            raise
        self._arrived, self._taken_in = arrived, ()
        for blob in needless:
            self._delete(blob.blob_id)

    def _delete(self, blob: UUID) -> None:
        with suppress(StoreFailed):  # the sweep takes what stays
            self.uploads.vault.delete(self.upload.tenant, BlobClass.SCRATCH, blob)

    def _require_same(self, broken: Exception | None) -> None:
        if broken is not None:
            raise broken
        assert self.checksum is not None
        assert self._hashed is not None
        if self._hashed.digest() != self.checksum.digest:
            raise ChecksumDiffers

    async def _abort(self) -> None:
        if self._segments is not None:
            await self._segments.abort()

    async def _in_pool(self, work: Callable[..., T], *on: Any) -> T:
        return await asyncio.wrap_future(self.uploads.pool.submit(work, *on))
