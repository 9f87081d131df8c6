"""What is measured, by which names; the only file that knows the library of Prometheus."""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from eakte.watch import shared

CONTENT_TYPE = CONTENT_TYPE_LATEST


@dataclass(frozen=True)
class Measure:
    """One metric as Prometheus sees it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Gauge:
    """A metric that is looked up when it is asked for, with its values by label values."""

    measure: Measure
    values: Mapping[tuple[str, ...], float] = field(default_factory=dict)


MEASURES: list[Measure] = []
"""Everything that a process measures while it works; docs/reference/metrics.md is written from it."""

_REGISTRY = CollectorRegistry()
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LONG = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


def _seconds(name: str, meaning: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
    MEASURES.append(Measure(name, "histogram", labels, meaning))
    return Histogram(name, meaning, labels, buckets=buckets, registry=_REGISTRY)


def _count(name: str, meaning: str, *labels: str) -> Counter:
    MEASURES.append(Measure(f"{name}_total", "counter", labels, meaning))
    return Counter(name, meaning, labels, registry=_REGISTRY)


REQUESTS = _seconds(
    "eakte_http_request_seconds",
    "Seconds from a request's head to the end of its answer, by method, route (never the address itself) and status",
    ("method", "route", "status"),
    _QUICK,
)
JOBS = _seconds(
    "eakte_job_seconds",
    "Seconds of a job's run by task; outcome is done, failed (counts as a try), paused (outage) or handed-back",
    ("task", "outcome"),
    _LONG,
)
STAGES = _seconds(
    "eakte_stage_seconds", "Seconds of the stages of uploads and readings; recognise is one page", ("stage",), _LONG
)
PAGES = _count("eakte_pages_read", "Pages recognised; its rate is the pages per second")
BLOBS = _seconds("eakte_blob_seconds", "Seconds of each call to the blob store by operation", ("operation",), _QUICK)
BLOB_ERRORS = _count(
    "eakte_blob_errors", "Calls to the blob store that failed, by code of the error", "operation", "code"
)
SEARCHES = _seconds("eakte_search_seconds", "Seconds of each call to the index by operation", ("operation",), _QUICK)
SEARCH_ERRORS = _count(
    "eakte_search_errors", "Calls to the index that failed, by code of the error", "operation", "code"
)
SET_ASIDE = _count(
    "eakte_channel_set_aside", "Deliveries and mails that lie among a source's failures since then", "kind", "source"
)


def page(gauges: Iterable[Gauge] = ()) -> bytes:
    """In the text format: what all processes of this home measured, and the gauges beside it."""
    registry = CollectorRegistry()
    registry.register(_Gauges(gauges))
    folder = shared.folder()
    if folder is None:
        return generate_latest(registry) + generate_latest(_REGISTRY)
    with shared.alone(folder):
        _fold()
        MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _fold() -> None:
    """Add what dead processes measured to one file, so that no counter ever falls and no files pile up."""
    folder = shared.folder()
    assert folder is not None
    for file, into in shared.of_the_dead(folder):
        whole = MmapedDict(str(into))  # type: ignore[no-untyped-call]
        for key, value, stamp in _measured(file):
            whole.write_value(key, whole.read_value(key)[0] + value, stamp)  # type: ignore[no-untyped-call]
        whole.close()  # type: ignore[no-untyped-call]
        file.unlink()


def _measured(file: Path) -> list[tuple[str, float, float]]:
    """Key, value and time; nothing from a file whose process died before it was whole."""
    try:
        values = MmapedDict.read_all_values_from_file(str(file))  # type: ignore[no-untyped-call]
        return [(key, value, stamp) for key, value, stamp, _ in values if json.loads(key)]
    except (struct.error, RuntimeError, ValueError):
        return []


class _Gauges(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterable[Metric]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.measure.name, gauge.measure.meaning, labels=gauge.measure.labels)
            for labels, value in gauge.values.items():
                family.add_metric(labels, value)
            yield family
