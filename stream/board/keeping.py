"""Keep the feeds of the board like the ward: each role's has of a bed what that role may see."""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Final

from stream.board.deeds import Deeds
from stream.board.feed import Feed
from stream.board.snapshot import beds, for_the_wall, step, ward_now
from stream.board.views import Views

TICK_S: Final = 0.25
"""How soon a change is sent."""
_PULSES: Final = 4  # ticks between two signs of life to the pages
_SWEEPS: Final = 8  # ticks between two looks at all beds: time alone changes some


async def keep(feed: Feed, views: Views, ending: asyncio.Event, deeds: Deeds | None = None) -> None:
    """Look at the ward several times a second and tell the feeds what has changed, until `ending` is set."""
    ward, link = views.ward, views.link
    tick = 0
    while not ending.is_set():
        now = datetime.now(UTC)
        touched, ward.touched = ward.touched, set()
        steps = list(ward.steps)
        ward.steps.clear()
        everything = tick % _SWEEPS == 0
        looked_at = set(ward.beds) if everything else touched
        live = link.read is not None
        shown = beds(ward, now, looked_at)
        if deeds is not None:
            deeds.settle(now)
            for patient, bed in shown.items():
                bed["requested"] = deeds.of(patient, now)
        said = [one for each in steps if live and (one := step(ward, each)) is not None]
        above = ward_now(ward, now, link) if tick % _PULSES == 0 else None
        feed.see(shown, looked_at, said, above)
        views.wall.see({name: for_the_wall(bed) for name, bed in shown.items()}, looked_at, said, above)
        views.machines.see({}, (), (), above)
        if everything and live:
            views.history.forget(bed.patient for bed in ward.beds.values() if bed.discharged)
        tick += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await ending.wait()
