"""What an auditor has seen of the record, kept elsewhere: so that what is cut off its end, or taken out whole, shows.

A chain finds every change before its last entry. What it cannot find is that its end is gone, or all of it; so each
audit seals the stretch of each partition that it has seen: the offsets, and one digest over all that stood there. The
next audit reckons the digest of each stretch again. Seals are lines of a file, each with the digest of the line before,
so a seal cannot be changed or taken out alone; the digest of the last one may be written down where nobody can get at
it, and be asked for later.

Not promised: what was changed before the first seal, or forged after the last one by who may write to Kafka. A stretch
of which Kafka has let go of the beginning (after 90 days) cannot be reckoned any more, and is said to be too old.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from parking.decisions.chain import digest_entry
from parking.decoding import decode
from parking.errors import ParkingError

DIGEST_CHARS = 64


class HeadsError(ParkingError):
    """The file of seals is none, or has been changed; the message says where."""


class RawRecord(NamedTuple):
    """A record as it stands in Kafka, readable or not."""

    offset: int
    value: bytes


class SealedStretch(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a partition from ``first`` to ``last`` offset, ``count`` of them, and the digest over all."""

    partition: int
    first: int
    last: int
    count: int
    digest: str


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What one audit saw for the first time, and the digest of the seal before."""

    topic: str
    at: str
    before: str
    stretches: tuple[SealedStretch, ...]


class TamperKind(StrEnum):
    """What is not as it was when it was sealed."""

    CUT = "cut"
    CHANGED = "changed"
    TOO_OLD = "too_old"


class TamperFinding(NamedTuple):
    """A sealed stretch that is not there any more as it was."""

    kind: TamperKind
    stretch: SealedStretch
    sealed_at: str


_json = msgspec.json.Encoder()
_seal = msgspec.json.Decoder(Seal)


def read_seals(data: bytes) -> list[Seal]:
    """The seals of a file, oldest first. Raises HeadsError where one is not what the next says it was."""
    seals: list[Seal] = []
    before = ""
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            seal = decode(_seal, line, "a seal")
        except ParkingError as error:
            raise HeadsError(f"line {number} of the seals is none: the file was damaged or changed") from error
        if seal.before != before:
            raise HeadsError(f"line {number} of the seals does not follow the one before: the file was changed")
        seals.append(seal)
        before = digest_entry(line)
    return seals


def write_seal(seal: Seal) -> bytes:
    """A seal as a line, without its end."""
    return _json.encode(seal)


def list_heads(data: bytes) -> list[str]:
    """The digest of each seal, in order: any of them may have been written down."""
    return [digest_entry(line) for line in data.splitlines()]


def seal_new(
    topic: str, at: str, seals: Sequence[Seal], head: str, records: Mapping[int, Sequence[RawRecord]]
) -> Seal | None:
    """The seal over what follows the last sealed offset of each partition; None where nothing is new."""
    sealed = {stretch.partition: stretch.last for seal in seals for stretch in seal.stretches}
    stretches = []
    for partition, all_ in sorted(records.items()):
        new = [record for record in all_ if record.offset > sealed.get(partition, -1)]
        if new:
            stretches.append(
                SealedStretch(
                    partition=partition, first=new[0].offset, last=new[-1].offset, count=len(new), digest=_digest(new)
                )
            )
    return Seal(topic=topic, at=at, before=head, stretches=tuple(stretches)) if stretches else None


def check_seals(
    seals: Iterable[Seal], begins: Mapping[int, int], records: Mapping[int, Sequence[RawRecord]]
) -> list[TamperFinding]:
    """Which sealed stretches are not there as they were; ``begins`` is the first offset that Kafka still has."""
    found = []
    for seal in seals:
        for stretch in seal.stretches:
            kind = _check(stretch, begins.get(stretch.partition, 0), records.get(stretch.partition, ()))
            if kind is not None:
                found.append(TamperFinding(kind, stretch, seal.at))
    return found


def _check(stretch: SealedStretch, begin: int, all_: Sequence[RawRecord]) -> TamperKind | None:
    if begin > stretch.first:
        return TamperKind.TOO_OLD
    kept = [record for record in all_ if stretch.first <= record.offset <= stretch.last]
    if len(kept) < stretch.count:
        return TamperKind.CUT
    return None if _digest(kept) == stretch.digest else TamperKind.CHANGED


def _digest(records: Iterable[RawRecord]) -> str:
    whole = hashlib.sha256()
    for record in records:
        whole.update(b"%d:%s\n" % (record.offset, digest_entry(record.value).encode()))
    return whole.hexdigest()
