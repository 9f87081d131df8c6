"""`python -m search`: an index without eakte. Readings in, hits out as JSON lines."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from search.embedded import EmbeddedIndex
from search.errors import SearchError
from search.port import DOUBTFUL, LIMIT, Access, Hit, PageEntry, Query, Replacement, Word, Words

_SCOPE = "readings"
_ACCESS = Access(scopes=frozenset((_SCOPE,)))
_CHUNK = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done (also without a hit), 1 some readings refused, 2 wrong use or no usable index."""
    options = _parser().parse_args(arguments)
    try:
        return _build(options.index, options.readings) if options.command == "build" else _query(options)
    except SearchError as error:
        return _complain(str(error), 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m search", description="German full-text search over readings.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="put readings into the index in a folder, which is made if need be")
    build.add_argument("index", type=Path, metavar="INDEX", help="folder of the index")
    build.add_argument(
        "readings",
        type=Path,
        nargs="+",
        metavar="READING.json",
        help="a reading; its file's stem names the document and replaces the one of that name",
    )
    query = commands.add_parser("query", help="print the best pages, one JSON object a line")
    query.add_argument("index", type=Path, metavar="INDEX", help="folder of the index")
    query.add_argument("text", metavar="TEXT", help='words that must all be there; "…" is a phrase')
    query.add_argument("--limit", type=_limit, default=10, metavar="N", help=f"at most N pages, 1 to {LIMIT} (10)")
    return parser


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT:
        raise argparse.ArgumentTypeError(f"a number from 1 to {LIMIT}")
    return int(text)


def _build(folder: Path, files: list[Path]) -> int:
    doubled = [stem for stem, count in Counter(file.stem for file in files).items() if count > 1]
    if doubled:
        return _complain(f"several readings would be the same document: {', '.join(doubled)}", 2)
    index = EmbeddedIndex(folder)
    index.create()
    refused = 0
    for start in range(0, len(files), _CHUNK):
        chunk = files[start : start + _CHUNK]
        readable = list(_readable(chunk))
        index.replace_many(readable)
        refused += len(chunk) - len(readable)
    return 1 if refused else 0


def _readable(files: list[Path]) -> Iterator[Replacement]:
    for file in files:
        try:
            pages = _pages(json.loads(file.read_bytes()), date.fromtimestamp(file.stat().st_mtime))  # noqa: DTZ012
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            _complain(f"{file}: not a reading ({type(error).__name__}: {error})", 1)
        else:
            yield Replacement(file.stem, time.time_ns(), pages)


def _pages(reading: Any, day: date) -> list[PageEntry]:
    """Entries of a reading, version 1 of the format `eakte-reading`; what is not one raises in its own way."""
    if (reading["format"], reading["version"]) != ("eakte-reading", 1):
        raise ValueError("format is not eakte-reading, version 1")
    return [_entry(page, day) for page in reading["pages"]]


def _entry(page: Any, day: date) -> PageEntry:
    words = Words.of([_word(word["text"], word["box"], word.get("confidence")) for word in page["words"]])
    size = int(page["width"]), int(page["height"])
    return PageEntry(1, int(page["number"]), True, *size, words, "", _SCOPE, "read", day)


def _word(text: Any, box: Any, confidence: Any) -> Word:
    if not isinstance(text, str):
        raise TypeError("the text of a word is no string")
    left, top, right, bottom = (round(edge) for edge in box)
    return Word(text, (left, top, right, bottom), confidence is not None and confidence < DOUBTFUL)


def _query(options: argparse.Namespace) -> int:
    query = Query(options.text, _ACCESS, limit=options.limit, facets=False)
    for hit in EmbeddedIndex(options.index).search(query).hits:
        sys.stdout.write(json.dumps(_line(hit), ensure_ascii=False) + "\n")
    return 0


def _line(hit: Hit) -> dict[str, Any]:
    words = [{"text": word.text, "box": list(word.box)} for word in hit.words]
    return {"document": hit.document, "page": hit.page, "score": hit.score, "words": words}


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"search: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
