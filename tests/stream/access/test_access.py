"""Secrets are made well and kept, and every principal may do the least that its work needs."""

import hashlib
import re
import ssl
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from schemas.topics import TOPICS, read_by
from stream.access.certificates import issue
from stream.access.files import SecretsExistError, write_secrets
from stream.access.principals import ADMIN, PRINCIPALS, REDIS_USERS, redis_acl, rights
from stream.board.reading import RECENT, STANDING, WHOLE
from stream.commands.gateway_hl7 import TOPICS as TOPICS_OF_RECORDS

NOW = datetime.now(UTC)
SERVED = ("kafka", "redis")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    write_secrets(folder, NOW)
    return folder


def shake_hands(folder: Path, host: str, *, authority: Path | None = None) -> None:
    """Do a TLS handshake with Kafka's certificate in memory; raises what the client raises."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "kafka.pem")
    client_side = ssl.create_default_context(cafile=authority or folder / "ca.pem")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server, server_hostname=host)
    waiting = {client, server}
    while waiting:
        waiting = {side for side in waiting if not is_done(side)}


def is_done(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


@pytest.mark.parametrize("host", ["kafka", "localhost", "127.0.0.1"])
def test_a_server_is_trusted_under_its_names(folder: Path, host: str) -> None:
    shake_hands(folder, host)


def test_a_server_is_not_trusted_under_another_name(folder: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(folder, "redis")


def test_a_server_is_not_trusted_by_who_knows_another_authority(folder: Path, tmp_path: Path) -> None:
    write_secrets(tmp_path / "others", NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shake_hands(folder, "kafka", authority=tmp_path / "others" / "ca.pem")


def test_certificates_hold_for_825_days_and_forgive_an_hour_of_skew() -> None:
    authority, servers = issue(SERVED, NOW)
    moment = NOW.replace(microsecond=0)
    for pem in (authority, *(server.certificate for server in servers.values())):
        certificate = x509.load_pem_x509_certificate(pem)
        assert certificate.not_valid_before_utc == moment - timedelta(hours=1)
        assert certificate.not_valid_after_utc == moment + timedelta(days=825)


def test_the_authoritys_key_is_not_kept(folder: Path) -> None:
    keys = [path.name for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert sorted(keys) == [
        "cds-client.pem",
        "cds-service.pem",
        "dicom-gateway.pem",
        "dicom-sender.pem",
        "fhir-gateway.pem",
        "fhir-sender.pem",
        "hl7-gateway.pem",
        "hl7-sender.pem",
        "kafka.pem",
        "redis.key",
    ]


def test_only_the_owner_sees_the_folder_and_git_sees_nothing(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o222 == 0 for path in folder.iterdir())
    assert (folder / ".gitignore").read_text() == "*\n"


def test_secrets_are_never_overwritten(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SecretsExistError, match="is not empty; secrets are never overwritten"):
        write_secrets(folder, NOW)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_every_password_is_another_and_long(folder: Path) -> None:
    passwords = [path.read_text() for path in folder.glob("*.password")]
    assert len(passwords) == len(PRINCIPALS) + 2 + len(REDIS_USERS)  # the administrator, and the reader of Redis
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) >= 43  # 32 random bytes


def test_kafka_is_given_every_user_without_the_password(folder: Path) -> None:
    text = (folder / "kafka-users").read_text()
    users = dict(re.findall(r"SCRAM-SHA-512=\[name=(\w+),(.*)\]", text))
    assert users.keys() == {ADMIN, *(principal.name for principal in PRINCIPALS)}
    for name, parts in users.items():
        password = (folder / f"{name}.password").read_text()
        assert password not in text
        iterations, salt, salted = re.fullmatch(r'iterations=(\d+),salt="(.*)",saltedpassword="(.*)"', parts).groups()  # type: ignore[union-attr]
        again = hashlib.pbkdf2_hmac("sha512", password.encode(), b64decode(salt), int(iterations))
        assert again == b64decode(salted)


@pytest.mark.parametrize(
    ("name", "others", "inputs"),
    [
        ("watch", {"lesion-reports", "pathology-findings", "cds-feedback"}, set()),
        (
            "check",
            {"scores", "forecasts", "alerts", "suggestions", "cds-feedback"},
            {"genomics"},  # what a genome says of genes
        ),
    ],
)
def test_a_worker_writes_the_outputs_of_its_role_and_moves_what_it_reads(
    name: str, others: set[str], inputs: set[str]
) -> None:
    (worker,) = (principal for principal in PRINCIPALS if principal.name == name)
    assert worker.reads == read_by(name)
    outputs = {topic for topic, row in TOPICS.items() if row.flow == "out"} - others
    assert set(worker.writes) == outputs | inputs | set(worker.reads)


def test_every_topic_is_read_and_written_by_somebody_who_exists() -> None:
    known = {principal.name for principal in PRINCIPALS}
    for topic in TOPICS.values():
        assert topic.writers
        assert set(topic.readers) | set(topic.writers) <= known


def test_a_subscriber_reads_alerts_and_nothing_else() -> None:
    told = {(right.resource, right.name, right.operation) for right in rights() if right.principal == "subscriber"}
    assert told == {("TOPIC", "alerts", "READ"), ("GROUP", "subscriber", "READ")}


COUNTED = {("TOPIC", "dead-letters", operation) for operation in ("DESCRIBE", "DESCRIBE_CONFIGS")}
"""How many dead letters there are, and none of them: they hold all of a patient."""


def test_the_board_reads_what_it_shows_and_nothing_else() -> None:
    told = {(right.resource, right.name, right.operation) for right in rights() if right.principal == "board"}
    assert told == COUNTED | {("TOPIC", topic, "READ") for topic in ("vitals", *WHOLE, *STANDING, *RECENT)}


def test_a_board_whose_users_may_act_writes_what_they_ask_for_and_nothing_else() -> None:
    told = {(right.resource, right.name, right.operation) for right in rights() if right.principal == "desk"}
    written = {("TOPIC", topic, "WRITE") for topic in ("acknowledgements", "alarm-settings")}
    assert told == COUNTED | written | {("TOPIC", topic, "READ") for topic in ("vitals", *WHOLE, *STANDING, *RECENT)}


def test_the_gateway_writes_what_it_makes_and_nothing_else() -> None:
    told = {(right.resource, right.name, right.operation) for right in rights() if right.principal == "gateway"}
    assert told == {("TOPIC", topic, "WRITE") for topic in TOPICS_OF_RECORDS}


def test_redis_lets_workers_reach_patients_states_and_a_health_check_nothing() -> None:
    default, health, watch, check, reader = redis_acl(
        {"watch": "ab" * 32, "check": "cd" * 32, "reader": "ef" * 32}
    ).splitlines()
    assert default.split()[2:4] == ["off", "resetpass"]
    assert health == "user health on nopass resetchannels -@all +ping"
    assert re.match(r"user watch on #(ab){32} ~wardwatch:patient:\* .* resetchannels -@all ", watch)
    assert re.match(r"user check on #(cd){32} ~wardwatch:imaging:\* .* resetchannels -@all ", check)
    for user in (watch, check):
        forbidden = {"+@all", "+keys", "+flushall", "+config", "allkeys", "~*", "~wardwatch:*", "+eval", "+evalsha"}
        assert not forbidden & set(user.split())
    begin = f"user reader on #{'ef' * 32} ~wardwatch:patient:* resetchannels -@all "
    assert reader == begin + "+@connection -@dangerous +hgetall"


def test_who_reads_images_gives_no_alarm_no_score_and_no_proposal() -> None:
    written = {right.name for right in rights() if right.principal == "check" and right.operation == "WRITE"}
    of_outputs = {name for name in written if TOPICS[name].flow == "out"}
    assert not of_outputs & {"alerts", "scores", "forecasts", "suggestions"}


def test_the_cds_service_writes_feedback_and_nothing_else() -> None:
    told = {(right.resource, right.name, right.operation) for right in rights() if right.principal == "cds"}
    assert told == {("TOPIC", "cds-feedback", "WRITE")}
