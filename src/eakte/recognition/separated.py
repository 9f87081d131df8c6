"""Entering what a separated delivery became: the first document's second version, and a document for each further part.

All of it in one transaction under the first document's lock, and once, as `acts.finish`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from eakte.access import acts as access
from eakte.access.model import ROOT, UNFILED
from eakte.database import Unit
from eakte.documents import acts as documents
from eakte.documents.model import FILED, WITHDRAWN_PLACE, Document, Source
from eakte.journal import Moment, record
from eakte.recognition import acts, model
from eakte.recognition.finished import Finished
from eakte.recognition.page_images import forget_images
from eakte.recognition.received_pages import BLANK, SEPARATOR, STORED, ReceivedPage, note_pages
from eakte.recognition.runs import end_run
from eakte.recognition.separation import Part, Plan
from eakte.vault import SealedBlob


class Overtaken(Exception):
    """The first document has got another version since the parts were made; they must be made for another place."""


@dataclass(frozen=True)
class MadePart:
    """A part with its renditions; `finished.read.document` is the delivery's, or a new id."""

    part: Part
    finished: Finished

    @property
    def document(self) -> UUID:
        """Where the part is to be."""
        return self.finished.read.document


def source_of(unit: Unit, document: Document, version: int) -> Source | None:
    """What may be separated: a version wholly out of the first received file; not what a person gave later."""
    source = documents.whole_source(unit, document.id, version)
    return None if source is None or source.received_file != document.received_file else source


def takes_first(unit: Unit, document: UUID, version: int) -> bool | None:
    """Whether the first part becomes the delivery's next version, not if a person gave it one; None: do not cut it."""
    found = documents.find(unit, document)
    return None if source_of(unit, found, version) is None else found.version == version


def finish(
    unit: Unit, moment: Moment, delivery: UUID, version: int, plan: Plan, made: Sequence[MadePart]
) -> tuple[bool, list[SealedBlob]]:  # fmt: skip
    """Enter all parts with their readings. Whether it was the first time; and the blobs that are needed no more.

    Raises Overtaken. A delivery that was withdrawn meanwhile stays whole.
    """
    document = documents.find(unit, delivery, lock=True)
    source = source_of(unit, document, version)
    if source is None or document.place == WITHDRAWN_PLACE or acts.is_settled(unit, delivery, version):
        return False, end_run(unit, delivery, version)
    if any(each.document == delivery for each in made) and document.version != version:
        raise Overtaken
    let_go = end_run(unit, delivery, version) + forget_images(unit, delivery, version)
    scope = _receiving_scope(unit, moment, document)
    documents.note_separated(unit, moment.at, delivery, version, scope)
    for number, each in enumerate(made, 1):
        _enter(unit, moment, document, source, scope, number, each)
    note_pages(unit, source, page_places(plan, made))
    said = {"documents": [str(each.document) for each in made], "separators": sorted(plan.separators)}
    also = [source.received_file, *(each.document for each in made)]
    record(unit, moment, model.SEPARATED, delivery, said, also=also, priority=document.priority)
    return True, let_go


def _receiving_scope(unit: Unit, moment: Moment, document: Document) -> UUID:
    """Where the delivery came in; a filed one has its case file's scope by now."""
    if document.place != FILED:
        return document.scope
    sender = access.principal(unit, document.handed_in_by)
    home = access.org_unit(unit, ROOT) if sender is None else access.home_unit(unit, sender)
    return access.scope_of(unit, moment, home, UNFILED)


def _enter(
    unit: Unit, moment: Moment, delivery: Document, source: Source, scope: UUID, number: int, made: MadePart
) -> None:  # fmt: skip
    pages = replace(source, first_page=made.part.first, last_page=made.part.last)
    if made.document == delivery.id:
        documents.add_version(unit, moment, delivery, [pages], to_read=False)
        if delivery.asked_reference is None and made.part.asked is not None:
            documents.update(unit, delivery.id, asked_reference=made.part.asked)
    else:
        documents.create(
            unit, moment, pages, id=made.document, title=f"{delivery.title} (Teil {number})",
            receipt_date=delivery.receipt_date, received_at=delivery.received_at, handed_in_by=delivery.handed_in_by,
            priority=delivery.priority, scope=scope, asked_reference=made.part.asked,
        )  # fmt: skip
    acts.enter(unit, moment, documents.find(unit, made.document, lock=True), made.finished)


def page_places(plan: Plan, made: Sequence[MadePart]) -> list[ReceivedPage]:
    """Where each page of the file is now."""
    places: list[ReceivedPage] = []
    for number in range(1, plan.pages + 1):
        if number in plan.separators:
            places.append(ReceivedPage(number, SEPARATOR, None, None))
            continue
        what = BLANK if number in plan.blank else STORED
        at = next((each for each in made if number in each.part), None)
        place = (None, None) if at is None else (at.document, number - at.part.first + 1)
        places.append(ReceivedPage(number, what, *place))
    return places


def refuse(unit: Unit, moment: Moment, delivery: UUID, version: int, plan: Plan) -> list[SealedBlob]:
    """Park a delivery of nothing but separator sheets; it stays whole, and its pages are accounted for."""
    document = documents.find(unit, delivery, lock=True)
    source = source_of(unit, document, version)
    if source is not None and not acts.is_settled(unit, delivery, version):
        note_pages(unit, source, page_places(plan, []))
    return acts.fail(unit, moment, delivery, version, ONLY_SEPARATORS, _NOTHING_ELSE, plan.pages)


ONLY_SEPARATORS = "only-separators"
_NOTHING_ELSE = "Die Datei enthält nur Trennblätter und leere Seiten, also kein Dokument."
