"""How often Python looks for cycles: seldom, where records by the ten thousand come and go without one among them."""

import gc


def collect_seldom() -> None:
    """For the whole process. Looking for cycles took a third of a worker's time, and about a fifth of MQTT intake's."""
    gc.set_threshold(200_000, 20, 20)
