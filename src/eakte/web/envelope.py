"""What goes around every request: a bound for its body, headers that keep its answer out of caches and guesses."""

from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eakte.errors import Problem

BODY_LIMIT = 1 << 20
"""Bytes of a body that is held in memory; forms with a file are read as a stream and have limits of their own."""

_LIMIT = "eakte.body_limit"
_ALWAYS = {b"cache-control": b"private, no-cache", b"x-content-type-options": b"nosniff"}


class BodyTooLarge(Problem):
    """The body of a request without a file is over 1 MiB."""

    code, status, title = "body-too-large", 413, "Anfrage zu groß"
    remedy = "Angaben kürzen: höchstens 1 MiB; Dateien als multipart/form-data nach /v1/documents senden."


def read_as_stream(request: Request) -> Any:
    """The body's pieces, of any number: whoever asks bounds them."""
    request.scope[_LIMIT] = None
    return request.stream()


class Envelope:
    """ASGI middleware. Bodies are read before the caller is known, so the bound holds for strangers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; other protocols pass as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_LIMIT] = BODY_LIMIT
        await self._app(scope, _bounded(scope, receive), _sealed(send))


def _bounded(scope: Scope, receive: Receive) -> Receive:
    taken = 0

    async def next_message() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if scope[_LIMIT] is not None and taken > scope[_LIMIT]:
            raise HTTPException(BodyTooLarge.status)  # the framework lets only its own errors through from here
        return message

    return next_message


def _sealed(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = {name.lower() for name, _ in message["headers"]}
            missing = [(name, value) for name, value in _ALWAYS.items() if name not in said]
            message = {**message, "headers": [*message["headers"], *missing]}
        await send(message)

    return with_headers
