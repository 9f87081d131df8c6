"""Logs that hold no personal data: messages of our own, ids, and errors by their class and place, never their text.

The text of an error may quote what a person typed (a value that violates a constraint, a name, a word that was
searched for); so only its class, its code and the lines of code it passed through are written.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from eakte.errors import Problem
from eakte.watch import spans

_ABOUT: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039 it is never changed
_QUIET = ("procrastinate", "ocrmypdf", "pikepdf", "python_multipart.multipart", "urllib3", "opensearch")
_FOREIGN_WORDS = ("asyncio",)
"""Loggers that put the text of errors into their second line."""


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    """Every line that is logged meanwhile bears these ids."""
    token = _ABOUT.set({**_ABOUT.get(), **ids})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def begin(form: str) -> None:
    """Log to stderr as `json` (an object a line) or `text`; errors that nobody caught too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, then ids and facts, then the error."""

    def format(self, record: logging.LogRecord) -> str:
        """As JSON on one line."""
        told = {
            "time": _time(record), "level": record.levelname, "logger": record.name, "message": _message(record),
            **_facts(record),
        }  # fmt: skip
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = _told(record.exc_info[1])
        return json.dumps(told, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """Time, level, logger, message, ids as `name=value`; an error on the lines below."""

    def format(self, record: logging.LogRecord) -> str:
        """For people."""
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        line = f"{_time(record)} {record.levelname} {record.name}: {_message(record)}{facts}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f"\n{_told(record.exc_info[1])}"
        return line


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    return message.partition("\n")[0] if record.name in _FOREIGN_WORDS else message


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    trace = (spans.traceparent() or "--").split("-")[1]
    return {**_ABOUT.get(), **getattr(record, "facts", {}), **({"trace": trace} if trace else {})}


def _told(error: BaseException) -> str:
    """The chain of errors, first cause first: where, and of which class."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{_told(earlier)}\nthen\n" if earlier is not None else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{_class(error)}"


def _class(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    code = getattr(error, "code" if isinstance(error, Problem) else "sqlstate", None) or getattr(error, "errno", None)
    notes = getattr(error, "__notes__", []) if isinstance(error, Problem) else []
    return "; ".join((f"{kind} ({code})" if code is not None else kind, *notes))


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("eakte").critical("ended by an error", exc_info=(kind, error, trace))
