"""Everything that can be set, read once from the environment (prefix WARDWATCH_) and passed down."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["watch", "check", "all"]
PREFIX: Final = "WARDWATCH_"
_PORTS: Final = ("KAFKA_PORT", "BOARD_PORT", "HL7_PORT", "FHIR_PORT", "DICOM_PORT", "STOW_PORT", "CDS_PORT")
_READ_ELSEWHERE: Final = ("CACHE", "SECRETS", *_PORTS, "DATA")
"""Variables of stream/stack/jars.py, of docker-compose.yml, and of the tests on other people's data."""
_OF_TESTS: Final = ("REQUIRE_", "TEST_")
"""How the tests' other variables begin."""


class Settings(BaseSettings):
    """A worker's settings. Secrets come from files; no address carries one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    broker: str = Field(default="127.0.0.1:9092", description="host:port, several with commas")
    broker_ca_file: Path | None = None
    broker_user: str | None = None
    broker_password_file: Path | None = None
    redis_url: str = Field(default="redis://127.0.0.1:6379/0", pattern=r"^(rediss?|unix)://[^@]*$")
    redis_ca_file: Path | None = None
    redis_user: str | None = None
    redis_password_file: Path | None = None
    group: str = Field(default="wardwatch", description="consumer group; one for each ward system")
    role: Role = "all"

    run_records: int = Field(default=2000, ge=1, le=20_000, description="most records of one run, the micro-batch")
    send_timeout_s: float = Field(default=15, gt=0, description="a send that takes longer has failed")
    state_timeout_s: float = Field(default=2, gt=0)
    state_ttl_s: int = Field(
        default=14 * 86_400, gt=0, description="a patient's state lives this long after the last event"
    )
    memory_s: float = Field(
        default=86_400,
        gt=0,
        description="a stored state leaves a worker's memory so long after the last record: twice the longest interval "
        "between observations that NEWS2 allows (12 h, RCP 2017)",
    )
    drain_s: float = Field(default=20, gt=0, description="after SIGTERM: time to finish what is in flight")
    stuck_s: float = Field(default=120, gt=0, description="no progress for so long: exit non-zero")
    future_s: float = Field(default=120, ge=0, description="a time-stamp further ahead than this is refused")
    lateness_s: float = Field(default=30, ge=0, description="frames older than the newest by more are late")
    late_alert_s: float = Field(default=60, gt=0, description="an alert published so long after its time is late")
    history_s: float = Field(
        default=300, gt=0, description="while a backlog is read, alerts of records that came so long ago do not sound"
    )
    forecast_every_s: float = Field(default=300, gt=0, description="provisional forecasts, event time")
    conditions_off: tuple[str, ...] = Field(
        default=(), description="alarm conditions that do not sound here, as in `alerts`; never asystole and apnoea"
    )
    silent_bed_s: float = Field(default=300, gt=0, description="no frame for so long: the bed is silent")

    image_roots: tuple[Path, ...] = Field(default=(), description="file:// images must lie below one of these")
    image_hosts: tuple[str, ...] = Field(default=(), description="http(s):// images must come from one of these")
    image_credentials: dict[str, Path] = Field(
        default={},
        description="by one of the hosts, the file of what it is shown: `Bearer TOKEN` or `Basic USER:PASSWORD`",
    )
    genome_roots: tuple[Path, ...] = Field(default=(), description="file:// genomes must lie below one of these")
    genome_hosts: tuple[str, ...] = Field(default=(), description="http(s):// genomes must come from one of these")
    genome_max_bytes: int = Field(default=256 * 2**20, gt=0, description="of one file of a genome, as it lies there")
    genome_timeout_s: float = Field(default=60, gt=0, description="to fetch and read one genome")
    image_max_bytes: int = Field(default=64 * 2**20, gt=0)
    image_timeout_s: float = Field(default=30, gt=0, description="to fetch, read and judge one image")
    image_sandbox: Literal["required", "wanted", "off"] = Field(
        default="wanted",
        description="the process that reads images gives up files, network and other processes (Landlock, seccomp): "
        "`required` refuses to start where the kernel lacks a part of it, `wanted` tells",
    )
    identity_key_file: Path | None = Field(
        default=None, description="key of the hashes that stand for studies in the log; else a fresh one"
    )
    store_key_file: Path | None = Field(
        default=None, description="seals what the HL7 gateway keeps on disk: its spool and refused messages"
    )
    image_output: Path | None = Field(default=None, description="where maps and documents are kept; none without it")
    risk_folder: Path | None = Field(default=None, description="another risk model than the shipped one")
    risk_site: Literal["judge", "checked"] = Field(
        default="judge",
        description="judge: the risk model abstains until the stays that are seen here are known to be like those of "
        "its training; checked: somebody has checked it on this hospital's stays, and it speaks at once",
    )
    lesion_folder: Path | None = Field(default=None, description="other lesion models than the shipped ones")
    weights_key_file: Path | None = Field(
        default=None, description="Ed25519 public key (PEM) by whose holder the manifests of all weights must be signed"
    )
    device: str = Field(default="auto", description="auto, cpu, cuda")

    web_host: str = "127.0.0.1"
    web_port: int = Field(default=0, ge=0, le=65535, description="/livez /readyz /metrics; 0: a free one")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("conditions_off")
    @classmethod
    def a_condition_that_is_turned_off_exists_and_may_be(cls, conditions: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a name that is none: whoever mistypes one has turned nothing off."""
        if conditions:
            from models.watch.turned_off import turned_off  # noqa: PLC0415 - it loads numpy, which few commands need

            turned_off(conditions)
        return conditions

    @model_validator(mode="after")
    def a_broker_user_needs_a_password_file(self) -> Self:
        """Say at the start what would fail later."""
        if (self.broker_user is None) != (self.broker_password_file is None):
            message = "WARDWATCH_BROKER_USER and WARDWATCH_BROKER_PASSWORD_FILE belong together"
            raise ValueError(message)
        return self


class UnknownSetting(NamedTuple):
    """A variable that is named like a setting and has no effect. Without its value, which may be a secret."""

    name: str
    nearest: str | None

    def __str__(self) -> str:
        """One sentence for whoever has set it."""
        meant = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{self.name} is not a setting and has no effect{meant}"


def unknown_settings(names: Iterable[str]) -> Iterator[UnknownSetting]:
    """Of these environment variables those with our prefix that nothing reads, with the setting most like each."""
    known = [*(field.upper() for field in Settings.model_fields), *_READ_ELSEWHERE]
    for name in sorted(names):
        rest = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and rest not in known and not rest.startswith(_OF_TESTS):
            nearest = get_close_matches(rest, known, n=1)
            yield UnknownSetting(name, PREFIX + nearest[0] if nearest else None)


def secret(file: Path | None) -> SecretStr | None:
    """The secret in a file, without its last newline; None without a file. Raises OSError when it can't be read."""
    return None if file is None else SecretStr(file.read_text(encoding="utf-8").rstrip("\n"))
