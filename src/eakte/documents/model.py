"""What a document is, and the acts on it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from eakte.journal import act

CREATED = act("documents:document:created", "A document came out of a received file.")
VERSION_CREATED = act("documents:version:created", "A document got a new version.")
CHANGED = act("documents:document:changed", "Title, type or receipt date of an unfiled document changed.")
WITHDRAWN = act("documents:document:withdrawn", "A misdirected or duplicate document was withdrawn.")
TO_CLEARING = act("documents:document:to-clearing", "A document was laid into the clearing basket.")
CONTENT_READ = act("documents:content:read", "Content of a version was read.")

KINDS = ("original", "archival", "reading", "text")
ATTACHMENT_OF, HAS_ATTACHMENT, DUPLICATE_OF = "attachment-of", "has-attachment", "duplicate-of"
NONE, CLEARING, FILED, WITHDRAWN_PLACE, DISPOSED = "none", "clearing", "filed", "withdrawn", "disposed"
URGENT = 10
"""Priority of urgent documents; normal ones have 0."""


@dataclass(frozen=True)
class Document:
    """A document's row. `revision` counts what people change (ETag), `stamp` whatever the index shows.

    `asks`: what a person must say before it can be read: `password`, or nothing.
    """

    id: UUID
    received_file: UUID
    title: str
    receipt_date: date
    received_at: datetime
    handed_in_by: UUID
    priority: int
    asked_reference: str | None
    scope: UUID
    place: str
    reading_state: str
    state: str
    reason: str | None
    reading_reason: str | None
    type_code: str | None
    type_score: float | None
    pages: int | None
    version: int
    case_file: UUID | None
    proposed_case_file: UUID | None
    proposed_reference: str | None
    clearing_since: datetime | None
    revision: int
    stamp: int
    asks: str | None


@dataclass(frozen=True)
class Source:
    """Pages of a received file; None: from the first, to the last. `entry`: the path of a file inside it.

    `embedded`: somewhere on that path is a PDF, so it is no sheet of what came.
    """

    received_file: UUID
    first_page: int | None = None
    last_page: int | None = None
    entry: str | None = None
    embedded: bool = False


@dataclass(frozen=True)
class Rendition:
    """The newest form of a kind of one version. `blob` says where its sealed bytes are."""

    version: int
    kind: str
    number: int
    blob: UUID
    media_type: str
    sha256: str
    bytes: int
    maker: str
    conformance: str | None
    conformance_reason: str | None
