"""Resumable uploads over HTTP, by tus 1.0: https://tus.io/protocols/resumable-upload."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel
from starlette.requests import ClientDisconnect

from eakte.access.api import Call, Caller
from eakte.access.model import Permission
from eakte.database import Locks
from eakte.errors import Problem, Refused
from eakte.intake.acts import EmptyFile
from eakte.intake.upload import Uploads
from eakte.uploads import acts, protocol
from eakte.uploads.arriving import Body, Cut
from eakte.uploads.finishing import Finishing
from eakte.uploads.model import ENDED, OffsetDiffers, Upload
from eakte.vault.upload import UploadTooLarge
from eakte.web.envelope import read_as_stream
from eakte.web.once import Answer
from eakte.web.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor, id_in_cursor
from eakte.web.problems import PROBLEMS, problem_response

LETTING_GO = 8.0
"""Seconds within which whoever writes to an upload must have let go, if another request asks for it."""
_AGAIN = 0.2


class UploadBusy(Problem):
    """Another request is writing to this upload and does not let go."""

    code, status, title = "upload-busy", 423, "An dieser Übertragung wird gerade geschrieben"
    remedy = "Nach der in Retry-After genannten Zeit den Stand mit HEAD erfragen und fortsetzen."
    retry_after = 2


class TakenOver(Refused):
    """Another request goes on with this upload; what had come by then is kept."""

    code, title = "upload-taken-over", "Eine andere Anfrage setzt die Übertragung fort"
    remedy = "Den Stand mit HEAD erfragen."


class TusRoute(APIRoute):
    """Every answer names the protocol's version, problems too."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """As ever, with the headers of the protocol."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                answer: Response = await inner(request)
            except Problem as problem:
                answer = problem_response(problem)
            answer.headers["Tus-Resumable"] = protocol.VERSION
            if answer.status_code == protocol.OtherVersion.status:
                answer.headers["Tus-Version"] = protocol.VERSION
            return answer

        return handler


router = APIRouter(prefix="/v1/uploads", tags=["uploads"], responses=PROBLEMS, route_class=TusRoute)

Sent = Annotated[str | None, Header()]


class UploadBody(BaseModel):
    """An upload as it stands. `result`: what its last request answered, once the file is whole and entered."""

    id: UUID
    length: int
    offset: int
    metadata: str
    batch: UUID | None
    begun_at: AwareDatetime
    expires_at: AwareDatetime
    result: dict[str, Any] | None

    @classmethod
    def of(cls, upload: Upload) -> "UploadBody":
        """From its row."""
        return cls(
            id=upload.id, length=upload.length, offset=upload.arrived, metadata=upload.metadata, batch=upload.batch,
            begun_at=upload.begun_at, expires_at=upload.expires_at,
            result=upload.result and upload.result["body"],
        )  # fmt: skip


class UploadList(BaseModel):
    """A page of the caller's uploads, in the order in which they began."""

    items: list[UploadBody]
    next: str | None


@dataclass(frozen=True)
class Desk:
    """One request about uploads."""

    request: Request
    caller: Call

    def __post_init__(self) -> None:
        self.caller.need(Permission.HAND_IN)

    @property
    def uploads(self) -> Uploads:
        """How bytes are taken: bounds, threads, limits."""
        found: Uploads = self.request.app.state.uploads
        return found

    @property
    def finishing(self) -> Finishing:
        """How a whole upload becomes a document."""
        caller = self.caller
        return Finishing(caller.database, self.uploads.vault, caller.moment, caller.principal)

    async def find(self, id_: UUID) -> Upload:
        """The caller's upload; NotFound."""
        return await run_in_threadpool(self._find, id_)

    def _find(self, id_: UUID) -> Upload:
        with self.caller.database.look(self.caller.principal.tenant) as unit:
            return acts.find(unit, self.caller.principal.id, id_, self.caller.moment.at)

    @asynccontextmanager
    async def alone(self, id_: UUID, patience: float = LETTING_GO) -> AsyncIterator[Upload]:
        """The upload, to which nobody else writes meanwhile: who does is asked to let go. Raises UploadBusy."""
        locks: Locks = self.request.app.state.locks
        await self.find(id_)  # strangers ask nobody to let go
        what = f"upload {self.caller.principal.tenant} {id_}"
        end = asyncio.get_running_loop().time() + patience
        while not await run_in_threadpool(locks.take, what):
            if asyncio.get_running_loop().time() > end:
                raise UploadBusy
            await run_in_threadpool(self._ask, id_)
            await asyncio.sleep(_AGAIN)
        try:
            yield await self.find(id_)
        finally:
            await asyncio.shield(run_in_threadpool(locks.give_back, what))

    def _ask(self, id_: UUID) -> None:
        with self.caller.database.unit(self.caller.principal.tenant) as unit:
            acts.ask_for(unit, self.caller.principal.id, id_)

    async def receive(self, upload: Upload, checksum: protocol.Checksum | None) -> Upload:
        """Take the request's body; the upload as it stands then, with its result if the file is whole."""
        uploads = self.uploads
        uploads.require_room()
        body = Body(uploads, self.caller.database, self.caller.moment, upload, checksum)
        async with uploads.place():
            try:
                held = await body.receive(_pieces(self.request))
            except Cut:
                raise TakenOver from None
            if held is not None:
                return await self.finish(upload, held)
        return await self.finish(await self.find(upload.id))

    async def finish(self, upload: Upload, held: bytearray | None = None) -> Upload:
        """What is whole is entered now, unless it is already: also what a crash kept from it."""
        if held is None and not upload.whole:
            return upload
        done = self.uploads.pool.submit(self.finishing.finish, upload, held)
        return await asyncio.shield(asyncio.wrap_future(done))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in read_as_stream(request):
            yield piece
    except ClientDisconnect:
        raise Cut from None


