import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from schemas.imaging import ImageReference
from stream.check import fetch as fetching
from stream.check.allowlist import allowed_file, allowed_web
from stream.check.fetch import CHANGED, LARGE, MALFORMED, MISSING, PLACE, FetchFailed, FetchRules, fetch, http_client
from stream.check.multipart import first_part
from stream.check.verdict import Refusal

DATA = b"the bytes of an image"
Answer = Callable[[httpx.Request], httpx.Response]


async def get(url: str, rules: FetchRules, answer: Answer | None = None, sha256: str | None = None) -> bytes | Refusal:
    transport = None if answer is None else httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport) as client:
        return await fetch(ImageReference(url=url, sha256=sha256), rules, client)


def answers(*responses: httpx.Response | Exception) -> Answer:
    """One after the other; the last again and again."""
    left = list(responses)

    def answer(_: httpx.Request) -> httpx.Response:
        response = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(response, Exception):
            raise response
        return response

    return answer


def ok(content: bytes, content_type: str = "application/dicom") -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": content_type}, stream=httpx.ByteStream(content))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "one image.dcm").write_bytes(DATA)
    (tmp_path / "secret").write_bytes(b"not an image")
    return folder


WEB = FetchRules(hosts=("pacs.example",), pause_s=0)
URL = "http://pacs.example/image"


async def test_a_file_below_a_root_is_read(root: Path) -> None:
    url = (root / "one image.dcm").as_uri()
    assert "%20" in url
    assert await get(url, FetchRules(roots=(root,))) == DATA


async def test_nothing_is_read_without_a_root(root: Path) -> None:
    assert await get((root / "one image.dcm").as_uri(), FetchRules()) == PLACE


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/%2E%2E%2Fsecret", "/nowhere/../../secret", "/link", "/folder/secret"]
)
async def test_nothing_outside_the_root_is_read(root: Path, path: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    (root / "folder").symlink_to(root.parent)
    assert await get(root.as_uri() + path, FetchRules(roots=(root,))) == PLACE


def test_a_root_whose_name_only_begins_alike_does_not_count(root: Path) -> None:
    assert allowed_file(f"{root.as_uri()}-more/x", (root,)) is None


async def test_a_link_within_the_root_is_followed(root: Path) -> None:
    (root / "link").symlink_to("one image.dcm")
    assert await get((root / "link").as_uri(), FetchRules(roots=(root,))) == DATA


async def test_a_root_that_is_a_link_itself_counts(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert await get((alias / "one image.dcm").as_uri(), FetchRules(roots=(alias,))) == DATA


@pytest.mark.parametrize("url", ["file://elsewhere{}/one%20image.dcm", "file://{}/one%20image.dcm?x", "file://{}/%00"])
def test_a_file_url_is_a_plain_local_path(root: Path, url: str) -> None:
    assert allowed_file(url.format(root), (root,)) is None


def test_links_in_a_circle_are_refused(root: Path) -> None:
    (root / "a").symlink_to(root / "b")
    (root / "b").symlink_to(root / "a")
    assert allowed_file((root / "a" / "x").as_uri(), (root,)) is None


@pytest.mark.timeout(5)
async def test_a_pipe_or_a_folder_is_no_image_and_keeps_nobody_waiting(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert await get((root / "pipe").as_uri(), FetchRules(roots=(root,))) == PLACE
    assert await get(root.as_uri(), FetchRules(roots=(root,), pause_s=0)) == PLACE


async def test_a_missing_file_is_refused(root: Path) -> None:
    assert await get((root / "none.dcm").as_uri(), FetchRules(roots=(root,))) == MISSING


async def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(root: Path) -> None:
    url = (root / "one image.dcm").as_uri()
    assert await get(url, FetchRules(roots=(root,), max_bytes=len(DATA) - 1)) == LARGE
    assert await get(url, FetchRules(roots=(root,), max_bytes=len(DATA))) == DATA


async def test_the_checksum_is_held_to(root: Path) -> None:
    url = (root / "one image.dcm").as_uri()
    rules = FetchRules(roots=(root,))
    assert await get(url, rules, sha256=hashlib.sha256(DATA).hexdigest()) == DATA
    assert await get(url, rules, sha256="0" * 64) == CHANGED


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("http://pacs.example/x", ("pacs.example",), True),
        ("HTTP://PACS.example/x", ("Pacs.Example",), True),
        ("https://pacs.example/x", ("pacs.example",), True),
        ("http://pacs.example:80/x", ("pacs.example",), True),
        ("http://pacs.example/x", ("pacs.example:80",), True),
        ("http://pacs.example:8042/x", ("pacs.example:8042",), True),
        ("http://[::1]:8042/x", ("[::1]:8042",), True),
        ("http://pacs.example:8042/x", ("pacs.example",), False),
        ("http://pacs.example/x", ("pacs.example:8042",), False),
        ("http://pacs.example.evil.test/x", ("pacs.example",), False),
        ("http://evil.test/pacs.example", ("pacs.example",), False),
        ("http://sub.pacs.example/x", ("pacs.example",), False),
        ("http://pacs.example@evil.test/x", ("pacs.example",), False),
        ("http://evil.test#@pacs.example/x", ("pacs.example",), False),
        ("http://evil.test\\@pacs.example/x", ("pacs.example",), False),
        ("http://user:word@pacs.example/x", ("pacs.example",), False),
        ("http://169.254.169.254/latest", ("pacs.example",), False),
        ("ftp://pacs.example/x", ("pacs.example",), False),
        ("gopher://pacs.example/x", ("pacs.example",), False),
        ("http:///x", ("pacs.example", ""), False),
        ("http://pacs.example:99999/x", ("pacs.example",), False),
        ("pacs.example/x", ("pacs.example",), False),
        ("http://pacs.example/x", (), False),
    ],
)
def test_only_the_very_hosts_of_the_list_are_asked(url: str, hosts: tuple[str, ...], *, allowed: bool) -> None:
    assert (allowed_web(url, hosts) is not None) is allowed


async def test_an_image_comes_by_http() -> None:
    assert await get(URL, WEB, answers(ok(DATA))) == DATA


async def test_a_refused_host_is_never_asked() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        pytest.fail("asked")

    assert await get("http://evil.test/", WEB, answer) == PLACE


@pytest.mark.parametrize(
    "to", ["http://evil.test/", "//169.254.169.254/", "file:///etc/passwd", "http://pacs.example:6379/"]
)
async def test_a_redirect_to_elsewhere_is_refused(to: str) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.host}")
        return httpx.Response(302, headers={"Location": to})

    assert await get(URL, WEB, answer) == PLACE
    assert asked == ["GET pacs.example"]


