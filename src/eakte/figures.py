"""What is counted: documents by state, jobs, index lag; over all tenants, naming none."""

from collections import Counter
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from eakte.access.acts import all_tenants
from eakte.documents.acts import counts_by_state
from eakte.finding.acts import lag
from eakte.jobs import counts
from eakte.wiring import House


@dataclass(frozen=True)
class Figures:
    """Documents by state; jobs waiting, running, failed; documents that the index lacks as they are now."""

    documents: dict[str, int]
    jobs: dict[str, int]
    lag: int


def figures(house: House) -> Figures:
    """Count now."""
    states: Counter[str] = Counter()
    behind = 0
    for tenant, _name in all_tenants(house.database):
        with house.database.look(tenant) as unit:
            states.update(counts_by_state(unit))
            behind += lag(unit)
    with house.database.installation() as connection:
        return Figures(dict(states), counts(connection), behind)


def metrics(found: Figures) -> bytes:
    """In the text format of Prometheus."""
    registry = CollectorRegistry()
    documents = Gauge("eakte_documents", "Documents by state", ["state"], registry=registry)
    jobs = Gauge("eakte_jobs", "Jobs of the queue by state", ["state"], registry=registry)
    for gauge, values in ((documents, found.documents), (jobs, found.jobs)):
        for state, count in values.items():
            gauge.labels(state).set(count)
    Gauge("eakte_index_lag_documents", "Documents the index does not show as they are", registry=registry).set(
        found.lag
    )
    return generate_latest(registry)
