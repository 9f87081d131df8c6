"""Around the whole application: an id, a line in the log, a span and a time for each request.

An address may hold what a person typed, its query always may: so only the route's pattern is told, and ids of it.
"""

import logging
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eakte.watch import logs, measures, spans

logger = logging.getLogger("eakte.access")

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_ASKED_OFTEN = ("/health/", "/metrics")


@dataclass
class _Answered:
    """500 until something else was answered."""

    status: int = 500


class Watched:
    """ASGI application around another; outside of all that turns errors into answers, so that it sees those too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, named by `X-Request-Id`; other protocols pass as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, begun, answered = secrets.token_hex(8), time.perf_counter(), _Answered()
        with (
            logs.about(request=request),
            spans.span("request", kind="server", parent=_traceparent(scope)) as span,
        ):
            try:
                await self._app(scope, receive, _noting(send, request, answered))
            finally:
                _tell(scope, span, answered.status, time.perf_counter() - begun)


def route_of(scope: Scope) -> str:
    """The pattern of the address, `-` where none fits."""
    return getattr(scope.get("route"), "path", "-")


def _noting(send: Send, request: str, answered: _Answered) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            message = {**message, "headers": [*message["headers"], (b"x-request-id", request.encode())]}
        await send(message)

    return noting


def _tell(scope: Scope, span: spans.Span, status: int, seconds: float) -> None:
    method, route = scope["method"] if scope["method"] in _METHODS else "other", route_of(scope)
    measures.REQUESTS.labels(method, route, str(status)).observe(seconds)
    span.rename(f"{method} {route}")
    span.note({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    level = logging.DEBUG if route.startswith(_ASKED_OFTEN) and status < 400 else logging.INFO
    facts = {"status": status, "ms": round(seconds * 1000), **_ids(scope)}
    logger.log(level, "%s %s", method, route, extra={"facts": facts})


def _ids(scope: Scope) -> dict[str, str]:
    found = {}
    for name, value in scope.get("path_params", {}).items():
        try:
            found[name] = str(UUID(str(value)))
        except ValueError:
            continue
    return found


def _traceparent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