async def test_a_redirect_to_an_allowed_place_is_followed() -> None:
    moved = httpx.Response(307, headers={"Location": "/there"})
    assert await get(URL, WEB, answers(moved, ok(DATA))) == DATA


async def test_a_redirect_never_leaves_encryption() -> None:
    moved = httpx.Response(307, headers={"Location": URL})
    assert await get("https://pacs.example/", WEB, answers(moved, ok(DATA))) == PLACE


async def test_redirects_in_a_circle_end() -> None:
    with pytest.raises(FetchFailed, match="circles"):
        await get(URL, WEB, answers(httpx.Response(302, headers={"Location": URL})))


@pytest.mark.parametrize("status", [404, 410])
async def test_what_the_archive_does_not_have_is_refused(status: int) -> None:
    assert await get(URL, WEB, answers(httpx.Response(status))) == MISSING


@pytest.mark.parametrize("first", [httpx.Response(503), httpx.Response(429), httpx.ConnectError("gone")])
async def test_a_passing_fault_is_tried_again(first: httpx.Response | Exception) -> None:
    assert await get(URL, WEB, answers(first, ok(DATA))) == DATA


async def test_a_lasting_fault_fails_after_three_tries() -> None:
    asked = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(503)

    with pytest.raises(FetchFailed, match="status 503"):
        await get(URL, WEB, answer)
    assert len(asked) == 3


@pytest.mark.parametrize("status", [401, 403, 204, 400])
async def test_another_answer_fails_at_once(status: int) -> None:
    asked = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(status)

    with pytest.raises(FetchFailed, match=f"status {status}"):
        await get(URL, WEB, answer)
    assert asked == [1]


