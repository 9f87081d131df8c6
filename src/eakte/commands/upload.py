"""`eakte upload`: a scanning centre's delivery as one batch, over HTTP alone; the exit status is the reconciliation."""

import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from eakte import wiring
from eakte.centre.delivery import CountPages, Delivery, gather
from eakte.centre.line import Line
from eakte.centre.sending import Progress, Sending
from eakte.errors import Invalid
from eakte.settings import Settings

RECONCILED, FAILED, DIFFERS, OPEN = 0, 1, 2, 3
_TOLD_EVERY = 0.2, 5.0  # seconds, on a terminal and elsewhere


class NothingAnnounced(Invalid):
    """Neither options nor a manifest say what a batch is announced with."""

    code, title = "announcement-incomplete", "Die Ankündigung ist unvollständig"
    remedy = "--reference, --profile, --operator und --sheets angeben oder ein Verzeichnis (manifest) beilegen."


class NoKey(Invalid):
    """The file of the API key is not there, or empty."""

    code, title = "key-file-unreadable", "Die Datei mit dem API-Schlüssel ist nicht lesbar"
    remedy = "Den Schlüssel aus eakte key create in eine Datei legen, die nur dieser Benutzer lesen darf."


def upload(settings: Settings, asked: Namespace) -> int:
    """0 reconciled, 2 differs or abandoned, 3 not settled in time; problems end with 1."""
    with Line(asked.url, _key(asked.key_file), patience=asked.patience) as line:
        found = _upload(settings, asked, line)
    _tell(found)
    return {"reconciled": RECONCILED, "differs": DIFFERS, "abandoned": DIFFERS}.get(found["state"], OPEN)


def _upload(settings: Settings, asked: Namespace, line: Line) -> dict[str, Any]:
    """The batch, settled or as it stands when the time is over."""
    with tempfile.TemporaryDirectory(prefix="eakte-upload-") as folder, _counting(settings, Path(folder)) as count:
        paths = [Path(path) for path in asked.paths]
        manifest = Path(asked.manifest) if asked.manifest else None
        delivery = gather(paths, manifest, Path(folder) / "zip", count)
        sending = Sending(line, delivery, _announcement(asked, delivery), _progress(delivery), asked.jobs)
        batch = sending.send()
    _say("")
    for each in sending.refused:
        _say(f"abgelehnt: {each.name}: {each.reason} ({each.code})")
    found = sending.wait(batch, 0 if asked.no_wait else asked.timeout)
    if asked.receipts:
        for path in sending.keep_receipts(found, Path(asked.receipts)):
            _say(f"Beleg: {path}")
    return found


def _announcement(asked: Namespace, delivery: Delivery) -> dict[str, Any]:
    """What the options say, and what they leave out as the manifest says it."""
    options = {"reference": asked.reference, "profile": asked.profile, "operator": asked.operator,
               "expected_sheets": asked.sheets}  # fmt: skip
    manifest = {} if delivery.manifest is None else asdict(delivery.manifest.announcement)
    said = {name: manifest.get(name) if value is None else value for name, value in options.items()}
    if missing := [name for name, value in said.items() if value is None]:
        raise NothingAnnounced(f"Es fehlt: {', '.join(missing)}.")
    return said


def _key(file: str) -> str:
    try:
        key = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoKey(f"{file}: {error.strerror}.") from error
    if not key:
        raise NoKey(f"{file} ist leer.")
    return key


@contextmanager
def _counting(settings: Settings, folder: Path) -> Iterator[CountPages]:
    """Counts pages as the service will, in a contained child that is started when the first file asks."""
    own = settings.model_copy(update={"home": folder / "home"})
    with ExitStack() as used:

        @cache
        def pipeline() -> Any:
            return used.enter_context(wiring.pipeline(own, 1))

        yield lambda path: wiring.pages_in(pipeline(), path, folder)


def _progress(delivery: Delivery) -> Progress:
    pieces = delivery.pieces
    return Progress(len(pieces), sum(piece.bytes for piece in pieces), _teller())


def _teller() -> Callable[[Progress], None]:
    terminal = sys.stderr.isatty()
    pause, told_at = _TOLD_EVERY[0 if terminal else 1], [0.0]

    def tell(progress: Progress) -> None:
        now = time.monotonic()
        if now - told_at[0] < pause and progress.sent_files < progress.files:
            return
        told_at[0] = now
        print(_line(progress), end="\r" if terminal else "\n", file=sys.stderr, flush=True)

    return tell


def _line(progress: Progress) -> str:
    done, whole = (f"{number / 1e6:.1f}".replace(".", ",") for number in (progress.sent_bytes, progress.bytes))
    share = progress.sent_bytes / progress.bytes if progress.bytes else 1.0
    bar = ("█" * int(share * 20)).ljust(20, "·")
    return f"{bar} {progress.sent_files}/{progress.files} Dateien, {done}/{whole} MB"


def _tell(batch: dict[str, Any]) -> None:
    ledger = batch["ledger"]
    words = {"announced": "angekündigt", "stored": "abgelegt", "blank": "leer", "dropped_blank": "leer ausgelassen",
             "separator": "Trennblatt", "rejected": "unbrauchbar", "difference": "Abweichung"}  # fmt: skip
    states = {"reconciled": "stimmt", "differs": "weicht ab", "abandoned": "aufgegeben", "open": "offen",
              "complete": "vollständig, noch nicht gelesen", "reading": "wird gelesen"}  # fmt: skip
    print(f"Stapel {batch['reference']} ({batch['id']}): {states.get(batch['state'], batch['state'])}")
    print("  Seiten: " + ", ".join(f"{words.get(name, name)} {number}" for name, number in ledger.items()))
    for sentence in batch["differences"]:
        print(f"  {sentence}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
