"""The watch path knows what is turned off: at the start, for everybody, and for whoever it reads from the store."""

from tests.stream.watch.test_handler import ILL, WELL, Bench, frames


def signals(bench: Bench, condition: str) -> set[str]:
    return {alert["signal"] for alert in bench.said("alerts") if alert["condition"] == condition}


async def test_it_is_told_at_the_start_what_does_not_sound_here() -> None:
    bench = Bench(conditions_off=("spo2-low", "shock-index"))
    await bench.watch.begun()
    (told,) = [one for one in bench.news.told if one["component"] == "alarms"]
    assert told["state"] == "degraded"
    assert told["text"].endswith(": shock-index, spo2-low")
    quiet = Bench()
    await quiet.watch.begun()
    assert "alarms" not in {component for component, _ in quiet.news.changes}


async def test_it_does_not_sound_for_a_patient_never_seen_nor_for_one_whose_state_was_stored() -> None:
    ill = ILL | {"spo2_percent": 82.0}
    first = Bench(conditions_off=("spo2-low",))
    await first.take(frames(WELL, ill, ill))
    assert signals(first, "spo2-low") == {"off"}
    await first.settler.settle()
    again = Bench(store=first.store, conditions_off=("spo2-low",))
    await again.take(frames(*[ill] * 3, *[ILL | {"spo2_percent": 88.0}] * 9, start=3))
    assert signals(again, "spo2-low") == {"off"}


async def test_what_is_turned_on_again_sounds_if_it_is_still_there() -> None:
    ill = ILL | {"spo2_percent": 82.0}
    first = Bench(conditions_off=("spo2-low",))
    await first.take(frames(WELL, ill, ill))
    await first.settler.settle()
    again = Bench(store=first.store)
    await again.take(frames(*[ill] * 40, start=3))
    assert "on" in signals(again, "spo2-low")
