"""The quality check of a batch over HTTP, and what goes back to the centre: rescan requests and their answers."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from eakte.access.api import Caller
from eakte.access.model import Permission
from eakte.database import Unit
from eakte.documents.api import Reason, seen
from eakte.errors import Forbidden
from eakte.recognition.checks import Finding
from eakte.scanning import acts, delivered, quality, rescans, transfer_notes
from eakte.scanning.rescans import Request
from eakte.web.once import Answer
from eakte.web.problems import PROBLEMS
from eakte.web.words import WITHOUT_NUL

router = APIRouter(prefix="/v1", tags=["scanning"], responses=PROBLEMS)


class CheckBody(BaseModel):
    """A person's comparison."""

    result: str
    remark: str | None
    checked_by: str
    checked_at: AwareDatetime


class SampledBody(BaseModel):
    """A document of the sample; `findings` are those of the automatic checks, `result` that of the newest check."""

    document: UUID
    result: str | None
    findings: list[str]
    checks: list[CheckBody]


class QualityBody(BaseModel):
    """How the check of a batch stands; `state` null before the sample is drawn."""

    batch: UUID
    state: str | None
    share: float | None
    since: AwareDatetime | None
    documents: int
    items: list[SampledBody]
    next: None = None


class Verdict(BaseModel):
    """Whether a scan is like its paper; a failed one needs a remark."""

    result: Literal["passed", "failed"]
    remark: str | None = Field(None, max_length=1000, pattern=WITHOUT_NUL)

    @model_validator(mode="after")
    def _said_why(self) -> "Verdict":
        if self.result == "failed" and not (self.remark or "").strip():
            raise ValueError("a failed check needs a remark")
        return self


class NewRequest(BaseModel):
    """What is to be scanned again; without pages the whole document."""

    reason: str = Field(min_length=1, max_length=1000, pattern=WITHOUT_NUL)
    pages: list[int] = Field(default_factory=list, max_length=10_000)

    @model_validator(mode="after")
    def _from_one(self) -> "NewRequest":
        if any(not 1 <= page <= 100_000 for page in self.pages):
            raise ValueError("pages are counted from 1")
        return self


class RequestBody(BaseModel):
    """A rescan request; open while `outcome` is null, then `item`, `batch` or `withdrawn`."""

    id: UUID
    batch: UUID
    document: UUID
    reason: str
    pages: list[int]
    requested_at: AwareDatetime
    outcome: str | None
    answered_at: AwareDatetime | None
    answer_batch: UUID | None
    answer_item: UUID | None


class RequestList(BaseModel):
    """Rescan requests, oldest first."""

    items: list[RequestBody]
    next: None = None


class AnswerBody(BaseModel):
    """The centre's answer: the new batch, or an item of one, that holds the new scan."""

    batch: UUID
    item: UUID | None = None


def _request(request: Request) -> dict[str, Any]:
    return RequestBody.model_validate(request, from_attributes=True).model_dump(mode="json")


def _quality(unit: Unit, batch: UUID) -> QualityBody:
    state, checks = quality.state_of(unit, batch), quality.checks(unit, batch)
    found: dict[UUID, list[CheckBody]] = {document: [] for document in quality.sampled(unit, batch)}
    for row in [each for each in checks if each.document in found]:
        said = quality.said_of(unit, row)
        found[row.document].append(
            CheckBody(result=said.result, remark=said.remark, checked_by=said.checked_by.name,
                      checked_at=said.checked_at)
        )  # fmt: skip
    noticed = transfer_notes.findings_of(unit, list(found))
    items = [
        SampledBody(document=document, result=said[-1].result if said else None, checks=said,
                    findings=[_sentence(each) for each in noticed.get(document, ())])
        for document, said in found.items()
    ]  # fmt: skip
    return QualityBody(
        batch=batch, state=state and state.state, share=state and state.share, since=state and state.since,
        documents=delivered.count_documents(unit, batch), items=items,
    )  # fmt: skip