@router.options("", status_code=204)
async def options(request: Request) -> Response:
    """What of the protocol is spoken here; asked without a key."""
    uploads: Uploads = request.app.state.uploads
    said = {
        "Tus-Version": protocol.VERSION, "Tus-Extension": protocol.EXTENSIONS, "Tus-Max-Size": str(uploads.limit),
        "Tus-Checksum-Algorithm": ",".join(protocol.ALGORITHMS),
    }  # fmt: skip
    return Response(status_code=204, headers=said)


@router.options("/{id}", status_code=204)
async def options_of_one(request: Request, id: UUID) -> Response:  # noqa: A002, ARG001  # the same for every upload
    """As for all uploads."""
    return await options(request)


@router.post("", status_code=201)
async def begin(
    request: Request, caller: Caller, tus_resumable: Sent = None, upload_length: Sent = None,
    upload_metadata: Sent = None, upload_checksum: Sent = None,
) -> Response:  # fmt: skip
    """Announce an upload, and send its first bytes, or all of them, if the body is of the protocol's type."""
    desk = Desk(request, caller)
    protocol.require_version(tus_resumable)
    length, checksum = protocol.number("Upload-Length", upload_length), protocol.checksum(upload_checksum)
    upload = await run_in_threadpool(_begin, desk, length, upload_metadata or "")
    if request.headers.get("content-type") == protocol.BODY_TYPE and not upload.arrived:
        _require_fitting(request, upload)
        async with desk.alone(upload.id) as upload:
            upload = await desk.receive(upload, checksum)
    headers = _headers(upload) | {"Location": f"/v1/uploads/{upload.id}"}
    if upload.result is not None:
        return JSONResponse(upload.result["body"], 201, headers)
    return Response(status_code=201, headers=headers)


def _begin(desk: Desk, length: int, metadata: str) -> Upload:
    if length > desk.uploads.limit:
        raise UploadTooLarge(f"Die Datei ist größer als die erlaubten {desk.uploads.limit} Bytes.")
    if length == 0:
        raise EmptyFile
    desk.uploads.require_room()
    said, caller = protocol.wanted(metadata), desk.caller
    try:
        desk.finishing.require_enterable(said)
    except Problem as problem:
        desk.finishing.refuse(said, problem)
        raise

    def act() -> Answer:
        begun = acts.begin(unit, caller.moment, caller.principal, length, metadata, said.batch)
        return Answer(201, {"id": str(begun.id)})

    with caller.database.unit(caller.principal.tenant) as unit:
        answer = caller.repeatable.answer(unit, caller.moment.at, f"{length} {metadata}".encode(), act)
        return acts.find(unit, caller.principal.id, UUID(answer.body["id"]), caller.moment.at)


