"""Clients that hand in scans and send again, under the same Idempotency-Key, until they hold an answer."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.service import TLS

PAUSE = 0.3
REFUSALS = {409, 503, 507}
"""What a client has to expect while parts of the service are down."""


class Sending:
    """Hands in every scan once; `acknowledged` are the answers by key, `surprises` what no client should get."""

    def __init__(
        self, url: str, key: str, scans: Sequence[Path], acknowledged: dict[str, Any], seed: int,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self._url, self._key, self._may_send = url, key, may_send
        self._seed = seed
        self._left = [scan for scan in scans if scan.name not in acknowledged]
        self._lock = threading.Lock()
        self.acknowledged, self.surprises = acknowledged, list[str]()
        self._stopped = threading.Event()
        self.tries = 0

    @contextlib.contextmanager
    def running(self, clients: int) -> Iterator[None]:
        """So many at once, in threads; stopped at the end, whatever is left."""
        with ThreadPoolExecutor(clients, "client") as pool:
            done = [pool.submit(self._client, number) for number in range(clients)]
            try:
                yield
            finally:
                self._stopped.set()
                for each in done:
                    each.result()

    def _client(self, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=30, verify=TLS) as client:
            while not self._stopped.is_set():
                scan = self._next()
                if scan is None:
                    return
                self._hand_in(client, scan, chance)

    def _next(self) -> Path | None:
        while not self._may_send() and not self._stopped.wait(0.05):
            pass
        with self._lock:
            return self._left.pop(0) if self._left else None

    def _hand_in(self, client: httpx.Client, scan: Path, chance: random.Random) -> None:
        """Every fifth answer is as good as lost on the way, so that the client asks again."""
        known: Any = None
        while not self._stopped.is_set():
            answer = self._try(client, scan, chance)
            if answer is not None:
                if known is not None and answer != known:
                    self.surprises.append(f"{scan.name}: {known} and then {answer}")
                known = answer
                if chance.random() > 0.2:
                    self.acknowledged[scan.name] = known
                    return
            else:
                self._stopped.wait(PAUSE)

    def _try(self, client: httpx.Client, scan: Path, chance: random.Random) -> Any:
        self.tries += 1
        headers = {"Idempotency-Key": scan.name, "Content-Type": "multipart/form-data; boundary=cut"}
        try:
            answer = client.post("/v1/documents", content=_slowly(scan, chance.random() * 0.05), headers=headers)
        except httpx.HTTPError:
            return None
        if answer.status_code == 201:
            return answer.json()
        if answer.status_code not in REFUSALS:
            self.surprises.append(f"{scan.name}: {answer.status_code} {answer.text[:300]}")
        return None


def _slowly(scan: Path, pause: float) -> Iterator[bytes]:
    """A form in five pieces, so that a kill may fall between them."""
    head = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{scan.name}"\r\n\r\n'.encode()
    body = head + scan.read_bytes() + b"\r\n--cut--\r\n"
    step = len(body) // 5 + 1
    for start in range(0, len(body), step):
        yield body[start : start + step]
        time.sleep(pause)
