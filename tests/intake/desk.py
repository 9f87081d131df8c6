"""The reading desk of a tenant that also takes files apart; jobs are run by hand, one by one."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from eakte.documents import acts as documents
from eakte.documents.model import Document
from eakte.documents.tables import documents as document_rows
from eakte.intake.acts import receive
from eakte.intake.jobs import IntakeJobs
from ocr_pipeline import Pipeline
from tests.recognition.office import Office

TASKS = ("take_apart", "read", "read_range", "join")


class Desk(Office):
    """As the reading desk; `take` and `work` know the task of taking apart as well."""

    def __init__(self, url: str, home: Path, pipeline: Pipeline) -> None:
        super().__init__(url, home, pipeline)
        self.url = url

    @property
    def intake(self) -> IntakeJobs:
        return IntakeJobs(self.database, self.vault, self.pipeline, self.settings, lambda: datetime.now(UTC), uuid7)

    def receive(self, data: bytes, name: str, **said: object) -> UUID:
        received = replace(self._received(data), name=name, **said)
        with self.database.unit(self.tenant) as unit:
            return receive(unit, self.moment(), self.vault, self.principal, received)

    def take(self, *tasks: str) -> tuple[str, UUID] | None:
        return super().take(*(tasks or TASKS))

    def run(self, task: str, subject: UUID) -> None:
        jobs = self.intake if task == "take_apart" else self.jobs
        getattr(jobs, task)(self.tenant, subject)

    def all(self) -> list[Document]:
        """Every document in the order in which it was made."""
        ids = sorted(row.id for row in self.rows(document_rows))
        return [self.document(id_) for id_ in ids]

    def titles(self) -> list[str]:
        return [document.title for document in self.all()]

    def entries(self, document: UUID) -> list[str | None]:
        """Path in the received file of each version."""
        with self.database.look(self.tenant) as unit:
            return [found[0].entry for _, _, found, _ in documents.version_list(unit, document)]

    def relations(self, document: UUID) -> list[tuple[str, UUID]]:
        with self.database.look(self.tenant) as unit:
            return documents.relation_list(unit, document)

    def objects(self) -> set[str]:
        """Keys of all that lies in the store."""
        return {str(path) for path in self.settings.blobs_folder.rglob("*") if path.is_file()}


def mail(*attachments: tuple[str, bytes], subject: str = "Antrag", text: str = "Guten Tag,\nanbei.") -> bytes:
    """A mail with these hanging on it."""
    message = EmailMessage()
    message["From"], message["To"] = "Käthe Groß <kaethe@example.org>", "post@example.org"
    message["Subject"], message["Date"] = subject, "Mon, 2 Mar 2026 08:00:00 +0100"
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(data, "application", "octet-stream", filename=name)
    return message.as_bytes()
