"""How many connections there may be at once, in all and from one address: one sender leaves room for the others."""

from collections import Counter
from threading import Lock


class Seats:
    """Counts connections. Used by many threads."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def taken(self) -> int:
        """How many connections there are."""
        return self._taken.total()

    def take(self, address: str) -> bool:
        """Take a seat; False where there is none for this address."""
        with self._lock:
            if self.taken >= self._most or self._taken[address] >= self._most_of_one:
                return False
            self._taken[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """Give a seat back."""
        with self._lock:
            self._taken[address] -= 1
            self._taken += Counter()  # forgets addresses without a seat
