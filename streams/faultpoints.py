"""Where a test may kill a worker: a hook between each pair of writes, off unless the environment asks for it.

    PLACELIBRE_FAULT=changes->redis:3     die, as by kill -9, when this point is passed for the third time

The points are, in order: ``fold->changes``, ``changes->redis``, ``redis->table``, ``table->commit``. Nothing in
production sets it, and then passing a point is one comparison.
"""

import os
import signal

POINTS = ("fold->changes", "changes->redis", "redis->table", "table->commit")
_asked, _, _count = os.environ.get("PLACELIBRE_FAULT", "").partition(":")
_left = int(_count or 1)


def passing(point: str) -> None:
    """Die here if the environment says so."""
    global _left
    if point != _asked:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
