"""A contained child: takes limits before it parses anything, then answers requests until its input ends.

Started by `ocr_pipeline.run` only. What an act needs is imported at its first request, so that a child that only
reads never loads what joins.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

from ocr_pipeline.errors import Unreadable
from ocr_pipeline.offline import go_offline
from ocr_pipeline.run import PR_SET_PDEATHSIG, Limits
from ocr_pipeline.workplace import Workplace

ACTS = {
    "about": "ocr_pipeline.recognise:about",
    "kind": "ocr_pipeline.kind_inside:kind",
    "macros": "ocr_pipeline.macros:has_macros",
    "prepare-pdf": "ocr_pipeline.take_pdf:prepare",
    "prepare-picture": "ocr_pipeline.take_picture:prepare",
    "prepare-office": "ocr_pipeline.take_office:prepare",
    "prepare-text": "ocr_pipeline.take_text:prepare",
    "prepare-mail": "ocr_pipeline.take_mail:prepare",
    "take-apart": "ocr_pipeline.take_apart:take_apart",
    "read": "ocr_pipeline.recognise:read",
    "join": "ocr_pipeline.archive:join",
    "extract": "ocr_pipeline.extract:extract",
    "image": "ocr_pipeline.page_view:image",
    "statement": "ocr_pipeline.statement:statement",
}
"""Name of a request → module:function; each takes the workplace and the request's arguments, gives JSON."""

CODES = {
    "PasswordError": "encrypted",
    "PdfError": "damaged",
    "PdfiumError": "damaged",
    "DataDecodingError": "damaged",
    "ForeignObjectError": "damaged",
    "RecursionError": "damaged",
    "UnidentifiedImageError": "damaged",
    "BadZipFile": "damaged",
    "OleFileError": "damaged",
    "EOFError": "damaged",
    "InvalidPdfImageError": "damaged",
    "ImageDecompressionError": "damaged",
    "DecompressionBombError": "too-many-pixels",
    "DecompressionBombWarning": "too-many-pixels",
    "MemoryError": "out-of-memory",
}
ERRNOS = {None: "damaged", errno.EFBIG: "too-large", errno.ENOSPC: "no-space", errno.ENOMEM: "out-of-memory"}


def confine(limits: Limits, parent: int) -> None:
    """Die with the parent; no more memory or file size than allowed, no core dumps."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
    for what, limit in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def serve(place: Workplace) -> None:
    """One request per line on stdin, one reply per line on what was stdout; prints of libraries go to stderr."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    acts: dict[str, Callable[..., Any]] = {}
    for line in sys.stdin:
        act, args = json.loads(line)
        reply = _answer(place, acts, act, args)
        print(json.dumps(reply), file=replies, flush=True)
        if "last" in reply:
            return


def _answer(place: Workplace, acts: dict[str, Callable[..., Any]], act: str, args: list[Any]) -> dict[str, Any]:
    try:
        if act not in acts:
            module, _, name = ACTS[act].partition(":")
            acts[act] = getattr(importlib.import_module(module), name)
        return {"ok": acts[act](place, *args)}
    except Unreadable as error:
        return {"error": error.code, "detail": error.detail, "page": error.page}
    except Exception as error:  # noqa: BLE001  # whatever a parser raises is a verdict on the file
        return _named(error)


def _named(error: Exception) -> dict[str, Any]:
    detail = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, OSError):
        code = ERRNOS.get(error.errno, "failed")
    else:
        known = (CODES[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in CODES)
        code = next(known, "failed")
    if "nsufficient memory" in detail or "bad_alloc" in detail:
        code = "out-of-memory"
    reply: dict[str, Any] = {"error": code, "detail": detail}
    return reply | {"last": True} if code == "out-of-memory" else reply


def main(settings: str) -> None:
    """Settings are the JSON that `ocr_pipeline.run` writes: limits, engine, the parent's process id."""
    given = json.loads(settings)
    limits = Limits(**given["limits"])
    confine(limits, given["parent"])
    serve(Workplace(limits, given["engine"], offline=go_offline()))


if __name__ == "__main__":
    main(sys.argv[1])
