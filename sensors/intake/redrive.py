"""Redrive: what was refused, read again as it would be now.

A reject holds the bytes of one record, as its source wrote it or, where the fold refused it, as an observation. Its
adapter (as it is today) or the codec reads them once more; where they go and whether they are admitted is decided anew.
"""

from typing import NamedTuple

import msgspec

from parking.codec import decode_observation
from parking.errors import ParkingError
from parking.observations import Observation, is_unusable
from parking.rejects import Reject
from parking.words import ClockBasis
from sensors.ledger import arrival_seq
from sensors.registry import ADAPTERS

OBSERVATION = b'{"type":"'


class Reread(NamedTuple):
    """What a reject says now: observations, what is refused of it still, or why it cannot be read again at all.

    ``raw_key`` is set for a record of the observations topic that nobody could read: it is sent again as it was.
    """

    observations: list[Observation]
    rejects: list[Reject]
    problem: str | None = None
    raw_key: bytes | None = None


def read_again(reject: Reject, clock: ClockBasis) -> Reread:
    """Read a reject's bytes once more. ``clock`` is its tenant's: a recording is read by its own times."""
    if reject.raw_length > len(reject.raw):
        return Reread([], [], f"only {len(reject.raw)} of its {reject.raw_length} bytes were kept: send the body again")
    if reject.raw.startswith(OBSERVATION):
        try:
            return Reread([decode_observation(line) for line in reject.raw.splitlines()], [])
        except ParkingError as error:
            return Reread([], [], str(error))
    if reject.source == "kafka" and reject.place_id:
        return Reread([], [], raw_key=reject.place_id.encode())
    adapter = ADAPTERS.get(reject.source)
    if adapter is None:
        return Reread([], [], f"no adapter {reject.source} reads it: known are {', '.join(sorted(ADAPTERS))}")
    recorded = clock is ClockBasis.EVENT
    decoded = adapter.decode(reject.raw, tenant=reject.tenant, received_at=reject.rejected_at, recorded=recorded)
    return Reread([_said_later(seen, reject) for seen in decoded.observations], list(decoded.rejects))


def _said_later(seen: Observation, reject: Reject) -> Observation:
    """The same, later than the doubt that stands since it was refused: that has the second of its arrival."""
    if seen.seq or is_unusable(seen):
        return seen
    return msgspec.structs.replace(seen, seq=min(arrival_seq(reject.rejected_at) + 1, 2**32 - 1))