@router.get("")
def listed(
    caller: Caller, batch: UUID | None = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> UploadList:
    """The caller's uploads of the last seven days, of one batch if asked: where to go on after a loss of the client."""
    caller.need(Permission.HAND_IN)
    after = id_in_cursor("uploads", cursor) if cursor else None
    with caller.database.look(caller.principal.tenant) as unit:
        found = acts.listed(unit, caller.principal.id, caller.moment.at, batch, after, limit + 1)
    more = encode_cursor("uploads", str(found[limit - 1].id)) if len(found) > limit else None
    return UploadList(items=[UploadBody.of(each) for each in found[:limit]], next=more)


@router.get("/{id}")
async def state(request: Request, caller: Caller, id: UUID) -> UploadBody:  # noqa: A002 (the address names it so)
    """An upload as it stands, with what became of it; disturbs nobody who writes to it."""
    return UploadBody.of(await Desk(request, caller).find(id))


@router.head("/{id}")
async def head(request: Request, caller: Caller, id: UUID, tus_resumable: Sent = None) -> Response:  # noqa: A002
    """How many bytes have arrived. A request that still writes to the upload keeps what came and ends."""
    desk = Desk(request, caller)
    protocol.require_version(tus_resumable)
    try:
        async with desk.alone(id) as upload:
            upload = await desk.finish(upload)
    except UploadBusy:
        upload = await desk.find(id)
    said = {"Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    if upload.metadata:
        said["Upload-Metadata"] = upload.metadata
    return Response(status_code=200, headers=_headers(upload) | said)


@router.patch("/{id}", status_code=204)
async def go_on(
    request: Request, caller: Caller, id: UUID, tus_resumable: Sent = None, upload_offset: Sent = None,  # noqa: A002
    upload_checksum: Sent = None,
) -> Response:  # fmt: skip
    """Send bytes from the offset on. When the last ones have come the file is entered before this answers.

    With `Prefer: return=representation` the last answer is 200 with the body that POST would have had.
    """
    desk = Desk(request, caller)
    protocol.require_version(tus_resumable)
    offset, checksum = protocol.number("Upload-Offset", upload_offset), protocol.checksum(upload_checksum)
    if request.headers.get("content-type") != protocol.BODY_TYPE:
        raise protocol.OtherBody
    async with desk.alone(id) as upload:
        if offset != upload.arrived:
            raise OffsetDiffers(f"Angekommen sind {upload.arrived} Byte.")
        _require_fitting(request, upload)
        upload = await (desk.finish(upload) if upload.whole else desk.receive(upload, checksum))
    return _after_patch(request, upload)


@router.delete("/{id}", status_code=204)
async def end(request: Request, caller: Caller, id: UUID, tus_resumable: Sent = None) -> Response:  # noqa: A002
    """End an upload that will not be finished; what has arrived of it goes."""
    desk = Desk(request, caller)
    protocol.require_version(tus_resumable)
    async with desk.alone(id) as upload:
        await run_in_threadpool(desk.finishing.end, upload, ENDED)
    return Response(status_code=204)


@router.post("/{id}", status_code=204)
async def overridden(request: Request, caller: Caller, id: UUID) -> Response:  # noqa: A002
    """PATCH and DELETE of clients whose way lets nothing but POST through (`X-HTTP-Method-Override`)."""
    sent, method = request.headers.get, request.headers.get("x-http-method-override", "").upper()
    if method == "PATCH":
        return await go_on(request, caller, id, sent("tus-resumable"), sent("upload-offset"), sent("upload-checksum"))
    if method == "DELETE":
        return await end(request, caller, id, sent("tus-resumable"))
    raise protocol.BadHeader("X-HTTP-Method-Override: PATCH oder DELETE.")


def _require_fitting(request: Request, upload: Upload) -> None:
    """A body that says it is too long is refused before its bytes come."""
    sent = request.headers.get("content-length")
    if sent is not None and upload.arrived + protocol.number("Content-Length", sent) > upload.length:
        raise protocol.LongerThanSaid


def _headers(upload: Upload) -> dict[str, str]:
    if upload.result is not None:
        return {"Upload-Offset": str(upload.length), "Content-Location": upload.result["location"]}
    return {"Upload-Offset": str(upload.arrived), "Upload-Expires": protocol.expires(upload.expires_at)}


def _after_patch(request: Request, upload: Upload) -> Response:
    headers = _headers(upload)
    if upload.result is not None and "return=representation" in request.headers.get("prefer", "").replace(" ", ""):
        headers["Preference-Applied"] = "return=representation"
        return JSONResponse(upload.result["body"], 200, headers)
    return Response(status_code=204, headers=headers)
