"""Which uplink is news: the same one comes through several gateways, and again when a broker or a server repeats it.

A device counts its uplinks (``f_cnt``), but a count may come again: after a reset, and where it is never kept. Of
two messages with one count the first evidence decides. Where both have a ``deduplication_id`` they are one uplink if
that is the same, whenever they come, and two if not. Else they are two if port or payload differ; and if both have the
network's time, one if that is the same. Only where nothing else tells are they one if they come shortly after each
other. Two networks that hear one device thus bring its uplink twice; it is one event of one id all the same.

The count also tells how many uplinks were lost just before. It begins anew after a reset or a rejoin, and at 2^16 or
2^32; nothing is known to be missing across that.

Memory is bounded: the last few uplinks of at most ``max_devices`` devices, under 2 kB each; the device not heard for
longest is forgotten first. Not promised: after that, or after a restart, a repeated uplink is news again.
Where the network gave a time its observations have the same event ids, which makes them harmless.
"""

from collections import OrderedDict
from dataclasses import dataclass
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
_NAMELESS = 0


class Verdict(NamedTuple):
    """Whether an uplink is news, and how many of its device were lost just before it."""

    is_new: bool
    missed: int = 0


_NEWS, _KNOWN = Verdict(True), Verdict(False)


class _Heard(NamedTuple):
    """``name`` and ``said`` stand for the deduplication id, 0 where it has none, and for port and payload.

    They are Python's own hashes, of 64 bits under a key of this process: nobody outside can make two alike.
    """

    f_cnt: int
    name: int
    said: int
    at: datetime
    heard_at: datetime | None


@dataclass(slots=True)
class _Counter:
    """What is remembered of a device: its last count, and its last uplinks. ``last`` is None after a rejoin."""

    last: int | None = None
    recent: tuple[_Heard, ...] = ()


class Deduplicator:
    """Judges uplinks by (tenant, devEUI). ``judge`` only looks; ``remember`` keeps one.

    The two belong together, and ``receiving.hear`` keeps them so: nobody else has to call them. Whoever hears only some
    of a device's uplinks leaves ``tells_losses`` out: nothing is ever said to be missing then.
    """

    def __init__(self, max_devices: int = MAX_DEVICES, window: timedelta = WINDOW, tells_losses: bool = True) -> None:
        self._max_devices, self._window, self._tells_losses = max_devices, window, tells_losses
        self._counters: OrderedDict[tuple[str, str], _Counter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    def judge(self, tenant: str, uplink: Uplink, now: datetime) -> Verdict:
        """Whether ``uplink``, which came at ``now``, was never seen before."""
        counter = self._counters.get((tenant, uplink.dev_eui))
        if counter is None:
            return _NEWS
        f_cnt = uplink.f_cnt
        for heard in counter.recent:
            if heard.f_cnt == f_cnt and self._is_same(heard, _heard(uplink, now)):
                return _KNOWN
        missed = _missed(counter.last, f_cnt) if self._tells_losses else 0
        return Verdict(True, missed) if missed else _NEWS

    def remember(self, tenant: str, uplink: Uplink, now: datetime) -> None:
        """Keep an uplink that was judged new. An overtaken one does not set the count back; a reset does."""
        key = (tenant, uplink.dev_eui)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _Counter()
        else:
            self._counters.move_to_end(key)
        f_cnt, last = uplink.f_cnt, counter.last
        if last is None or f_cnt >= last or not self._is_overtaken(counter, f_cnt, now):
            counter.last = f_cnt
        counter.recent = (*counter.recent[1 - RECENT :], _heard(uplink, now))
        while len(self._counters) > self._max_devices:
            self._counters.popitem(last=False)

    def rejoined(self, tenant: str, dev_eui: str) -> None:
        """The device has joined its network again: its count begins anew, and nothing is missing."""
        counter = self._counters.get((tenant, dev_eui))
        if counter is not None:
            counter.last = None

    def _is_same(self, first: _Heard, other: _Heard) -> bool:
        if first.name != _NAMELESS and other.name != _NAMELESS:
            return first.name == other.name
        if first.said != other.said:
            return False
        if first.heard_at is not None and other.heard_at is not None:
            return first.heard_at == other.heard_at
        return abs(other.at - first.at) <= self._window

    def _is_overtaken(self, counter: _Counter, f_cnt: int, now: datetime) -> bool:
        if not 0 < (counter.last or 0) - f_cnt <= MAX_DISORDER:
            return False
        return bool(counter.recent) and abs(now - counter.recent[-1].at) <= self._window


def _heard(uplink: Uplink, at: datetime) -> _Heard:
    name = hash(uplink.deduplication_id) if uplink.deduplication_id else _NAMELESS
    return _Heard(uplink.f_cnt, name, hash((uplink.f_port, uplink.payload)), at, uplink.heard_at)


def _missed(last: int | None, f_cnt: int) -> int:
    """A reset and a rollover both fall back, so that only a step ahead tells of a loss."""
    if last is None or not 1 < f_cnt - last <= MAX_GAP:
        return 0
    return f_cnt - last - 1
