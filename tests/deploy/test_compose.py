"""docker-compose.yml and deploy/Dockerfile keep the rules of a deployment, and call only commands that exist."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from stream.access.files import write_secrets
from stream.access.principals import ADMIN, PRINCIPALS, REDIS_READER, REDIS_USERS
from stream.settings import Role, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GPU: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"topics", "feed"}  # end by themselves, and say by their exit code how it went
SCRATCH = r"/tmp:size=\d+m,mode=1777"  # noqa: S108 - inside the container
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("wardwatch:")}

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
every_lasting_service = pytest.mark.parametrize(
    "service",
    [service for name, service in SERVICES.items() if name not in ONCE],
    ids=[*(n for n in SERVICES if n not in ONCE)],
)
every_service_of_ours = pytest.mark.parametrize("service", OURS.values(), ids=OURS.keys())


def test_the_ward_is_broker_state_topics_a_worker_for_each_role_and_a_board() -> None:
    assert SERVICES.keys() == {
        "kafka",
        "redis",
        "topics",
        "watch",
        "check",
        "board",
        "gateway",
        "fhir",
        "dicom",
        "cds",
        "feed",
    }
    roles = {tuple(SERVICES[name]["command"]) for name in ("watch", "check")}
    assert roles == {("worker", "--role", "watch"), ("worker", "--role", "check")}
    assert {role for _, _, role in roles} < set(get_args(Role))


@every_service
def test_an_image_has_a_pinned_version(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+(-[a-z]+)?", service["image"])


@every_service
def test_a_container_can_change_nothing_but_its_volumes_and_scratch(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert all(re.fullmatch(SCRATCH, scratch) for scratch in service["tmpfs"])
    assert "privileged" not in service
    assert "cap_add" not in service


@every_service
def test_memory_and_processes_are_limited(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0


@every_service
def test_nothing_is_published_beyond_loopback(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "network_mode" not in service


@every_lasting_service
def test_a_lasting_service_has_a_health_check_and_comes_back(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"
    assert "stop_grace_period" in service


def test_each_part_waits_until_what_it_needs_is_healthy() -> None:
    waits = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    worker = {"topics": "service_completed_successfully", "redis": "service_healthy"}
    assert waits == {
        "kafka": {},
        "redis": {},
        "topics": {"kafka": "service_healthy"},
        "watch": worker,
        "check": worker,
        "board": {"topics": "service_completed_successfully"},
        "gateway": {"topics": "service_completed_successfully"},
        "fhir": {"topics": "service_completed_successfully"},
        "dicom": {"topics": "service_completed_successfully"},
        "cds": worker,
        "feed": {"watch": "service_healthy", "check": "service_healthy"},
    }


def test_simulated_patients_and_the_gateways_come_only_when_asked_for() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"feed": ["demo"], "gateway": ["hl7"], "fhir": ["fhir"], "dicom": ["dicom"], "cds": ["cds"]}
    assert SERVICES["feed"]["command"][:2] == ["replay", "simulated"]


@every_service
def test_volumes_are_named_or_configuration_read_only(service: dict[str, Any]) -> None:
    for volume in service.get("volumes", []):
        source, _, mode = volume.split(":") if volume.count(":") == 2 else (*volume.split(":"), "rw")
        if source.startswith("./"):
            assert mode == "ro"
            assert (ROOT / source).is_dir()
        else:
            assert source in COMPOSE["volumes"]


@every_service
def test_passwords_come_from_files_that_the_service_is_given(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        if name.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        else:
            assert not re.search("PASSWORD|SECRET|TOKEN", name)
            assert not re.search(r"://[^/]*@", str(value))


def test_the_secrets_are_those_that_the_command_makes(tmp_path: Path) -> None:
    made = set(write_secrets(tmp_path / "secrets", datetime.now(UTC)))
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == COMPOSE["secrets"].keys()
    assert used <= made
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"${{WARDWATCH_SECRETS:-./secrets}}/{name}"}


@every_service_of_ours
def test_settings_exist_and_users_are_known(service: dict[str, Any]) -> None:
    environment = service["environment"]
    assert {name.removeprefix("WARDWATCH_").lower() for name in environment} <= Settings.model_fields.keys()
    assert environment["WARDWATCH_BROKER_USER"] in {ADMIN, *(principal.name for principal in PRINCIPALS)}
    user = environment.get("WARDWATCH_REDIS_USER")
    assert user in {None, REDIS_READER} or (user in REDIS_USERS and user == environment["WARDWATCH_BROKER_USER"])


def test_a_worker_has_time_to_drain() -> None:
    drain_s = Settings.model_fields["drain_s"].default
    for name in ("watch", "check"):
        assert float(SERVICES[name]["stop_grace_period"].removesuffix("s")) > drain_s


def test_the_worker_may_fetch_what_the_dicom_gateway_keeps() -> None:
    command = SERVICES["dicom"]["command"]
    store = Path(command[command.index("--store") + 1])
    assert any(
        store.is_relative_to(root) for root in json.loads(SERVICES["check"]["environment"]["WARDWATCH_IMAGE_ROOTS"])
    )
    assert "images:/images" in SERVICES["dicom"]["volumes"]
    assert "images:/images:ro" in SERVICES["check"]["volumes"]


def commands() -> list[list[str]]:
    """Every call of wardwatch in the file, as arguments."""
    calls = [service["command"] for service in OURS.values() if "entrypoint" not in service]
    scripts = [service["command"][0] for service in OURS.values() if "entrypoint" in service]
    return calls + [call.split()[1:] for script in scripts for call in script.split(" && ")]


@pytest.mark.timeout(400)  # a start of Python with torch each, on a busy machine
@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_exists(arguments: list[str]) -> None:
    wardwatch = Path(sys.executable).with_name("wardwatch")
    done = subprocess.run([wardwatch, *arguments, "--help"], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_the_gpu_override_changes_workers_only() -> None:
    assert GPU["services"].keys() == {"watch", "check"}
    for service in GPU["services"].values():
        assert service["environment"] == {"WARDWATCH_DEVICE": "cuda"}
        assert service["build"]["args"] == {"TORCH_INDEX_URL": "", "DEVICE": "cuda"}
        assert service["image"] != SERVICES["watch"]["image"]


def test_the_image_is_built_in_stages_and_runs_as_nobody_in_particular() -> None:
    *building, image = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    assert [stage.split("\n")[0] for stage in building] == [
        "python:3.11-slim-bookworm AS requirements",
        "python:3.11-slim-bookworm AS dependencies",
        "dependencies AS build",
    ]
    assert image.startswith("dependencies\n")
    assert "\nUSER 10001:10001\n" in image
    assert all(service["user"] == "10001:10001" for service in OURS.values())
    assert "\nHEALTHCHECK " in image
    assert '\nENTRYPOINT ["wardwatch"]\n' in image
    assert " PYTHONSAFEPATH=1 " in image  # scratch is the working folder, and no place to take modules from


def test_the_image_holds_what_its_services_need_and_no_lab() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["rights"], *extras["genome"]]
    (program,) = re.findall(r"RUN python3 -c '(.*?)' > requirements.txt", DOCKERFILE, flags=re.DOTALL)
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program.replace("\\\n", "")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == wanted
    offline = (ROOT / "deploy" / "offline" / "build.sh").read_text()
    (program,) = re.findall(r"list=\$\(\"\$python\" -c '(.*?)'\)", offline, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[: len(wanted)] == wanted
    needed = {call[0] for call in commands()}
    assert needed == {
        "topics",
        "secrets",
        "worker",
        "board",
        "gateway",
        "replay",
        "cds",
    }  # of these only `secrets` needs one


def test_the_image_holds_the_cpu_build_of_torch_unless_told_otherwise() -> None:
    assert re.search(r"^ARG TORCH_INDEX_URL=https://\S+/cpu$", DOCKERFILE, flags=re.MULTILINE)
    assert SERVICES["watch"]["build"]["args"]["TORCH_INDEX_URL"].startswith("${TORCH_INDEX_URL-https://")


@pytest.mark.parametrize("compose", [["docker-compose"], ["docker", "compose"]], ids=" ".join)
@pytest.mark.parametrize("files", [["docker-compose.yml"], ["docker-compose.yml", "docker-compose.gpu.yml"]], ids=len)
def test_compose_accepts_the_file(compose: list[str], files: list[str]) -> None:
    if not is_installed(compose):
        pytest.skip(f"{' '.join(compose)} is not installed")
    arguments = [argument for file in files for argument in ("-f", file)]
    profiles = [argument for one in ("demo", "hl7", "fhir", "dicom", "cds") for argument in ("--profile", one)]
    command = [*compose, *arguments, *profiles, "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def is_installed(compose: list[str]) -> bool:
    if shutil.which(compose[0]) is None:
        return False
    return subprocess.run([*compose, "version"], capture_output=True, check=False).returncode == 0  # noqa: S603
