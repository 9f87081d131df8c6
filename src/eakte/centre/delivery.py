"""What is to be delivered: files, folders and ZIPs on the centre's disk, with what a manifest says of them."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eakte.errors import Invalid
from eakte.scanning.manifest import NAMES, Manifest, read_manifest
from eakte.scanning.model import ItemSaid

CountPages = Callable[[Path], int]
_MIB = 1 << 20


class NothingToDeliver(Invalid):
    """The paths hold no file, or one that is not there, or two of one name."""

    code, title = "delivery-not-sendable", "Die Lieferung ist so nicht zu senden"
    remedy = "Pfade prüfen: Ordner, ZIP oder einzelne Dateien, jeder Name nur einmal."


@dataclass(frozen=True)
class Piece:
    """One file to be sent, and what is said of it; an empty `sha256` is found while it is sent, or by `hashed`."""

    path: Path
    bytes: int
    said: ItemSaid

    def hashed(self) -> "Piece":
        """With its hash, for who has to know it before the file is sent."""
        return self if self.said.sha256 else replace(self, said=replace(self.said, sha256=sha256(self.path)))


@dataclass(frozen=True)
class Delivery:
    """All pieces in the order of their names; `manifest` as it was given, None where there is none."""

    pieces: list[Piece]
    manifest: Manifest | None


def gather(paths: Sequence[Path], manifest: Path | None, work: Path, count: CountPages) -> Delivery:
    """What lies at the paths. ZIPs are unpacked into `work`. Of what no manifest names the pages are counted here.

    What a manifest says is passed on as it stands, wrong or not: the service answers it.
    """
    files = dict(_named(_files(paths, work)))
    found = _taken_out(files, manifest)
    if not files:
        raise NothingToDeliver("Es gibt keine Datei zu senden.")
    known = {each.name: each for each in found.files} if found else {}
    pieces = [
        Piece(path, path.stat().st_size, known.get(name) or ItemSaid(name, "", count(path)))
        for name, path in sorted(files.items())
    ]
    return Delivery(pieces, found)


def _taken_out(files: dict[str, Path], named: Path | None) -> Manifest | None:
    """The manifest that was named, or that lies among the files; it is then none of them."""
    inside = {name: files.pop(name) for name in NAMES if name in files}
    if named is None:
        name = next(iter(inside), None)
        return None if name is None else read_manifest(name, inside[name].read_bytes())
    for name in [name for name, path in files.items() if path.resolve() == named.resolve()]:
        del files[name]
    try:
        return read_manifest(f"manifest{named.suffix.lower()}", named.read_bytes())
    except (OSError, KeyError) as error:
        raise NothingToDeliver(f"{named} ist nicht als .json, .csv oder .xml zu lesen.") from error


def sha256(path: Path) -> str:
    """In hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(found: Iterator[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    seen: set[str] = set()
    for name, path in found:
        if name in seen:
            raise NothingToDeliver(f"„{name}“ gibt es zweimal.")
        seen.add(name)
        yield name, path


def _files(paths: Sequence[Path], work: Path) -> Iterator[tuple[str, Path]]:
    for number, path in enumerate(paths):
        if path.is_dir():
            yield from _in_folder(path)
        elif not path.is_file():
            raise NothingToDeliver(f"{path} gibt es nicht.")
        elif zipfile.is_zipfile(path) and path.suffix.lower() == ".zip":
            yield from _in_zip(path, work / str(number))
        else:
            yield path.name, path


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            yield name, path


def _in_zip(path: Path, work: Path) -> Iterator[tuple[str, Path]]:
    """Unpacked under numbers: names inside a ZIP are never paths on our disk."""
    work.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            for number, entry in enumerate(archive.infolist()):
                if not entry.is_dir():
                    target = work / str(number)
                    with archive.open(entry) as source, target.open("wb") as into:
                        shutil.copyfileobj(source, into, _MIB)
                    yield entry.filename.replace("\\", "/"), target
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise NothingToDeliver(f"{path} ist nicht zu entpacken: {error}.") from error
