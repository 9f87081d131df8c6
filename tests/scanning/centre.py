"""A scanning centre (`client`, role scanner) and the Jobcenter's house in this process; no worker runs by itself."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.casefiles import acts as casefiles
from eakte.documents import acts as documents
from eakte.documents import api as documents_api
from eakte.intake import api as intake_api
from eakte.intake.jobs import IntakeJobs
from eakte.intake.upload import Uploads
from eakte.recognition import api as recognition_api
from eakte.scanning import api, delivery_api, items_api
from eakte.scanning.jobs import ScanningJobs
from eakte.scanning.standing import received_files_of
from ocr_pipeline import Pipeline
from tests.casefiles.office import Direct, application
from tests.recognition.office import Office

_ALL = ("take_apart", "read", "read_range", "join", "reconcile")


class Centre(Office):
    """An office with a scanning centre's key; `free_space_min` of its uploads can be set to fill the disk."""

    rooms: tuple[ModuleType, ...] = (intake_api, documents_api, recognition_api, delivery_api, api, items_api)

    def __init__(self, url: str, home: Path, pipeline: Pipeline) -> None:
        super().__init__(url, home, pipeline)
        self.pool = ThreadPoolExecutor(4)
        self.uploads = Uploads(self.vault, self.blobs, self.pool, 1 << 24, 1)
        self.scanning = ScanningJobs(self.database, self.vault, lambda: self.moment().at, uuid7)
        self.scanner = self.key("scanner")
        self.client = self.as_key(self.scanner)

    @property
    def intake(self) -> IntakeJobs:
        return IntakeJobs(self.database, self.vault, self.pipeline, self.settings, lambda: self.moment().at, uuid7)

    def key(self, *roles: str, units: tuple[str, ...] = ()) -> str:
        with self.database.unit(self.tenant) as unit:
            return str(access.create_key(unit, self.moment(), f"key-{uuid7()}", roles, units))

    def app(self, **more: Any) -> FastAPI:
        return application(
            *self.rooms, database=self.database, vault=self.vault, uploads=self.uploads, new_id=uuid7,
            settings=self.settings, pipeline=self.pipeline, files_of_batch=received_files_of,
            clock=lambda: self.moment().at, **more,
        )  # fmt: skip

    def as_key(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(transport=Direct(self.app()), base_url="http://test", headers=headers)

    def announce(self, sheets: int = 1, profile: str = "simplex", reference: str = "S-1", **more: Any) -> str:
        said = {"reference": reference, "profile": profile, "operator": "m.muster", "expected_sheets": sheets}
        answer = self.client.post("/v1/batches", json=said | more)
        assert answer.status_code in {200, 201}, answer.text
        found: str = answer.json()["id"]
        return found

    def send(self, batch: str, name: str, data: bytes, pages: int = 1, **said: Any) -> httpx.Response:
        fields = {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "pages": str(pages), **said}
        return self.client.post(f"/v1/batches/{batch}/items", files={"file": (name, data)}, data=fields)

    def complete(self, batch: str, manifest: list[dict[str, Any]] | None = None) -> httpx.Response:
        return self.client.post(f"/v1/batches/{batch}/complete", json=manifest)

    def batch(self, id_: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/batches/{id_}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def items(self, id_: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/v1/batches/{id_}/items").json()["items"]
        return found

    def receipt(self, id_: str, kind: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/batches/{id_}/receipts/{kind}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def run(self, task: str, subject: UUID) -> None:
        if task == "reconcile":
            self.scanning.reconcile(self.tenant, subject)
        elif task == "take_apart":
            self.intake.take_apart(self.tenant, subject)
        else:
            super().run(task, subject)

    def take(self, *tasks: str) -> tuple[str, UUID] | None:
        return super().take(*(tasks or _ALL))

    def count(self, table: str) -> int:
        with self.database.look(self.tenant) as unit:
            found: int = unit.run(text(f"SELECT count(*) FROM {table}")).scalar_one()
        return found

    def objects(self) -> int:
        """Files in the store, keys too."""
        self.pool.submit(os.getpid).result()
        return sum(path.is_file() for path in self.settings.blobs_folder.rglob("*"))

    def file(self, document: UUID) -> None:
        """Into a case file of its own."""
        with self.database.unit(self.tenant) as unit:
            casefiles.install_file_plan(unit)
            home = access.home_unit(unit, self.principal)
            scope = casefiles.scope_for(unit, self.moment(), home, casefiles.DEFAULT_ENTRY)
            case = casefiles.open_case_file(unit, self.moment(), "A-1", "Muster", scope)
            casefiles.file(unit, self.moment(), documents.find(unit, document, lock=True), case.id)

    def close(self) -> None:
        self.pool.shutdown()
        super().close()
