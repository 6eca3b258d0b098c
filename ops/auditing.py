"""The audit of signs: what was decided and said about each, and whether the record is as it was."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ops.settings import Settings
from parking.decisions.acting import Confirmation, DecisionNow, pair
from parking.decisions.chain import ChainBreak, LoggedEntry, check_chains
from parking.decisions.codec import decode_entry
from parking.decisions.heads import (
    HeadsError,
    RawRecord,
    TamperKind,
    check_seals,
    list_heads,
    read_seals,
    seal_new,
    write_seal,
)
from parking.decisions.model import Decision
from parking.errors import ParkingError
from parking.instants import from_ms, in_text
from streams.reading import open_topic
from streams.topics import names_of

HEADS = "audit-heads.jsonl"
SIGN_SUBJECTS = "sign:"
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


class WholeTopic(NamedTuple):
    """The topic as it stands: every record by partition, and those that are entries."""

    topic: str
    begins: dict[int, int]
    raw: dict[int, list[RawRecord]]
    entries: list[LoggedEntry]
    unreadable: list[tuple[int, int, str]]


async def read_whole(settings: Settings) -> WholeTopic:
    """All of NS.decisions. Raises KafkaError where Kafka cannot be reached."""
    name = names_of(settings.namespace).decisions
    raw: dict[int, list[RawRecord]] = defaultdict(list)
    entries: list[LoggedEntry] = []
    unreadable = []
    async with open_topic(settings.kafka, name) as topic:
        async for record in topic.read():
            value = record.value or b""
            raw[record.partition].append(RawRecord(record.offset, value))
            try:
                entry = decode_entry(value)
            except ParkingError as error:
                unreadable.append((record.partition, record.offset, str(error)))
            else:
                entries.append(LoggedEntry(entry, value, record.partition, record.offset, from_ms(record.timestamp)))
        return WholeTopic(name, dict(topic.begins), dict(raw), entries, unreadable)


def list_acts(
    entries: Iterable[LoggedEntry], tenant: str, sign: str | None, since: datetime | None
) -> list[DecisionNow]:
    """What was decided and said about a city's signs, in the order of the log, each with what came of it."""
    wanted = SIGN_SUBJECTS if sign is None else f"{SIGN_SUBJECTS}{sign}/"
    acts = pair(entry.event for entry in entries if entry.tenant == tenant and entry.event.subject.startswith(wanted))
    return [act for act in acts if since is None or act.decision.decided_at >= since]


def add_rolled(settings: Settings, tenant: str, entries: list[LoggedEntry]) -> list[LoggedEntry]:
    """With what the history holds of a city and the topic no longer does, in the order of the log."""
    known = {entry.value for entry in entries}
    rolled = [entry for entry in _read_rolled(settings, tenant) if entry.value not in known]
    return sorted([*rolled, *entries], key=lambda entry: (entry.logged_at, entry.partition, entry.offset))


def _read_rolled(settings: Settings, tenant: str) -> list[LoggedEntry]:
    try:
        return _get_rolled(settings, tenant)
    except ParkingError:
        return []


def _get_rolled(settings: Settings, tenant: str) -> list[LoggedEntry]:
    """What was rolled here; nothing where no history is kept. Raises ParkingError where it cannot be read."""
    try:
        from store.history.decided import FOLDER, DecidedReader
    except (ParkingError, ImportError):  # pyarrow is missing
        return []
    folder = settings.history_at / FOLDER
    return DecidedReader(folder).list_entries(tenant) if folder.is_dir() else []


def verify(settings: Settings, whole: WholeTopic, heads: Path, expect: str | None, tenant: str) -> Verified:
    """Whether the record is as it was, by its chains, by the seals of earlier audits, and by the history.

    What is new is sealed. Raises HeadsError where the file of seals has been changed, or has no seal ``expect``.
    """
    held = heads.read_bytes() if heads.exists() else b""
    seals, known = read_seals(held), list_heads(held)
    ours = [seal for seal in seals if seal.topic == whole.topic]
    if expect is not None and expect not in known:
        raise HeadsError(f"{heads} has no seal {expect[:16]}…: it was replaced, or another audit's was written down")
    findings = [
        AuditFinding(_TAMPERED[one.kind], _where(one.stretch.partition, one.stretch.first, one.stretch.last)
                     + f", sealed {one.sealed_at}", one.kind is not TamperKind.TOO_OLD)
        for one in check_seals(ours, whole.begins, whole.raw)
    ]  # fmt: skip
    findings += [
        AuditFinding(f"a record cannot be read ({why})", _where(partition, offset, offset))
        for partition, offset, why in whole.unreadable
    ]
    links = [(entry.entry.link, entry.value) for entry in whole.entries]
    findings += [
        AuditFinding(_BROKEN[one.problem], f"chain {one.chain}, number {one.number}") for one in check_chains(links)
    ]
    findings += _compare_rolled(settings, whole, tenant)
    findings += _list_orphans(whole)
    head = known[-1] if known else ""
    new = seal_new(whole.topic, in_text(datetime.now(UTC)), ours, head, whole.raw)
    if new is not None:
        head = _append(heads, held, write_seal(new))
    return Verified(sum(map(len, whole.raw.values())), len({link.chain for link, _ in links}), findings, head)


def _append(heads: Path, held: bytes, line: bytes) -> str:
    heads.parent.mkdir(parents=True, exist_ok=True)
    with heads.open("ab") as file:
        file.write((b"\n" if held and not held.endswith(b"\n") else b"") + line + b"\n")
    return list_heads(line)[0]


def _compare_rolled(settings: Settings, whole: WholeTopic, tenant: str) -> list[AuditFinding]:
    """What the history was rolled from must still stand there; another time of Kafka's is another topic's record."""
    stands = {(entry.partition, entry.offset): entry for entry in whole.entries}
    raw = {(partition, record.offset) for partition, records in whole.raw.items() for record in records}
    last = {partition: records[-1].offset for partition, records in whole.raw.items() if records}
    newest = max((entry.logged_at for entry in whole.entries), default=None)
    found = []
    try:
        held_rows = _get_rolled(settings, tenant)
    except ParkingError as error:
        return [AuditFinding(f"the history of decisions cannot be read ({error})", str(settings.history_at))]
    for rolled in held_rows:
        at = (rolled.partition, rolled.offset)
        where = _where(rolled.partition, rolled.offset, rolled.offset)
        if at in stands:
            held = stands[at]
            if held.logged_at == rolled.logged_at and held.value != rolled.value:
                found.append(AuditFinding("the topic and the history say different things", where))
        elif whole.begins.get(rolled.partition, 0) <= rolled.offset and at not in raw:
            is_later = rolled.offset > last.get(rolled.partition, -1) and newest is not None
            if not is_later or (newest is not None and rolled.logged_at <= newest):
                found.append(AuditFinding("the history holds a record that the topic has lost", where))
    return found


def _list_orphans(whole: WholeTopic) -> list[AuditFinding]:
    """Confirmations of what was never decided, where Kafka still has everything."""
    if any(whole.begins.values()):
        return []
    decided = {entry.event.occasion for entry in whole.entries if isinstance(entry.event, Decision)}
    return [
        AuditFinding("a confirmation of what was never decided", _where(entry.partition, entry.offset, entry.offset))
        for entry in whole.entries
        if isinstance(entry.event, Confirmation) and entry.event.occasion not in decided
    ]


def _where(partition: int, first: int, last: int) -> str:
    return f"partition {partition}, offset {first}" + (f" to {last}" if last != first else "")
