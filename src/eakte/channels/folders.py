"""One look into a watched folder: what is whole is taken, entered as a batch, and set aside with its result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from eakte.channels.model import Folder, FolderUnusable, NoManifest
from eakte.errors import Problem, Unavailable
from eakte.jobs import HandedBack
from eakte.recognition.plaintext import private_folder
from eakte.scanning import acts, profiles
from eakte.scanning.archive import Archive, DeliveryInvalid
from eakte.scanning.archive import opened as opened_archive
from eakte.scanning.delivery import Delivery, surplus
from eakte.scanning.manifest import Manifest
from eakte.scanning.model import Announcement


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

    def look(self) -> None:
        """First what an earlier look left in between, then what has become whole since."""
        principal = self._desk.principal(self.source)
        with drop(self.source.path) as folder:
            self._enter_taken(principal, folder)
            arrivals = folder.arrivals()
            self._waiting = {each.name: self._seen(each) for each in arrivals}
            left = [each for each in arrivals if not self._taken_if_ready(folder, each)]
            self._enter_taken(principal, folder)
        if left:
            raise FolderUnusable("Etwas im Ordner lässt sich weder lesen noch verschieben.")

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

    def _enter_taken(self, principal: Principal, folder: Drop) -> None:
        failed: Exception | None = None
        for name in folder.taken():
            self._desk.now(principal)
            try:
                self._finish(principal, folder, name)
            except (Unavailable, HandedBack):
                raise
            except Exception as error:  # noqa: BLE001 (one delivery holds up no other; raised below)
                failed = failed or error
        if failed is not None:
            raise failed

    def _finish(self, principal: Principal, folder: Drop, name: str) -> None:
        with folder.open_taken(name) as wrapper:
            said = self._entered(principal, wrapper, name)
            write_new(result.JSON, result.as_json(said), wrapper)
            write_new(result.TEXT, result.as_text(said).encode(), wrapper)
        folder.set_aside(name, FAILED if said["failed"] else DONE, said["reference"] or name)

    def _entered(self, principal: Principal, wrapper: int, name: str) -> dict[str, Any]:
        """The result of a delivery. Whatever is not its own fault is raised, and it is tried again."""
        try:
            with self._contents(principal, wrapper, name) as (found, manifest):
                batch = self._batch(principal, found, manifest)
        except Problem as problem:
            if problem.status >= 500:
                raise
            return result.of_refused(problem)
        with self._desk.database.look(principal.tenant) as unit:
            return result.of_batch(unit, acts.find(unit, batch, principal))

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
            with opened(LOOSE, wrapper) as folder:
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
        with desk.database.unit(principal.tenant) as unit:
            batch, _ = acts.announce(unit, desk.now(principal), principal, found.manifest.announcement)
        Delivery(desk.database, desk.vault, principal, partial(desk.now, principal)).take(batch, found)
        extra = [f"„{name}“ liegt in der Lieferung, steht aber nicht im Verzeichnis." for name in surplus(found)]
        files = None if manifest is None else manifest.files
        with desk.database.unit(principal.tenant) as unit:
            acts.complete(unit, desk.now(principal), desk.vault, principal, batch, files, extra)
        return batch


@contextmanager
def _archive(above: int, name: str, limit: int) -> Iterator[Archive]:
    with loose.plain_file(name, above, limit) as file:
        yield opened_archive(file.raw, limit)
