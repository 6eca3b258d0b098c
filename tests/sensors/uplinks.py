"""Uplinks for the tests of ground sensors, and the recorded vectors of their makers."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import msgspec

from parking.observations import SpaceObserved, is_unusable
from parking.words import SpaceState
from sensors.contract import Decoded
from sensors.makes import says_a_number
from sensors.registry import FRAME_ADAPTERS
from sensors.uplink import Uplink
from tests.support import NOON, shared

EUI = "00db1a2b3c4d5e6f"
ARRIVED = NOON + timedelta(seconds=2)


def hear(source: str, payload: str | bytes, port: int = 1, **more: Any) -> Decoded:
    """What a sensor's adapter makes of one frame, heard at noon.

    One that it refuses must say that its sensor is not to be believed from then on; that is left out here.
    """
    data = bytes.fromhex(payload) if isinstance(payload, str) else payload
    uplink = Uplink(EUI, port, 7, data, NOON)._replace(**more)
    decoded = FRAME_ADAPTERS[source].decode_frame(uplink, tenant="t", received_at=ARRIVED)
    said = decoded.usable
    doubts = [(seen.device_id, seen.seq) for seen in decoded.observations if is_unusable(seen)]
    assert doubts == ([] if said else [(EUI, uplink.f_cnt)])
    return decoded._replace(observations=said)


def kinds(decoded: Decoded) -> list[str]:
    """The types of the observations, in their total order."""
    return [type(seen).__name__ for seen in sorted(decoded.observations, key=lambda seen: seen.order)]


def state(decoded: Decoded) -> SpaceState | None:
    """The state in it, if there is one."""
    return next((seen.state for seen in decoded.observations if isinstance(seen, SpaceObserved)), None)


def told(decoded: Decoded) -> dict[str, Any]:
    """All diagnostics of the last observation, the maker's beside ours."""
    diagnostics = decoded.observations[-1].diagnostics
    known: dict[str, Any] = msgspec.structs.asdict(diagnostics) if diagnostics else {"more": {}}
    more = known.pop("more")
    return {name: value for name, value in known.items() if value is not None} | more


def chirpstack(payload: str, port: int, f_cnt: int = 7, **more: Any) -> bytes:
    """A message of ChirpStack v4, in its shape."""
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    message = {"time": NOON.isoformat(), "deviceInfo": {"devEui": EUI}, "fCnt": f_cnt, "fPort": port, "data": data}
    return json.dumps(message | more).encode()


def things_stack(payload: str, port: int, f_cnt: int = 7) -> bytes:
    """A message of The Things Stack v3, in its shape."""
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    uplink = {"f_port": port, "f_cnt": f_cnt, "frm_payload": data, "received_at": ARRIVED.isoformat()}
    return json.dumps({"end_device_ids": {"dev_eui": EUI.upper()}, "uplink_message": uplink}).encode()


def vectors(*sensors: str) -> list[dict[str, Any]]:
    """The recorded vectors of these sensors, or a skip."""
    rows: list[dict[str, Any]] = json.loads(shared("sensor_payloads/test_vectors.json").read_text())
    return [row for row in rows if row["sensor"] in sensors]


def refused(decoded: Decoded) -> bool:
    """Whether a frame was kept out as a whole: it has a reject, and nothing of it tells of a space or a lane."""
    return len(decoded.rejects) == 1 and not says_a_number(decoded)
