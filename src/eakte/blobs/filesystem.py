"""Blobs as files: written beside, made durable, then linked to their name, so that nothing is half there or replaced.

`<root>/<tenant>/<class>/<last two digits of the id>/<id>`; what is still being written lies in `<root>/.part/`.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from eakte.blobs.port import KeyTaken, Listed, Missing, Piece, StoreFailed, StoreFull, key_parts, prefix_parts

_HINT = 4 << 20  # bytes between two hints to begin writing to disk: the last fsync is short then
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (StoreFull if error.errno in _FULL else StoreFailed) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


class _FileSink:
    def __init__(self, temp: Path, final: Path) -> None:
        self._temp, self._final = temp, final
        self._written = self._hinted = 0
        self._descriptor: int | None = os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)

    def write(self, piece: Piece) -> None:
        assert self._descriptor is not None, "written after its end"
        rest = memoryview(piece)
        with _our_errors():
            while rest:  # a write may take less than all, most often on a disk about to be full
                taken = os.write(self._descriptor, rest)
                rest, self._written = rest[taken:], self._written + taken
            if self._written - self._hinted >= _HINT:
                os.posix_fadvise(self._descriptor, self._hinted, 0, os.POSIX_FADV_DONTNEED)
                self._hinted = self._written

    def commit(self) -> None:
        assert self._descriptor is not None, "committed after its end"
        try:
            with _our_errors():
                os.fsync(self._descriptor)
                self._link()
        finally:
            self.abort()

    def _link(self) -> None:
        try:
            os.link(self._temp, self._final)
        except FileExistsError as error:
            _sync_folder(self._final.parent)  # the winner may have linked and not yet come so far
            raise KeyTaken from error
        try:
            _sync_folder(self._final.parent)
        except OSError:
            self._final.unlink(missing_ok=True)
            raise

    def abort(self) -> None:
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):  # what cannot be removed now is swept later
            os.close(self._descriptor)
        with contextlib.suppress(OSError):
            self._temp.unlink(missing_ok=True)
        self._descriptor = None


class FilesystemBlobs:
    """The store in a folder of a local disk, private to the service's user (folders 0700, files 0600).

    Not for network file systems whose `link` or `fsync` promise less than a local one's.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._parts = root, root / ".part"
        self._durable: set[Path] = set()
        with _our_errors():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(root.parent)
            self._durable.add(root)
            self._ensure(self._parts)

    def sink(self, key: str) -> _FileSink:
        """A temporary file of a random name, so a killed writer is in nobody's way."""
        final = self._path(key)
        with _our_errors():
            self._ensure(final.parent)
            return _FileSink(self._parts / f"{uuid4()}.part", final)

    def read(self, key: str, offset: int, length: int) -> bytes:
        """One open and usually one read; the file is closed again."""
        with self._opened(key) as descriptor:
            pieces = []
            while length > 0 and (piece := os.pread(descriptor, length, offset)):
                pieces.append(piece)
                offset, length = offset + len(piece), length - len(piece)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def size(self, key: str) -> int:
        """Size of the file."""
        with self._opened(key) as descriptor:
            return os.fstat(descriptor).st_size

    def delete(self, key: str) -> None:
        """The name is gone from the disk when it returns, also after a power cut."""
        path = self._path(key)
        with _our_errors(), contextlib.suppress(FileNotFoundError):
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Walks the folders; what comes or goes meanwhile may or may not be listed."""
        folder = self._root.joinpath(*prefix_parts(prefix))
        with _our_errors():
            for parent, _, names in os.walk(folder, onerror=_unless_gone):
                yield from self._listed(Path(parent), names)

    def clear_unfinished(self, before: datetime) -> int:
        """Looks only into `.part`; a writer that still writes keeps its file young."""
        removed = 0
        with _our_errors():
            for part in self._parts.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if part.stat().st_mtime < before.timestamp():
                        part.unlink()
                        removed += 1
        return removed

    def free_bytes(self) -> int:
        """What the file system still gives to this user, without the share kept for root."""
        with _our_errors():
            found = os.statvfs(self._root)
        return found.f_bavail * found.f_frsize

    def check(self) -> None:
        """Writes, syncs and removes one file of 4 KiB."""
        with _our_errors():
            probe = _FileSink(self._parts / f"{uuid4()}.part", self._parts / "unused")
            try:
                probe.write(bytes(4096))
                _sync_folder(self._parts)
            finally:
                probe.abort()

    def describe(self) -> str:
        """The folder."""
        return f"Dateien unter {self._root}"

    def _path(self, key: str) -> Path:
        tenant, blob_class, name = key_parts(key)
        return self._root / tenant / blob_class / name[-2:] / name

    def _ensure(self, folder: Path) -> None:
        """Makes the folder and its way durable; another process may have made it without having come so far."""
        if folder in self._durable:
            return
        self._ensure(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)
        self._durable.add(folder)

    @contextlib.contextmanager
    def _opened(self, key: str) -> Iterator[int]:
        path = self._path(key)
        with _our_errors():
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError as error:
                raise Missing from error
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def _listed(self, folder: Path, names: list[str]) -> Iterator[Listed]:
        tenant_and_class = "/".join(folder.relative_to(self._root).parts[:2])
        for name in names:
            key = f"{tenant_and_class}/{name}"
            with contextlib.suppress(FileNotFoundError, ValueError):  # gone meanwhile, or nothing of ours
                if self._path(key) == folder / name:
                    found = (folder / name).stat()
                    yield Listed(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
