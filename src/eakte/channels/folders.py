"""One look into a watched folder: what is whole is taken, entered as a batch, and set aside with its result."""

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from eakte.access.model import Principal
from eakte.channels import loose, result
from eakte.channels.desk import Desk
from eakte.channels.drop import DONE, FAILED, LOOSE, OTHER, PACKED, Arrival, Drop, Print, drop, names, opened, write_new
from eakte.channels.loose import Loose
from eakte.channels.model import OUTAGES, TRIES, DeliveryGivenUp, FileUnusable, Folder, FolderUnusable, NoManifest
from eakte.errors import Problem
from eakte.jobs import HandedBack
from eakte.recognition.plaintext import private_folder
from eakte.scanning import acts, profiles, standing
from eakte.scanning.archive import Archive, DeliveryInvalid
from eakte.scanning.archive import opened as opened_archive
from eakte.scanning.delivery import Delivery, surplus
from eakte.scanning.manifest import Manifest, compared
from eakte.scanning.model import ABANDONED_STATE, OPEN, Announcement, ItemSaid
from eakte.watch import measures

DAY = 86_400.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    """How something looked and since when it looks so; `judged`: found not to be whole as it looks."""

    print: Print
    since: datetime
    judged: bool = False


class WatchedFolder:
    """Looks again and again; what it remembers between two looks is only how long something has not changed."""

    def __init__(self, source: Folder, desk: Desk) -> None:
        self.source, self._desk = source, desk
        self._waiting: dict[str, _Waiting] = {}
        self._tries: Counter[str] = Counter()

    def look(self) -> None:
        """First what an earlier look left in between, then what has become whole since; one holds up no other."""
        principal = self._desk.principal(self.source)
        with drop(self.source.path) as folder:
            failed = self._enter_taken(principal, folder)
            arrivals = folder.arrivals()
            self._waiting = {each.name: self._seen(each) for each in arrivals}
            left = [each.name for each in arrivals if not self._taken_if_ready(folder, each)]
            failed |= self._enter_taken(principal, folder, failed)
            left += self._cleared(folder)
        for error in failed.values():
            if isinstance(error, OSError):
                raise FolderUnusable from error
            raise error
        if left:
            raise FolderUnusable("Etwas im Ordner lässt sich weder lesen noch verschieben noch löschen.")

    def _cleared(self, folder: Drop) -> list[str]:
        """What is done for long goes; what would not."""
        if not self.source.keep_days:
            return []
        return folder.clear_done(self._desk.clock().timestamp() - self.source.keep_days * DAY, result.JSON)

    def _taken_if_ready(self, folder: Drop, arrival: Arrival) -> bool:
        """False for what is ready and may not be moved; it holds up nothing else."""
        try:
            if self._is_ready(folder, arrival):
                folder.take(arrival)
        except FileNotFoundError:
            return True  # its sender took it away
        except OSError:
            return False
        return True

    def _seen(self, arrival: Arrival) -> _Waiting:
        before = self._waiting.get(arrival.name)
        return before if before and before.print == arrival.print else _Waiting(arrival.print, self._desk.clock())

    def _is_ready(self, folder: Drop, arrival: Arrival) -> bool:
        waiting = self._waiting[arrival.name]
        quiet = (self._desk.clock() - waiting.since).total_seconds()
        if quiet >= self.source.patience_seconds:
            return True
        if waiting.judged:
            return False
        with folder.look(arrival) as above:
            if arrival.kind == LOOSE:
                return self._loose_is_ready(above, arrival.name, quiet)
            settled = arrival.kind == PACKED and quiet >= self.source.quiet_seconds
            return settled and self._judge(arrival.name, lambda: self._opens(above, arrival))

    def _loose_is_ready(self, above: int, name: str, quiet: float) -> bool:
        """With a manifest as soon as all it names is there; without one after the quiet time."""
        if loose.is_too_many(above):
            return True  # to be refused
        try:
            manifest = loose.manifest_of(above)
        except Problem:
            return self._judge(name, lambda: False)  # perhaps it is still being written
        if manifest is not None:
            return self._judge(name, partial(loose.is_whole, above, manifest, self._desk.limit))
        settled = quiet >= self.source.quiet_seconds and not self.source.needs_manifest
        return settled and not loose.is_unfinished(above) and bool(loose.entries_of(above))

    def _judge(self, name: str, whole: Callable[[], bool]) -> bool:
        """Reading all of it is done once for each way it looks."""
        found = whole()
        self._waiting[name] = replace(self._waiting[name], judged=not found)
        return found

    def _opens(self, above: int, arrival: Arrival) -> bool:
        try:
            with _archive(above, arrival.name, self._desk.limit):
                return True
        except Problem:
            return False

    # --- what was taken

    def _enter_taken(
        self, principal: Principal, folder: Drop, but: Container[str] = ()
    ) -> dict[str, Exception]:  # fmt: skip
        """What failed, by name. Outages are raised."""
        failed: dict[str, Exception] = {}
        for name in (each for each in folder.taken() if each not in but):
            self._desk.now(principal)
            try:
                self._finish(principal, folder, name)
            except HandedBack:
                raise
            except Exception as error:
                if isinstance(error, Problem) and error.status in OUTAGES:
                    raise
                failed[name] = error
        return failed

    def _finish(self, principal: Principal, folder: Drop, name: str) -> None:
        with folder.open_taken(name) as wrapper:
            said = self._entered(principal, wrapper, name)
            write_new(result.JSON, result.as_json(said), wrapper)
            write_new(result.TEXT, result.as_text(said).encode(), wrapper)
            called = said["reference"] or loose.shown(name)
            folder.set_aside(name, wrapper, FAILED if said["failed"] else DONE, called)
        del self._tries[name]
        if said["failed"]:
            logger.warning("source %s: a delivery is set aside", self.source.name)
            measures.SET_ASIDE.labels(self.source.kind, self.source.name).inc()

    def _entered(self, principal: Principal, wrapper: int, name: str) -> dict[str, Any]:
        """The result of a delivery. Whatever is not its own fault is raised, and it is tried again."""
        try:
            with self._contents(principal, wrapper, name) as (found, manifest):
                batch = self._batch(principal, found, manifest)
        except (HandedBack, OSError):
            raise
        except Exception as error:
            problem = error if isinstance(error, Problem) else DeliveryGivenUp()
            if problem.status >= 500 and (problem.status in OUTAGES or not self._was_last_try(name)):
                raise
            return result.of_refused(problem)
        with self._desk.database.look(principal.tenant) as unit:
            return result.of_batch(unit, acts.find(unit, batch, principal))

    def _was_last_try(self, name: str) -> bool:
        if self._desk.stopping():
            raise HandedBack
        self._tries[name] += 1
        return self._tries[name] >= TRIES

    @contextmanager
    def _contents(
        self, principal: Principal, wrapper: int, name: str
    ) -> Iterator[tuple[Loose | Archive, Manifest | None]]:
        """What there is, and the manifest that it came with."""
        kinds = [each for each in (LOOSE, PACKED, OTHER) if each in names(wrapper)]
        if kinds == [PACKED]:
            with _archive(wrapper, PACKED, self._desk.limit) as archive:
                yield archive, archive.manifest
        elif kinds == [LOOSE]:
            with _opened_as_folder(wrapper) as folder:
                manifest = loose.manifest_of(folder)
                said = manifest or self._announced_by_us(principal, folder, name)
                yield Loose(folder, said, loose.entries_of(folder, manifest), self._desk.limit), manifest
        else:
            raise DeliveryInvalid("Das ist weder ein Ordner noch ein ZIP.")

    def _announced_by_us(self, principal: Principal, folder: int, name: str) -> Manifest:
        """What the folder's defaults and a look at the files themselves say."""
        if self.source.needs_manifest:
            raise NoManifest
        if not loose.entries_of(folder):
            raise DeliveryInvalid("Der Ordner ist leer.")
        with private_folder(self._desk.work) as work:
            files = loose.counted(folder, self._desk.limit, work, self._desk.count)
        with self._desk.database.look(principal.tenant) as unit:
            sides = profiles.newest_released(unit, self.source.profile).sides
        pages = sum(file.pages for file in files if file.sha256 != loose.UNHASHED)
        reference = " ".join(loose.shown(name).split())[:200]
        sheets = max(1, -(-pages // sides))
        return Manifest(Announcement(reference, self.source.profile, self.source.operator, sheets), tuple(files))

    def _batch(self, principal: Principal, found: Loose | Archive, manifest: Manifest | None) -> UUID:
        """Announced, every file taken, complete: each step in a transaction of its own, none of them twice."""
        desk = self._desk
        extra = [f"„{name}“ liegt in der Lieferung, steht aber nicht im Verzeichnis." for name in surplus(found)]
        files = None if manifest is None else manifest.files
        with desk.database.unit(principal.tenant) as unit:
            batch, new = acts.announce(unit, desk.now(principal), principal, found.manifest.announcement)
        if not new:
            self._reopen_for(principal, batch, found, files, extra)
        Delivery(desk.database, desk.vault, principal, partial(desk.now, principal)).take(batch, found)
        with desk.database.unit(principal.tenant) as unit:
            acts.complete(unit, desk.now(principal), desk.vault, principal, batch, files, extra)
        return batch

    def _reopen_for(
        self, principal: Principal, id_: UUID, found: Loose | Archive, files: Sequence[ItemSaid] | None,
        extra: Sequence[str],
    ) -> None:  # fmt: skip
        """A batch that is complete takes what a mended delivery brings; the same delivery again reopens nothing."""
        with self._desk.database.look(principal.tenant) as unit:
            batch, came = acts.find(unit, id_, principal), standing.items(unit, id_)
        if batch.state in {OPEN, ABANDONED_STATE}:
            return
        there = {(item.name, item.sha256) for item in came}
        missing = (said for said in found.manifest.files if (said.name, said.sha256) not in there)
        said_now = [] if files is None else [*compared(files, came), *extra]
        if said_now != batch.manifest_differences or any(_is_right(found, said) for said in missing):
            with self._desk.database.unit(principal.tenant) as unit:
                acts.reopen(unit, self._desk.now(principal), principal, id_)


def _is_right(found: Loose | Archive, said: ItemSaid) -> bool:
    """Whether a file is there, and is what is said of it."""
    if said.name not in found.entries:
        return False
    try:
        with found.open(said.name) as file:
            return loose.hash_of(file) == said.sha256
    except Problem:
        return False


@contextmanager
def _opened_as_folder(wrapper: int) -> Iterator[int]:
    """What was a folder when it was looked at; its sender may have put something else in its place."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(opened(LOOSE, wrapper))
        except OSError as error:
            raise FileUnusable from error
        yield folder


@contextmanager
def _archive(above: int, name: str, limit: int) -> Iterator[Archive]:
    with loose.plain_file(name, above, limit) as file:
        yield opened_archive(file.raw, limit)
