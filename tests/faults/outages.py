"""A house on servers of its own, with a fault proxy before each, and what can happen to them."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.refusing import Refusing
from tests.service import Service, running
from tests.services.toxiproxy import Proxy
from tests.worlds import Servers, many_machines


@dataclass
class Wires:
    """The proxies before PostgreSQL, S3 and OpenSearch, and the ones that refuse before the latter two."""

    database: Proxy
    s3: Proxy
    search: Proxy
    refusing: tuple[Refusing, Refusing]


@contextlib.contextmanager
def proxied_house(
    postgresql: Mapping[str, str], seaweedfs: Mapping[str, str], opensearch: str, toxiproxy: str
) -> Iterator[tuple[Service, Wires]]:
    """A running service that reaches its servers only through proxies."""
    database = urlsplit(postgresql["EAKTE_DATABASE_URL"]).netloc.rpartition("@")[2]
    with (
        Refusing(seaweedfs["S3_ADDRESS"]).listening() as before_s3,
        Refusing(urlsplit(opensearch).netloc).listening() as before_search,
    ):
        wires = Wires(
            Proxy(toxiproxy, "postgresql", database), Proxy(toxiproxy, "s3", before_s3.address),
            Proxy(toxiproxy, "opensearch", before_search.address), (before_s3, before_search),
        )  # fmt: skip
        behind = Servers(wires.database.address, wires.s3.address, wires.search.address)
        with many_machines(behind, seaweedfs) as settings, running(**settings) as service:
            yield service, wires
        for proxy in (wires.database, wires.s3, wires.search):
            proxy.close()


@contextlib.contextmanager
def cut(proxy: Proxy) -> Iterator[None]:
    """The server is gone at once, with all its connections."""
    proxy.cut()
    try:
        yield
    finally:
        proxy.mend()


@contextlib.contextmanager
def faulty(*faults: tuple[Proxy, str, dict[str, int]]) -> Iterator[None]:
    with contextlib.ExitStack() as mending:
        for proxy, kind, attributes in faults:
            mending.callback(proxy.mend)
            proxy.fault(kind, **attributes)
        yield


@contextlib.contextmanager
def refused(wires: Wires, share: float) -> Iterator[None]:
    """This share of all requests to S3 and OpenSearch gets 500 or 503."""
    for each in wires.refusing:
        each.share = share
    try:
        yield
    finally:
        for each in wires.refusing:
            each.share = 0.0


OUTAGES: dict[str, Callable[[Wires], contextlib.AbstractContextManager[None]]] = {
    "S3 down": lambda wires: cut(wires.s3),
    "OpenSearch down": lambda wires: cut(wires.search),
    "PostgreSQL stopped": lambda wires: cut(wires.database),
    "S3 silent": lambda wires: faulty((wires.s3, "timeout", {"timeout": 0})),
    "replies cut mid-body": lambda wires: faulty(
        (wires.s3, "limit_data", {"bytes": 3000}), (wires.search, "limit_data", {"bytes": 500})
    ),
    "slow replies": lambda wires: faulty(
        (wires.s3, "latency", {"latency": 700, "jitter": 500}), (wires.search, "latency", {"latency": 700}),
        (wires.database, "latency", {"latency": 20}),
    ),
    "replies in drops": lambda wires: faulty((wires.s3, "bandwidth", {"rate": 1})),
    "500 and 503": lambda wires: refused(wires, 0.5),
}  # fmt: skip


def suffer(wires: Wires, kind: str, seconds: float) -> None:
    """One outage of this length."""
    with OUTAGES[kind](wires):
        time.sleep(seconds)
