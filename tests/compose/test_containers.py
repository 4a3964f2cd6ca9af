"""The containers come up in order and healthy, and each has the rights that it needs and no others."""

import json
from datetime import datetime
from typing import Any

import pytest
import yaml

from tests.compose.ward import ROOT, WORKERS, Ward, docker, http_status, until

pytestmark = pytest.mark.timeout(300)

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
LASTING = ("kafka", "redis", "board", *WORKERS)
every_lasting_service = pytest.mark.parametrize("service", LASTING)


def the_container(ward: Ward, service: str) -> dict[str, Any]:
    (container,) = ward.containers(service)
    return ward.inspect(container)


def moment(container: dict[str, Any], which: str) -> datetime:
    return datetime.fromisoformat(container["State"][which])


def test_a_service_starts_when_what_it_needs_is_there(ward: Ward) -> None:
    topics = the_container(ward, "topics")
    assert topics["State"]["ExitCode"] == 0
    assert moment(the_container(ward, "kafka"), "StartedAt") < moment(topics, "StartedAt")
    for worker in WORKERS:
        assert moment(the_container(ward, worker), "StartedAt") > moment(topics, "FinishedAt")


async def test_every_service_comes_up_healthy(ward: Ward) -> None:
    await until(lambda: ward.is_healthy(*LASTING), within_s=180)
    for worker in WORKERS:
        address = ward.run("port", worker, "8080").strip()
        assert address.startswith("127.0.0.1:")
        assert [http_status(f"http://{address}/{page}") for page in ("livez", "readyz", "metrics")] == [200] * 3


@pytest.mark.parametrize("service", WORKERS)
def test_a_worker_finds_all_that_it_needs(ward: Ward, service: str) -> None:
    told = json.loads(ward.within(service, "wardwatch", "doctor", "--json"))
    assert {check["check"]: check["state"] for check in told["checks"] if check["state"] != "ok"} == {}
    assert told["ok"]


@every_lasting_service
def test_a_container_runs_without_root_and_can_write_nowhere_but_to_its_scratch(ward: Ward, service: str) -> None:
    assert ward.within(service, "id", "-u").strip() not in {"", "0"}
    tried = "touch /etc/x /opt/x /usr/bin/x 2>/dev/null || touch /tmp/x && echo scratch only"
    assert ward.within(service, "sh", "-c", tried).strip() == "scratch only"
    status = ward.within(service, "sh", "-c", "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status")
    capabilities, no_new_privileges, seccomp = (line.split()[1] for line in status.splitlines())
    assert (int(capabilities, 16), no_new_privileges, seccomp) == (0, "1", "2")


@every_lasting_service
def test_a_container_is_limited_and_comes_back_by_itself(ward: Ward, service: str) -> None:
    container = the_container(ward, service)
    limits = container["HostConfig"]
    assert limits["Memory"] > 0
    assert limits["PidsLimit"] == 512
    assert (limits["Privileged"], limits["ReadonlyRootfs"], limits["CapDrop"]) == (False, True, ["ALL"])
    assert limits["RestartPolicy"]["Name"] == "unless-stopped"
    assert limits["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}
    assert set(limits["Tmpfs"]) == {"/tmp"}  # noqa: S108 - in the container
    assert container["Config"]["Healthcheck"]["Test"]


@every_lasting_service
def test_a_container_is_reached_from_this_machine_only(ward: Ward, service: str) -> None:
    published = the_container(ward, service)["NetworkSettings"]["Ports"]
    addresses = {binding["HostIp"] for bindings in published.values() for binding in bindings or ()}
    assert addresses == (set() if service == "redis" else {"127.0.0.1"})


@every_lasting_service
def test_only_what_lasts_can_be_written_and_lies_in_named_volumes(ward: Ward, service: str) -> None:
    mounts = the_container(ward, service)["Mounts"]
    written = {f"{mount['Name'].split('_')[-1]}:{mount['Destination']}" for mount in mounts if mount["RW"]}
    assert written == {
        "kafka": {"kafka-data:/var/lib/kafka/data"},
        "redis": {"redis-data:/data"},
        "watch": set(),
        "check": {"reports:/reports"},
        "board": set(),
    }.get(service)


@every_lasting_service
def test_secrets_come_as_files_and_only_those_that_a_service_is_given(ward: Ward, service: str) -> None:
    shown = json.dumps(ward.inspect(*ward.containers(service)))
    passwords = [path.read_text() for path in ward.secrets.glob("*.password")]
    assert len(passwords) > 5
    assert not any(password in shown for password in passwords)
    given = ward.within(service, "ls", "/run/secrets").split()
    assert sorted(given) == sorted(COMPOSE["services"][service]["secrets"])


def test_the_image_says_what_is_in_it_and_how_to_see_whether_it_is_well(ward: Ward) -> None:
    image = the_container(ward, "watch")["Image"]
    (config,) = (found["Config"] for found in json.loads(docker("image", "inspect", image)))
    assert config["Entrypoint"] == ["wardwatch"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    folder = "/opt/wardwatch/share/bill-of-materials"
    bill = json.loads(ward.within("watch", "cat", f"{folder}/python.json"))
    versions = {part["metadata"]["name"]: part["metadata"]["version"] for part in bill["installed"]}
    assert versions.keys() > {"wardwatch", "torch", "faust-streaming"}
    debian = ward.within("watch", "cat", f"{folder}/debian.txt")
    assert "ca-certificates " in debian
