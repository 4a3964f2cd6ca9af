"""Who may look and who may act, and what becomes of a deed until the alarm's own event comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.alarm_settings import AlarmSetting
from schemas.alerts import Acknowledgement, SettingSaid, WardStatus
from stream.board.deeds import UNANSWERED, Deed, DeedError, Deeds
from stream.board.desk import COOKIE, Desk
from stream.board.feed import Feed
from stream.board.history import History
from stream.board.keeping import keep
from stream.board.link import Link
from stream.board.roles import ROLES
from stream.board.server import door, runner_of, serving
from stream.board.sessions import LASTS, LASTS_ON_A_WALL, LOCKED, TRIES, Sessions, place
from stream.board.users import User, UsersError, add_user, is_password, read_users
from stream.board.views import Views
from stream.feeds.events import FeedEvent
from stream.subscriber.ward import Ward
from tests.builders.demo_records import BY, NOW, a_frame, a_suggestion, an_admission, an_alert

WORD = "$argon2id$not-checked-here"
USERS = {
    name: User.model_validate({"name": name, "role": name.partition("-")[0], "password": WORD})
    for name in ("viewer-1", "nurse-1", "nurse-2", "physician-1", "technician-1", "wall-1")
}
ALARM = UUID(int=1)
HERE = "192.0.2.7"
ACKNOWLEDGE = {"deed": "acknowledge", "patient": "sim-01", "alert": str(ALARM)}
PAUSE = {"deed": "pause", "patient": "sim-01", "reason": "suction"}


def a_ward() -> Ward:
    ward = Ward()
    ward.apply("alerts", an_alert(priority="high"))
    return ward


def sessions() -> Sessions:
    return Sessions(USERS, lambda user, password: user is not None and password == f"secret of {user.name}")


class Bench:
    """A board with a desk, and a client of its own address."""

    def __init__(self, client: httpx.AsyncClient, sent: list[FeedEvent]) -> None:
        self.client = client
        self.sent = sent

    async def log_in(self, name: str) -> dict[str, str]:
        """Log in; the headers of a deed that the page would send."""
        answer = await self.client.post("/login", json={"name": name, "password": f"secret of {name}"})
        assert answer.status_code == 200
        cookie = answer.headers["Set-Cookie"]
        for word in (f"{COOKIE}=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
            assert word in cookie
        headers = {"Cookie": cookie.partition(";")[0]}
        told = (await self.client.get("/me", headers=headers)).json()
        return headers | {"X-CSRF-Token": told["csrf"]}


@asynccontextmanager
async def a_desk(ward: Ward) -> AsyncIterator[Bench]:
    sent: list[FeedEvent] = []

    async def send(event: FeedEvent) -> None:
        sent.append(event)

    desk = Desk(sessions(), Deeds(ward), send)
    feed, views, ending = Feed(), Views(ward, History(), Link(NOW)), asyncio.Event()
    keeping = asyncio.create_task(keep(feed, views, ending))
    async with (
        serving(door("127.0.0.1", 0), ["127.0.0.1"], feed, desk, views) as address,
        httpx.AsyncClient(base_url=address, cookies=None, timeout=10) as client,
    ):
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a test says what is sent
        yield Bench(client, sent)
        ending.set()
        await keeping


WHO = (None, "viewer-1", "nurse-1", "physician-1", "technician-1", "wall-1")
# fmt: off
ROUTES: tuple[tuple[str, str, dict[str, Any] | None, tuple[int, ...]], ...] = (
    #                                       nobody viewer nurse physician technician wall
    ("GET",  "/",               None,        (200,   200,   200,   200,       200,     200)),
    ("GET",  "/me",             None,        (200,   200,   200,   200,       200,     200)),
    ("GET",  "/page/board.js",  None,        (200,   200,   200,   200,       200,     200)),
    ("GET",  "/events",         None,        (401,   200,   200,   200,       200,     200)),
    ("GET",  "/bed/sim-01/8",   None,        (401,   200,   200,   200,       403,     403)),
    ("GET",  "/alarms",         None,        (401,   200,   200,   200,       403,     403)),
    ("GET",  "/technical",      None,        (401,   403,   200,   200,       200,     403)),
    ("POST", "/deeds",          ACKNOWLEDGE, (401,   403,   202,   202,       403,     403)),
    ("POST", "/deeds",          PAUSE,       (401,   403,   202,   202,       403,     403)),
    ("POST", "/login",          {},          (400,   400,   400,   400,       400,     400)),
    ("POST", "/logout",         {},          (403,   200,   200,   200,       200,     200)),
)
ODD: tuple[tuple[str, str, dict[str, Any] | None, int], ...] = (
    ("POST", "/deeds",         PAUSE | {"reason": "x" * 9000}, 413),
    ("POST", "/deeds",         {"deed": "discharge", "patient": "sim-01"}, 400),
    ("POST", "/deeds",         {"deed": "pause", "patient": "sim-01"}, 409),
    ("POST", "/deeds",         ACKNOWLEDGE | {"patient": "nobody"}, 409),
    ("GET",  "/bed/nobody/8",  None, 404),
    ("GET",  "/bed/sim-01/7",  None, 404),
    ("GET",  "/bed/sim-01/-8", None, 404),
)
# fmt: on


@pytest.mark.parametrize(("place", "who"), tuple(enumerate(WHO)))
async def test_each_route_is_open_to_the_roles_that_it_is_for_and_to_no_other(place: int, who: str | None) -> None:
    for method, path, body, statuses in ROUTES:
        async with a_desk(a_ward()) as bench:
            headers = {} if who is None else await bench.log_in(who)
            async with bench.client.stream(method, path, json=body, headers=headers) as answer:
                assert answer.status_code == statuses[place], path
            assert len(bench.sent) == (statuses[place] == 202)


def test_the_roles_are_those_that_the_page_on_the_board_tells_of() -> None:
    lines = (Path(__file__).parents[3] / "docs/board.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    told = {
        role: (set(views.split(", ")), bool(acts)) for role, views, acts in rows if role in ROLES and views[0] != "`"
    }
    assert told == {role: (set(may) - {"act"}, "act" in may) for role, may in ROLES.items()}


@pytest.mark.parametrize(("method", "path", "body", "status"), ODD)
async def test_what_a_page_would_not_ask_for_is_refused(
    method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    async with a_desk(a_ward()) as bench:
        answer = await bench.client.request(method, path, json=body, headers=await bench.log_in("nurse-1"))
        assert answer.status_code == status
        assert bench.sent == []


def test_every_route_of_the_board_stands_in_the_table() -> None:
    ward = Ward()
    desk = Desk(sessions(), Deeds(ward), lambda _: asyncio.sleep(0))
    app = runner_of([], Feed(), asyncio.Event(), desk, Views(ward, History(), Link(NOW))).app
    routes = {(one.method, one.resource.canonical.partition("{")[0]) for one in app.router.routes() if one.resource}
    told = {(method, path) for method, path, _, _ in ROUTES}
    assert [one for one in routes if one[0] != "HEAD" and not any(p.startswith(one[1]) for _, p in told)] == []
    assert {method for method, _ in routes} == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    ("who", "beds", "told_of"), [("nurse-1", 1, "71f"), ("wall-1", 1, ""), ("technician-1", 0, None)]
)
async def test_the_stream_holds_of_a_bed_what_the_role_may_see(who: str, beds: int, told_of: str | None) -> None:
    ward = a_ward()
    ward.apply("patients", an_admission())
    ward.apply("vitals", a_frame(heart_rate_bpm=80.0))
    ward.apply("suggestions", a_suggestion().model_copy(update={"expires": NOW + timedelta(hours=1)}))
    async with a_desk(ward) as bench:
        headers = await bench.log_in(who)
        async with bench.client.stream("GET", "/events", headers=headers) as answer:
            lines = answer.aiter_lines()
            said: list[str] = []
            async for line in lines:
                said.append(line)
                if line.startswith("id: ") and "event: ward" in said and "data: null" not in said[-2]:
                    break
        shown = [json.loads(data[6:]) for name, data in pairwise(said) if name == "event: bed"]
        assert len(shown) == beds
        assert [one["who"] for one in shown] == ([] if told_of is None else [told_of])
        assert [len(one["suggestions"]) for one in shown] == [1 if who == "nurse-1" else 0] * beds
        assert ("sim-01" in "".join(said)) is (beds > 0)


async def test_a_technician_is_told_which_bed_is_silent_and_nothing_of_its_patient() -> None:
    ward = a_ward()
    ward.apply("patients", an_admission(bed="7"))
    silent = {
        "id": UUID(int=8),
        "time": NOW,
        "worker": "w1",
        "component": "feed",
        "patient": "sim-01",
        "provenance": BY,
    }
    ward.apply("ward-status", WardStatus.model_validate(silent | {"state": "degraded", "text": "p"}))
    beat = silent | {"component": "worker", "patient": None, "state": "restored", "text": "on", "watches": (0, 1)}
    ward.apply("ward-status", WardStatus.model_validate(beat | {"up_to": NOW - timedelta(seconds=3)}), heard=NOW)
    ward.apply("alerts", an_alert(episode=2, type="technical", condition="sensor-off:spo2", text="SpO2 off"))
    async with a_desk(ward) as bench:
        answer = await bench.client.get("/technical", headers=await bench.log_in("technician-1"))
    told = answer.json()
    assert {(one["bed"], one["what"]) for one in told["beds"]} == {("7", "sends nothing"), ("7", "sensor-off:spo2")}
    assert [(one["worker"], one["watches"], one["lag_s"]) for one in told["workers"]] == [("w1", [0, 1], 3.0)]
    assert "sim-01" not in answer.text
    assert "SpO2 88" not in answer.text


@pytest.mark.parametrize("wrong", [{"X-CSRF-Token": ""}, {"X-CSRF-Token": "x"}, {"Content-Type": "text/plain"}])
async def test_a_deed_that_another_site_could_send_is_refused(wrong: dict[str, str]) -> None:
    async with a_desk(a_ward()) as bench:
        headers = await bench.log_in("nurse-1")
        answer = await bench.client.post("/deeds", json=ACKNOWLEDGE, headers=headers | wrong)
        assert answer.status_code in {400, 403}
        assert bench.sent == []


async def test_who_has_logged_out_sees_nothing_more() -> None:
    async with a_desk(a_ward()) as bench:
        headers = await bench.log_in("nurse-1")
        assert (await bench.client.post("/logout", json={}, headers=headers)).status_code == 200
        assert (await bench.client.get("/events", headers=headers)).status_code == 401


async def test_a_board_without_users_has_no_desk() -> None:
    async with (
        serving(door("127.0.0.1", 0), ["127.0.0.1"], Feed()) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        assert (await client.get("/me")).json() == {
            "log_in": False,
            "name": None,
            "may": ["alarms", "bed", "technical", "wall", "ward"],
            "csrf": "",
        }
        for path in ("/login", "/logout", "/deeds"):
            assert (await client.post(path, json=ACKNOWLEDGE)).status_code == 404


async def test_a_deed_is_a_record_with_who_when_and_why() -> None:
    async with a_desk(a_ward()) as bench:
        headers = await bench.log_in("physician-1")
        for body in (ACKNOWLEDGE, PAUSE):
            assert (await bench.client.post("/deeds", json=body, headers=headers)).status_code == 202
    acknowledged, paused = (event.record for event in bench.sent)
    assert [(event.topic, event.patient) for event in bench.sent] == [
        ("acknowledgements", "sim-01"),
        ("alarm-settings", "sim-01"),
    ]
    assert isinstance(acknowledged, Acknowledgement)
    assert isinstance(paused, AlarmSetting)
    assert (acknowledged.alert, acknowledged.by) == (ALARM, "physician-1")
    assert (paused.action, paused.by, paused.role, paused.reason) == ("pause", "physician-1", "physician", "suction")
    assert paused.until is not None
    assert paused.until - paused.time == timedelta(minutes=2)


def test_a_name_is_locked_at_a_place_after_five_wrong_passwords_and_neither_elsewhere_nor_are_others() -> None:
    desk = sessions()
    assert [desk.log_in("nurse-1", "wrong", HERE, NOW) for _ in range(TRIES)] == [None] * TRIES
    assert desk.log_in("nurse-1", "secret of nurse-1", HERE, NOW + LOCKED - timedelta(seconds=1)) is None
    assert desk.log_in("nurse-1", "secret of nurse-1", "192.0.2.8", NOW) is not None
    assert desk.log_in("nurse-2", "secret of nurse-2", HERE, NOW) is not None
    assert desk.log_in("nurse-1", "secret of nurse-1", HERE, NOW + LOCKED) is not None
    assert desk.log_in("nobody", "secret of nobody", HERE, NOW) is None


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::2", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
        ("no address", ""),
    ],
)
def test_who_has_an_ipv6_address_has_all_of_its_network(address: str | None, stands_for: str) -> None:
    assert place(address) == stands_for


def test_a_session_ends_with_the_shift_and_that_of_a_wall_much_later() -> None:
    desk = sessions()
    secret = desk.log_in("nurse-1", "secret of nurse-1", HERE, NOW)
    assert secret is not None
    assert desk.of(secret, NOW + LASTS - timedelta(seconds=1)) is not None
    assert desk.of(secret, NOW + LASTS) is None
    assert desk.of("", NOW) is None
    wall = desk.log_in("wall-1", "secret of wall-1", HERE, NOW)
    assert wall is not None
    assert desk.of(wall, NOW + LASTS) is not None
    assert desk.of(wall, NOW + LASTS_ON_A_WALL) is None


def test_a_deed_stands_as_requested_until_the_alarms_own_event_comes_back() -> None:
    ward = a_ward()
    deeds = Deeds(ward)
    deeds.ask(Deed.model_validate(ACKNOWLEDGE), USERS["nurse-1"], NOW)
    (asked,) = deeds.of("sim-01", NOW)
    assert (asked["deed"], asked["by"], asked["unanswered"]) == ("acknowledge", "nurse-1", False)
    ward.apply("alerts", an_alert("update", signal="ack", priority="high"))
    deeds.settle(NOW)
    assert deeds.of("sim-01", NOW) == []


def test_a_pause_stands_as_requested_until_it_is_said_what_became_of_it() -> None:
    ward = a_ward()
    deeds = Deeds(ward)
    deeds.ask(Deed.model_validate(PAUSE), USERS["nurse-1"], NOW + timedelta(microseconds=999))  # answers know ms
    said = {"id": UUID(int=9), "time": NOW, "worker": "w", "component": "alarms", "patient": "sim-01", "text": "paused"}
    setting = SettingSaid(outcome="accepted", action="pause", time=NOW - timedelta(minutes=9), role="nurse", by="x")
    said |= {"part": "pause", "state": "degraded", "setting": setting, "provenance": BY}
    ward.apply("ward-status", WardStatus.model_validate(said))  # of another one
    deeds.settle(NOW)
    assert len(deeds.of("sim-01", NOW)) == 1
    said["setting"] = setting.model_copy(update={"time": NOW})
    ward.apply("ward-status", WardStatus.model_validate(said))
    deeds.settle(NOW)
    assert deeds.of("sim-01", NOW) == []


@pytest.mark.parametrize(("who", "hours"), [("nurse-1", 2), ("physician-1", 4)])
def test_a_setting_lasts_as_long_as_the_role_may_set_it_and_its_end_says_what_ends(who: str, hours: int) -> None:
    deeds = Deeds(a_ward())
    away = {"deed": "away", "patient": "sim-01"}
    topic, record = deeds.ask(Deed.model_validate(away | {"reason": "examination"}), USERS[who], NOW)
    assert isinstance(record, AlarmSetting)
    assert (topic, record.action, record.until) == ("alarm-settings", "away", NOW + timedelta(hours=hours))
    _, ended = deeds.ask(Deed.model_validate(away | {"deed": "end", "ends": "away"}), USERS[who], NOW)
    assert isinstance(ended, AlarmSetting)
    assert (ended.action, ended.ends, ended.until) == ("end", "away", None)
    for body, text in ((away | {"deed": "standby"}, "needs a reason"), (away | {"deed": "end"}, "said what ends")):
        with pytest.raises(DeedError, match=text):
            deeds.ask(Deed.model_validate(body), USERS[who], NOW)


def test_of_two_who_ask_for_the_same_one_is_heard_until_nothing_comes_back() -> None:
    deeds = Deeds(a_ward())
    deed = Deed.model_validate(ACKNOWLEDGE)
    deeds.ask(deed, USERS["nurse-1"], NOW)
    with pytest.raises(DeedError, match="nurse-1 has asked for that already"):
        deeds.ask(deed, USERS["nurse-2"], NOW + UNANSWERED)
    later = NOW + UNANSWERED + timedelta(seconds=1)
    assert deeds.of("sim-01", later)[0]["unanswered"]
    deeds.ask(deed, USERS["nurse-2"], later)
    assert [one["by"] for one in deeds.of("sim-01", later)] == ["nurse-2"]


def test_an_alarm_that_does_not_sound_is_not_acknowledged() -> None:
    ward = a_ward()
    ward.apply("alerts", an_alert("end"))
    with pytest.raises(DeedError, match="does not sound"):
        Deeds(ward).ask(Deed.model_validate(ACKNOWLEDGE), USERS["nurse-1"], NOW)


def test_users_are_added_with_a_hash_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "users"
    add_user(path, "nurse-icu-2", "nurse", "a long word")
    add_user(path, "viewer-1", "viewer", "another word")
    users = read_users(path)
    assert {name: one.role for name, one in users.items()} == {"nurse-icu-2": "nurse", "viewer-1": "viewer"}
    assert "a long word" not in path.read_text()
    assert [is_password(users["nurse-icu-2"], word) for word in ("a long word", "another word")] == [True, False]
    assert not is_password(None, "nobody")
    with pytest.raises(UsersError, match="there is a user of that name"):
        add_user(path, "viewer-1", "nurse", "x")
    with pytest.raises(UsersError, match="a user is NAME:ROLE"):
        add_user(path, "somebody", "boss", "x")


@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [
        ("", 0o600, "has no user"),
        ('{"name": "n", "role": "boss", "password": "$argon2id$zz"}', 0o600, "line 1 of .* is no user"),
        ("zzplanted", 0o600, "line 1 of .* is no user"),
        ("{}", 0o640, "can be read by others"),
    ],
)
def test_a_file_of_users_that_cannot_be_used_is_named_without_its_content(
    tmp_path: Path, content: str, mode: int, text: str
) -> None:
    path = tmp_path / "users"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(UsersError, match=text) as error:
        read_users(path)
    assert "zz" not in str(error.value)
