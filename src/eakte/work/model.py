"""What waits for people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.errors import Refused


class NotInClearing(Refused):
    """Somebody else was quicker, or the document never lay there."""

    code, title = "not-in-clearing", "Das Dokument liegt nicht mehr im Klärungskorb"


class NoProposal(Refused):
    """There is nothing to confirm."""

    code, title = "no-proposal", "Zu diesem Dokument gibt es keinen Vorschlag"
    remedy = "Das Dokument mit POST /v1/documents/{id}/filings zuordnen."


@dataclass(frozen=True)
class WorkItem:
    """A document in the clearing basket and where it is proposed to go.

    A reference without case file: it is proposed to open one. Neither: there is no proposal.
    """

    id: UUID
    reason: str | None
    since: datetime
    case_file: UUID | None
    case_reference: str | None
    type_code: str | None
    asks: str | None
    duplicate_of: UUID | None
