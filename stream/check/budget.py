"""A limit on the bytes that are in memory at once."""

import asyncio
from collections import deque


class ByteBudget:
    """A weighted semaphore, first come, first served; a request larger than the whole budget is admitted alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        """Acquire so many bytes; wait until they fit."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((size, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give(size)  # it was admitted before it was cancelled
            raise

    def give(self, size: int) -> None:
        """Release so many bytes."""
        self._held -= size
        self._let_in()

    def _let_in(self) -> None:
        while self._queue and (
            self._queue[0][1].done() or self._held == 0 or self._held + self._queue[0][0] <= self._most
        ):
            size, turn = self._queue.popleft()
            if not turn.done():
                self._held += size
                turn.set_result(None)
