"""Joins and statuses as network servers pass them on: a device lives, whatever its space does.

A status of ChirpStack also bears battery level and link margin. They are not kept: the sensors' own frames say more.
"""

from datetime import UTC, datetime

import msgspec

from parking.observations import DeviceHeartbeat, make_event_id
from parking.words import RejectReason, TimeBasis
from sensors.bodies import JSON_ERRORS, MAX_DETAIL
from sensors.contract import RecordRefusedError


class _ChirpStackDevice(msgspec.Struct):
    eui: str = msgspec.field(name="devEui")


class _ThingsStackDevice(msgspec.Struct):
    eui: str = msgspec.field(name="dev_eui")


class _LifeSign(msgspec.Struct):
    chirpstack: _ChirpStackDevice | None = msgspec.field(name="deviceInfo", default=None)
    things_stack: _ThingsStackDevice | None = msgspec.field(name="end_device_ids", default=None)
    time: object = None
    received_at: object = None


_life_sign = msgspec.json.Decoder(_LifeSign)


def read_life_sign(body: bytes, *, source: str, tenant: str, received_at: datetime, kind: str) -> DeviceHeartbeat:
    """A heartbeat of the device, at the network's time where it has a sound one, else at arrival.

    Raises RecordRefusedError where the message names no device.
    """
    try:
        sign = _life_sign.decode(body)
    except JSON_ERRORS as error:
        raise RecordRefusedError(
            RejectReason.MALFORMED_BODY, f"this is not a {kind} message: {error}"[:MAX_DETAIL]
        ) from error
    device = sign.chirpstack or sign.things_stack
    eui = device.eui.lower() if device else ""
    if len(eui) != 16 or eui.strip("0123456789abcdef"):
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"a {kind} without a devEUI of 16 hex digits: {eui!r:.40}")
    heard_at = _instant(sign.time if sign.chirpstack else sign.received_at)
    at = heard_at or received_at
    return DeviceHeartbeat(
        event_id=make_event_id(source, eui, at, kind),
        tenant=tenant,
        source=source,
        device_id=eui,
        observed_at=at,
        received_at=received_at,
        time_basis=TimeBasis.GATEWAY if heard_at else TimeBasis.ARRIVAL,
    )


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None
