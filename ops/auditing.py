"""The audit of signs: what was decided and said about each, and whether the record is as it was.

The record of a large city is millions of entries a month: it is read once, entry by entry, and of each no more is kept
than a few numbers.
"""

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ops.settings import Settings
from parking.decisions.acting import Confirmation, DecisionNow, pair
from parking.decisions.chain import ChainBreak, ChainWatch, LoggedEntry, digest_entry
from parking.decisions.codec import decode_entry
from parking.decisions.heads import (
    HeadsError,
    Seal,
    SealWatch,
    TamperKind,
    list_heads,
    read_seals,
    write_seal,
)
from parking.decisions.model import Decision
from parking.decisions.words import Occasion
from parking.errors import ParkingError
from parking.instants import in_text, to_us
from streams.decided import read_decided
from streams.reading import open_topic
from streams.topics import names_of

HEADS = "audit-heads.jsonl"
SIGN_SUBJECTS = "sign:"
LISTED_FOR = timedelta(days=1)
"""So far back acts are listed where nobody says since when."""

TOPIC_KEEPS = timedelta(days=85)
"""What is older is asked of the history: Kafka lets go of it after 90 days."""

ANSWERED_WITHIN = timedelta(days=8)
"""A confirmation comes within seconds, or with the next start; decisions are remembered for so long."""

_BROKEN = {
    ChainBreak.MISSING: "an entry is gone",
    ChainBreak.CHANGED: "an entry is not what it was",
    ChainBreak.FORKED: "two entries claim one number",
}
_TAMPERED = {
    TamperKind.CUT: "records are gone",
    TamperKind.CHANGED: "records are not what they were",
    TamperKind.TOO_OLD: "Kafka has let go of some of it, so it cannot be compared any more",
}


class AuditFinding(NamedTuple):
    """Something the matter with the record; one that is no fault is merely told."""

    what: str
    where: str
    is_fault: bool = True


class Verified(NamedTuple):
    """What was looked at, what was found, and the digest of the last seal, to be written down elsewhere."""

    records: int
    chains: int
    findings: list[AuditFinding]
    head: str


async def list_acts(settings: Settings, tenant: str, sign: str | None, since: datetime) -> list[DecisionNow]:
    """What was decided and said about a city's signs since then, in the order of the log, with what came of it.

    Raises KafkaError where Kafka cannot be reached.
    """
    return await list_decided(settings, tenant, SIGN_SUBJECTS if sign is None else f"{SIGN_SUBJECTS}{sign}/", since)


async def list_decided(settings: Settings, tenant: str, wanted: str, since: datetime) -> list[DecisionNow]:
    """The same of all subjects that begin so."""
    rolled = _list_rolled(settings, tenant, wanted, since) if since < datetime.now(UTC) - TOPIC_KEEPS else []
    newest = max((entry.logged_at for entry in rolled), default=since)
    logged = [
        entry
        async for entry in read_decided(settings.kafka, settings.namespace, since=newest)
        if entry.tenant == tenant and entry.event.subject.startswith(wanted)
    ]
    acts = pair(entry.event for entry in (*rolled, *logged))
    return [act for act in acts if act.decision.decided_at >= since]


def _list_rolled(settings: Settings, tenant: str, prefix: str, since: datetime) -> list[LoggedEntry]:
    """What the history holds from that day on; nothing where none is kept, or it cannot be read."""
    try:
        from store.history.decided import FOLDER, DecidedReader

        first, today = since.astimezone(UTC).date(), datetime.now(UTC).date()
        return DecidedReader(settings.history_at / FOLDER).list_stretch(tenant, prefix, first, first, today)
    except (ParkingError, ImportError):
        return []


