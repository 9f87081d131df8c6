"""The scanning centre's house with all that proves its scans: notes, checks, rescans, paper. Time goes as tests say."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.documents import api as documents_api
from eakte.intake import api as intake_api
from eakte.journal import Moment
from eakte.recognition import api as recognition_api
from eakte.scanning import api, items_api, notes_api, originals_api, profiles_api, quality_api
from eakte.scanning.seal import Seal, TenantSeal
from eakte.scanning.transfer_jobs import TransferJobs
from tests.scanning.centre import Centre

NEW_TASKS = ("note_transfer", "note_batch", "draw_sample", "draw_again")
OLD_TASKS = ("read", "read_range", "join", "reconcile")


class House(Centre):
    """A centre's house; `share` of a batch is drawn, `seal` may be exchanged."""

    rooms = (
        intake_api, documents_api, recognition_api, api, items_api, notes_api, profiles_api, quality_api, originals_api
    )  # fmt: skip
    share = 0.03
    other_seal: Seal | None = None
    ahead = timedelta()

    @property
    def seal(self) -> Seal:
        return self.other_seal or TenantSeal(self.vault)

    def moment(self, actor: UUID | None = None) -> Moment:
        now = super().moment(actor)
        return Moment(now.actor, now.at + self.ahead, uuid7)

    def app(self, **more: Any) -> FastAPI:
        return super().app(seal=self.seal, **more)

    def person(self, name: str, *roles: str) -> httpx.Client:
        """Somebody with a name, by which a batch may know its operator."""
        with self.database.unit(self.tenant) as unit:
            return self.as_key(str(access.create_key(unit, self.moment(), name, roles, [])))

    @property
    def transfers(self) -> TransferJobs:
        return TransferJobs(
            self.database, self.vault, self.seal, self.share, lambda: self.moment().at, uuid7
        )  # fmt: skip

    def run(self, task: str, subject: UUID) -> None:
        if task in NEW_TASKS:
            getattr(self.transfers, task)(self.tenant, subject)
        else:
            super().run(task, subject)

    def take(self, *tasks: str) -> tuple[str, UUID] | None:
        return super().take(*(tasks or (*OLD_TASKS, *NEW_TASKS)))

    def delivered(self, *files: bytes, operator: str = "m.muster", reference: str = "S-1", **more: Any) -> str:
        """A batch of these one-page files, complete and worked on until nothing waits."""
        batch = self.announce(len(files), operator=operator, reference=reference, **more)
        for number, data in enumerate(files, start=1):
            assert self.send(batch, f"{number:04}.pdf", data).status_code == 201
        assert self.complete(batch).status_code == 202
        self.work()
        return batch

    def documents(self, batch: str) -> list[str]:
        return [item["document"] for item in self.items(batch)]

    def notes(self, document: str) -> list[dict[str, Any]]:
        """All notes in full, oldest first."""
        with self.as_key(self.key("clerk")) as client:
            lines = client.get(f"/v1/documents/{document}/transfer-notes").json()["items"]
            numbers = sorted(line["number"] for line in lines)
            return [client.get(f"/v1/documents/{document}/transfer-notes/{number}").json() for number in numbers]

    def checked(self, checker: httpx.Client, batch: str, result: str = "passed", remark: str | None = None) -> str:
        """The whole sample gets this result; the batch's state then."""
        state = ""
        for each in checker.get(f"/v1/batches/{batch}/quality").json()["items"]:
            said = {"result": result, "remark": remark}
            answer = checker.post(f"/v1/batches/{batch}/quality/{each['document']}", json=said)
            assert answer.status_code == 201, answer.text
            state = answer.json()["state"]
        self.work()
        return state
