"""Stages of uploads and jobs: a time in the histogram and a span at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from eakte.watch import measures, spans
from eakte.watch.spans import Facts


@contextmanager
def stage(name: str, facts: Facts = MappingProxyType({})) -> Iterator[None]:
    """A part of the work by its name in `eakte_stage_seconds`."""
    with spans.span(name, facts), measures.STAGES.labels(name).time():
        yield
