"""The production set-up: `docker-compose.yml` holds what it should, for Docker and for `Settings`."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[1]
GIVEN = {
    "POSTGRES_PASSWORD": "p4ssword",
    "FAIRLEAD_TOKEN_SECRET": "s" * 48,
    "FAIRLEAD_MASTER_KEY": "k" * 43,
    "FAIRLEAD_PROOF_KEY": "k" * 42 + "A=",
}
OURS = ("api", "projector", "relay")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    assert isinstance(parsed, dict)
    return parsed


def test_docker_accepts_it() -> None:
    if not is_compose_here():
        pytest.skip("there is no `docker compose` here to ask")
    command = ["docker", "compose", "--file", str(REPOSITORY / "docker-compose.yml"), "config", "--quiet"]
    done = subprocess.run(command, env={**os.environ, **GIVEN}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def is_compose_here() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


def test_every_service_has_a_health_check_and_is_nobody_special(compose: dict[str, Any]) -> None:
    assert sorted(compose["services"]) == [*OURS[:1], "kafka", "postgres", *OURS[1:]]
    for service in compose["services"].values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["user"].split(":")[0] not in {"", "0", "root"}
        assert service["cap_drop"] == ["ALL"]


def test_our_processes_wait_for_healthy_servers(compose: dict[str, Any]) -> None:
    for name in OURS:
        waits = compose["services"][name]["depends_on"]
        assert waits == {
            "postgres": {"condition": "service_healthy"},
            "kafka": {"condition": "service_healthy"},
        }


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_data_of_both_servers_is_kept_in_volumes(compose: dict[str, Any]) -> None:
    kept = [
        service["volumes"][0].split(":")[0]
        for service in compose["services"].values()
        if "volumes" in service
    ]
    assert sorted(kept) == sorted(compose["volumes"]) == ["kafka", "postgres"]


@pytest.mark.parametrize("name", OURS)
def test_our_processes_understand_their_environment(compose: dict[str, Any], name: str) -> None:
    environment = {key: filled(value) for key, value in compose["services"][name]["environment"].items()}
    settings = Settings.from_environment(environment)
    assert not settings.is_embedded
    assert settings.token_secret == GIVEN["FAIRLEAD_TOKEN_SECRET"]


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    texts = [
        str(value) for service in compose["services"].values() for value in service["environment"].values()
    ]
    secret = [text for text in texts if re.search(r"\$\{\w*(SECRET|PASSWORD|KEY)", text)]
    assert len(secret) == 11
    assert all(re.search(r"\$\{\w*(SECRET|PASSWORD|KEY):\?", text) for text in secret)


def test_the_key_of_the_proof_is_the_relays_alone(compose: dict[str, Any]) -> None:
    holders = [
        name for name, each in compose["services"].items() if "FAIRLEAD_PROOF_KEY" in each["environment"]
    ]
    assert holders == ["relay"]


def filled(text: str) -> str:
    """Put in what the environment gives, or the default, as Docker does."""
    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", lambda found: GIVEN.get(found[1], found[3]), text)
