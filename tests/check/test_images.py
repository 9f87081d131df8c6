"""Dockerfile, compose.yaml and bootstrap/secrets agree with the code, the how-to and each other."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from eakte.settings import Settings
from tests.check.sources import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SECRETS = (ROOT / "bootstrap" / "secrets").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("eakte-")}
TASKS = {"migrate", "bucket"}
WRITE_BESIDE_THEIR_PROGRAMS = {"opensearch"}


def settings_of(text: str) -> set[str]:
    return set(re.findall(r"\bEAKTE_([A-Z0-9_]+)", text))


@pytest.mark.parametrize("text", [DOCKERFILE, COMPOSE], ids=["Dockerfile", "compose.yaml"])
def test_what_is_set_is_a_setting(text: str) -> None:
    assert {name.lower() for name in settings_of(text)} <= set(Settings.model_fields)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_rights_and_no_more_of_the_machine_than_it_is_given(name: str) -> None:
    service = SERVICES[name]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service["read_only"] is (name not in WRITE_BESIDE_THEIR_PROGRAMS)
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_what_runs_is_checked_and_begins_when_what_it_needs_is_there(name: str) -> None:
    service = SERVICES[name]
    assert ("disable" in service["healthcheck"]) is (name in TASKS)
    for needed, how in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in TASKS else "service_healthy"
        assert how["condition"] == wanted
    assert (service["image"] in {"eakte-service", "eakte-worker"}) == (name in OURS)


def test_two_of_each_share_all_settings_and_no_disk() -> None:
    assert {name: OURS[name]["deploy"]["replicas"] for name in ("service", "worker")} == {"service": 2, "worker": 2}
    assert OURS["service"]["environment"] == OURS["worker"]["environment"]
    assert settings_of(str(OURS["service"]["environment"])) >= {"DATABASE_URL", "BLOBS_URL", "SEARCH_URL"}
    assert not any("volumes" in each for each in OURS.values())


def test_plaintext_of_a_killed_container_is_on_no_disk() -> None:
    """A volume without a name outlives its container; a tmpfs does not, and is bounded."""
    homes = [home for each in OURS.values() for home in each["tmpfs"]]
    assert all(re.fullmatch(r"/var/lib/eakte:size=\d+[mg],mode=0700,uid=10001,gid=10001", home) for home in homes)
    assert len(homes) == len(OURS)


def test_only_the_apis_can_be_reached_and_only_from_this_machine() -> None:
    assert {name for name, each in SERVICES.items() if each.get("ports")} == {"service"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["service"]["ports"])
    assert yaml.safe_load(COMPOSE)["networks"]["house"] == {"internal": True}


def test_no_secret_stands_in_an_environment_or_a_file_of_the_repository() -> None:
    names = [name for each in SERVICES.values() for name in each.get("environment", {})]
    assert [n for n in names if re.search(r"PASS|SECRET|MASTER|TOKEN", n) and not n.endswith("FILE")] == []
    assert re.findall(r"://[^/\s@]+:[^/\s@]+@", COMPOSE + DOCKERFILE) == []


def used_secrets() -> Iterator[str]:
    for service in SERVICES.values():
        yield from (each["source"] if isinstance(each, dict) else each for each in service.get("secrets", []))


def test_every_secret_is_made_named_and_used() -> None:
    declared = yaml.safe_load(COMPOSE)["secrets"]
    assert set(re.findall(r"\bkeep ([a-z0-9.-]+) \"", SECRETS)) == set(declared) == set(used_secrets())
    assert all(re.fullmatch(r"\$\{SECRETS:\?.*\}/" + re.escape(name), each["file"]) for name, each in declared.items())


def test_the_roles_are_those_of_the_how_to() -> None:
    page = (ROOT / "docs" / "how-to" / "use-your-own-postgresql.md").read_text(encoding="utf-8")
    told = re.search(r"^```sql\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    made = re.search(r"<<SQL\n(.*?)^SQL$", SECRETS, re.MULTILINE | re.DOTALL)
    assert told
    assert made
    assert re.sub(r"\$(owner|app)", "…", made[1]) == told[1]


def test_both_images_are_built_from_locked_wheels_and_run_as_a_user_of_a_fixed_number() -> None:
    assert "--no-deps --require-hashes --only-binary=:all: --requirement /build/requirements.lock" in DOCKERFILE
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert set(re.findall(r"\b(eakte)=(\d+)", SECRETS)) == {("eakte", "10001")}
    assert re.findall(r"^FROM eakte AS (\w+)$", DOCKERFILE, re.MULTILINE) == ["worker", "service"]
    assert set(re.findall(r"^FROM (debian\S*)", DOCKERFILE, re.MULTILINE)) == {"debian:bookworm-slim"}
    assert DOCKERFILE.count("HEALTHCHECK") == 2