def _sentence(finding: Finding) -> str:
    return finding.text if finding.page is None else f"Seite {finding.page}: {finding.text}"


@router.get("/batches/{id}/quality")
def get_quality(caller: Caller, id: UUID) -> QualityBody:  # noqa: A002
    """The sample of a batch and what was found of it."""
    with caller.database.look(caller.principal.tenant) as unit:
        batch = acts.find(unit, id, caller.principal)
        return _quality(unit, batch.id)


@router.post("/batches/{id}/quality/{document}", status_code=201, response_model=QualityBody)
def check_document(caller: Caller, id: UUID, document: UUID, verdict: Verdict) -> Response:  # noqa: A002
    """Say whether a scan is like its paper; not for who scanned or handed in the batch."""

    def act(unit: Unit) -> Answer:
        batch = acts.find(unit, id, caller.principal)
        caller.need(Permission.FILE)
        quality.need_other_eyes(unit, batch, caller.principal)
        seen(caller, unit, document)
        quality.check(unit, caller.moment, caller.principal, batch.id, document, verdict.result, verdict.remark)
        return Answer(201, _quality(unit, batch.id).model_dump(mode="json"))

    return caller.once(verdict, act)


@router.post("/documents/{id}/rescan-requests", status_code=201, response_model=RequestBody)
def request_rescan(caller: Caller, id: UUID, wanted: NewRequest) -> Response:  # noqa: A002
    """Send a scan, or pages of it, back to the scanning centre to be made again."""

    def act(unit: Unit) -> Answer:
        document = seen(caller, unit, id)
        caller.need(Permission.FILE)
        return Answer(201, _request(rescans.request(unit, caller.moment, document, wanted.reason, wanted.pages)))

    return caller.once(wanted, act)


@router.get("/documents/{id}/rescan-requests")
def requests_of_document(caller: Caller, id: UUID) -> RequestList:  # noqa: A002
    """Rescan requests about a document."""
    with caller.database.look(caller.principal.tenant) as unit:
        seen(caller, unit, id)
        found = rescans.of_document(unit, id)
    return RequestList(items=[RequestBody.model_validate(each, from_attributes=True) for each in found])


@router.get("/batches/{id}/rescan-requests")
def requests_of_batch(caller: Caller, id: UUID) -> RequestList:  # noqa: A002
    """Rescan requests to the centre that delivered this batch."""
    with caller.database.look(caller.principal.tenant) as unit:
        batch = acts.find(unit, id, caller.principal)
        found = rescans.of_batch(unit, batch.id)
    return RequestList(items=[RequestBody.model_validate(each, from_attributes=True) for each in found])


@router.post("/rescan-requests/{id}/answers", status_code=201, response_model=RequestBody)
def answer_request(caller: Caller, id: UUID, given: AnswerBody) -> Response:  # noqa: A002
    """Answer a rescan request by a new batch or item; for the centre that delivered the paper."""

    def act(unit: Unit) -> Answer:
        acts.find(unit, rescans.find(unit, id).batch, caller.principal)
        caller.need(Permission.HAND_IN)
        batch = acts.find(unit, given.batch, caller.principal)
        item = None if given.item is None else delivered.item_in(unit, batch.id, given.item)
        kind = "batch" if item is None else "item"
        answered = rescans.answer(unit, caller.moment, id, kind, answer_batch=batch.id, answer_item=item)
        return Answer(201, _request(answered))

    return caller.once(given, act)


@router.post("/rescan-requests/{id}/withdrawals", status_code=201, response_model=RequestBody)
def withdraw_request(caller: Caller, id: UUID, why: Reason) -> Response:  # noqa: A002
    """Take back a rescan request that has become needless."""

    def act(unit: Unit) -> Answer:
        request = rescans.find(unit, id)
        seen(caller, unit, request.document)
        if not caller.principal.may(Permission.FILE):
            raise Forbidden
        withdrawn = rescans.answer(unit, caller.moment, id, rescans.WITHDRAWN, answer_remark=why.reason)
        return Answer(201, _request(withdrawn))

    return caller.once(why, act)
