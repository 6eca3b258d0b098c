"""A limit per device: one that floods costs its own messages and nobody else's.

Each sender may burst, for a backlog comes at once after an outage, and is then held to a pace that no LoRaWAN device
reaches. The first message over the limit is to be kept as a reject, the others are only counted, until the sender has
been quiet long enough to have its whole burst again. Memory is bounded: who was not heard for longest is forgotten, and
a long name is known by its digest.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BURST = 300
PER_SECOND = 1.0
MAX_SENDERS = 50_000
LONGEST_NAME = 200


class Admission(StrEnum):
    """What becomes of a message: it is read, it is the first too many, or one more of those."""

    ADMITTED = "admitted"
    FIRST_REFUSED = "first_refused"
    REFUSED = "refused"


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime
    is_refusing: bool = False


class FloodGuard:
    """A token bucket per sender, whatever text names it. Time arrives as an argument."""

    def __init__(self, burst: int = BURST, per_second: float = PER_SECOND, max_senders: int = MAX_SENDERS) -> None:
        self._burst, self._per_second, self._max_senders = burst, per_second, max_senders
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, sender: str, now: datetime) -> Admission:
        """Take one message of ``sender`` into account."""
        if len(sender) > LONGEST_NAME:
            sender = hashlib.blake2b(sender.encode("utf-8", "replace"), digest_size=16).hexdigest()
        bucket = self._buckets.get(sender)
        if bucket is None:
            bucket = self._buckets[sender] = _Bucket(self._burst, now)
            if len(self._buckets) > self._max_senders:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(sender)
        if now > bucket.at:
            bucket.left += (now - bucket.at).total_seconds() * self._per_second
        bucket.at = now
        if bucket.left >= self._burst:
            bucket.left, bucket.is_refusing = self._burst, False
        if bucket.left >= 1:
            bucket.left -= 1
            return Admission.ADMITTED
        if bucket.is_refusing:
            return Admission.REFUSED
        bucket.is_refusing = True
        return Admission.FIRST_REFUSED
