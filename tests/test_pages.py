"""What the pages say of topics and settings is so."""

import re
from pathlib import Path

from schemas.topics import DAY_S, TOPICS
from stream.settings import PREFIX, Settings, unknown_settings

DOCS = Path(__file__).parents[1] / "docs"


def test_the_privacy_page_says_of_each_topic_how_long_it_is_kept() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|$", (DOCS / "privacy.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(days) * DAY_S for name, days in rows} == {
        name: topic.retention_s for name, topic in TOPICS.items()
    }


def test_the_privacy_page_says_how_long_a_state_is_kept() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    days = Settings.model_fields["state_ttl_s"].default // DAY_S
    assert f"{days} days after the last event (`{PREFIX}STATE_TTL_S`)" in text


def test_settings_that_pages_name_exist() -> None:
    for page in (*DOCS.glob("*.md"), DOCS.parent / "SECURITY.md"):
        named = set(re.findall(rf"{PREFIX}[A-Z_]+", page.read_text(encoding="utf-8")))
        assert [str(one) for one in unknown_settings(named)] == []
