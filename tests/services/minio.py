"""MinIO, the community server, built from source: a second real S3 server, stricter than the first. Tests only.

    python -m tests.services.minio install
    python -m tests.services.minio start --data FOLDER [--port N]
    python -m tests.services.minio stop --data FOLDER

The project is archived; this is the last state of its main branch that the Go module proxy serves. Building it takes
some 4 minutes and 1.5 GiB on two cores.
"""

import sys
import urllib.request
from pathlib import Path

from tests.services.frame import LOOPBACK, Launch, Service, kept_ports, main
from tests.services.golang import build_program

TEST_ONLY_ADMIN = ("test-only-admin", "test-only-admin-secret")


class MinIO(Service):
    """One drive, one process."""

    name, version = "minio", "v0.0.0-20260212201848-7aac2a2c5b7c"

    def build(self, target: Path) -> None:
        build_program(target, "github.com/minio/minio", self.version)

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        console = kept_ports(data, "console")["console"]
        (data / "store").mkdir(exist_ok=True)
        addresses = ["--address", f"{LOOPBACK}:{port}", "--console-address", f"{LOOPBACK}:{console}"]
        folders = ["--certs-dir", str(data / "certs"), str(data / "store")]
        return Launch(
            [str(home / "minio"), "server", "--quiet", *addresses, *folders],
            lambda: _healthy(port),
            {
                "S3_ADDRESS": f"{LOOPBACK}:{port}",
                "S3_ACCESS_KEY": TEST_ONLY_ADMIN[0], "S3_SECRET_KEY": TEST_ONLY_ADMIN[1],
            },
            env={
                "MINIO_ROOT_USER": TEST_ONLY_ADMIN[0], "MINIO_ROOT_PASSWORD": TEST_ONLY_ADMIN[1],
                "MINIO_BROWSER": "off", "MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off",
            },
        )  # fmt: skip


def _healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/minio/health/cluster", timeout=5) as answer:
        return bool(answer.status == 200)


if __name__ == "__main__":
    sys.exit(main(MinIO()))
