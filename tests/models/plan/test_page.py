"""The plan as a page: all that it says, nothing that runs or is fetched, one sheet of paper."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from models.plan.page import NOTICE, page
from models.plan.seen import Seen
from tests.builders.browser import page_of_a_browser, violates_nothing
from tests.builders.plans import a_lesion_report, a_nodule, a_plan, a_risk, an_image

MAP: Final = "file:///out/1.png"
PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)
SEEN: Final = Seen(a_risk(), (a_lesion_report(an_image(url=MAP, pneumonia=0.9, normal=0.1)),), (a_nodule(),))


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_it_says_every_proposal_source_and_gap() -> None:
    plan = a_plan(seen=SEEN)
    text = re.sub(r"<[^>]+>", "", page(plan)).replace("&#x27;", "'").replace("&gt;", ">").replace("&amp;", "&")
    for one in plan.proposals:
        assert one.text in text
        assert one.citation.reference in text
        assert one.citation.strength in text
        assert all(line in text for line in one.against)
    for gap in (*plan.not_checked, *plan.genes_not_covered):
        assert f"{gap.about}: {gap.why}" in text
    assert NOTICE in text
    assert plan.content_hash[:12] in text


def test_nothing_runs_and_nothing_is_fetched() -> None:
    for tag, attributes in Tags(page(a_plan(seen=SEEN), {MAP: PNG})).seen:
        assert tag not in {"script", "link", "iframe", "object", "embed", "form", "base"}
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:image/png;base64,") or "src" not in attributes
        assert "href" not in attributes


def test_what_comes_from_outside_is_text_and_never_markup() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    plan = a_plan(
        ("patients", {"allergies": [evil]}),
        ("medications", {"order": "o", "drug": evil, "status": "active", "route": evil}),
        ("genomics", {"gene": "BRCA1", "hgvs": evil, "significance": "Pathogenic", "source": evil, "finding": "f"}),
        seen=Seen(reports=(a_lesion_report(an_image(model=evil, url=evil, normal=1.0), model_name=evil),)),
    )
    tags = [tag for tag, _ in Tags(page(plan, {evil: PNG})).seen]
    assert "script" not in tags
    assert tags.count("img") == 1
    assert "<script>" not in page(plan)


def test_no_character_from_outside_turns_the_writing_or_steers() -> None:
    plan = a_plan(("medications", {"order": "o", "drug": "a\u202eb\x1b[2J\x00", "status": "active"}))
    assert not {"\u202e", "\x1b", "\x00"} & set(page(plan))
    assert "a\ufffdb\ufffd[2j\ufffd" in page(plan)


def test_the_same_plan_gives_the_same_page_and_a_map_that_is_not_there_is_named() -> None:
    plan = a_plan(seen=SEEN)
    assert page(plan) == page(a_plan(seen=SEEN))
    assert "1 saliency map not at hand" in page(plan)
    with_map = page(plan, {MAP: PNG})
    assert "not at hand.</span>" not in with_map
    assert 'alt="Where the model looked, map 1"' in with_map


async def test_in_a_browser_it_is_one_sheet_that_axe_finds_nothing_wrong_with(tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    file.write_text(page(a_plan(seen=SEEN), {MAP: PNG}), encoding="utf-8")
    async with page_of_a_browser() as shown:
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        await shown.goto(file.as_uri())
        assert [one for one in asked if not one.startswith("data:")] == [file.as_uri()]
        assert said == []
        assert await shown.title() == "Plan of p-1, 2026-01-02 01:25 UTC"
        printed = await shown.pdf(prefer_css_page_size=True)
        assert re.findall(rb"/Count (\d+)", printed) == [b"1"]
        await violates_nothing(shown)
