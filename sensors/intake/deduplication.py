"""Which uplink is news: the same one comes through several gateways, and again when a broker or a server repeats it.

A device counts its uplinks (``f_cnt``). Two messages with one count and one ``deduplication_id`` are one uplink
whenever they come; so are two with one count and one payload shortly after each other, for two network servers may hear
a device. The count also tells how many uplinks were lost just before. It begins anew after a reset or a rejoin, and at
2^16 or 2^32; nothing is known to be missing across that.

Memory is bounded: the last few uplinks of at most ``max_devices`` devices, about 1 kB each; the device not heard for
longest is forgotten first. Not promised: after that, or after a restart, a repeated uplink is news again. Its
observations then have the same event ids, which makes them harmless.
"""

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sensors.uplink import Uplink

WINDOW = timedelta(seconds=30)
MAX_DEVICES = 50_000
RECENT = 8
MAX_GAP = 16_384
"""LoRaWAN's MAX_FCNT_GAP: a counter that leaps further is another counter."""
MAX_DISORDER = 4
"""An uplink this little behind the last, within the window, was overtaken; it is no reset."""


class Verdict(NamedTuple):
    """Whether an uplink is news, and how many of its device were lost just before it."""

    is_new: bool
    missed: int = 0


class _Heard(NamedTuple):
    f_cnt: int
    deduplication_id: str
    digest: bytes
    at: datetime


@dataclass
class _Counter:
    """What is remembered of a device: its last count, and its last uplinks. ``last`` is None after a rejoin."""

    last: int | None = None
    recent: deque[_Heard] = field(default_factory=lambda: deque(maxlen=RECENT))


class Deduplicator:
    """Judges uplinks by (tenant, devEUI). ``judge`` only looks; ``remember`` keeps one, once Kafka has it."""

    def __init__(self, max_devices: int = MAX_DEVICES, window: timedelta = WINDOW) -> None:
        self._max_devices, self._window = max_devices, window
        self._counters: OrderedDict[tuple[str, str], _Counter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    def judge(self, tenant: str, uplink: Uplink, now: datetime) -> Verdict:
        """Whether ``uplink``, which came at ``now``, was never seen before."""
        counter = self._counters.get((tenant, uplink.dev_eui))
        if counter is None:
            return Verdict(True)
        if any(self._is_same(heard, uplink, now) for heard in counter.recent):
            return Verdict(False)
        return Verdict(True, _missed(counter.last, uplink.f_cnt))

    def remember(self, tenant: str, uplink: Uplink, now: datetime) -> None:
        """Keep an uplink that was judged new. An overtaken one does not set the count back; a reset does."""
        key = (tenant, uplink.dev_eui)
        counter = self._counters.setdefault(key, _Counter())
        self._counters.move_to_end(key)
        if counter.last is None or not self._is_overtaken(counter, uplink.f_cnt, now):
            counter.last = uplink.f_cnt
        counter.recent.append(_Heard(uplink.f_cnt, uplink.deduplication_id, _digest(uplink), now))
        while len(self._counters) > self._max_devices:
            self._counters.popitem(last=False)

    def rejoined(self, tenant: str, dev_eui: str) -> None:
        """The device has joined its network again: its count begins anew, and nothing is missing."""
        counter = self._counters.get((tenant, dev_eui))
        if counter is not None:
            counter.last = None

    def _is_same(self, heard: _Heard, uplink: Uplink, now: datetime) -> bool:
        if heard.f_cnt != uplink.f_cnt:
            return False
        if heard.deduplication_id and heard.deduplication_id == uplink.deduplication_id:
            return True
        return abs(now - heard.at) <= self._window and heard.digest == _digest(uplink)

    def _is_overtaken(self, counter: _Counter, f_cnt: int, now: datetime) -> bool:
        behind = (counter.last or 0) - f_cnt
        lately = bool(counter.recent) and abs(now - counter.recent[-1].at) <= self._window
        return 0 < behind <= MAX_DISORDER and lately


def _missed(last: int | None, f_cnt: int) -> int:
    """A reset and a rollover both fall back, so that only a step ahead tells of a loss."""
    if last is None or not 1 < f_cnt - last <= MAX_GAP:
        return 0
    return f_cnt - last - 1


def _digest(uplink: Uplink) -> bytes:
    return hashlib.blake2b(bytes([uplink.f_port]) + uplink.payload, digest_size=8).digest()
