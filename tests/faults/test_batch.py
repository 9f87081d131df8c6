"""The short form of the batch of `make faults`: sixty pages over a line that breaks into a service that is killed."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.batch import deliver, line_blows, service_blows
from tests.faults.delivery import drawn
from tests.faults.line import BadLine
from tests.service import running
from tests.services.toxiproxy import Proxy


@pytest.mark.slow
def test_a_batch_reconciles_to_the_side_whatever_is_cut_and_killed_and_its_receipts_hold_without_the_service(
    tmp_path: Path, toxiproxy: str
) -> None:
    delivery = drawn(tmp_path, "SZ-1", 60)
    with running() as service:
        proxy = Proxy(toxiproxy, "batch", urlsplit(service.url).netloc)
        line = BadLine(proxy, rate=8, seed=1)
        assert deliver(service, line, delivery, line_blows(1, 6), service_blows(1, 5), print) == []
        proxy.close()
