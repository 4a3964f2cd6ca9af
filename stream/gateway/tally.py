"""What the gateway counts and logs: answers, records, and every observation that was not used, by sender and code.

A code or a sender in a metric or a log line is never a patient's: what stands in a PID of the same message is not
shown, nor what does not look like a code.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog import get_logger

from stream.gateway.answer import Verdict
from stream.gateway.reception import Taken
from stream.gateway.segments import Message, raw, repetitions, text
from stream.gateway.trouble import Trouble

log = get_logger()

HIDDEN: Final = "?"
"""Instead of what is not shown."""
OTHERS: Final = "others"
MOST_SERIES: Final = 2000
"""Pairs of sender and code that are counted one by one; what comes after them is counted together. Our choice."""
SKEWED_S: Final = 60.0
"""So far the arrival of a message may lie from what it says; our choice. What was kept back looks the same."""

_QUIET_S: Final = 60.0  # a limit that is reached again sooner is not logged again

_CODE: Final = re.compile(r"[\w.:%/-]{1,40}", re.ASCII)
_SENDER: Final = re.compile(r"[\w.:^&| -]{1,80}", re.ASCII)
_VERSION: Final = re.compile(r"\d(\.\d)*", re.ASCII)
_CONTROL: Final = re.compile(r"[\w.:-]{1,64}", re.ASCII)


# By segment: fields whose first component is an identifier, and fields that are private as a whole.
_IDENTIFIERS: Final = {"PID": (2, 3, 4, 18, 19, 20, 21), "MRG": (1, 2, 3, 4)}
_WHOLE: Final = {"PID": (5, 6, 7, 9, 11, 13, 14), "MRG": (7,), "NK1": (2, 4, 5, 6)}
_PERSONAL: Final = frozenset(_IDENTIFIERS) | frozenset(_WHOLE)
_SHORTEST: Final = 3  # letters of a private word that is looked for inside another text


class Shown:
    """What of one message may be shown."""

    def __init__(self, message: Message) -> None:
        self._message = message
        header = message.header
        # A header that has lost a part may hold the next segment's fields in the place of its own.
        self._is_whole = text(header, 11) in {"P", "T", "D"} and bool(_VERSION.fullmatch(text(header, 12)))

    @cached_property
    def _private(self) -> set[str]:
        """What is private in the message, whole and by its words, in small letters."""
        segments = self._message.segments
        found = [
            *(
                text(one, at, 1, repetition)
                for one in segments
                for at in _IDENTIFIERS.get(one.name, ())
                for repetition in range(repetitions(one, at))
            ),
            *(raw(one, at) for one in segments for at in _WHOLE.get(one.name, ())),
        ]
        return {word for stated in found for word in (stated.casefold(), *_words(stated))} - {""}

    @cached_property
    def _personal(self) -> str:
        """All that those segments say which hold something private, in small letters: every private word is in it."""
        fields = (field for one in self._message.segments if one.name in _PERSONAL for field in one.fields)
        return "|".join(fields).casefold()

    def sender(self) -> str:
        """The sending application and facility."""
        stated = "|".join(raw(self._message.header, number) for number in (3, 4)).strip("|")
        return self._of_header(stated, _SENDER) if stated else ""

    def control_id(self) -> str:
        """The message's control id."""
        return self._of_header(raw(self._message.header, 10), _CONTROL)

    def code(self, stated: str) -> str:
        """A code and its system, as OBX-3 has them; the name between them only where there is no code."""
        parts = [*stated.split(self._message.header.delimiters.component), "", "", ""]
        named = [one.strip() for one in (parts[0] or parts[1], parts[2]) if one.strip()]
        return "^".join(self._unless_private(one, _CODE) for one in named) or HIDDEN

    def _of_header(self, stated: str, form: re.Pattern[str]) -> str:
        return self._unless_private(stated, form) if self._is_whole else HIDDEN

    def _unless_private(self, stated: str, form: re.Pattern[str]) -> str:
        if not form.fullmatch(stated):
            return HIDDEN
        long = {stated.casefold(), *(word for word in _words(stated) if len(word) >= _SHORTEST)}
        if any(word in self._personal for word in long) or self._is_escaped:
            return HIDDEN if self._private & long else stated
        return stated

    @property
    def _is_escaped(self) -> bool:
        """Whether something private may stand there in other letters than it is read in."""
        return self._message.header.delimiters.escape in self._personal


