"""Rejects: records that were kept out, with everything needed to understand them and to send them again."""

import hashlib
from datetime import datetime

import msgspec

from parking.instants import require_utc
from parking.words import RejectReason

MAX_RAW_BYTES = 256 * 1024
"""Longer bodies are cut, and say so by ``raw_length``: a Kafka record holds 1 MB."""

MAX_REJECT_TEXT = 600


class Reject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record that was refused. The same bytes refused for the same reason have the same ``reject_id``.

    ``found_at`` is the stream epoch and offset of a record that the fold refused: it may say so again after a crash.
    """

    reject_id: str
    tenant: str
    source: str
    reason: RejectReason
    detail: str
    raw: bytes
    raw_length: int
    rejected_at: datetime
    device_id: str | None = None
    place_id: str | None = None
    found_at: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        require_utc(self.rejected_at, "rejected_at")


class Redriven(msgspec.Struct, frozen=True, kw_only=True):
    """A note that a reject was sent again: every occurrence logged up to ``up_to_ms``, and none that comes after."""

    redriven: str
    up_to_ms: int


def make_reject(
    tenant: str,
    source: str,
    reason: RejectReason,
    detail: str,
    raw: bytes,
    rejected_at: datetime,
    device_id: str | None = None,
    place_id: str | None = None,
    found_at: tuple[int, int] | None = None,
) -> Reject:
    """A reject of ``raw`` with an id that depends on tenant, source, reason and the bytes alone."""
    digest = hashlib.blake2b(digest_size=8, person=b"reject")
    for part in (tenant.encode(), source.encode(), reason.encode(), raw):
        digest.update(len(part).to_bytes(8))
        digest.update(part)  # apart: a body of 100 MB is not copied for its id
    return Reject(
        reject_id=digest.hexdigest(),
        tenant=tenant[:MAX_REJECT_TEXT],
        source=source[:MAX_REJECT_TEXT],
        reason=reason,
        detail=detail[:MAX_REJECT_TEXT],
        raw=raw[:MAX_RAW_BYTES],
        raw_length=len(raw),
        rejected_at=rejected_at,
        device_id=device_id and device_id[:MAX_REJECT_TEXT],
        place_id=place_id and place_id[:MAX_REJECT_TEXT],
        found_at=found_at,
    )
