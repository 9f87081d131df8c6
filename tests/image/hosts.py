"""Several hosts of one house: containers of the built images, as `compose.yaml` would start them."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.service import answers, free_port, until
from tests.services.image import as_root

USER = "10001"
ROOT = Path(__file__).parents[2]
PLACE = "/run/secrets"


@dataclass
class Host:
    """A container that runs."""

    process: "subprocess.Popen[bytes]"
    log: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lives(self) -> bool:
        """It answers that it is alive; fails when it has ended."""
        assert self.process.poll() is None, f"{self.log.name} ended with {self.process.returncode}\n{self.said()}"
        return answers(f"{self.url}/health/live")

    def said(self) -> str:
        return f"--- {self.log.name}\n{self.log.read_text()[-3000:]}"

    def ask_to_end(self) -> int:
        """TERM, as `docker stop` sends it, and the exit status."""
        subprocess.run(as_root("kill", "-TERM", str(self.process.pid)), check=True)
        return self.process.wait(timeout=60)


@dataclass
class House:
    """`settings` and `secrets` are the same on all hosts; each container has a fresh home of its own."""

    folder: Path
    settings: dict[str, str]
    secrets: dict[str, str]
    apis: list[Host] = field(default_factory=list)
    workers: list[Host] = field(default_factory=list)

    def __post_init__(self) -> None:
        subprocess.run(as_root(str(ROOT / "bootstrap" / "secrets"), str(self.folder / "made")), check=True)
        for name, text in self.secrets.items():
            self._secret(name, f"{text}\n")

    def _secret(self, name: str, text: str) -> None:
        """A file that only the service's user can read."""
        draft = self.folder / f"{name}.draft"
        draft.write_text(text)
        owned = ["install", "-o", USER, "-g", USER, "-m", "400", str(draft), str(self.folder / name)]
        subprocess.run(as_root(*owned), check=True)

    def _run(self, name: str, *words: str, **more: str) -> list[str]:
        """The files are where `compose.yaml` puts them."""
        settings = {**self.settings, "FREE_SPACE_MIN": "64MiB", **more}
        environment = {f"EAKTE_{key}": value for key, value in settings.items()} | {
            "EAKTE_MASTER_KEY_FILE": f"{PLACE}/master.key",
            "EAKTE_S3_SECRET_KEY_FILE": f"{PLACE}/S3_SECRET_KEY",
            "PGPASSFILE": f"{PLACE}/PGPASS",
        }
        volumes = [f"{self.folder}/made/master.key:{PLACE}/master.key:ro"]
        volumes += [f"{self.folder}/{secret}:{PLACE}/{secret}:ro" for secret in self.secrets]
        options = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
        options += [word for volume in volumes for word in ("--volume", volume)]
        return [*images("run"), name, *options, *words]

    def command(self, *words: str, **more: str) -> str:
        """One `eakte` command in a container of its own; its stdout."""
        return self.inside("eakte-service", "--", *words, **more)

    def inside(self, name: str, *words: str, **more: str) -> str:
        done = subprocess.run(self._run(name, *words, **more), capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start_api(self) -> Host:
        self.apis.append(self._start("eakte-service", "BIND", f"api-{len(self.apis)}"))
        return self.apis[-1]

    def start_worker(self) -> Host:
        self.workers.append(
            self._start("eakte-worker", "WORKER_BIND", f"worker-{len(self.workers)}", "work", "--jobs", "1")
        )
        return self.workers[-1]

    def _start(self, name: str, bind: str, label: str, *words: str) -> Host:
        log, port = self.folder / f"{label}.log", free_port()
        with log.open("wb") as out:
            command = self._run(name, *(["--", *words] if words else []), **{bind: f"0.0.0.0:{port}"})
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        return Host(process, log, port)

    def await_all(self, seconds: float = 60) -> None:
        """Every host says that it lives, by the check that the image brings."""
        until(lambda: all(host.lives() for host in self.hosts()), seconds, self.log)

    def hosts(self) -> list[Host]:
        return [*self.apis, *self.workers]

    def log(self) -> str:
        return "\n".join(host.said() for host in self.hosts())

    def end(self) -> None:
        for host in self.hosts():
            if host.process.poll() is None:
                subprocess.run(as_root("kill", "-KILL", str(host.process.pid)))
            host.process.wait()


def images(*words: str) -> list[str]:
    """A command line that does something with the images."""
    return as_root(sys.executable, "-m", "tests.services.image", *words)


def no_base() -> str | None:
    """Why the base image, which is none of ours, cannot be made here; None when it is there."""
    done = subprocess.run(images("base"), capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else None


def build(target: str) -> None:
    """One stage of the Dockerfile, from the tree as it is; layers that did not change are taken from the cache."""
    done = subprocess.run(
        images("build", str(ROOT), "--target", target, "--tag", f"eakte-{target}"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def healthy(name: str, **settings: str) -> bool:
    """What the image's own health check finds, run as an engine runs it."""
    config = json.loads(subprocess.run(images("config", name), check=True, capture_output=True).stdout)
    kind, program, *words = config["Healthcheck"]["Test"]
    assert kind == "CMD"
    options = [word for key, value in settings.items() for word in ("--env", f"EAKTE_{key}={value}")]
    asked = images("run", name, *options, "--entrypoint", program, "--", *words)
    return subprocess.run(asked, capture_output=True).returncode == 0