class Tally:
    """Counts and logs what became of messages; `registry` holds the metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = self._counter("messages", "HL7 messages by answer", "answer")
        self._records = self._counter("records", "records confirmed by the broker or kept in the spool", "topic")
        self._unused = self._counter("unused", "observations that became no value", "sender", "code", "why")
        self._faulty = self._counter("blocks_at_fault", "blocks that were no whole MLLP block", "fault")
        self._stray = self._counter("stray_bytes", "bytes outside every block")
        self._limits = self._counter("limits", "how often a limit was reached", "limit")
        self._doubles = self._counter("doubles", "messages under a control id that was there before", "kind")
        self._told_s: OrderedDict[tuple[str, str], float] = OrderedDict()
        what = "arrival of a sender's last message less what the message says (MSH-7)"
        self._skew = self._gauge("clock_skew_seconds", what, "sender")
        self._seen: set[tuple[str, ...]] = set()
        self._is_skewed: dict[str, bool] = {}

    def show(self, name: str, what: str, now: Callable[[], int]) -> None:
        """Show a number as it is at the moment when somebody looks."""
        self._gauge(name, what).set_function(now)

    def double(self, kind: str) -> None:
        """A message came under a control id that was there before."""
        self._doubles.labels(kind).inc()

    def limit(self, limit: str, peer: str) -> None:
        """A limit was reached; of each peer that is logged once a minute."""
        self._limits.labels(limit).inc()
        now_s = time.monotonic()
        if now_s - self._told_s.get((limit, peer), -_QUIET_S) >= _QUIET_S:
            self._told_s[limit, peer] = now_s
            self._told_s.move_to_end((limit, peer))
            if len(self._told_s) > MOST_SERIES:
                self._told_s.popitem(last=False)
            log.warning("limit-reached", limit=limit, peer=peer)

    def took(self, taken: Taken) -> None:
        """A message's records are with the broker, or in the spool."""
        for event in taken.translation.events:
            self._records.labels(event.topic).inc()

    def answered(self, taken: Taken, verdict: Verdict, troubles: Sequence[Trouble], arrived: datetime) -> None:
        """A message has its fate."""
        self._answers.labels(verdict.value).inc()
        message, sent = taken.arrived.message, taken.translation.sent
        shown = None if message is None else Shown(message)
        sender = shown.sender() if shown else ""
        is_new = self._count_unused(taken, shown, sender)
        told = {"sender": sender, "control_id": shown.control_id() if shown and troubles else ""}
        if verdict is not Verdict.ACCEPTED:
            log.warning(
                "message-refused", answer=verdict.value, where=troubles[0].where, why=troubles[0].sentence, **told
            )
        elif troubles:
            odd = [one for one in troubles if one.code != "0"] or troubles
            write = log.warning if is_new or any(one.weight == "fault" for one in odd) else log.debug
            write("left-out", observations=len(troubles), where=odd[0].where, why=odd[0].sentence, **told)
        if sent is not None:
            self._measure_clock(sender, (arrived - sent).total_seconds())

    def block_at_fault(self, fault: str, content_bytes: int) -> None:
        """A block was cut, too large, or without a start."""
        self._faulty.labels(fault).inc()
        log.warning("block-at-fault", fault=fault, content_bytes=content_bytes)

    def stray(self, stray_bytes: int) -> None:
        """Bytes came outside every block."""
        if stray_bytes:
            self._stray.inc(stray_bytes)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"wardwatch_gateway_{name}_total", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"wardwatch_gateway_{name}", what, labels, registry=self.registry)

    def _count_unused(self, taken: Taken, shown: Shown | None, sender: str) -> bool:
        """Whether one of them was not counted before."""
        is_new = False
        for one in taken.translation.unused if shown else ():
            series = sender, shown.code(one.code) if shown else HIDDEN, one.why
            if series not in self._seen:
                if len(self._seen) >= MOST_SERIES:
                    series = OTHERS, OTHERS, one.why
                is_new = series not in self._seen
                self._seen.add(series)
            self._unused.labels(*series).inc()
        return is_new

    def _measure_clock(self, sender: str, skew_s: float) -> None:
        """Say once that a sender's clock is off, and once that it is right again."""
        if sender not in self._is_skewed and len(self._is_skewed) >= MOST_SERIES:
            sender = OTHERS
        self._skew.labels(sender).set(skew_s)
        was, now = self._is_skewed.get(sender, False), abs(skew_s) > SKEWED_S
        self._is_skewed[sender] = now
        if now and not was:
            log.warning("sender-clock-off", sender=sender, skew_s=round(skew_s))
        elif was and not now:
            log.info("sender-clock-right-again", sender=sender)


def _words(stated: str) -> list[str]:
    return re.split(r"[\W_]+", stated.casefold())
