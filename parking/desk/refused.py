"""What was refused of a city within the last day: how much of it a minute, and a few examples with their bytes.

Bounded whatever a source does: so many kinds, so many examples of each, so many bytes of each example. Counts are by
the minute of the log, so that they are the same for whoever reads it, however late. An example is known by its reject
id, however often it occurs.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from parking.rejects import Redriven, Reject
from parking.words import RejectReason

DAY_MINUTES = 24 * 60
MAX_KINDS = 300
MAX_EXAMPLES = 20
MAX_EXAMPLE_BYTES = 4_096
MAX_REMEMBERED = 20_000
OTHERS = "(others)"
"""In the place of a source: what was refused of more sources than are kept apart."""

MINUTE_MS = 60_000


class RefusedKind(NamedTuple):
    """Where it came from, and why it was refused."""

    source: str
    reason: RejectReason


@dataclass
class RefusedExample:
    """One reject, its bytes cut short, however often it occurred; times are the log's, in milliseconds since 1970."""

    reject: Reject
    times: int = 0
    logged_ms: int = 0
    redriven_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it occurred again since it was last sent again, or never was."""
        return self.logged_ms > self.redriven_ms


@dataclass
class RefusedGroup:
    """All of one kind: how many in each minute (since 1970) of the last day, and the latest examples."""

    kind: RefusedKind
    minutes: Counter[int] = field(default_factory=Counter)
    examples: OrderedDict[str, RefusedExample] = field(default_factory=OrderedDict)

    @property
    def count(self) -> int:
        """How many there were within the last day."""
        return self.minutes.total()

    @property
    def last_ms(self) -> int:
        """When the latest was logged."""
        return max((example.logged_ms for example in self.examples.values()), default=0)


class RefusedDay:
    """The last day of one city. ``take`` and ``note`` in the order of the log; ``forget`` as the clock goes on."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._groups: dict[RefusedKind, RefusedGroup] = {}
        self._latest: OrderedDict[tuple[str, str | None, str | None], tuple[Reject, int]] = OrderedDict()
        self._said: OrderedDict[tuple[str, tuple[int, int]], None] = OrderedDict()

    def take(self, reject: Reject, logged_ms: int) -> None:
        """One more. A worker that took over from one that died says it again, of the same record: it happened once."""
        if reject.tenant != self.tenant or not self._is_news(reject):
            return
        self._note_latest(reject, logged_ms)
        group = self._group(reject)
        group.minutes[logged_ms // MINUTE_MS] += 1
        example = group.examples.pop(reject.reject_id, None) or RefusedExample(_short(reject))
        example.times, example.logged_ms = example.times + 1, max(example.logged_ms, logged_ms)
        group.examples[reject.reject_id] = example
        if len(group.examples) > MAX_EXAMPLES:
            group.examples.popitem(last=False)

    def note(self, note: Redriven) -> None:
        """It was sent again."""
        for group in self._groups.values():
            if (example := group.examples.get(note.redriven)) is not None:
                example.redriven_ms = max(example.redriven_ms, note.up_to_ms)

    def latest(self) -> list[tuple[Reject, int]]:
        """The last refused word of each device or place, without its bytes, and when it was logged."""
        return list(self._latest.values())

    def forget(self, now_ms: int) -> None:
        """Leave out what is older than a day."""
        oldest = now_ms // MINUTE_MS - DAY_MINUTES
        while self._latest and next(iter(self._latest.values()))[1] // MINUTE_MS <= oldest:
            self._latest.popitem(last=False)
        for kind, group in list(self._groups.items()):
            for minute in [minute for minute in group.minutes if minute <= oldest]:
                del group.minutes[minute]
            if not group.minutes:
                del self._groups[kind]

    def groups(self, wanted: Callable[[RefusedKind], bool] = lambda kind: True) -> list[RefusedGroup]:
        """Those wanted, the most frequent first."""
        found = (group for group in self._groups.values() if wanted(group.kind))
        return sorted(found, key=lambda group: (-group.count, group.kind))

    def by_minute(self, source: str) -> Counter[int]:
        """How many of a source in each minute, for whatever reason."""
        return _total(group.minutes for kind, group in self._groups.items() if kind.source == source)

    @property
    def sources(self) -> list[str]:
        """All of which something was refused."""
        return sorted({kind.source for kind in self._groups})

    def _note_latest(self, reject: Reject, logged_ms: int) -> None:
        name = (reject.source, reject.device_id, reject.place_id)
        self._latest.pop(name, None)
        self._latest[name] = (msgspec.structs.replace(reject, raw=b""), logged_ms)
        if len(self._latest) > MAX_REMEMBERED:
            self._latest.popitem(last=False)

    def _group(self, reject: Reject) -> RefusedGroup:
        kind = RefusedKind(reject.source, reject.reason)
        if kind not in self._groups and len(self._groups) >= MAX_KINDS:
            kind = RefusedKind(OTHERS, reject.reason)
        return self._groups.setdefault(kind, RefusedGroup(kind))

    def _is_news(self, reject: Reject) -> bool:
        if reject.found_at is None:
            return True
        name = (reject.reject_id, reject.found_at)
        if name in self._said:
            return False
        self._said[name] = None
        if len(self._said) > MAX_REMEMBERED:
            self._said.popitem(last=False)
        return True


def _short(reject: Reject) -> Reject:
    """With its first bytes alone; ``raw_length`` still says how many there were."""
    if len(reject.raw) <= MAX_EXAMPLE_BYTES:
        return reject
    return msgspec.structs.replace(reject, raw=reject.raw[:MAX_EXAMPLE_BYTES])


def _total(counters: Iterable[Counter[int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for counter in counters:
        total += counter
    return total
