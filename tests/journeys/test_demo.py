"""What a newcomer sees: the demo house, filed and searchable, with three requests that work as printed."""

import json
import subprocess

from tests.service import Service, running, until

FILED_WITHIN = 240.0


def printed_requests(service: Service) -> list[str]:
    return [line for line in (service.home / "up.log").read_text().splitlines() if line.startswith("curl ")]


def test_the_demo_files_itself_and_its_printed_requests_work_on_the_second_start_too() -> None:
    with running(demo=True) as service:
        requests = until(lambda: len(printed_requests(service)) == 3 and printed_requests(service), 120, service.log)
        until(lambda: "eakte is ready at" in (service.home / "up.log").read_text(), 120, service.log)

        def settled() -> bool:
            found = json.loads(service.order("status", "--json"))
            states = found["documents"]
            return found["jobs"]["waiting"] == found["jobs"]["running"] == 0 and set(states) == {"filed", "clearing"}

        until(settled, FILED_WITHIN, service.log)
        states = json.loads(service.run("status", "--json"))["documents"]
        assert (sum(states.values()), states["filed"] >= 9) == (17, True), states
        for start in range(2):
            for line in requests:
                answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
                found = json.loads(answer.stdout)
                assert found.get("items") or found.get("hits"), line
            if start == 0:
                assert service.stop() == 0
                (service.home / "demo.key").write_text("half a key")  # as if a start had been killed over it
                service.start()
                until(lambda: len(printed_requests(service)) == 6, 60, service.log)
        assert sum(json.loads(service.run("status", "--json"))["documents"].values()) == 17
