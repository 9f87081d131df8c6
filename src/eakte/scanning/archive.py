"""A delivery as one ZIP: its directory and its entries, read with bounds; docs/decisions/deliveries-as-zip.md."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from eakte.errors import Invalid, Problem
from eakte.scanning.manifest import MOST_BYTES, MOST_FILES, NAMES, Manifest, read_manifest
from eakte.vault import SealedBlob, Vault

READ_AT_ONCE = 4 << 20
"""The directory is read as one piece; 20,000 entries need some 2 MiB."""
BUFFER = 1 << 20
RATIO = 100
SMALL = 64 << 20
"""Bytes up to which it does not matter how well they were packed."""
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError)


class DeliveryInvalid(Invalid):
    """No ZIP that can be read, or one with folders, ciphers or packings that a delivery may not have."""

    code, title = "delivery-invalid", "Die Lieferung ist nicht lesbar"
    remedy = "Ein ZIP ohne Ordner und Kennwort senden, mit genau einem manifest.json, manifest.csv oder manifest.xml."


class DeliveryTooLarge(Problem):
    """Too many entries, or too many bytes once unpacked."""

    code, status, title = "delivery-too-large", 413, "Die Lieferung ist zu groß"
    remedy = "Die Lieferung teilen, oder die Dateien einzeln an POST /v1/batches/{id}/items senden."


class SealedReader(io.RawIOBase):
    """A sealed blob as a file that can be read at any place; its plaintext never lies on a disk."""

    def __init__(self, vault: Vault, blob: SealedBlob) -> None:
        super().__init__()
        self._vault, self._blob, self._at = vault, blob, 0

    def readable(self) -> bool:
        """For the standard library."""
        return True

    def seekable(self) -> bool:
        """For the standard library."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """From the start, here or the end; never before the start."""
        self._at = max(0, offset + (0, self._at, self._blob.bytes)[whence])
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As many bytes as there are; 0 at the end."""
        begun, stop = self._at, min(self._blob.bytes, self._at + len(buffer))
        if stop <= begun:
            return 0
        for piece in self._vault.open(self._blob, begun, stop):
            buffer[self._at - begun : self._at - begun + len(piece)] = piece
            self._at += len(piece)
        return self._at - begun


class _Bounded(io.BufferedReader):
    """Refuses to read much at once: a directory says itself how large it is."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > READ_AT_ONCE:
            raise DeliveryTooLarge
        return super().read(size)


@dataclass(frozen=True)
class Archive:
    """An opened ZIP; `entries` by name, without the manifest's."""

    zip: zipfile.ZipFile
    manifest: Manifest
    entries: dict[str, zipfile.ZipInfo]

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of an entry. Raises DeliveryInvalid, while they are read too, when they are not as packed."""
        try:
            with self.zip.open(self.entries[name]) as file:
                yield file
        except _DAMAGED as error:
            raise DeliveryInvalid(f"„{name}“ ist im ZIP beschädigt.") from error


def opened(raw: io.RawIOBase, limit: int) -> Archive:
    """The archive in `raw`, of at most `limit` bytes unpacked. DeliveryInvalid, DeliveryTooLarge, ManifestInvalid."""
    try:
        archive = zipfile.ZipFile(_Bounded(raw, BUFFER))
        infos = archive.infolist()
        _check(infos, limit)
        named = [info for info in infos if info.filename.lower() in NAMES]
        if len(named) != 1:
            raise DeliveryInvalid(f"Das ZIP enthält {len(named)} Verzeichnisse, erwartet wird eins.")
        with archive.open(named[0]) as file:
            data = file.read(MOST_BYTES + 1)
    except _DAMAGED as error:
        raise DeliveryInvalid from error
    manifest = read_manifest(named[0].filename, data)
    return Archive(archive, manifest, {info.filename: info for info in infos if info is not named[0]})


def _check(infos: list[zipfile.ZipInfo], limit: int) -> None:
    """Before anything is unpacked; what an entry yields is never more than its size says."""
    if len(infos) > MOST_FILES + 1:
        raise DeliveryTooLarge(f"Das ZIP hat mehr als {MOST_FILES} Dateien.")
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise DeliveryInvalid("Ein Name kommt im ZIP mehrmals vor.")
    for info in infos:
        _check_entry(info)
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if unpacked > limit or unpacked > SMALL + RATIO * packed:
        raise DeliveryTooLarge("Ausgepackt wäre die Lieferung größer als erlaubt.")


def _check_entry(info: zipfile.ZipInfo) -> None:
    shown = info.filename[:100]
    if "/" in info.orig_filename or "\\" in info.orig_filename or "\0" in info.orig_filename:
        raise DeliveryInvalid(f"„{shown}“ liegt in einem Ordner.")
    if info.flag_bits & _ENCRYPTED:
        raise DeliveryInvalid(f"„{shown}“ ist verschlüsselt.")
    if info.compress_type not in _METHODS:
        raise DeliveryInvalid(f"„{shown}“ ist auf eine Weise gepackt, die nicht gelesen wird.")
