"""Toxiproxy: a TCP proxy that delays, stalls, resets and cuts on request. `--port` is its control interface.

python -m tests.services.toxiproxy install
python -m tests.services.toxiproxy start --data FOLDER [--port N]
python -m tests.services.toxiproxy stop --data FOLDER
"""

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.services.frame import LOOPBACK, Launch, Service, main
from tests.services.golang import build_program


class Toxiproxy(Service):
    """The proxy program; each `Proxy` is made over its control interface."""

    name, version = "toxiproxy", "v2.5.0"  # the newest that the module proxy serves under this name

    def build(self, target: Path) -> None:
        build_program(target, "github.com/Shopify/toxiproxy/v2/cmd/server", self.version)
        (target / "server").rename(target / "toxiproxy")

    def launch(self, home: Path, data: Path, port: int) -> Launch:  # noqa: ARG002 (keeps nothing)
        control = f"http://{LOOPBACK}:{port}"
        return Launch(
            [str(home / "toxiproxy"), "-host", LOOPBACK, "-port", str(port)],
            lambda: bool(_call("GET", f"{control}/version")),
            {"TOXIPROXY_URL": control},
        )


class Proxy:
    """One proxied port before `upstream` (`host:port`), listening on `address` until `close`."""

    def __init__(self, control: str, name: str, upstream: str) -> None:
        self._url = f"{control}/proxies/{name}"
        made = _call("POST", f"{control}/proxies", {"name": name, "listen": f"{LOOPBACK}:0", "upstream": upstream})
        self.address: str = made["listen"]

    def cut(self) -> None:
        """Close all connections and refuse new ones."""
        _call("POST", self._url, {"enabled": False})

    def mend(self) -> None:
        """Take all faults away and listen again."""
        for toxic in _call("GET", f"{self._url}/toxics"):
            _call("DELETE", f"{self._url}/toxics/{toxic['name']}")
        _call("POST", self._url, {"enabled": True})

    def fault(self, kind: str, stream: str = "downstream", **attributes: int) -> None:
        """A toxic of this kind on replies (`downstream`) or requests (`upstream`), open connections included.

        `latency` (latency ms), `bandwidth` (rate KB/s), `timeout` (timeout ms until it closes, 0: silent for ever; what
        comes is swallowed), `reset_peer` (timeout ms), `limit_data` (bytes until it closes).
        """
        toxic = {"name": f"{kind}_{stream}", "type": kind, "stream": stream, "attributes": attributes}
        _call("POST", f"{self._url}/toxics", toxic)

    def close(self) -> None:
        """End it with its connections."""
        _call("DELETE", self._url)


def _call(method: str, url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text[:1] in (b"{", b"[") else text


if __name__ == "__main__":
    sys.exit(main(Toxiproxy()))