async def test_a_fault_tells_nothing_of_the_reference() -> None:
    with pytest.raises(FetchFailed, match="could not be reached") as caught:
        await get(f"{URL}/doe-jane", WEB, answers(httpx.ConnectError(f"{URL}/doe-jane")))
    assert "doe" not in str(caught.value)


class Flood(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 2**16
            yield bytes(2**16)


async def test_an_endless_answer_is_cut_off_at_the_limit() -> None:
    flood = Flood()
    rules = FetchRules(hosts=WEB.hosts, max_bytes=2**20)
    assert await get(URL, rules, answers(httpx.Response(200, stream=flood))) == LARGE
    assert flood.sent <= 2**20 + 2**17


async def test_a_compressed_answer_is_not_inflated() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"bomb"))

    with pytest.raises(FetchFailed, match="compresses"):
        await get(URL, WEB, answer)


@pytest.fixture
async def trickle() -> AsyncIterator[int]:
    """A server that never finishes its answer; its port."""
    gone = asyncio.Event()
    serving: list[asyncio.Task[None] | None] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not gone.is_set():
            writer.write(b".")
            await asyncio.sleep(0.01)
        writer.close()
        with contextlib.suppress(ConnectionError):  # the client has long gone
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    gone.set()
    server.close()
    await server.wait_closed()
    await asyncio.gather(*(task for task in serving if task))


async def test_an_answer_that_trickles_fails_when_its_time_is_up(trickle: int) -> None:
    here = f"127.0.0.1:{trickle}"
    async with http_client() as client:
        with pytest.raises(FetchFailed, match="in time"):
            await fetch(ImageReference(url=f"http://{here}/"), FetchRules(hosts=(here,), timeout_s=0.2), client)


async def test_the_client_goes_through_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with http_client() as client:
        assert not client.trust_env
        assert not client.follow_redirects


def multipart(*parts: bytes) -> bytes:
    head = b"\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(b"--b" + head + part + b"\r\n" for part in parts) + b"--b--\r\n"


KIND = 'multipart/related; type="application/dicom"; boundary=b'


async def test_an_instance_comes_from_a_wado_rs_endpoint() -> None:
    response = ok(multipart(DATA + b"\r\n\r\n--", b"another"), KIND)
    assert await get(URL, WEB, answers(response)) == DATA + b"\r\n\r\n--"


BAD_PARTS = [
    (b"", KIND),
    (multipart(DATA)[:-10], KIND),
    (b"--b without a head", KIND),
    (multipart(DATA), "multipart/related"),
    (multipart(DATA), "multipart/related; boundary*0=b; boundary*=b"),
]


@pytest.mark.parametrize(("body", "kind"), BAD_PARTS)
async def test_a_malformed_multipart_answer_is_refused(body: bytes, kind: str) -> None:
    assert first_part(body, kind) is None
    assert await get(URL, WEB, answers(ok(body, kind))) == MALFORMED


async def test_a_file_that_became_a_link_after_it_was_checked_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "late").symlink_to(root.parent / "secret")
    monkeypatch.setattr(fetching, "allowed_file", lambda *_: str(root / "late"))
    with pytest.raises(FetchFailed, match="could not be read"):
        await get((root / "late").as_uri(), FetchRules(roots=(root,), pause_s=0))


async def test_a_file_below_a_file_is_missing(root: Path) -> None:
    assert await get(f"{(root / 'one image.dcm').as_uri()}/x", FetchRules(roots=(root,))) == MISSING


@pytest.mark.parametrize(
    ("error", "tries", "said"), [(PermissionError(), 1, "may not be read"), (OSError(), 3, "could not be read")]
)
async def test_a_file_that_may_not_be_read_fails_at_once_and_one_that_can_not_after_three_tries(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, tries: int, said: str
) -> None:
    tried = []

    def refused(*_: object) -> int:
        tried.append(1)
        raise error

    monkeypatch.setattr(fetching, "_open_warily", refused)
    with pytest.raises(FetchFailed, match=said):
        await get((root / "one image.dcm").as_uri(), FetchRules(roots=(root,), pause_s=0))
    assert len(tried) == tries


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_an_answer_that_may_pass_is_asked_for_again(status: int) -> None:
    assert await get(URL, WEB, answers(httpx.Response(status), ok(DATA))) == DATA


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    moved = [httpx.Response(302, headers={"Location": f"/{number}"}) for number in range(4)]
    assert await get(URL, WEB, answers(*moved[:3], ok(DATA))) == DATA
    with pytest.raises(FetchFailed, match="circles"):
        await get(URL, WEB, answers(*moved, ok(DATA)))


