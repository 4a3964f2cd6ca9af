"""Which files are mutated, and which tests judge each: without servers, in seconds."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

_HANDLER: Final = tuple(
    f"tests/stream/watch/test_{name}.py"
    for name in (
        *("handler", "ticks", "positions", "misplaced", "dropped", "late_alerts", "history", "stored_states"),
        "state_cache",
    )
)
_WATCH: Final = tuple(
    f"tests/models/watch/test_{name}.py" for name in ("events", "frames", "hours", "outputs", "stored")
)
_BEDSIDE: Final = tuple(
    f"tests/models/watch/test_{name}.py"
    for name in ("arrest", "clocks", "spot_and_stream", "settings", "stays", "devices_cuts")
)
_SETTINGS: Final = "tests/models/watch/test_settings.py"
_RUNS: Final = "tests/models/watch/test_runs.py"
_EPISODES: Final = tuple(f"tests/models/alarms/test_{name}.py" for name in ("episodes", "unanswered", "between_values"))
_REDIS: Final = tuple(f"tests/stack/test_{name}.py" for name in ("state_store", "state_rows", "marks", "tries"))
"""What is in Redis is judged in Redis, which starts in a moment; no other test here starts a server."""

TESTS: Final[dict[str, tuple[str, ...]]] = {
    # what is known of a patient
    "models/scores/news2.py": ("tests/models/scores/test_news2.py",),
    "models/treatment/engine.py": ("tests/models/treatment",),
    "models/treatment/reports.py": ("tests/models/treatment",),
    "models/alarms/episodes.py": _EPISODES,
    "models/alarms/evidence.py": _EPISODES,
    "models/alarms/grading.py": ("tests/models/alarms/test_limits.py",),
    "models/alarms/inactivation.py": (_SETTINGS, "tests/models/alarms/test_kinships.py"),
    "models/alarms/laboratory.py": ("tests/models/alarms/test_laboratory.py",),
    "models/alarms/lifecycle.py": ("tests/models/alarms/test_lifecycle.py",),
    "models/alarms/rise.py": ("tests/models/alarms/test_rise.py",),
    "models/alarms/rules.py": ("tests/models/alarms/test_limits.py", "tests/models/alarms/test_rule_words.py"),
    "models/alarms/own_limits.py": ("tests/models/alarms/test_own_limits.py", _SETTINGS),
    "models/alarms/settings.py": ("tests/models/watch/test_care.py",),
    "models/alarms/suppression.py": tuple(
        f"tests/models/alarms/test_{name}.py" for name in ("suppression", "kinships")
    ),
    "models/misread_units.py": _BEDSIDE,
    "models/watch/advance.py": ("tests/models/watch/test_advance.py", *_BEDSIDE, *_WATCH),
    "models/watch/alarming.py": (_RUNS, "tests/models/watch/test_beds_apart.py", _SETTINGS),
    "models/watch/bounds.py": ("tests/models/watch/test_bounds.py",),
    "models/watch/care.py": ("tests/models/watch/test_care.py",),
    "models/watch/clocks.py": ("tests/models/watch/test_clock_moments.py",),
    "models/watch/closing.py": (*_WATCH, _SETTINGS, "tests/models/alarms/test_suppression.py"),
    "models/watch/columns.py": ("tests/models/watch/test_followed.py", "tests/models/watch/test_frames.py"),
    "models/watch/device_alarms.py": ("tests/models/watch/test_device_alarms.py",),
    "models/watch/devices.py": ("tests/models/watch/test_devices.py",),
    "models/watch/events.py": tuple(
        f"tests/models/watch/test_{name}.py"
        for name in ("events", "proposals", "seen", "therapy", "device_alarms", "variants")
    ),
    "models/watch/forecast.py": _WATCH,
    "models/watch/frames.py": ("tests/models/watch/test_followed.py", "tests/models/watch/test_frames.py"),
    "models/watch/graded.py": ("tests/models/watch/test_graded.py",),
    "models/watch/hours.py": ("tests/models/watch/test_hours.py",),
    "models/watch/last_known.py": (_SETTINGS,),
    "models/watch/outputs.py": ("tests/models/watch/test_outputs.py",),
    "models/watch/react.py": ("tests/models/watch/test_advance.py", *_WATCH, *_BEDSIDE),
    "models/watch/records_out.py": (*_WATCH, "tests/stream/watch/test_handler.py"),
    "models/watch/signs.py": _BEDSIDE,
    "models/watch/state.py": _WATCH,
    "models/watch/stays.py": ("tests/models/watch/test_stays.py", "tests/models/watch/test_events.py"),
    "models/watch/stored.py": _WATCH,
    "models/watch/suggest.py": _WATCH,
    "models/watch/timers.py": (
        _SETTINGS,
        "tests/models/watch/test_timers.py",
        "tests/models/watch/test_advance.py",
        "tests/models/alarms/test_laboratory.py",
    ),
    "models/watch/untold.py": ("tests/models/watch/test_untold.py",),
    # what is read, in what order it is done, and what is committed
    "stream/broker/lineage.py": ("tests/stream/broker/test_lineage.py",),
    "stream/broker/logs.py": ("tests/stream/broker",),
    "stream/broker/limits.py": ("tests/stream/broker",),
    "stream/broker/offsets.py": ("tests/stream/broker/test_offsets.py",),
    "stream/broker/placement.py": ("tests/stream/broker/test_placement.py",),
    "stream/broker/positions.py": ("tests/stream/broker/test_positions.py",),
    "stream/delivery/cut.py": ("tests/stream/delivery/test_dead_letters.py",),
    "stream/delivery/dead_letters.py": ("tests/stream/delivery/test_dead_letters.py",),
    "stream/delivery/decode.py": ("tests/stream/delivery/test_decode.py",),
    "stream/delivery/fetched.py": ("tests/stream/delivery/test_fetched.py",),
    "stream/delivery/logbook.py": ("tests/stream/delivery/test_logbook.py",),
    "stream/delivery/outputs.py": ("tests/stream/delivery/test_outputs.py",),
    "stream/delivery/placing.py": ("tests/stream/delivery/test_placing.py", "tests/stream/watch/test_misplaced.py"),
    "stream/delivery/records.py": ("tests/stream/delivery/test_records.py",),
    "stream/delivery/sender.py": ("tests/stream/delivery/test_sender.py",),
    "stream/delivery/settle.py": ("tests/stream/delivery/test_settle.py", "tests/stream/watch/test_stored_states.py"),
    "stream/delivery/transport.py": (
        "tests/stream/delivery/test_transport.py",
        "tests/stream/delivery/test_transport_contract.py",
    ),
    "stream/delivery/turns.py": ("tests/stream/delivery/test_turns.py",),
    "stream/delivery/unpack.py": ("tests/stream/delivery/test_unpack.py", "tests/stream/delivery/test_fetched.py"),
    "stream/watch/bed_watch.py": ("tests/stream/watch/test_bed_watch.py",),
    "stream/watch/applied.py": _HANDLER,
    "stream/watch/handler.py": _HANDLER,
    "stream/watch/history.py": ("tests/stream/watch/test_history.py",),
    "stream/watch/patient_states.py": _HANDLER,
    "stream/watch/lags.py": ("tests/stream/watch/test_ticks.py",),
    "stream/watch/silence.py": ("tests/stream/watch/test_silence.py",),
    "stream/watch/state_cache.py": ("tests/stream/watch/test_state_cache.py",),
    "stream/worker/careful.py": ("tests/stream/worker/test_careful.py",),
    "stream/worker/timekeeper.py": ("tests/stream/worker/test_timekeeper.py",),
    # what is kept
    "stream/state/client.py": ("tests/stream/state/test_client.py", *_REDIS),
    "stream/state/heard_beds.py": _REDIS,
    "stream/state/marks.py": ("tests/stream/state/test_places.py", *_REDIS, "tests/stream/delivery/test_logbook.py"),
    "stream/state/owner.py": _REDIS,
    "stream/state/reader.py": _REDIS,
    "stream/state/store.py": _REDIS,
    "stream/state/tries.py": _REDIS,
    # what is fetched from the archive
    "stream/check/fetch.py": ("tests/stream/check/test_fetch.py",),
}

GATED: Final = (
    "models/alarms/lifecycle.py",
    "models/alarms/rise.py",
    "models/alarms/suppression.py",
    "models/scores/news2.py",
    "models/treatment/engine.py",
    "models/watch/clocks.py",
    "models/watch/closing.py",
    "models/watch/devices.py",
    "models/watch/events.py",
    "models/watch/outputs.py",
    "models/watch/stays.py",
    "models/watch/timers.py",
    "stream/broker/lineage.py",
    "stream/broker/offsets.py",
    "stream/broker/positions.py",
    "stream/check/fetch.py",
    "stream/delivery/records.py",
    "stream/delivery/sender.py",
    "stream/delivery/settle.py",
    "stream/delivery/transport.py",
    "stream/delivery/turns.py",
    "stream/watch/applied.py",
)
"""Files of which every fault was tried: those that live are known and have a reason, so CI can ask for no others."""
