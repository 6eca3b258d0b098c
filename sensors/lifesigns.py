"""Joins and statuses as network servers pass them on: a device lives, whatever its space does.

A status of ChirpStack also bears battery level and link margin. They are not kept: the sensors' own frames say more.
"""

from datetime import datetime

from parking.observations import DeviceHeartbeat, make_event_id
from parking.words import TimeBasis
from sensors.uplink import LifeSign


def heartbeat_of(sign: LifeSign, *, source: str, tenant: str, received_at: datetime) -> DeviceHeartbeat:
    """A heartbeat of the device, at the network's time where it has a sound one, else at arrival."""
    at = sign.heard_at or received_at
    return DeviceHeartbeat(
        event_id=make_event_id(source, sign.dev_eui, at, sign.kind),
        tenant=tenant,
        source=source,
        device_id=sign.dev_eui,
        observed_at=at,
        received_at=received_at,
        time_basis=TimeBasis.ARRIVAL if sign.heard_at is None else TimeBasis.GATEWAY,
    )
