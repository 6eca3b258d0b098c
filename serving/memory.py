"""Memory that is no longer used goes back to the system, where the C library would keep it for later (glibc does)."""

import ctypes
import gc
from collections.abc import Callable

WORTH_IT = 100
"""Connections that have to end before it is worth the milliseconds."""


def give_back() -> None:
    """Collect what refers to itself, and give the system back whole free pages. Nothing where the C library cannot."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class AfterTheRush:
    """Gives memory back once half of many connections have ended."""

    def __init__(self, give: Callable[[], None] = give_back) -> None:
        self._give, self._most = give, 0

    def look(self, connections: int) -> None:
        """How many there are now."""
        self._most = max(self._most, connections)
        if self._most - connections >= max(WORTH_IT, self._most // 2):
            self._most = connections
            self._give()
