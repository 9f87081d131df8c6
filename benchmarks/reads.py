"""Reads a second at 16 connections: `python -m benchmarks.reads [--seconds N]`. Printed only, no bound.

Kept-alive connections, each with one request under way; the client shares the cores with API and database, so a client
on another machine sees more.
"""

import argparse
import asyncio
import json
import sys
import time
from typing import cast

import uvloop

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Wire, api_alone, form, request, whole

CONNECTIONS, DOCUMENTS = 16, 60


class Reader(asyncio.Protocol):
    """Asks the same again whenever an answer is whole."""

    def __init__(self, asked: bytes) -> None:
        self._asked, self._received = asked, b""
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._asked)

    def data_received(self, data: bytes) -> None:
        self._received += data
        length = whole(self._received)
        if length is None or len(self._received) < length:
            return
        if self._received[9:12] != b"200":
            raise RuntimeError(self._received.decode())
        self._received = b""
        self.answers += 1
        self._transport.write(self._asked)


async def rate(wire: Wire, path: str, seconds: float) -> float:
    """Answers a second."""
    asked, loop = request(wire, f"GET {path}"), asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Reader(asked), "127.0.0.1", wire.port) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    answers = sum(reader.answers for _, reader in opened) / (time.perf_counter() - begun)
    for transport, _ in opened:
        transport.close()
    return answers


def _populate(wire: Wire) -> str:
    with wire.connected() as connection:
        answers = [connection.post("/v1/documents", form(b"%PDF-1.7 " + bytes([n]))) for n in range(DOCUMENTS)]
    id_: str = json.loads(answers[0])["id"]
    return id_


def measure(seconds: float) -> list[Figure]:
    with api_alone() as bench:
        wire = Wire(bench.service.port, bench.key())
        asked = {"one document": f"/v1/documents/{_populate(wire)}", "list of 50": "/v1/documents?limit=50"}
        found = {}
        for name, path in asked.items():
            found[name] = uvloop.run(rate(wire, path, seconds))
            print(f"{name}: {found[name]:.0f} answers a second at {CONNECTIONS} connections", flush=True)
    return [Figure(f"reads at {CONNECTIONS} connections, {name}", value, "/s") for name, value in found.items()]


def draw(figures: list[Figure]) -> None:
    bars("reads", "answers a second", {figure.name: figure.value for figure in figures}, unit="a second")


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.reads", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    figures = measure(parser.parse_args().seconds)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
