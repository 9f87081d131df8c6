"""A supervisor over small programs, as a process: `python -m tests.supervise.small_house HOME PORT [crash]`."""

import sys
from pathlib import Path

from eakte.supervise.children import Program
from eakte.supervise.cluster import Cluster
from eakte.supervise.places import ClusterError
from eakte.supervise.up import Supervisor, UpError, alone

API = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
WORKER = "import time; time.sleep(600)"
CRASHING = "raise SystemExit('no engine found')"


def say(line: str) -> None:
    print(line, flush=True)


def main(home: Path, port: int, worker: str) -> int:
    python = [sys.executable, "-c"]
    programs = [Program("API", [*python, API, str(port)]), Program("worker", [*python, worker])]
    prepare = [*python, "print('prepared', flush=True)"]
    try:
        with alone(home):
            supervisor = Supervisor(home, Cluster(home, durable=False), prepare, programs, say)
            return supervisor.run(f"http://127.0.0.1:{port}", lambda address: say(f"handed in at {address}"))
    except (UpError, ClusterError) as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), CRASHING if sys.argv[3:] == ["crash"] else WORKER))
