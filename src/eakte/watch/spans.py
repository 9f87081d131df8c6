"""Traces: what takes time, and within what. Without a tracer nothing happens, and that costs next to nothing.

A span's facts are ids, counts and codes; never names, words or texts of errors.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from types import MappingProxyType
from typing import Any, ParamSpec, Protocol, TypeVar

Facts = Mapping[str, str | int]
P = ParamSpec("P")
T = TypeVar("T")


class Span(Protocol):
    """Something that takes time and has begun."""

    def note(self, facts: Facts) -> None:
        """What became known of it later."""

    def rename(self, name: str) -> None:
        """What it turned out to be."""


class Tracer(Protocol):
    """Where spans go."""

    def span(
        self, name: str, kind: str, parent: str | None, facts: Facts
    ) -> AbstractContextManager[Span]:  # fmt: skip
        """Begins inside the current span, or inside `parent`; an error that leaves it is noted by its class alone."""

    def traceparent(self) -> str | None:
        """The current span for another process (W3C Trace Context)."""


class _Nothing:
    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def note(self, facts: Facts) -> None:
        pass

    def rename(self, name: str) -> None:
        pass


_NOTHING = _Nothing()
_tracers: list[Tracer] = []


def use(tracer: Tracer) -> None:
    """Send every span of this process there."""
    _tracers[:] = [tracer]


def span(
    name: str, facts: Facts = MappingProxyType({}), *, kind: str = "internal", parent: str | None = None
) -> AbstractContextManager[Span]:
    """A part of the work; `kind` is internal, server, client, producer or consumer."""
    return _tracers[0].span(name, kind, parent, facts) if _tracers else _NOTHING


def traceparent() -> str | None:
    """What ties later work to the current span; None where nothing is traced."""
    return _tracers[0].traceparent() if _tracers else None


class CarryingPool(ThreadPoolExecutor):
    """Threads that work within the span, and under the ids, of who hands them work."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As ever, in a copy of the caller's context."""
        carried: Callable[..., Any] = copy_context().run
        return super().submit(carried, fn, *args, **kwargs)
