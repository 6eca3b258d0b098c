"""How long to wait before something is tried again: ever longer, up to a limit. One rule for all edges."""

from collections.abc import Callable, Iterator

SPREAD = 0.25
"""Many may wait for one server: each pause is up to this share longer or shorter, so that not all come back at once."""


def delays(first_s: float, longest_s: float, chance: Callable[[], float]) -> Iterator[float]:
    """Seconds without end: about ``first_s``, then twice as long each time, up to about ``longest_s``.

    ``chance`` gives numbers from 0 to 1 (``random.random``).
    """
    pause = first_s
    while True:
        yield pause * (1 - SPREAD + 2 * SPREAD * chance())
        pause = min(longest_s, pause * 2)
