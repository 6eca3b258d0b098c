"""How long to wait for somebody else's server that does not answer: ever longer, and never all of us at once."""

import random


def pause_s(failures: int, first_s: float, longest_s: float) -> float:
    """Seconds to wait after so many failures in a row (1 is the first): doubled each time, a quarter more or less."""
    doubled: float = first_s * 2 ** min(failures - 1, 32)
    return min(longest_s, doubled) * random.uniform(0.75, 1.25)
