"""The jobs of reading. Each looks, works without a transaction, and writes once: again, or late, it changes nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from uuid import UUID

from eakte.blobs.port import BlobClass, Missing
from eakte.database import Database, Unit
from eakte.documents import acts as documents
from eakte.documents.model import Document
from eakte.errors import Gone
from eakte.gate.passing import Gate
from eakte.journal import Moment
from eakte.journal.model import SERVICE
from eakte.recognition import acts, frames, runs, separated
from eakte.recognition.classifier import Classifier, shipped_classifier
from eakte.recognition.codes import ON_THE_SHEET, SURE, CodeRules
from eakte.recognition.desk import at_work, blame, let_in, patiently
from eakte.recognition.finished import Finished, Read, drop, seal
from eakte.recognition.model import SHORT, spans
from eakte.recognition.plaintext import unsealed
from eakte.recognition.read_pages import Pages, PagesInMemory, PagesInRanges
from eakte.recognition.references import Occurrence, find_references
from eakte.recognition.runs import Run
from eakte.recognition.separated import MadePart, Overtaken
from eakte.recognition.separation import Part, Plan, plan
from eakte.settings import Settings
from eakte.vault import SealedBlob, Vault
from eakte.vault.rows import sealed_blob
from eakte.watch import measures
from eakte.watch.stages import stage
from ocr_pipeline import PageReading, Pipeline, Prepared, Unreadable

logger = logging.getLogger(__name__)

_GIVEN_UP = "Die Verarbeitung ist wiederholt aus einem unerwarteten Grund gescheitert."


@dataclass(frozen=True)
class Sheets:
    """The PDF that is read; `redrawn` as `ocr_pipeline.Prepared` says."""

    pdf: Path
    redrawn: bool


class RecognitionJobs:
    """Functions of tenant and subject for the queue; for any number of threads at once."""

    def __init__(
        self, database: Database, vault: Vault, pipeline: Pipeline, settings: Settings,
        clock: Callable[[], datetime], new_id: Callable[[], UUID], classifier: Classifier | None = None,
    ) -> None:  # fmt: skip
        self._database, self._vault, self._pipeline, self._settings = database, vault, pipeline, settings
        self._clock, self._new_id = clock, new_id
        self._classifier = classifier or shipped_classifier()
        self._codes = CodeRules.of(settings)
        self._gate = Gate.of(settings, database, clock, new_id)

    def read(self, tenant: UUID, document: UUID) -> None:
        """Read a document's newest version: a short one wholly; a long one is divided into ranges."""
        with self._work() as folder:
            begun = self._begin(tenant, document)
            if begun is not None:
                self._read(tenant, *begun, folder)

    def read_range(self, tenant: UUID, range_id: UUID) -> None:
        """Read one range of pages; the last one calls for the join."""
        with self._work() as folder:
            with self._database.look(tenant) as unit:
                found = runs.open_range(unit, range_id)
            if found is not None:
                self._read_range(tenant, range_id, *found, folder)

    def join(self, tenant: UUID, run_id: UUID) -> None:
        """Make one reading and one archival PDF out of what was read of all ranges."""
        with self._work() as folder:
            with self._database.look(tenant) as unit:
                run, parts = runs.find_run(unit, run_id), runs.parts(unit, run_id)
            if run is not None:
                with self._until_ended(tenant, run_id):
                    self._join_run(tenant, run, parts, folder)

    def give_up(self, task: str, tenant: UUID, subject: UUID) -> None:
        """Park the document of a reading job that failed unexpectedly again and again; other tasks are not ours."""
        try:
            with self._database.unit(tenant) as unit:
                found = _version_of(unit, task, subject)
                let_go = acts.fail(unit, self._moment(), *found, "failed", _GIVEN_UP) if found else []
        except Gone:
            return
        self._delete(let_go)

    # --- the steps

    def _begin(self, tenant: UUID, document_id: UUID) -> tuple[Document, SealedBlob, str | None] | None:
        with self._database.unit(tenant) as unit:
            document = acts.begin(unit, self._moment(), document_id)
            if document is None:
                return None
            original = documents.newest(unit, document_id, "original", document.version)
            assert original is not None
            password = acts.known_password(unit, self._vault, document_id, self._clock())
            return document, sealed_blob(unit, original.blob), password

    def _read(
        self, tenant: UUID, document: Document, original: SealedBlob, password: str | None, folder: Path
    ) -> None:  # fmt: skip
        self._vault.new_data_key(tenant, document.id)
        source, pdf, pages = unsealed(self._vault, original, folder / "original"), folder / "document.pdf", None
        try:
            let_in(self._gate, self._pipeline, tenant, (document.id, document.version), source)
            with stage("normalise"):
                prepared = patiently(lambda: self._pipeline.prepare(source, pdf, password))
            pages = prepared.pages
            if prepared.files:
                self._note_files(tenant, document)
            if pages > SHORT:
                self._divide(tenant, document, pdf, prepared)
            else:
                read = PagesInMemory(self._pages(pdf, range(1, pages + 1)))
                self._finish(tenant, document.id, document.version, Sheets(pdf, prepared.redrawn), read)
        except Unreadable as error:
            if error.code == "container":
                return self._note_files(tenant, document, nothing_else=True)
            self._park(tenant, document.id, document.version, error, pages)
        return None

    def _note_files(self, tenant: UUID, document: Document, *, nothing_else: bool = False) -> None:
        with self._database.unit(tenant) as unit:
            acts.note_files(unit, self._moment(), document, nothing_else=nothing_else)

    def _divide(self, tenant: UUID, document: Document, pdf: Path, prepared: Prepared) -> None:
        stored = self._vault.put(tenant, BlobClass.SCRATCH, document.id, pdf, self._new_id())
        with self._database.unit(tenant) as unit:
            first = runs.divide(unit, self._moment(), document, stored, spans(prepared.pages), redrawn=prepared.redrawn)
            if first:
                acts.forget_password(unit, document.id)
        if not first:
            self._vault.delete(tenant, BlobClass.SCRATCH, stored.blob_id)

    def _read_range(self, tenant: UUID, range_id: UUID, run: Run, numbers: range, folder: Path) -> None:
        pdf = unsealed(self._vault, run.source, folder / "document.pdf")
        try:
            read = frames.part(self._pages(pdf, numbers))
        except Unreadable as error:
            return self._park(tenant, run.document, run.version, error, run.pages)
        stored = self._vault.put(tenant, BlobClass.SCRATCH, run.document, read, self._new_id())
        with self._database.unit(tenant) as unit:
            first = runs.finish_range(unit, self._moment(), range_id, run, stored)
        if not first:
            self._vault.delete(tenant, BlobClass.SCRATCH, stored.blob_id)
        return None

    def _join_run(self, tenant: UUID, run: Run, parts: Sequence[SealedBlob], folder: Path) -> None:
        pages = PagesInRanges(self._vault, parts)
        pdf = unsealed(self._vault, run.source, folder / "document.pdf")
        try:
            self._finish(tenant, run.document, run.version, Sheets(pdf, run.redrawn), pages)
        except Unreadable as error:
            self._park(tenant, run.document, run.version, error, run.pages)

    def _pages(self, pdf: Path, numbers: Iterable[int]) -> list[PageReading]:
        return [patiently(partial(self._page, pdf, number)) for number in numbers]

    def _page(self, pdf: Path, number: int) -> PageReading:
        with stage("recognise", {"eakte.page": number}):
            page = self._pipeline.read(pdf, [number])[0]
        measures.PAGES.inc()
        return page

    def _finish(self, tenant: UUID, document: UUID, version: int, sheets: Sheets, pages: Pages) -> None:
        """As one document, or as several where separator sheets lie in what came."""
        found = plan(pages, self._codes)
        takes_first = self._takes_first(tenant, document, version) if found.separators else None
        if takes_first is not None and not found.parts:
            with self._database.unit(tenant) as unit:
                let_go = separated.refuse(unit, self._moment(), document, version, found)
            self._delete(let_go)
        elif takes_first is None or not self._separate(tenant, (document, version), found, sheets, pages):
            made = self._made(tenant, document, version, sheets, pages.between(1, found.pages))
            with self._database.unit(tenant) as unit:
                first, let_go = acts.finish(unit, self._moment(), made)
            self._ended(tenant, let_go, [] if first else [made])

    def _takes_first(self, tenant: UUID, document: UUID, version: int) -> bool | None:
        with self._database.look(tenant) as unit:
            return separated.takes_first(unit, document, version)

    def _separate(self, tenant: UUID, whole: tuple[UUID, int], found: Plan, sheets: Sheets, pages: Pages) -> bool:
        """Enter each part as a document; False where a signature forbids to cut the file."""
        made: list[MadePart] = []
        (document, version), takes_first = whole, self._takes_first(tenant, *whole)
        try:
            for part in found.parts:
                own = document if takes_first and not made else self._new_id()
                finished = self._made_part(tenant, own, version + 1 if own == document else 1, part, sheets, pages)
                if finished is None:
                    return False
                made.append(MadePart(part, finished))
            with self._database.unit(tenant) as unit:
                first, let_go = separated.finish(unit, self._moment(), *whole, found, made)
        except Overtaken:
            self._drop(tenant, made)
            return self._separate(tenant, whole, found, sheets, pages)
        except Missing:
            self._drop(tenant, made)
            raise
        self._ended(tenant, let_go, [] if first else [each.finished for each in made])
        return True

    def _drop(self, tenant: UUID, made: Iterable[MadePart]) -> None:
        self._ended(tenant, [], [each.finished for each in made])

    def _made_part(
        self, tenant: UUID, document: UUID, version: int, part: Part, sheets: Sheets, pages: Pages
    ) -> Finished | None:  # fmt: skip
        cut = sheets.pdf.with_name(f"part-{part.first}.pdf")
        if not patiently(lambda: self._pipeline.extract(sheets.pdf, part.first, part.last, cut)):
            return None
        self._vault.new_data_key(tenant, document)
        own = replace(sheets, pdf=cut)
        finished = self._made(tenant, document, version, own, pages.between(part.first, part.last), part)
        cut.unlink()
        return finished

    def _made(
        self, tenant: UUID, document: UUID, version: int, sheets: Sheets, pages: list[PageReading],
        part: Part | None = None,
    ) -> Finished:  # fmt: skip
        """Archival copy, reading and text of these pages, sealed and not entered yet."""
        archival = sheets.pdf.with_name("archival.pdf")
        with stage("join", {"eakte.pages": len(pages)}):
            joined = patiently(lambda: self._pipeline.join(sheets.pdf, pages, archival))
        profile = self._codes.profile_of(pages) or (part.profile if part else None)
        read = Read(
            document, version, pages, self._engine, archival, joined,
            self._classifier.classify([page.text for page in pages]), self._occurrences(pages, part), profile,
            original=sheets.pdf if part else None, redrawn=sheets.redrawn,
        )  # fmt: skip
        with stage("keep"):
            finished = seal(self._vault, tenant, read, self._new_id)
        archival.unlink()
        return finished

    def _occurrences(self, pages: list[PageReading], part: Part | None) -> list[Occurrence]:
        """What the sheet before the part says, what its codes say, and what its words say, in this order."""
        asked = part.references if part else ()
        sheet = [Occurrence(each, each, SURE, ON_THE_SHEET, reads_differently=False) for each in asked]
        coded = [*sheet, *self._codes.occurrences(pages)]
        known = {each.reference for each in coded}
        return [*coded, *find_references(pages, self._settings.reference_pattern, known)]

    def _ended(self, tenant: UUID, let_go: Iterable[SealedBlob], needless: Iterable[Finished]) -> None:
        """Bytes that nothing refers to; keys made for nothing are swept."""
        self._delete(let_go)
        for finished in needless:
            drop(self._vault, tenant, finished)

    def _park(self, tenant: UUID, document: UUID, version: int, error: Unreadable, pages: int | None) -> None:
        blame(error)
        logger.info("document %s version %d is parked: %s", document, version, error.code)
        with self._database.unit(tenant) as unit:
            let_go = acts.fail(unit, self._moment(), document, version, error.code, str(error), pages)
        self._delete(let_go)

    # --- around them

    def _work(self) -> AbstractContextManager[Path]:
        return at_work(self._settings, self._vault)

    @contextmanager
    def _until_ended(self, tenant: UUID, run_id: UUID) -> Iterator[None]:
        """Of two joins of one run the first takes the ranges' bytes away; the other has nothing left to do."""
        try:
            yield
        except Missing:
            with self._database.look(tenant) as unit:
                if runs.find_run(unit, run_id) is not None:
                    raise
            logger.info("the run was joined elsewhere")

    @cached_property
    def _engine(self) -> dict[str, str]:
        return patiently(self._pipeline.engine)

    def _moment(self) -> Moment:
        return Moment(SERVICE, self._clock(), self._new_id)

    def _delete(self, blobs: Iterable[SealedBlob]) -> None:
        for blob in blobs:
            self._vault.delete(blob.tenant, blob.blob_class, blob.blob_id)


def _version_of(unit: Unit, task: str, subject: UUID) -> tuple[UUID, int] | None:
    if task == "read":
        return subject, documents.find(unit, subject).version
    if task == "join":
        run = runs.find_run(unit, subject)
        return None if run is None else (run.document, run.version)
    found = runs.open_range(unit, subject) if task == "read_range" else None
    return None if found is None else (found[0].document, found[0].version)
