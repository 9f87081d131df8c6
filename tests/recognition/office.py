"""One tenant's reading desk over the real database, vault, queue and pipeline; jobs are run by hand, one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text
from uuid_utils.compat import uuid7

from eakte import flow
from eakte.access import acts as access
from eakte.blobs.filesystem import FilesystemBlobs
from eakte.blobs.port import BlobClass
from eakte.database import Database
from eakte.documents import acts as documents
from eakte.documents.model import Document
from eakte.intake.acts import Received, keep_original, receive, receive_version
from eakte.intake.model import media_type
from eakte.jobs import Queue
from eakte.journal import Moment
from eakte.journal.tables import entries, subjects
from eakte.recognition.jobs import RecognitionJobs
from eakte.recognition.model import State
from eakte.recognition.tables import received_pages
from eakte.settings import Settings
from eakte.vault import Vault
from eakte.vault.keys import create_master_key
from eakte.vault.rows import sealed_blob
from ocr_pipeline import Pipeline

_TAKE = text("""
    DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE task_name = ANY(:tasks))
    RETURNING task_name, CAST(args->>'subject' AS uuid) AS subject""")


class Office:
    """A tenant with one clerk (`token`); `pipeline` may be exchanged for one whose engine fails."""

    def __init__(self, url: str, home: Path, pipeline: Pipeline) -> None:
        create_master_key(home / "master.key")
        self.home, self.pipeline = home, pipeline
        self.settings = Settings(home=home, free_space_min=1)
        self.blobs = FilesystemBlobs(self.settings.blobs_folder)
        self.vault = Vault(self.blobs, self.settings.master_key)
        self.database = Database(url, partial(flow.enqueue, Queue()))
        self.tenant = uuid7()
        self.vault.create_tenant(self.tenant)
        with self.database.unit(self.tenant) as unit:
            access.create_tenant(unit, self.moment(self.tenant), f"t-{self.tenant}", "Jobcenter")
            self.token = access.create_key(unit, self.moment(self.tenant), "sachbearbeitung", ["clerk"], [])
            principal = access.principal(unit, self.token.id)
        assert principal is not None
        self.principal = principal

    def moment(self, actor: UUID | None = None) -> Moment:
        return Moment(actor or self.principal.id, datetime.now(UTC), uuid7)

    @property
    def jobs(self) -> RecognitionJobs:
        return RecognitionJobs(
            self.database, self.vault, self.pipeline, self.settings, lambda: datetime.now(UTC), uuid7
        )  # fmt: skip

    def hand_in(self, data: bytes, password: str | None = None) -> UUID:
        received = self._received(data, password)
        with self.database.unit(self.tenant) as unit:
            return receive(unit, self.moment(), self.vault, self.principal, received)

    def new_version(self, document: UUID, data: bytes) -> None:
        received = self._received(data)
        with self.database.unit(self.tenant) as unit:
            source = receive_version(unit, self.moment(), self.vault, received)
            found = documents.find(unit, document, lock=True)
            number = documents.add_version(unit, self.moment(), found, [source])
            keep_original(unit, self.moment(), document, number, received)

    def _received(self, data: bytes, password: str | None = None) -> Received:
        new = uuid7()
        self.vault.new_data_key(self.tenant, new)
        stored = self.vault.put(self.tenant, BlobClass.ORIGINAL, new, data, new)
        return Received(new, stored, "eingang", media_type(data[:1024]), password=password)

    def take(self, *tasks: str) -> tuple[str, UUID] | None:
        """The oldest waiting job of reading, out of the queue."""
        with self.database.unit(self.tenant) as unit:
            row = unit.run(_TAKE, {"tasks": list(tasks or ("read", "read_range", "join"))}).one_or_none()
        return None if row is None else (row.task_name, row.subject)

    def run(self, task: str, subject: UUID) -> None:
        getattr(self.jobs, task)(self.tenant, subject)

    def work(self, times: int = 1) -> list[str]:
        """Run what waits until nothing does, each job so many times; the names of the tasks."""
        done = []
        while job := self.take():
            for _ in range(times):
                self.run(*job)
            done.append(job[0])
        return done

    def waiting(self) -> list[str]:
        with self.database.look(self.tenant) as unit:
            return sorted(unit.run(text("SELECT task_name FROM procrastinate_jobs")).scalars())

    def document(self, id_: UUID) -> Document:
        with self.database.look(self.tenant) as unit:
            return documents.find(unit, id_)

    def acts(self, document: UUID) -> list[str]:
        """What the journal says was done by reading, in order."""
        query = select(entries.c.act).join(subjects, subjects.c.entry == entries.c.no)
        query = query.where(subjects.c.subject == document, entries.c.act.startswith("recognition:"))
        with self.database.look(self.tenant) as unit:
            return [act.rpartition(":")[2] for act in unit.run(query.order_by(entries.c.no)).scalars()]

    def rows(self, table: Table) -> Sequence[Any]:
        with self.database.look(self.tenant) as unit:
            return unit.all(select(table))

    def received_pages(self, document: UUID) -> list[tuple[int, str, UUID | None, int | None]]:
        """Number, disposition, and the document and page where it is now, of each page of its received file."""
        received = self.document(document).received_file
        found = [row for row in self.rows(received_pages) if row.received_file == received]
        return sorted((row.number, row.disposition, row.document, row.document_page) for row in found)

    def rendition(self, document: UUID, kind: str, version: int | None = None) -> bytes:
        with self.database.look(self.tenant) as unit:
            found = documents.newest(unit, document, kind, version)
            assert found is not None
            blob = sealed_blob(unit, found.blob)
        return b"".join(self.vault.open(blob))

    def assert_parked(self, document: UUID, reason: str) -> None:
        """Parked with a reason that says this; the original is still there."""
        found = self.document(document)
        assert (found.reading_state, found.state) == (State.FAILED, "parked")
        assert reason in (found.reading_reason or "")
        assert self.rendition(document, "original")

    def scratch(self) -> list[Path]:
        """Bytes of the class scratch, and plaintext left on the disk."""
        left = [path for path in (self.home / "work").rglob("*") if path.is_file()]
        return left + [path for path in self.settings.blobs_folder.rglob("*/scratch/**/*") if path.is_file()]

    def close(self) -> None:
        self.database.close()
