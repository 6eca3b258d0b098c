"""Many of us may wait for one server: they do not all come back in the same moment."""

import random


def spread(pause_s: float) -> float:
    """A pause of ``parking.delays``, a quarter more or less."""
    return pause_s * random.uniform(0.75, 1.25)
