"""A delivery as files of a folder, with a manifest or without; each is opened only as the plain file that it is."""

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count as count_from
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, cast

from eakte.channels.model import CollectedTooLarge, FileUnusable
from eakte.scanning.archive import DeliveryTooLarge
from eakte.scanning.manifest import MOST_BYTES, MOST_FILES, NAMES, Manifest, ManifestInvalid, read_manifest
from eakte.scanning.model import ItemSaid

UNFINISHED = (".part", ".filepart", ".tmp", ".partial")
"""Endings that clients give to what they still write."""
UNHASHED = "0" * 64
"""Said of what could not be read."""
_PIECE = 1 << 20
_ITS_OWN_FAULT = {errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENAMETOOLONG}


class Readable(Protocol):
    """Something with bytes in it."""

    def read(self, size: int, /) -> bytes:
        """At most so many, none at the end."""


CountPages = Callable[[Path], int]


@dataclass(frozen=True)
class Loose:
    """An open folder with what is said of its files; `entries`: names, to names as they stand on the disk."""

    folder: int
    manifest: Manifest
    entries: Mapping[str, str]
    limit: int

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a file. Raises FileUnusable, CollectedTooLarge."""
        with plain_file(self.entries[name], self.folder, self.limit) as file:
            yield cast("IO[bytes]", file)


class _Bounded:
    """What a file held when it was opened: one that is still written to has an end all the same."""

    def __init__(self, raw: io.FileIO, size: int) -> None:
        self.raw, self._left = raw, size

    def read(self, size: int) -> bytes:
        piece = self.raw.read(min(size, self._left))
        self._left -= len(piece)
        return piece


@contextmanager
def plain_file(name: str, above: int, limit: int) -> Iterator[_Bounded]:
    """Opened below its folder. Raises FileUnusable, CollectedTooLarge."""
    if "/" in name or name in {".", ".."}:
        raise FileUnusable("Der Name ist ein Pfad.")
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
    except OSError as error:
        if error.errno not in _ITS_OWN_FAULT:
            raise
        raise FileUnusable from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise FileUnusable
        if found.st_size > limit:
            raise CollectedTooLarge
        yield _Bounded(io.FileIO(descriptor, closefd=False), found.st_size)
    finally:
        os.close(descriptor)


def entries_of(folder: int, named: Manifest | None = None) -> dict[str, str]:
    """All but the manifest; what a manifest names by a path is among them, to be refused. Raises DeliveryTooLarge."""
    if is_too_many(folder):
        raise DeliveryTooLarge(f"Der Ordner hat mehr als {MOST_FILES} Dateien.")
    there: dict[str, str] = {}
    for name in sorted(os.listdir(folder)):
        if name.lower() not in NAMES:
            there[_free(shown(name), there)] = name
    paths = [file.name for file in named.files if "/" in file.name] if named else []
    return there | {name: name for name in paths}


def is_too_many(folder: int) -> bool:
    """More than a batch may have, with its manifest."""
    with os.scandir(folder) as entries:
        return len(list(islice(entries, MOST_FILES + 2))) > MOST_FILES + 1


def shown(name: str) -> str:
    """A name of the disk as text: what is no UTF-8 as old programs write it, what cannot be seen as a mark."""
    raw = os.fsencode(name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _free(text: str, taken: Mapping[str, str]) -> str:
    """With a number where another file is shown so already: none may stand for two."""
    return next(
        each for number in count_from(1) if (each := text if number == 1 else f"{text} ({number})") not in taken
    )


def manifest_of(folder: int) -> Manifest | None:
    """The one manifest in a folder, None where there is none. Raises ManifestInvalid, FileUnusable."""
    named = [name for name in os.listdir(folder) if name.lower() in NAMES]
    if len(named) > 1:
        raise ManifestInvalid("Es gibt mehr als ein Verzeichnis.")
    if not named:
        return None
    with plain_file(named[0], folder, MOST_BYTES) as file:
        return read_manifest(named[0], file.read(MOST_BYTES))


def is_whole(folder: int, manifest: Manifest, limit: int) -> bool:
    """Whether every file that the manifest names is there, with the bytes it names."""
    there = entries_of(folder)
    if any(file.name not in there for file in manifest.files):
        return False
    try:
        return all(_hash(there[file.name], folder, limit) == file.sha256 for file in manifest.files)
    except (FileUnusable, CollectedTooLarge):
        return False


def is_unfinished(folder: int) -> bool:
    """Whether a client still writes, by the names it gives."""
    return any(name.startswith(".") or name.lower().endswith(UNFINISHED) for name in os.listdir(folder))


def _hash(name: str, folder: int, limit: int) -> str:
    with plain_file(name, folder, limit) as file:
        return hash_of(file)


def hash_of(file: Readable) -> str:
    """Of all that can still be read of it."""
    hashed = hashlib.sha256()
    while piece := file.read(_PIECE):
        hashed.update(piece)
    return hashed.hexdigest()


def counted(folder: int, limit: int, work: Path, count: CountPages) -> list[ItemSaid]:
    """What can be said of the plain files where nobody says it, each counted as a copy in `work`."""
    found = []
    for shown_name, name in entries_of(folder).items():
        try:
            found.append(_counted(shown_name, name, folder, limit, work / "counted", count))
        except (FileUnusable, CollectedTooLarge):
            found.append(ItemSaid(shown_name, UNHASHED, 1))  # refused when it is to be taken
    return found


def _counted(said: str, name: str, folder: int, limit: int, copy: Path, count: CountPages) -> ItemSaid:
    hashed: Any = hashlib.sha256()
    try:
        with plain_file(name, folder, limit) as file, copy.open("wb") as into:
            while piece := file.read(_PIECE):
                hashed.update(piece)
                into.write(piece)
        return ItemSaid(said, hashed.hexdigest(), max(1, count(copy)))
    finally:
        copy.unlink(missing_ok=True)
