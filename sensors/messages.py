"""A body of network server messages as what their frames say: one message, or one a line."""

from datetime import datetime
from typing import Protocol

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS, require_size
from sensors.contract import Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.lifesigns import heartbeat_of
from sensors.uplink import MAX_UPLINK_BYTES, Aside, LifeSign, Uplink, read_message

_object = msgspec.json.Decoder(dict[str, object])


class DecodeFrame(Protocol):
    """``decode_frame`` of sensors.uplink.FrameAdapter."""

    def __call__(self, uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
        """What one frame says."""


def decode_messages(
    info: SourceInfo, decode_frame: DecodeFrame, body: bytes, tenant: str, received_at: datetime, recorded: bool
) -> Decoded:
    """All uplinks of a body: one message, or one a line. A reject has its message's bytes, to be decoded again alone.

    With ``recorded`` an uplink arrived when the network heard it, where it says.
    """
    ledger = Ledger(tenant, info.id, received_at)
    heard: list[datetime] = []
    for message in ledger.split(body, _split, exact=True) or ():
        try:
            told = read_message(message)
            if isinstance(told, Aside):
                raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, f"{told.what} says nothing of a sensor: left out")
        except RecordRefusedError as error:
            ledger.end_number(error, None if recorded else received_at)
            ledger.refuse(error, message)
            continue
        arrived_at = (told.heard_at if recorded else None) or received_at
        heard.append(arrived_at)
        if isinstance(told, LifeSign):
            beat = heartbeat_of(told, source=info.id, tenant=tenant, received_at=arrived_at)
            ledger.observations.append(beat)
            continue
        decoded = decode_frame(told, tenant=tenant, received_at=arrived_at)
        ledger.observations.extend(decoded.observations)
        ledger.rejects.extend(decoded.rejects)
    return ledger.decoded(max(heard, default=None))


def _split(body: bytes) -> list[bytes]:
    """The messages of a body. A message may be spread over lines, and then it is the only one."""
    require_size(body)
    lines = [line for raw in body.split(b"\n") if (line := raw.strip())]
    if len(lines) > 1 and not _is_object(body) and any(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        return lines
    return [body]


def _is_object(body: bytes) -> bool:
    if len(body) > MAX_UPLINK_BYTES:
        return False
    try:
        _object.decode(body)
    except JSON_ERRORS:
        return False
    return True
