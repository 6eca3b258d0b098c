"""A worker that waits for its partitions for ever is worse than one that ends: whatever restarts it then heals it.

Faust's recovery can stop for good without a word, for instance where Kafka's coordinator was away for 90 s at the wrong
moment. So somebody looks from outside: not settled, and nothing has moved for two minutes, is stuck.
"""

STUCK_S = 120.0
WATCH_EVERY_S = 5.0


class Watch:
    """Looked at every few seconds with what has moved so far; says when nothing did for too long."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since: float | None = None

    def is_stuck(self, settled: bool, progress: object, now_s: float) -> bool:
        """Whether partitions are waited for although ``progress`` has been equal to itself for STUCK_S."""
        if settled or progress != self._seen or self._since is None:
            self._seen, self._since = progress, now_s
            return False
        return now_s - self._since >= STUCK_S
