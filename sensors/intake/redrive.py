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
        return _reread_observations(reject)
    if reject.source == "kafka" and reject.place_id:
        return Reread([], [], raw_key=reject.place_id.encode())
    adapter = ADAPTERS.get(reject.source)
    if adapter is None:
        return Reread([], [], f"no adapter {reject.source} reads it: known are {', '.join(sorted(ADAPTERS))}")
    recorded = clock is ClockBasis.EVENT
    decoded = adapter.decode(reject.raw, tenant=reject.tenant, received_at=reject.rejected_at, recorded=recorded)
    return Reread([_said_later(seen, reject) for seen in decoded.observations], list(decoded.rejects))


def _reread_observations(reject: Reject) -> Reread:
    """Observations, where they are of the source and city that the reject is of.

    Whoever sends a body that looks like one gets it among the rejects of their own source, and no further: else it
    would be the word of whomever it names, a person's at the desk too.
    """
    try:
        seen = [decode_observation(line) for line in reject.raw.splitlines()]
    except ParkingError as error:
        return Reread([], [], str(error))
    strange = next((one for one in seen if (one.source, one.tenant) != (reject.source, reject.tenant)), None)
    if strange is None or reject.source == "kafka":  # what stood in the log was let in before
        return Reread(seen, [])
    told = f"{strange.source!r:.60} of city {strange.tenant!r:.60}"
    whose = f"{reject.source} of city {reject.tenant}"
    return Reread([], [], f"its bytes say that they are of {told}, and {whose} sent them: it is not sent again")


def _said_later(seen: Observation, reject: Reject) -> Observation:
    """The same, later than the doubt that stands since it was refused: that has the second of its arrival."""
    if seen.seq or is_unusable(seen):
        return seen
    return msgspec.structs.replace(seen, seq=min(arrival_seq(reject.rejected_at) + 1, 2**32 - 1))
