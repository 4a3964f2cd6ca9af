"""Inputs by chance: seeds and what was found before, changed a few times. Without coverage, and always the same."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

_MOST_CHANGES: Final = 6
_ODD: Final = (0, 1, 0x0B, 0x0D, 0x1C, 0x22, 0x5C, 0x7F, 0x80, 0xC3, 0xFE, 0xFF)


def inputs(seeds: Sequence[bytes], words: Sequence[bytes], most_bytes: int, start: int = 0) -> Iterator[bytes]:
    """The seeds, then endless changes of them; `start` begins another row of chances."""
    chance = Random(start)  # noqa: S311 - nothing secret hangs on it
    yield from seeds
    while True:
        data = chance.choice(seeds)
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            data = _changed(data, chance, seeds, words)
        yield data[:most_bytes]


def _changed(data: bytes, chance: Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:  # noqa: PLR0911 - a way of changing each
    at = chance.randint(0, len(data))
    end = min(len(data), at + chance.choice((0, 1, 1, 2, 4, 16, 64)))
    match chance.randint(0, 7):
        case 0:
            return data[:at] + data[end:]
        case 1:
            return data[:at] + bytes([chance.choice(_ODD)]) + data[at + 1 :]
        case 2:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 3:
            return data[:at] + chance.choice(words) + data[end:]
        case 4:
            return data[:at] + data[at:end] * chance.choice((2, 3, 100)) + data[end:]
        case 5:
            other = chance.choice(seeds)
            return data[:at] + other[chance.randint(0, len(other)) :]
        case 6:
            return data[:at] + str(chance.choice((-1, 0, 2**31, 2**63, 2**64, 10**400))).encode() + data[end:]
        case _:
            return data[:at]
