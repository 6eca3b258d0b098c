"""A sign's own clock: seconds that pass, as fast as it is told."""

import time
from collections.abc import Callable


class SignClock:
    """``pace`` sign seconds in one of ours. A test may give ``seconds`` of its own."""

    def __init__(self, pace: float = 1.0, seconds: Callable[[], float] = time.monotonic) -> None:
        self._pace, self._seconds = pace, seconds
        self._begun = seconds()

    @property
    def pace(self) -> float:
        """How much faster than ours it goes."""
        return self._pace

    def __call__(self) -> float:
        """Seconds since it began."""
        return (self._seconds() - self._begun) * self._pace