async def test_a_redirect_may_enter_encryption_and_stay_there() -> None:
    moved = [httpx.Response(302, headers={"Location": f"https://pacs.example/{number}"}) for number in range(2)]
    assert await get(URL, WEB, answers(*moved, ok(DATA))) == DATA


async def test_an_answer_at_the_limit_is_taken_and_one_that_says_it_is_not_compressed() -> None:
    rules = FetchRules(hosts=WEB.hosts, max_bytes=len(DATA))
    plain = httpx.Response(200, headers={"Content-Encoding": "identity"}, stream=httpx.ByteStream(DATA))
    assert await get(URL, rules, answers(plain)) == DATA
    assert await get(URL, rules, answers(ok(DATA + b"x"))) == LARGE


async def test_an_answer_that_does_not_say_what_it_is_counts_as_an_image() -> None:
    assert await get(URL, WEB, answers(httpx.Response(200, stream=httpx.ByteStream(DATA)))) == DATA


async def test_the_archive_is_asked_for_images_as_they_are_stored_over_checked_connections() -> None:
    async with http_client() as client:
        assert client.headers["Accept"] == (
            'application/dicom, multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1'
        )
        assert client.headers["Accept-Encoding"] == "identity"


def test_each_refusal_has_its_code_and_its_sentence() -> None:
    assert [(one.reason, one.sentence) for one in (PLACE, MISSING, LARGE, CHANGED, MALFORMED)] == [
        ("place", "the reference points outside the places that images may come from"),
        ("missing", "there is no image at the reference"),
        ("large-file", "the file is larger than is accepted"),
        ("checksum", "the file is not the announced one: its SHA-256 differs"),
        ("malformed", "the archive's answer is not the multipart message that it claims to be"),
    ]


def test_without_settings_nothing_is_allowed_and_limits_hold() -> None:
    rules = FetchRules()
    assert (rules.roots, rules.hosts) == ((), ())
    assert (rules.max_bytes, rules.timeout_s, rules.pause_s) == (67_108_864, 15, 0.2)


SECURE = FetchRules(
    hosts=("pacs.example", "other.example", "127.0.0.1:8042"),
    pause_s=0,
    credentials={"pacs.example": SecretStr("Bearer opensesame"), "127.0.0.1:8042": SecretStr("Basic dTpw")},
)


def asked(url: str, redirect: str | None = None) -> tuple[Answer, list[tuple[str, str | None]]]:
    """An answer, and what it was shown at which URL."""
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.headers.get("Authorization")))
        if redirect is not None and str(request.url) == url:
            return httpx.Response(302, headers={"Location": redirect})
        return ok(DATA)

    return answer, seen


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://pacs.example/image", "Bearer opensesame"),
        ("https://pacs.example:443/image", "Bearer opensesame"),
        ("http://pacs.example/image", None),  # who listens on the way would learn it
        ("https://other.example/image", None),
        ("http://127.0.0.1:8042/image", "Basic dTpw"),
    ],
)
async def test_an_archive_is_shown_its_own_credentials_where_nobody_listens(url: str, shown: str | None) -> None:
    answer, seen = asked(url)
    assert await get(url, SECURE, answer) == DATA
    assert [value for _, value in seen] == [shown]


@pytest.mark.parametrize(
    ("url", "to", "shown"),
    [
        ("https://pacs.example/image", "https://other.example/image", ["Bearer opensesame", None]),
        ("https://other.example/image", "https://pacs.example/image", [None, "Bearer opensesame"]),
    ],
)
async def test_a_redirect_takes_no_credentials_along(url: str, to: str, shown: list[str | None]) -> None:
    answer, seen = asked(url, to)
    assert await get(url, SECURE, answer) == DATA
    assert [value for _, value in seen] == shown
