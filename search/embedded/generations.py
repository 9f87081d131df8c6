"""The folder of an embedded index: one sub-folder per generation, a pointer to the current one, one writer's lock.

current       {"format": …, "generation": "g-…"}: what is searched
building      the same, while a fresh index is being built; its time is that of the build's last write
writer.lock   held (flock) by whoever writes; the kernel frees it when its holder dies
g-…           the engine's own files
"""

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from search.errors import IndexBusy, IndexUnusable

FORMAT = 6
"""Raised when schema, analysis or the stored page change: an index of another format must be built anew."""

_POLL_SECONDS = 0.005
# A build writes every few seconds; one that has not for so long has lost its process.
_ABANDONED_SECONDS = 3600


class Generations:
    """Names and states under one index folder; the folder appears with the first generation."""

    def __init__(self, folder: Path, wait_seconds: float) -> None:
        self.folder = folder
        self._wait_seconds = wait_seconds
        self._current = str(folder / "current")
        self._seen: tuple[tuple[int, int], str] | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer among all threads and processes; IndexBusy after the set wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "writer.lock").open("ab") as lock:
            self._lock(lock.fileno())
            try:
                yield
            finally:
                # closing alone would not free it while a forked child still holds a copy
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _lock(self, number: int) -> None:
        patience = time.monotonic() + self._wait_seconds
        while True:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > patience:
                    raise IndexBusy(
                        f"Der Suchindex wird seit {self._wait_seconds:g} s von einem anderen Prozess geschrieben."
                    ) from None
                time.sleep(_POLL_SECONDS)
            else:
                return

    def current(self) -> str:
        """The generation that is searched; IndexUnusable if there is none or its format is not ours."""
        try:
            seen = os.stat(self._current)  # noqa: PTH116  a tenth of the time that a path takes
        except FileNotFoundError:
            raise IndexUnusable(f"Unter {self.folder} liegt kein Suchindex.") from None
        # a pointer is never changed but replaced, so the same file says the same
        file, known = (seen.st_ino, seen.st_mtime_ns), self._seen
        if known is not None and known[0] == file:
            return known[1]
        name = self.named("current")
        if name is None:
            raise IndexUnusable(f"Unter {self.folder} liegt kein Suchindex.")
        self._seen = file, name
        return name

    def pointed(self) -> set[str]:
        """All generations in use; a pointer that cannot be read names none."""
        names = set()
        for pointer in ("current", "building"):
            with suppress(IndexUnusable):
                names.add(self.named(pointer))
        return {name for name in names if name is not None}

    def path(self, generation: str) -> Path:
        """Where a generation's files are."""
        return self.folder / generation

    def begin(self) -> str:
        """A new empty folder's name; the caller fills it and makes it known."""
        name = f"g-{uuid.uuid4().hex}"
        self.path(name).mkdir()
        return name

    def point(self, pointer: str, generation: str) -> None:
        """Let `current` or `building` name this generation: durable, and at no moment half written."""
        fresh = self.folder / f"{pointer}.new"
        with fresh.open("w") as file:
            json.dump({"format": FORMAT, "generation": generation}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / pointer)
        _sync(self.folder)

    def still_building(self) -> None:
        """Note that somebody works at the build."""
        os.utime(self.folder / "building")

    def building(self) -> str | None:
        """The generation being built, None if there is none or nobody has worked at it for an hour."""
        with suppress(FileNotFoundError):
            if time.time() - (self.folder / "building").stat().st_mtime > _ABANDONED_SECONDS:
                self.forget_building()
                self.sweep()
        return self.named("building")

    def forget_building(self) -> None:
        """No generation is being built any more."""
        (self.folder / "building").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete all generations but those pointed to. Who still reads one keeps its open files."""
        kept = self.pointed()
        for path in self.folder.glob("g-*"):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def named(self, pointer: str) -> str | None:
        """The generation that `current` or `building` names, None if there is no such pointer; else IndexUnusable."""
        try:
            said = json.loads((self.folder / pointer).read_text())
            if said["format"] != FORMAT:
                raise IndexUnusable("Der Suchindex hat ein anderes Format und muss neu aufgebaut werden.")
            return str(said["generation"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexUnusable(f"Der Zeiger {self.folder / pointer} ist nicht lesbar: {error}") from error


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
