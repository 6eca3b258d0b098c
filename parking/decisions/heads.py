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
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from parking.decisions.chain import digest_entry
from parking.decoding import decode
from parking.errors import ParkingError


class HeadsError(ParkingError):
    """The file of seals is none, or has been changed; the message says where."""


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


class SealWatch:
    """Reckons sealed stretches again while a topic is read, each partition in the order of its offsets.

    ``begins`` is the first offset of each partition that Kafka still has. A record is looked at once and not kept.
    """

    def __init__(self, seals: Sequence[Seal], begins: Mapping[int, int]) -> None:
        self._begins = begins
        self._sealed: dict[int, list[tuple[SealedStretch, str]]] = {}
        for seal in seals:
            for stretch in seal.stretches:
                self._sealed.setdefault(stretch.partition, []).append((stretch, seal.at))
        self._reckoned = {
            (number, at): _Reckoning() for number, all_ in self._sealed.items() for at in range(len(all_))
        }
        self._new: dict[int, _Reckoning] = {}
        self._at: dict[int, int] = {}

    def see(self, partition: int, offset: int, digest: str) -> None:
        """The next record of a partition, by the digest of its bytes (``digest_entry``)."""
        sealed, at = self._sealed.get(partition, []), self._at.get(partition, 0)
        while at < len(sealed) and offset > sealed[at][0].last:
            at += 1
        self._at[partition] = at
        if at == len(sealed):
            self._new.setdefault(partition, _Reckoning()).add(offset, digest)
        elif offset >= sealed[at][0].first:
            self._reckoned[partition, at].add(offset, digest)

    def list_findings(self) -> list[TamperFinding]:
        """Which sealed stretches are not there as they were, once everything has been read."""
        found = []
        for partition, sealed in sorted(self._sealed.items()):
            for at, (stretch, sealed_at) in enumerate(sealed):
                kind = self._judge(stretch, self._reckoned[partition, at])
                if kind is not None:
                    found.append(TamperFinding(kind, stretch, sealed_at))
        return found

    def seal_new(self, topic: str, at: str, head: str) -> Seal | None:
        """The seal over what follows the last sealed offset of each partition; None where nothing is new."""
        stretches = tuple(one.as_stretch(partition) for partition, one in sorted(self._new.items()))
        return Seal(topic=topic, at=at, before=head, stretches=stretches) if stretches else None

    def _judge(self, stretch: SealedStretch, found: "_Reckoning") -> TamperKind | None:
        if self._begins.get(stretch.partition, 0) > stretch.first:
            return TamperKind.TOO_OLD
        if found.count < stretch.count:
            return TamperKind.CUT
        return None if found.as_stretch(stretch.partition).digest == stretch.digest else TamperKind.CHANGED


class _Reckoning:
    """One digest over records in a row."""

    def __init__(self) -> None:
        self.first = self.last = self.count = 0
        self._whole = hashlib.sha256()

    def add(self, offset: int, digest: str) -> None:
        """The next of them."""
        self.first = offset if self.count == 0 else self.first
        self.last, self.count = offset, self.count + 1
        self._whole.update(b"%d:%s\n" % (offset, digest.encode()))

    def as_stretch(self, partition: int) -> SealedStretch:
        """What was seen."""
        return SealedStretch(
            partition=partition, first=self.first, last=self.last, count=self.count, digest=self._whole.hexdigest()
        )
