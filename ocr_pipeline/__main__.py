"""`python -m ocr_pipeline FILE… -o DIR`: a reading and an archival PDF for each file."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from ocr_pipeline.errors import Stopped, Unreadable
from ocr_pipeline.pipeline import Joined, Pipeline
from ocr_pipeline.reading import PageReading, reading_document
from ocr_pipeline.run import Limits

EPILOG = """Per FILE (PDF, pictures, letters and tables of offices, text, HTML, mail; told by content) DIR/<stem>.pdf, a
PDF/A-2b where that harms nothing, and DIR/<stem>.json, the reading (format eakte-reading, version 1). A ZIP is refused:
what lies in it are documents of their own. Inputs with equal stems are refused, and so is an output that would replace
an input. Exit status: 0 all read, 1 some refused, each named with its reason on stderr."""


LOOK = 0.5  # seconds between two looks whether somebody wants it to end


class Refused(Exception):
    """An input that is not even tried; the message is for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the command."""
    given = _parser().parse_args(arguments)
    given.output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pipeline = Pipeline(given.jobs, Limits(), given.engine)
    try:
        refused = Run(pipeline, given.output, given.jobs, given.files).all()
    except KeyboardInterrupt:
        return 130
    pipeline.close()
    return 1 if refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m ocr_pipeline",
        description="Read scans and other files: words with boxes, and an archival PDF of each.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes that read")
    parser.add_argument(
        "--engine", default="tesserocr", help="tesserocr, pytesseract or package.module:Class (default: %(default)s)"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


@dataclass
class Run:
    """One call of the command; pages of all documents share the children, documents overlap by one."""

    pipeline: Pipeline
    output: Path
    jobs: int
    files: list[Path]
    _said: Lock = field(default_factory=Lock)

    def all(self) -> int:
        """Read every file; the number of refused ones."""
        stems = Counter(path.stem for path in self.files)
        with ThreadPoolExecutor(self.jobs) as self._pages, ThreadPoolExecutor(self.jobs + 1) as documents:
            tried = [documents.submit(self._refused, path, stems) for path in self.files]
            try:
                while wait(tried, timeout=LOOK).not_done:
                    pass  # the signal may go to another thread, and a wait without end would not hear of it
                return sum(each.result() for each in tried)
            except KeyboardInterrupt:
                self.pipeline.close(kill=True)  # before the pools wait for their threads
                raise

    def _refused(self, path: Path, stems: Counter[str]) -> bool:
        try:
            self._check(path, stems)
            pages, joined = self._one(path)
        except Stopped:
            return True
        except (Unreadable, Refused, OSError) as error:
            self._say(f"{path}: {error}" + (f" [{error.code}]" if isinstance(error, Unreadable) else ""))
            return True
        made = joined.conformance or f"PDF ohne PDF/A: {joined.reason} [{joined.code}]"
        self._say(f"{path}: {pages} {'Seite' if pages == 1 else 'Seiten'}, {made}")
        return False

    def _check(self, path: Path, stems: Counter[str]) -> None:
        if stems[path.stem] > 1:
            raise Refused(f"mehrere Eingaben ergäben {path.stem}.pdf [equal-stems]")
        inputs = {each.resolve() for each in self.files}
        for suffix in (".pdf", ".json"):
            if (self.output / f"{path.stem}{suffix}").resolve() in inputs:
                raise Refused(f"{path.stem}{suffix} würde eine Eingabe ersetzen [replaces-input]")

    def _one(self, path: Path) -> tuple[int, Joined]:
        with tempfile.TemporaryDirectory(dir=self.output, prefix=".reading-") as folder:
            prepared = Path(folder, "prepared.pdf")
            pages = self.pipeline.prepare(path, prepared).pages
            readings = list(self._pages.map(lambda n: self._read(path, prepared, n, pages), range(1, pages + 1)))
            archival, reading = Path(folder, "archival.pdf"), Path(folder, "reading.json")
            joined = self.pipeline.join(prepared, readings, archival)
            document = reading_document(self.pipeline.engine(), readings)
            reading.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            archival.replace(self.output / f"{path.stem}.pdf")
            reading.replace(self.output / f"{path.stem}.json")
        return pages, joined

    def _read(self, path: Path, prepared: Path, number: int, pages: int) -> PageReading:
        reading = self.pipeline.read(prepared, [number])[0]
        self._say(f"{path}: Seite {number} von {pages}")
        return reading

    def _say(self, text: str) -> None:
        with self._said:
            print(text, file=sys.stderr, flush=True)  # noqa: T201  # the command's progress


if __name__ == "__main__":
    sys.exit(main())
