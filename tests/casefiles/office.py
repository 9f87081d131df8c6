"""A Jobcenter without bytes: documents are rows, and time goes as the test says."""

import asyncio
import uuid
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import ModuleType
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.datastructures import State
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.access.model import UNFILED, Token
from eakte.audit import api as audit
from eakte.blobs.port import BlobClass
from eakte.casefiles import acts as casefiles
from eakte.casefiles import api
from eakte.casefiles.model import DEFAULT_ENTRY, CaseFile
from eakte.database import Database
from eakte.documents import acts as documents
from eakte.documents import api as documents_api
from eakte.documents.model import Document, Rendition, Source
from eakte.intake.tables import received_files
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition.references import Occurrence
from eakte.recognition.tables import readings, references
from eakte.vault.rows import note_blob
from eakte.vault.store import Stored
from eakte.web.problems import answer_with_problems
from eakte.work import api as work

BEGINNING = datetime(2026, 11, 2, 8, tzinfo=UTC)
TYPES = [("MIET", "Mietvertrag", "leistung"), ("KTO", "Kontoauszug", "leistung")]


def application(*rooms: ModuleType, **state: Any) -> FastAPI:
    """These rooms with a state of their own. All else is shared: to put them together takes a tenth of a second."""
    app = copy(_put_together(*rooms))
    app.state = State(state)
    return app


@cache
def _put_together(*rooms: ModuleType) -> FastAPI:
    app = FastAPI()
    answer_with_problems(app)
    for room in rooms:
        app.include_router(room.router)
    return app


