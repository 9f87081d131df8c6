"""Filing without a hand: as asked when it was handed in, or as read when nothing speaks against it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eakte.access import acts as access
from eakte.access.model import Permission
from eakte.casefiles import acts
from eakte.casefiles.history import known_among
from eakte.casefiles.model import OPEN, REFERENCE_ALPHABET, CaseFile, CaseFileClosed
from eakte.casefiles.rule import Clearing, FileInto, Reason, State, decide, variants
from eakte.database import Database, Unit
from eakte.documents import acts as documents
from eakte.documents.model import CLEARING, NONE, Document
from eakte.errors import Gone, NotFound
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition.acts import occurrences
from eakte.recognition.references import Occurrence

_ONCE_FILED = "Das Dokument wurde schon einmal aus einer Akte genommen und wird nicht mehr von selbst zugeordnet."
_GIVEN_UP = "Die automatische Zuordnung ist wiederholt gescheitert."


@dataclass(frozen=True)
class CaseFileJobs:
    """Jobs on one document. Running one again, late or twice changes nothing more."""

    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def file_as_asked(self, tenant: UUID, document_id: UUID) -> None:
        """File by the reference given at handing in, with the rights of whoever did; else it becomes the proposal."""
        with self.database.unit(tenant) as unit, suppress(Gone):
            document = documents.find(unit, document_id, lock=True)
            if document.asked_reference is None or not _undecided(unit, document):
                return
            target = _allowed(unit, document, document.asked_reference)
            if target is not None and target.state == OPEN:
                acts.file(unit, self._moment(document.handed_in_by), document, target.id)
            elif document.proposed_reference is None:
                _propose(unit, document, document.asked_reference)

    def decide(self, tenant: UUID, document_id: UUID) -> None:
        """After reading, done or failed: file what is beyond doubt, lay everything else into the clearing basket.

        What a person filed, took out of a case file or withdrew stays as it is.
        """
        with self.database.unit(tenant) as unit, suppress(Gone):
            document = documents.find(unit, document_id, lock=True)
            if document.reading_state not in {"done", "failed"}:
                return
            with suppress(CaseFileClosed):
                acts.follow_reading(unit, self._moment(SERVICE), document)
            if _undecided(unit, document):
                self._settle(unit, document)
            elif document.place == NONE:
                documents.to_clearing(unit, self._moment(SERVICE), document, document.reading_reason or _ONCE_FILED)

    def give_up(self, task: str, tenant: UUID, document_id: UUID) -> None:
        """Filing failed again and again: into clearing, where people decide. Other rooms' tasks are left alone."""
        if task != self.decide.__name__:
            return
        with self.database.unit(tenant) as unit, suppress(Gone):
            document = documents.find(unit, document_id, lock=True)
            if document.place == NONE:
                documents.to_clearing(unit, self._moment(SERVICE), document, _GIVEN_UP)

    def _settle(self, unit: Unit, document: Document) -> None:
        moment, decision = self._moment(SERVICE), _decision(unit, document)
        if isinstance(decision, FileInto):
            with suppress(CaseFileClosed):
                acts.file(unit, moment, document, acts.named(unit, decision.reference).id)
                return
            decision = Clearing(Reason.CLOSED_CASE_FILE, f"Die Akte {decision.reference} ist geschlossen.")
        proposed = _target(unit, decision.proposal)
        now = document.place, document.reason, document.proposed_reference, document.proposed_case_file
        if now != (CLEARING, decision.sentence, decision.proposal, proposed):
            documents.to_clearing(
                unit, moment, document, decision.sentence, case_file=proposed, reference=decision.proposal
            )

    def _moment(self, actor: UUID) -> Moment:
        return Moment(actor, self.clock(), self.new_id)


def _undecided(unit: Unit, document: Document) -> bool:
    return document.place in {NONE, CLEARING} and not acts.was_filed(unit, document.id)


def _allowed(unit: Unit, document: Document, reference: str) -> CaseFile | None:
    """The case file, if whoever handed the document in may file there."""
    caller = access.principal(unit, document.handed_in_by)
    if caller is None or not caller.may(Permission.FILE):
        return None
    with suppress(NotFound):
        return acts.named(unit, reference, access.sight(unit, caller).within)
    return None


def _propose(unit: Unit, document: Document, reference: str) -> None:
    documents.update(unit, document.id, proposed_reference=reference, proposed_case_file=_target(unit, reference))


def _target(unit: Unit, reference: str | None) -> UUID | None:
    found = known_among(unit, [reference]) if reference else {}
    return found[reference][0] if reference in found else None


def _decision(unit: Unit, document: Document) -> FileInto | Clearing:
    asked = document.asked_reference
    if document.reading_state == "failed":
        return Clearing(Reason.NO_REFERENCE, document.reading_reason or "Das Dokument ist nicht lesbar.", asked)
    read = occurrences(unit, document.id, document.version)
    if asked is not None and not read:
        sentence = f"Das beim Einreichen genannte Aktenzeichen {asked} steht nicht im Dokument."
        return Clearing(Reason.NO_REFERENCE, sentence, asked)
    decision = _discreet(_judged(unit, [*read, *_as_occurrence(asked)]))
    if document.reading_reason is None:
        return decision
    reference = decision.reference if isinstance(decision, FileInto) else decision.proposal
    return Clearing(Reason.INCOMPLETE, document.reading_reason, reference)


def _as_occurrence(asked: str | None) -> Sequence[Occurrence]:
    """What was asked for may contradict what was read; it makes nothing surer."""
    return [] if asked is None else [Occurrence(asked, asked, 0.0, 0, reads_differently=False)]


def _judged(unit: Unit, found: Sequence[Occurrence]) -> FileInto | Clearing:
    def known(reference: str) -> State | None:
        state = known_among(unit, [reference]).get(reference)
        return None if state is None else ("open" if state[1] == OPEN else "closed")

    def neighbours(reference: str) -> list[str]:
        return list(known_among(unit, sorted(variants(reference, REFERENCE_ALPHABET))))

    return decide(found, known, neighbours)


def _discreet(decision: FileInto | Clearing) -> FileInto | Clearing:
    """Whoever reads the reason may not know the other case file; the proposal is shown only to those who may."""
    if isinstance(decision, Clearing) and decision.reason is Reason.SIMILAR_REFERENCE:
        sentence = "Zum Aktenzeichen im Dokument gibt es ein fast gleiches; bitte Zeichen für Zeichen vergleichen."
        return Clearing(decision.reason, sentence, decision.proposal, decision.open_new)
    return decision
