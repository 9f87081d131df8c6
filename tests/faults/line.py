"""The line from the scanning centre to the service: narrow, cut at any byte, gone for a while."""

import random
import time
from collections.abc import Callable

from tests.services.toxiproxy import Proxy

CUTS = ("gone", "cut at a byte", "reset", "silent")


class BadLine:
    """Over a proxy; `rate` in KB/s of each connection, so that sending lasts long enough to be cut."""

    def __init__(self, proxy: Proxy, rate: int, seed: int) -> None:
        self._proxy, self._rate, self._chance = proxy, rate, random.Random(f"line {seed}")
        self.cuts = 0
        self._narrow()

    @property
    def url(self) -> str:
        return f"http://{self._proxy.address}"

    def cut(self, kind: str) -> None:
        """Break it so, for up to a second and a half."""
        break_it: dict[str, Callable[[], None]] = {
            "gone": self._proxy.cut,
            "cut at a byte": lambda: self._proxy.fault("limit_data", "upstream", bytes=self._chance.randint(1, 20_000)),
            "reset": lambda: self._proxy.fault("reset_peer", "downstream", timeout=self._chance.randint(0, 200)),
            "silent": lambda: self._proxy.fault("timeout", "upstream", timeout=self._chance.randint(100, 900)),
        }
        break_it[kind]()
        time.sleep(self._chance.uniform(0.2, 1.5))
        self._proxy.mend()
        self._narrow()
        self.cuts += 1

    def _narrow(self) -> None:
        self._proxy.fault("bandwidth", "upstream", rate=self._rate)
