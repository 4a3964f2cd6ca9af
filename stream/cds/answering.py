"""From the body of a call to its cards: what it brings, what the ward knows, and what follows."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from stream.cds.brought import brought
from stream.cds.call import Call, CallError
from stream.cds.card import Card
from stream.cds.cards import About, order_cards, view_cards
from stream.cds.known import known
from stream.cds.live import Live, LiveStates
from stream.fhir_door.reading import Reading

NO_PATIENT: Final = (
    "prefetch.patient: the Patient is needed, with an identifier by which the ward knows the patient; no FHIR server "
    "is asked for it"
)


class Answer(NamedTuple):
    """The cards of a call, whose they are, and how the ward's record was found."""

    cards: list[Card]
    patient: str
    live: Live


class Answering:
    """Answers calls. `reading` is how the site reads FHIR, `now` the clock."""

    def __init__(self, reading: Reading, states: LiveStates, now: Callable[[], datetime]) -> None:
        self._reading = reading
        self._states = states
        self._now = now

    async def answer(self, call: Call) -> Answer:
        """Return the cards of a call; raises CallError where nothing can be said (412, as CDS Hooks 2.0 has it)."""
        now = self._now()
        found = brought(call, self._reading, now)
        if not (found.is_identified or call.service.is_of_orders):
            raise CallError(412, NO_PATIENT)
        live = await self._states.of(found.patient) if found.is_identified else Live("unidentified")
        facts, now_s = known(live.state, found.records, now)
        about = About(
            (call.service.id, call.instance, found.patient), f"Patient/{call.patient_id}", live.how, found.told
        )
        if call.service.is_of_orders:
            cards = order_cards(facts, found.drafts, now_s, about, found.not_read)
        else:
            cards = view_cards(facts, now_s, about)
        return Answer(cards, found.patient, live)
