"""A watched folder on the disk: what lies there, taking it by renaming, and setting it aside.

Every name is opened below a descriptor of its folder and no link is followed, since whoever delivers may write there.
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from eakte.channels.model import FolderUnusable
from eakte.scanning.manifest import MOST_FILES

TAKEN, DONE, FAILED = ".taken", "done", "failed"
LONGEST = 200
"""Bytes of a name under which something is set aside; file systems know 255."""
LOOSE, PACKED, OTHER = "lieferung", "lieferung.zip", "lieferung.andere"
"""What a delivery is called once it is taken: a folder, a ZIP, or something that is none."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Print = tuple[tuple[str, int, int, int, int], ...]
"""Of each entry: name, inode, size, and the times of its content and of its entry, which no sender can set."""


@dataclass(frozen=True)
class Arrival:
    """Something that lies in a watched folder; `kind`: what it will be called."""

    name: str
    kind: str
    print: Print


@contextmanager
def opened(name: str | Path, above: int | None = None) -> Iterator[int]:
    """The descriptor of a folder; OSError for what is none, links included."""
    descriptor = os.open(name, _FOLDER, dir_fd=above)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Drop:
    """A watched folder that is open, with the folders for what was taken, done and failed."""

    def __init__(self, root: int, taken: int, done: int, failed: int) -> None:
        self._root, self._taken, self._aside = root, taken, {DONE: done, FAILED: failed}

    def arrivals(self) -> list[Arrival]:
        """What waits to be taken; hidden names are nobody's."""
        shown = (name for name in names(self._root) if not name.startswith(".") and name not in self._aside)
        return [found for name in shown if (found := self._arrival(name)) is not None]

    def _arrival(self, name: str) -> Arrival | None:
        """None when it went away meanwhile, or the one before of this name is not done yet."""
        if _is_there(name, self._taken):
            return None
        with suppress(FileNotFoundError):
            mode = os.stat(name, dir_fd=self._root, follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                with suppress(PermissionError), opened(name, self._root) as folder:
                    return Arrival(name, LOOSE, prints(folder))
            packed = stat.S_ISREG(mode) and name.lower().endswith(".zip")
            return Arrival(name, PACKED if packed else OTHER, (_print(name, self._root),))
        return None

    @contextmanager
    def look(self, arrival: Arrival) -> Iterator[int]:
        """The descriptor of the folder itself, or of the one it lies in."""
        if arrival.kind != LOOSE:
            yield self._root
            return
        with opened(arrival.name, self._root) as folder:
            yield folder

    def take(self, arrival: Arrival) -> None:
        """Move it where only we look, in one step of the file system."""
        os.mkdir(arrival.name, 0o755, dir_fd=self._taken)
        with opened(arrival.name, self._taken) as wrapper:
            os.rename(arrival.name, arrival.kind, src_dir_fd=self._root, dst_dir_fd=wrapper)

    def taken(self) -> list[str]:
        """What was taken and is not set aside; an empty one is what a crash left before it was moved there."""
        found = []
        for name in names(self._taken):
            try:
                os.rmdir(name, dir_fd=self._taken)
            except OSError:
                found.append(name)
        return found

    @contextmanager
    def open_taken(self, name: str) -> Iterator[int]:
        """The folder around a taken delivery."""
        with opened(name, self._taken) as wrapper:
            yield wrapper

    def set_aside(self, name: str, wrapper: int, where: str, called: str) -> None:
        """Under the first name that is free there. FileNotFoundError where somebody did: this name is another's now."""
        if not os.path.samestat(os.fstat(wrapper), os.stat(name, dir_fd=self._taken, follow_symlinks=False)):
            raise FileNotFoundError(name)
        target = self._aside[where]
        plain = re.sub(r"[^\w.-]+", "_", called).lstrip(".").encode()
        wanted = plain[:LONGEST].decode(errors="ignore") or "lieferung"
        tried = (wanted if number == 1 else f"{wanted} ({number})" for number in count(1))
        free = next(each for each in tried if not _is_there(each, target))
        os.rename(name, free, src_dir_fd=self._taken, dst_dir_fd=target)

    def clear_done(self, before: float, ours: str) -> list[str]:
        """Remove what was set aside as done before that time, if a file `ours` lies in it; what would not go."""
        left = []
        for name in names(self._aside[DONE]):
            try:
                with opened(name, self._aside[DONE]) as wrapper:
                    is_old = os.stat(ours, dir_fd=wrapper, follow_symlinks=False).st_mtime < before
                    if is_old:  # what shows that it is ours goes last
                        for inner in sorted(names(wrapper), key=lambda each: each == ours):
                            _remove(inner, wrapper)
                if is_old:
                    os.rmdir(name, dir_fd=self._aside[DONE])
            except (FileNotFoundError, NotADirectoryError):
                continue  # not ours
            except OSError:
                left.append(name)
        return left


def _remove(name: str, above: int) -> None:
    """A file or a folder with all in it; no link is followed."""
    if stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=above)
    else:
        os.unlink(name, dir_fd=above)


@contextmanager
def drop(path: Path) -> Iterator[Drop]:
    """The watched folder at `path`; raises FolderUnusable for whatever is wrong with it, meanwhile too."""
    try:
        with ExitStack() as stack:
            root = stack.enter_context(opened(path))
            made = [stack.enter_context(_made(name, mode, root)) for name, mode in _MODES.items()]
            if os.fstat(made[0]).st_uid != os.geteuid():
                raise PermissionError(f"{TAKEN} belongs to somebody else")
            yield Drop(root, *made)
    except OSError as error:
        raise FolderUnusable from error


_MODES = {TAKEN: 0o700, DONE: 0o755, FAILED: 0o755}


@contextmanager
def _made(name: str, mode: int, above: int) -> Iterator[int]:
    with suppress(FileExistsError):
        os.mkdir(name, mode, dir_fd=above)
    with opened(name, above) as folder:
        yield folder


def names(folder: int) -> list[str]:
    """All names in a folder, in order."""
    return sorted(os.listdir(folder))


def prints(folder: int) -> Print:
    """Of all entries by name; of far too many only the first, since such a delivery is refused anyway."""
    with os.scandir(folder) as entries:
        found = sorted(entry.name for entry in islice(entries, 2 * MOST_FILES))
    return tuple(_print(name, folder) for name in found)


def _print(name: str, above: int) -> tuple[str, int, int, int, int]:
    found = os.stat(name, dir_fd=above, follow_symlinks=False)
    return name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_there(name: str, above: int) -> bool:
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=above, follow_symlinks=False)
        return True
    return False


def write_new(name: str, data: bytes, above: int) -> None:
    """A file of ours beside a taken delivery, in place of one that a crash left."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=above)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o644, dir_fd=above), "wb") as file:
        file.write(data)
