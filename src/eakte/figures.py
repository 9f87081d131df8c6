"""What is counted: documents by state, jobs, index lag; over all tenants, naming none."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from eakte.access.acts import all_tenants
from eakte.channels.acts import states
from eakte.channels.model import ChannelsFileInvalid
from eakte.channels.sources import read_sources
from eakte.documents.acts import counts_by_state, oldest_by_state
from eakte.errors import Problem
from eakte.finding.acts import lag, lag_seconds
from eakte.jobs import Depth, depths
from eakte.watch.measures import Gauge, Measure
from eakte.wiring import House

logger = logging.getLogger(__name__)

DOCUMENTS = Measure("eakte_documents", "gauge", ("state",), "Documents by state")
OLDEST = Measure(
    "eakte_documents_oldest_seconds", "gauge", ("state",),
    "Age of the oldest document that is still on its way or lies in the basket: since it was received, in clearing "
    "and parked since it lies there",
)  # fmt: skip
QUEUED = Measure("eakte_jobs", "gauge", ("lane", "task", "state"), "Jobs of the queue: waiting, running or failed")
QUEUED_OLDEST = Measure(
    "eakte_jobs_oldest_seconds", "gauge", ("lane", "task", "state"),
    "Seconds since the oldest of these jobs was enqueued, tries and pauses included",
)  # fmt: skip
LAG = Measure("eakte_index_lag_documents", "gauge", (), "Documents that the index does not show as they are")
LAG_SECONDS = Measure(
    "eakte_index_lag_seconds", "gauge", (),
    "Seconds since the last change of the document that the index has lacked longest; 0 where it shows all",
)  # fmt: skip
UP = Measure(
    "eakte_database_up", "gauge", (), "1 where the database answered, 0 where not; then all other gauges are missing"
)  # fmt: skip
SOURCES = Measure(
    "eakte_channel_up", "gauge", ("kind", "source"),
    "1 where the last look into a watched folder or mailbox worked, 0 where not or before the first, by its name in "
    "EAKTE_CHANNELS_FILE",
)  # fmt: skip
GAUGES = [UP, SOURCES, DOCUMENTS, OLDEST, QUEUED, QUEUED_OLDEST, LAG, LAG_SECONDS]


@dataclass(frozen=True)
class Figures:
    """Documents by state, the oldest of them in seconds; the queue; documents that the index lacks as they are now."""

    documents: dict[str, int]
    oldest: dict[str, float]
    queue: list[Depth]
    lag: int
    lag_seconds: float

    @property
    def jobs(self) -> dict[str, int]:
        """All jobs by state: waiting, running, failed."""
        found = Counter({"waiting": 0, "running": 0, "failed": 0})
        for depth in self.queue:
            found[depth.state] += depth.number
        return dict(found)


def figures(house: House) -> Figures:
    """Count now."""
    states: Counter[str] = Counter()
    oldest: dict[str, float] = {}
    behind, longest = 0, 0.0
    for tenant, _name in all_tenants(house.database):
        with house.database.look(tenant) as unit:
            states.update(counts_by_state(unit))
            for state, age in oldest_by_state(unit).items():
                oldest[state] = max(age, oldest.get(state, 0.0))
            behind += lag(unit)
            longest = max(longest, lag_seconds(unit))
    with house.database.installation() as connection:
        return Figures(dict(states), oldest, depths(connection), behind, longest)


def gauges(house: House) -> list[Gauge]:
    """The figures as metrics; without a database only that it is away."""
    try:
        return [Gauge(UP, {(): 1}), *_gauges(figures(house)), *_sources(house)]
    except Problem as problem:
        logger.warning("nothing could be counted: %s", problem.code)
        return [Gauge(UP, {(): 0})]


def _sources(house: House) -> Iterator[Gauge]:
    """Where the file of the sources cannot be read, readiness says so."""
    with suppress(ChannelsFileInvalid):
        sources = read_sources(house.settings.channels_file)
        codes = states(house.database, sources)
        yield Gauge(SOURCES, {(each.kind, each.name): float(codes[each.name] is None) for each in sources})


def _gauges(found: Figures) -> Iterator[Gauge]:
    yield Gauge(DOCUMENTS, {(state,): count for state, count in found.documents.items()})
    yield Gauge(OLDEST, {(state,): age for state, age in found.oldest.items()})
    yield Gauge(QUEUED, {(each.lane, each.task, each.state): each.number for each in found.queue})
    yield Gauge(QUEUED_OLDEST, {(each.lane, each.task, each.state): each.age for each in found.queue})
    yield Gauge(LAG, {(): found.lag})
    yield Gauge(LAG_SECONDS, {(): found.lag_seconds})