class RolledRows:
    """What the history says of the topic: per partition offsets, times and digests, 24 bytes a record."""

    def __init__(self) -> None:
        self.offsets: dict[int, array[int]] = {}
        self._times: dict[int, array[int]] = {}
        self._digests: dict[int, array[int]] = {}
        self._firsts: dict[int, int] = {}
        self.findings: list[AuditFinding] = []

    def put(self, entries: Sequence[LoggedEntry]) -> None:
        """A day's rows; days come in their order. Where offsets do not rise with them, they are put in order."""
        for entry in entries:
            for kept, value in (
                (self.offsets, entry.offset), (self._times, to_us(entry.logged_at) // 1000),
                (self._digests, _short(digest_entry(entry.value))),
            ):  # fmt: skip
                kept.setdefault(entry.partition, array("Q")).append(value)
        for partition in {entry.partition for entry in entries}:
            self._sort(partition)

    def _sort(self, partition: int) -> None:
        offsets = self.offsets[partition]
        if all(one < other for one, other in pairwise(offsets)):
            return
        order = sorted(range(len(offsets)), key=offsets.__getitem__)
        for kept in (self.offsets, self._times, self._digests):
            kept[partition] = array("Q", (kept[partition][at] for at in order))

    def see(self, partition: int, offset: int, logged_ms: int, digest: str) -> None:
        """What stands in the topic must be what was rolled from it; of another time it is another topic's record."""
        self._firsts.setdefault(partition, logged_ms)
        at = self._find(partition, offset)
        if at is None:
            return
        is_it = self._times[partition][at] == logged_ms
        if is_it and self._digests[partition][at] != _short(digest):
            where = _where(partition, offset, offset)
            self.findings.append(AuditFinding("the topic and the history say different things", where))
        self._digests[partition][at] = _MET

    def list_findings(self, begins: dict[int, int]) -> list[AuditFinding]:
        """With what the history holds and the topic should still, and does not."""
        for partition, offsets in sorted(self.offsets.items()):
            first = self._firsts.get(partition, 0)
            for at, offset in enumerate(offsets):
                is_due = offset >= begins.get(partition, 0) and self._times[partition][at] >= first
                if is_due and self._digests[partition][at] != _MET:
                    where = _where(partition, offset, offset)
                    self.findings.append(AuditFinding("the history holds a record that the topic has lost", where))
        return self.findings

    def _find(self, partition: int, offset: int) -> int | None:
        offsets = self.offsets.get(partition)
        at = bisect_left(offsets, offset) if offsets else 0
        return at if offsets and at < len(offsets) and offsets[at] == offset else None


_MET = 0


def _short(digest: str) -> int:
    """The first 64 bits of a digest, never 0."""
    return int(digest[:16], 16) or 1


class RecordWatch:
    """Everything that an audit looks for, while the topic is read record by record."""

    def __init__(self, seals: list[Seal], begins: dict[int, int], rolled: RolledRows) -> None:
        self.seals, self.chains, self.count = SealWatch(seals, begins), ChainWatch(), 0
        self._begins, self._rolled = begins, rolled
        self._decided: OrderedDict[Occasion, int] = OrderedDict()
        self._is_whole = not any(begins.values())
        self._findings: list[AuditFinding] = []

    def see(self, partition: int, offset: int, logged_ms: int, value: bytes) -> None:
        """The next record of a partition."""
        self.count += 1
        digest = digest_entry(value)
        self.seals.see(partition, offset, digest)
        self._rolled.see(partition, offset, logged_ms, digest)
        try:
            entry = decode_entry(value)
        except ParkingError as error:
            self._add(f"a record cannot be read ({error})", partition, offset)
            return
        self.chains.see(entry.link, digest)
        if isinstance(entry.event, Decision):
            self._remember(entry.event.occasion, logged_ms)
        elif self._is_whole and self._is_orphan(entry.event, logged_ms):
            self._add("a confirmation of what was never decided", partition, offset)

    def list_findings(self) -> list[AuditFinding]:
        """All that was found."""
        tampered = [
            AuditFinding(
                _TAMPERED[one.kind],
                f"{_where(one.stretch.partition, one.stretch.first, one.stretch.last)}, sealed {one.sealed_at}",
                one.kind is not TamperKind.TOO_OLD,
            )
            for one in self.seals.list_findings()
        ]
        broken = [
            AuditFinding(_BROKEN[one.problem], f"chain {one.chain}, number {one.number}")
            for one in self.chains.findings
        ]
        return [*tampered, *self._findings, *broken, *self._rolled.list_findings(self._begins)]

    def _is_orphan(self, event: Confirmation, logged_ms: int) -> bool:
        is_young = to_us(event.decided_at) // 1000 > logged_ms - _ms(ANSWERED_WITHIN)
        return is_young and event.occasion not in self._decided

    def _remember(self, occasion: Occasion, logged_ms: int) -> None:
        self._decided[occasion] = logged_ms
        oldest = logged_ms - _ms(ANSWERED_WITHIN)
        while self._decided and next(iter(self._decided.values())) < oldest:
            self._decided.popitem(last=False)

    def _add(self, what: str, partition: int, offset: int) -> None:
        self._findings.append(AuditFinding(what, _where(partition, offset, offset)))


async def verify(settings: Settings, heads: Path, expect: str | None, tenant: str) -> Verified:
    """Whether the record is as it was, by its chains, by the seals of earlier audits, and by the history.

    What is new is sealed. Raises HeadsError where the file of seals has been changed, or has no seal ``expect``, and
    KafkaError where Kafka cannot be reached.
    """
    held = heads.read_bytes() if heads.exists() else b""
    seals, known = read_seals(held), list_heads(held)
    if expect is not None and expect not in known:
        raise HeadsError(f"{heads} has no seal {expect[:16]}…: it was replaced, or another audit's was written down")
    name, rolled, unread = names_of(settings.namespace).decisions, RolledRows(), []
    try:  # first: what was rolled by now must stand in a topic that is read afterwards
        for day in list_days(settings, tenant, datetime.now(UTC).date()):
            rolled.put(day)
    except ParkingError as error:
        unread = [AuditFinding(f"the history of decisions cannot be read ({error})", str(settings.history_at))]
    async with open_topic(settings.kafka, name) as topic:
        watch = RecordWatch([seal for seal in seals if seal.topic == name], dict(topic.begins), rolled)
        async for record in topic.read():
            watch.see(record.partition, record.offset, record.timestamp, record.value or b"")
    head = known[-1] if known else ""
    new = watch.seals.seal_new(name, in_text(datetime.now(UTC)), head)
    if new is not None:
        head = _append(heads, held, write_seal(new))
    return Verified(watch.count, len(watch.chains), [*watch.list_findings(), *unread], head)


def list_days(settings: Settings, tenant: str, today: date) -> Iterator[list[LoggedEntry]]:
    """What the history holds of the days that Kafka still keeps, a day at a time. Raises ParkingError."""
    try:
        from store.history.decided import FOLDER, DecidedReader
    except ImportError:  # pyarrow is missing: no history is kept here
        return
    folder = settings.history_at / FOLDER
    if not folder.is_dir():
        return
    reader = DecidedReader(folder)
    for back in range(TOPIC_KEEPS.days, -2, -1):
        day = today - timedelta(days=back)
        yield reader.list_stretch(tenant, "", day, day, day)


def _append(heads: Path, held: bytes, line: bytes) -> str:
    heads.parent.mkdir(parents=True, exist_ok=True)
    with heads.open("ab") as file:
        file.write((b"\n" if held and not held.endswith(b"\n") else b"") + line + b"\n")
    return list_heads(line)[0]


def _where(partition: int, first: int, last: int) -> str:
    return f"partition {partition}, offset {first}" + (f" to {last}" if last != first else "")


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
