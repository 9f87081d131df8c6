"""What proves that a scan stands for its paper (BSI TR-03138 RESISCAN): acts, profiles, procedures. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from eakte.journal import act

PROFILE_DEFINED = act("scanning:profile:defined", "A version of a scan profile was defined, not yet released.")
PROFILE_RELEASED = act("scanning:profile:released", "A second administrator released a version of a scan profile.")
PROCEDURE_ADOPTED = act("scanning:procedure:adopted", "A version of the Verfahrensdokumentation came into force.")
CAPTURED = act("scanning:batch:captured", "The scanning centre said how and when a batch was captured.")
NOTED = act("scanning:transfer-note:made", "A transfer note was made and signed.")
SAMPLE_DRAWN = act("scanning:sample:drawn", "Documents of a batch were drawn for the quality check.")
CHECKED = act("scanning:document:checked", "A person compared a scan with what it must be.")
JUDGED = act("scanning:quality:judged", "The quality of a batch is decided: passed, failed, or open again.")
RESCAN_REQUESTED = act("scanning:rescan:requested", "A scan was sent back to the centre to be made again.")
RESCAN_ANSWERED = act("scanning:rescan:answered", "The centre answered a rescan request, or it was taken back.")
HELD = act("scanning:original:held", "The paper of a document must be kept.")
HOLD_ENDED = act("scanning:original:hold-ended", "The paper of a document need no longer be kept.")
RELEASE_PROPOSED = act("scanning:originals:proposed", "A first person proposed paper for destruction.")
RELEASED = act("scanning:originals:released", "A second person released paper for destruction; the list is signed.")
RELEASE_REFUSED = act("scanning:originals:refused", "A proposal to destroy paper was refused.")


@dataclass(frozen=True)
class Profile:
    """How paper is captured, under a name and a running version; `sides` of a sheet, `resolution` in dpi."""

    name: str
    version: int
    sides: int
    resolution: int
    colour: str
    format: str


SHIPPED = {name: Profile(name, 1, sides, 300, "colour", "pdf/a-2b") for name, sides in (("simplex", 1), ("duplex", 2))}
"""Released from the start; a tenant may define later versions of them."""


@dataclass(frozen=True)
class Organisation:
    """Who is named in a transfer note; the fields are those of the form of the DRV."""

    name: str
    city: str
    unit: str
    street: str | None = None
    postcode: str | None = None


@dataclass(frozen=True)
class Procedure:
    """A version of the Verfahrensdokumentation: by which paper is scanned, who scans (contractor) and for whom."""

    title: str
    version: str
    since: date
    contractor: Organisation
    client: Organisation | None = None


def template_procedure(tenant_title: str) -> Procedure:
    """What holds until a Jobcenter adopts its own: the template shipped with eakte, and it says so."""
    house = Organisation(tenant_title, "nicht angegeben", "nicht angegeben")
    return Procedure("Ersetzendes Scannen (Vorlage)", "Vorlage 1, nicht in Kraft gesetzt", date(2026, 11, 25), house)


@dataclass(frozen=True)
class Remark:
    """Something that the operator noticed; on the whole batch where no item is named."""

    text: str
    item: str | None = None
    page: int | None = None


@dataclass(frozen=True)
class Capture:
    """What the centre said about the capture of a batch; nothing of it is known where it said nothing."""

    scanner: dict[str, str] = field(default_factory=dict)
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    reworked: bool = False
    remarks: tuple[Remark, ...] = ()
