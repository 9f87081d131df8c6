"""Answering bytes: ranges, and headers that keep a browser from running what citizens sent."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from eakte.errors import Problem

SAFE = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Accept-Ranges": "bytes",
}


class RangeNotSatisfiable(Problem):
    """The range lies behind the end."""

    code, status, title = "range-not-satisfiable", 416, "Bereich nicht vorhanden"
    remedy = "Einen Bereich innerhalb der Länge anfordern."


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of a single byte range (RFC 9110 § 14); None: answer the whole."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (header or "").strip().replace(" ", ""))
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return None
    if start >= size or start >= stop:
        raise RangeNotSatisfiable(f"Das Ganze hat {size} Byte.")
    return start, stop


def content_response(
    request: Request, pieces: Callable[[int, int], Iterator[bytes]], size: int, media_type: str, tag: str, name: str
) -> Response:
    """`pieces(start, stop)` streams the bytes; `tag` is a hash of the whole; `name` is what a download is called."""
    headers = {
        **SAFE,
        "ETag": f'"{tag}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    unchanged = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    part = asked_range(request.headers.get("range"), size) if unchanged else None
    start, stop = part or (0, size)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    body = pieces(start, stop) if stop > start else iter([b""])
    return StreamingResponse(body, 206 if part else 200, headers, media_type)