class Direct(httpx.BaseTransport):
    """Requests go to the application in this process, one at a time."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@dataclass
class Office:
    """One tenant with the org units `haus`, and below it `nord` and `sued`."""

    database: Database
    tenant: uuid.UUID = field(default_factory=uuid7)
    now: datetime = BEGINNING

    def another(self) -> "Office":
        """A second tenant of the same house."""
        return Office(self.database).founded()

    def founded(self) -> "Office":
        with self.database.unit(self.tenant) as unit:
            access.create_tenant(unit, self.moment(), f"t-{self.tenant}", "Jobcenter Prüfstadt")
            access.create_org_unit(unit, self.moment(), "nord", "Nord")
            access.create_org_unit(unit, self.moment(), "sued", "Süd")
            documents.install_types(unit, TYPES)
            casefiles.install_file_plan(unit)
        return self

    def moment(self, actor: uuid.UUID = SERVICE) -> Moment:
        return Moment(actor, self.now, uuid7)

    def later(self, seconds: float = 1) -> None:
        self.now += timedelta(seconds=seconds)

    def key(self, *roles: str, units: Sequence[str] = ()) -> Token:
        with self.database.unit(self.tenant) as unit:
            return access.create_key(unit, self.moment(), f"{'-'.join(roles)}-{uuid7()}", roles, units)

    def client(self, token: Token) -> httpx.Client:
        rooms = (documents_api, api, work, audit)
        app = application(*rooms, database=self.database, clock=lambda: self.now, new_id=uuid7)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(transport=Direct(app), base_url="http://test", headers=headers)

    def role(self, *roles: str, units: Sequence[str] = ()) -> httpx.Client:
        return self.client(self.key(*roles, units=units))

    def hand_in(
        self, org_unit: str = "haus", by: uuid.UUID = SERVICE, asked: str | None = None, **changed: Any
    ) -> uuid.UUID:
        """A document on its way; `changed` columns are set afterwards."""
        with self.database.unit(self.tenant) as unit:
            scope = access.scope_of(unit, self.moment(), access.org_unit(unit, org_unit), UNFILED)
            source, stored = self._received(unit)
            new = documents.create(
                unit, self.moment(), source, id=uuid7(), title="Scan", receipt_date=date(2026, 11, 2), scope=scope,
                received_at=self.now, handed_in_by=by, priority=0, asked_reference=asked,
            )  # fmt: skip
            self._original(unit, new, 1, stored)
            if changed:
                documents.update(unit, new, **changed)
        return new

    def _received(self, unit: Any) -> tuple[Source, Stored]:
        stored = Stored(uuid7(), "ab" * 32, 3, 100)
        source = Source(uuid7())
        note_blob(unit, self.now, BlobClass.ORIGINAL, source.received_file, stored)
        unit.run(
            received_files.insert().values(
                tenant=unit.tenant, id=source.received_file, blob=stored.blob_id, name="scan.pdf", bytes=3,
                media_type="application/pdf", sha256=stored.sha256, channel="test", sender=SERVICE,
                received_at=self.now, receipt={},
            )
        )  # fmt: skip
        return source, stored

    def _original(self, unit: Any, document: uuid.UUID, version: int, stored: Stored) -> None:
        documents.add_rendition(
            unit, self.now, document,
            Rendition(version, "original", 1, stored.blob_id, "application/pdf", stored.sha256, 3, "test", None, None),
        )  # fmt: skip

    def new_version(self, document: uuid.UUID, actor: uuid.UUID = SERVICE) -> int:
        with self.database.unit(self.tenant) as unit:
            found = documents.find(unit, document, lock=True)
            source, stored = self._received(unit)
            number = casefiles.new_version(unit, self.moment(actor), found, [source])
            self._original(unit, document, number, stored)
        return number

    def in_clearing(self, org_unit: str = "haus", reference: str | None = None, why: str = "Unklar.") -> uuid.UUID:
        new = self.hand_in(org_unit)
        with self.database.unit(self.tenant) as unit:
            documents.to_clearing(unit, self.moment(), documents.find(unit, new, lock=True), why, reference=reference)
        return new

    def read(self, document: uuid.UUID, *found: Occurrence, type_code: str = "MIET", pages: int = 1) -> None:
        """As if the document had just been read, with these references in it."""
        with self.database.unit(self.tenant) as unit:
            now = documents.find(unit, document, lock=True)
            key = {"tenant": self.tenant, "document": document, "version": now.version, "number": 1}
            stored = Stored(uuid7(), "cd" * 32, 3, 100)
            note_blob(unit, self.now, BlobClass.DERIVED, document, stored)
            unit.run(
                readings.insert().values(
                    **key, engine="test", engine_version="1", languages="deu", blob=stored.blob_id,
                    frames=[2] * (pages + 1), made_at=self.now,
                )
            )  # fmt: skip
            for position, each in enumerate(found):
                unit.run(
                    references.insert().values(
                        **key, position=position, reference=each.reference, as_read=each.as_read, page=each.page,
                        confidence=each.confidence, differs=each.reads_differently,
                    )
                )  # fmt: skip
            documents.update(unit, document, reading_state="done", type_code=type_code, type_score=0.9, pages=pages)

    def open_case(self, reference: str, org_unit: str = "haus", entry: str = DEFAULT_ENTRY) -> CaseFile:
        with self.database.unit(self.tenant) as unit:
            scope = casefiles.scope_for(unit, self.moment(), access.org_unit(unit, org_unit), entry)
            return casefiles.open_case_file(unit, self.moment(), reference, f"Akte {reference}", scope, entry)

    def file(self, document: uuid.UUID, case_file: uuid.UUID, proceeding: uuid.UUID | None = None) -> None:
        with self.database.unit(self.tenant) as unit:
            casefiles.file(unit, self.moment(), documents.find(unit, document, lock=True), case_file, proceeding)

    def unfile(self, document: uuid.UUID, reason: str = "Irrläufer") -> None:
        with self.database.unit(self.tenant) as unit:
            casefiles.unfile(unit, self.moment(), documents.find(unit, document, lock=True), reason)

    def document(self, id_: uuid.UUID) -> Document:
        with self.database.look(self.tenant) as unit:
            return documents.find(unit, id_)
