"""A page for each patient of the demo's ward, as it is at the end."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from models.plan.page import page
from models.plan.seen import Seen
from stream.plans.live import known_now
from stream.settings import Settings
from stream.state.client import redis_client
from stream.state.store import StateStore
from stream.subscriber.ward import Ward


async def pages_of(settings: Settings, ward: Ward, now: datetime) -> Mapping[str, str]:
    """Return the plan of every patient of the ward as a page, by pseudonym."""
    pages: dict[str, str] = {}
    async with redis_client(settings) as redis:
        store = StateStore(redis, "patient", settings.state_ttl_s)
        for patient, bed in ward.beds.items():
            seen = Seen(bed.risk, tuple(bed.reports.values()))
            known = await known_now(store, patient, round(now.timestamp() * 1000), seen)
            if known is not None:
                pages[patient] = page(known.plan())
    return pages


def write(pages: Mapping[str, str], folder: Path) -> None:
    """Write each page to PSEUDONYM.html in the folder, which is made if it is not there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for patient, text in pages.items():
        (folder / f"{patient}.html").write_text(text, encoding="utf-8")
