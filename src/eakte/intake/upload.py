"""One upload: multipart stream → sealed blob, before anything is entered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from eakte.blobs.port import BlobClass, BlobStore
from eakte.errors import Invalid, Problem, Unavailable
from eakte.intake.acts import Received
from eakte.intake.model import media_type
from eakte.recognition.kinds import BEGINNING
from eakte.vault import BlobWriter, Stored, Vault
from eakte.vault.upload import Segments
from eakte.watch.stages import stage
from eakte.web.forms import Form, receive
from eakte.web.words import Day

T = TypeVar("T")
Fields = TypeVar("Fields", bound=BaseModel)
Made = Callable[[UUID, Stored, Form, bytes], T]
"""What a room makes of a taken upload: its id, what is known of the bytes, the form, their beginning."""


class DiskNearlyFull(Problem):
    """Less room is left than the operator set aside."""

    code, status, title = "store-nearly-full", 507, "Der Speicherplatz geht zur Neige"
    remedy = "Den Betrieb verständigen; nach der in Retry-After genannten Zeit erneut senden."
    retry_after = 60


class UploadTooSlow(Problem):
    """The sender said nothing for five minutes, or was not done after six hours."""

    code, status, title = "upload-too-slow", 408, "Die Übertragung dauert zu lange"
    remedy = "Die Verbindung prüfen und erneut senden; sehr große Dateien teilen."


class ManyUploads(Unavailable):
    """So many uploads are on their way that one more might not find memory."""

    code, title = "uploads-busy", "Zu viele Übertragungen zugleich"


def _stripped(text: object) -> object:
    """On one line: titles and references stand in lists and headings."""
    return (" ".join(text.split()) or None) if isinstance(text, str) else text


_STRIPPED = BeforeValidator(_stripped)


class Said(BaseModel):
    """The form's fields beside the file."""

    title: Annotated[Annotated[str, Field(max_length=500)] | None, _STRIPPED] = None
    case_reference: Annotated[Annotated[str, Field(max_length=100)] | None, _STRIPPED] = None
    receipt_date: Annotated[Day | None, _STRIPPED] = None
    priority: Annotated[Literal["normal", "urgent"] | None, _STRIPPED] = None
    password: Annotated[str | None, Field(max_length=1000)] = None


@dataclass(frozen=True)
class Bounds:
    """How long a body may pause and last, how many uploads may be open, how long one more waits; in seconds.

    A body must be over long before the sweep takes its key, which has no row until then, for one that was left behind.
    """

    idle: float = 300.0
    whole: float = 6 * 3600.0
    at_once: int = 32
    opened_at_once: int = 2
    waiting: float = 5.0


@dataclass
class Uploads:
    """Takes uploads into the vault; `limit` and `free_space_min` in bytes."""

    vault: Vault
    blobs: BlobStore
    pool: ThreadPoolExecutor
    limit: int
    free_space_min: int
    bounds: Bounds = Bounds()

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.bounds.at_once)
        self.opening = asyncio.Semaphore(self.bounds.opened_at_once)
        """Held by whoever has a whole delivery's directory in memory, which may be some 100 MiB."""

    async def take(
        self, tenant: UUID, chunks: AsyncIterator[bytes], form: Form, new_ids: tuple[UUID, UUID], made: Made[T]
    ) -> T:
        """Durable when it returns, under its own data key; on any error, of `made` too, nothing stays.

        `new_ids`: file, blob.
        """
        self.require_room()
        async with self.place():
            return await self._taken(tenant, chunks, form, new_ids, made)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Each upload holds some MiB, so not all that are sent may be open."""
        try:
            async with asyncio.timeout(self.bounds.waiting):
                await self._places.acquire()
        except TimeoutError:
            raise ManyUploads from None
        try:
            yield
        finally:
            self._places.release()

    async def _taken(
        self, tenant: UUID, chunks: AsyncIterator[bytes], form: Form, new_ids: tuple[UUID, UUID], made: Made[T]
    ) -> T:
        data_key = self.vault.fresh_data_key(tenant, new_ids[0])
        writer = self.vault.writer(tenant, BlobClass.ORIGINAL, data_key, new_ids[1])
        segments = _Beginning(writer, self.pool, self.limit)
        keeping = self.pool.submit(self.vault.keep_data_key, data_key)  # beside the bytes as they come in
        try:
            with stage("receive"):
                stored = await self._received_in_time(chunks, form, segments)
                await asyncio.shield(asyncio.wrap_future(keeping))
            return made(new_ids[0], stored, form, bytes(segments.beginning))
        except BaseException:
            self.pool.submit(self._drop_after, keeping, tenant, *new_ids)
            raise

    async def _received_in_time(self, chunks: AsyncIterator[bytes], form: Form, segments: Segments) -> Stored:
        try:
            async with asyncio.timeout(self.bounds.idle) as limit:
                return await receive(in_time(chunks, limit, self.bounds), form, segments)
        except TimeoutError:
            raise UploadTooSlow from None

    def drop(self, tenant: UUID, received_file: UUID, blob: UUID) -> None:
        """Remove the bytes and the key of an upload that was not entered."""
        self.vault.delete(tenant, BlobClass.ORIGINAL, blob)
        self.vault.destroy_data_key(tenant, received_file)

    def _drop_after(self, keeping: Future[None], tenant: UUID, received_file: UUID, blob: UUID) -> None:
        wait([keeping])  # it was given to the pool before this, so it is running or done
        self.drop(tenant, received_file, blob)

    def require_room(self) -> None:
        """DiskNearlyFull when less is left than the operator set aside."""
        free = self.blobs.free_bytes()
        if free is not None and free < self.free_space_min:
            raise DiskNearlyFull


async def in_time(chunks: AsyncIterator[bytes], limit: asyncio.Timeout, bounds: Bounds) -> AsyncIterator[bytes]:
    """The same, and the time limit set anew as they come; what the store does behind the last one has its own."""
    now = asyncio.get_running_loop().time
    set_to, end = 0.0, now() + bounds.whole
    async for chunk in chunks:
        until = min(now() + bounds.idle, end)
        if until - set_to > bounds.idle / 100:  # a timer for each chunk would cost as much as the chunk
            limit.reschedule(until)
            set_to = until
        yield chunk
    limit.reschedule(None)


class _Beginning(Segments):
    """Remembers the first bytes, which tell what the file is."""

    def __init__(self, writer: BlobWriter, pool: ThreadPoolExecutor, limit: int) -> None:
        super().__init__(writer, pool, limit)
        self.beginning = bytearray()

    async def add(self, piece: bytes | memoryview) -> None:
        """As before, after a look at the first bytes."""
        if len(self.beginning) < BEGINNING:
            self.beginning += piece[: BEGINNING - len(self.beginning)]
        await super().add(piece)

    async def finish(self) -> Stored:
        """As before: seals the last segment and waits until all is durable."""
        with stage("store"):
            return await super().finish()


def document_of(id_: UUID, stored: Stored, form: Form, beginning: bytes) -> Received:
    """What `POST /v1/documents` makes of an upload."""
    said = fields_of(Said, form.fields)
    return Received(
        id_, stored, form.filename or "", media_type(beginning), said.title, said.case_reference, said.receipt_date,
        said.priority == "urgent", said.password or None,
    )  # fmt: skip


def fields_of(model: type[Fields], sent: dict[str, str]) -> Fields:
    """The fields beside the file, of a form or of other metadata; Invalid names those that cannot be read."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        names = ", ".join(dict.fromkeys(str(found["loc"][0]) for found in error.errors()))
        raise Invalid(f"Nicht lesbare Felder: {names}.") from error
