"""A batch from announcement to reconciliation. Everything that is known lies in the service, so it can begin anew."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from eakte.centre.delivery import Delivery, Piece
from eakte.centre.line import Answer, Answered, Broken, Line, NoLine, pieces_of

LINES = 4
AT_ONCE_BYTES = 64 << 20
"""Files up to here are tried with one request first; over a line that breaks they go by tus, as larger ones do."""
TUS = {"Tus_Resumable": "1.0.0"}
BYTES = {**TUS, "Content_Type": "application/offset+octet-stream", "Prefer": "return=representation"}
DONE = ("reconciled", "differs", "abandoned")


@dataclass
class Progress:
    """How far it has come; `changed` is called from any thread."""

    files: int
    bytes: int
    changed: Callable[["Progress"], None]
    sent_files: int = 0
    sent_bytes: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, files: int, sent: int) -> None:
        """So much more; less after a cut."""
        with self._guard:
            self.sent_files += files
            self.sent_bytes += sent
            self.changed(self)


@dataclass(frozen=True)
class Refused:
    """A file that the service did not take, and why."""

    name: str
    code: str
    reason: str


@dataclass
class Sending:
    """One delivery into the batch of this reference; `lines`: files sent at the same time, each on its own."""

    line: Line
    delivery: Delivery
    announcement: dict[str, Any]
    progress: Progress
    lines: int = LINES
    refused: list[Refused] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    def send(self) -> str:
        """Announce, send what is not there, complete; the batch's id. Again it sends only what is missing."""
        batch = self.line.ask("POST", "/v1/batches", self.announcement).json()
        there = {item["name"]: item for item in self.listed(f"/v1/batches/{batch['id']}/items")}
        missing = [piece for piece in self.delivery.pieces if not _is_there(piece, there)]
        for piece in self.delivery.pieces:
            if piece not in missing:
                self.progress.add(1, piece.bytes)
        if missing:
            self._send_all(batch, missing, there)
        elif batch["state"] in DONE:
            return str(batch["id"])
        self.line.ask("POST", f"/v1/batches/{batch['id']}/complete", self._manifest())
        return str(batch["id"])

    def _manifest(self) -> list[dict[str, Any]] | None:
        """As the service compares it with what came."""
        if self.delivery.manifest is None:
            return None
        names = ("name", "sha256", "pages", "dropped_blank")
        return [{name: getattr(file, name) for name in names} for file in self.delivery.manifest.files]

    def wait(self, batch: str, seconds: float) -> dict[str, Any]:
        """The batch once it is settled, or as it stands when the time is over."""
        end, pause = time.monotonic() + seconds, 0.5
        while True:
            found: dict[str, Any] = self.line.ask("GET", f"/v1/batches/{batch}").json()
            if found["state"] in DONE or time.monotonic() + pause > end:
                return found
            time.sleep(pause)
            pause = min(pause * 1.5, 10.0)

    def keep_receipts(self, batch: dict[str, Any], folder: Path) -> list[Path]:
        """Both receipts as JSON and, where the service makes it, as PDF, and the keys to check them with."""
        folder.mkdir(parents=True, exist_ok=True)
        name = quote(batch["reference"], safe=" ")
        written = [_written(folder / "keys.json", self.line.ask("GET", "/v1/keys").body)]
        for kind in ("delivery", "reconciliation"):
            for form, ending in (("application/json", "json"), ("application/pdf", "pdf")):
                try:
                    answer = self.line.ask("GET", f"/v1/batches/{batch['id']}/receipts/{kind}", Accept=form)
                except Answered:
                    continue
                if answer.headers.get("content-type", "").startswith(form):
                    written.append(_written(folder / f"{name}.{kind}.{ending}", answer.body))
        return written

    def listed(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list."""
        cursor, joint = None, "&" if "?" in path else "?"
        while True:
            more = f"&cursor={quote(cursor)}" if cursor else ""
            page = self.line.ask("GET", f"{path}{joint}limit=200{more}").json()
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def _send_all(self, batch: dict[str, Any], missing: list[Piece], there: dict[str, Any]) -> None:
        if batch["state"] != "open":
            self.line.ask("POST", f"/v1/batches/{batch['id']}/reopen")
        begun = {
            (each["length"], each["metadata"]): f"/v1/uploads/{each['id']}"
            for each in self.listed(f"/v1/uploads?batch={batch['id']}")
            if each["result"] is None
        }
        with ThreadPoolExecutor(self.lines) as pool:
            for piece in missing:
                old = there.get(piece.said.name)
                pool.submit(self._send_one, piece, batch["id"], old["id"] if old else None, begun)
        self.refused.sort(key=lambda each: each.name)
        if self.failed:
            raise self.failed[0]

    def _send_one(self, piece: Piece, batch: str, replaces: str | None, begun: dict[tuple[int, str], str]) -> None:
        if any(isinstance(error, NoLine) for error in self.failed):
            return  # each would only be patient once more
        try:
            resumed = any(length == piece.bytes for length, _ in begun) and self._resume(piece, batch, replaces, begun)
            if not resumed and (piece.bytes > AT_ONCE_BYTES or not self._at_once(piece, batch, replaces)):
                self._resumable(piece, metadata(batch, piece.hashed(), replaces), None)
        except Answered as answered:
            self.refused.append(Refused(piece.said.name, answered.answer_code, answered.detail))
        except Exception as error:  # noqa: BLE001 (of a thread: told when all have ended)
            self.failed.append(error)
        self.progress.add(1, 0)

    def _resume(self, piece: Piece, batch: str, replaces: str | None, begun: dict[tuple[int, str], str]) -> bool:
        """False where no upload of this file was begun; to know that costs its hash."""
        said = metadata(batch, piece.hashed(), replaces)
        location = begun.get((piece.bytes, said))
        if location is not None:
            self._resumable(piece, said, location)
        return location is not None

    def _at_once(self, piece: Piece, batch: str, replaces: str | None) -> bool:
        """With one request, which is quickest; False when the line broke on it."""
        sent: list[int] = []
        form = ItemForm(piece, replaces)
        try:
            body = form.body(partial(self._told, sent))
            self.line.once("POST", f"/v1/batches/{batch}/items", body, **form.headers)
        except Broken:
            self.progress.add(0, -sum(sent))
            return False
        self.line.good()
        return True

    def _resumable(self, piece: Piece, said: str, location: str | None) -> None:
        if location is None:
            headers = {**TUS, "Upload_Length": str(piece.bytes), "Upload_Metadata": said}
            location = urlsplit(self.line.ask("POST", "/v1/uploads", **headers).headers["location"]).path
        self.line.persist(partial(self._go_on, piece, location))

    def _go_on(self, piece: Piece, location: str) -> Answer:
        """From where the service says that the file stands."""
        answer = self.line.once("HEAD", location, **TUS)
        offset = int(answer.headers["upload-offset"])
        if offset == piece.bytes:
            return answer
        sent: list[int] = []
        told = partial(self._told, sent)
        headers = {**BYTES, "Upload_Offset": str(offset), "Content_Length": str(piece.bytes - offset)}
        try:
            return self.line.once("PATCH", location, pieces_of(piece.path, offset, told), **headers)
        except Answered as answered:
            if answered.answer_status != 409 or not answered.answer_code.startswith("upload-"):
                raise
            raise Broken from answered  # somebody, perhaps we before the line broke, was further
        except Broken:
            self.progress.add(0, -sum(sent))
            if sent:
                self.line.good()
            raise

    def _told(self, sent: list[int], count: int) -> None:
        sent.append(count)
        self.progress.add(0, count)


class ItemForm:
    """The form of an item, read once: the hash stands behind the file and is made while the file goes out."""

    def __init__(self, piece: Piece, replaces: str | None) -> None:
        self._piece, self._boundary = piece, fresh_boundary()
        said = {name: getattr(piece.said, name) for name in ("name", "pages", "dropped_blank")}
        said |= {"replaces": replaces} if replaces else {}
        self._head = "".join(self._part(f'name="{name}"', str(value)) + "\r\n" for name, value in said.items())
        self._head += self._part('name="file"; filename="datei"', "")

    @property
    def headers(self) -> dict[str, str]:
        """Type and length of `body`."""
        whole = len(self._head.encode()) + self._piece.bytes + len(self._tail(self._piece.said.sha256 or "0" * 64))
        return {"Content_Type": f"multipart/form-data; boundary={self._boundary}", "Content_Length": str(whole)}

    def body(self, told: Callable[[int], None]) -> Iterator[bytes]:
        """Piece by piece; `told` hears of the file's."""
        known, digest = self._piece.said.sha256, hashlib.sha256()
        yield self._head.encode()
        for read in pieces_of(self._piece.path, 0, told):
            if not known:
                digest.update(read)
            yield read
        yield self._tail(known or digest.hexdigest())

    def _part(self, disposition: str, value: str) -> str:
        return f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}"

    def _tail(self, digest: str) -> bytes:
        said = self._part('name="sha256"', digest)
        return f"\r\n{said}\r\n--{self._boundary}--\r\n".encode()


def fresh_boundary() -> str:
    """69 characters, which no file holds by chance.

    They are of two kinds: whoever looks for it then passes over nearly all of the file unread.
    """
    return "".join("-_"[bit == "1"] for bit in f"{secrets.randbits(69):069b}")


def metadata(batch: str, piece: Piece, replaces: str | None) -> str:
    """`Upload-Metadata` of an item; the same for the same file, so that a begun upload is found again."""
    said = {"batch": batch, "name": piece.said.name, "sha256": piece.said.sha256, "pages": str(piece.said.pages)}
    if piece.said.dropped_blank:
        said["dropped_blank"] = str(piece.said.dropped_blank)
    if replaces:
        said["replaces"] = replaces
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def _is_there(piece: Piece, there: dict[str, Any]) -> bool:
    item = there.get(piece.said.name)
    return item is not None and item["sha256"] == piece.hashed().said.sha256


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
