"""How long to wait before something is tried again: ever longer, up to a limit. One rule for all edges."""

from collections.abc import Iterator


def delays(first_s: float, longest_s: float) -> Iterator[float]:
    """Seconds without end: ``first_s``, then twice as long each time, never more than ``longest_s``.

    Whoever shares a server with others multiplies each by a random factor, so that not all come back in one moment.
    """
    pause = first_s
    while True:
        yield pause
        pause = min(longest_s, pause * 2)
