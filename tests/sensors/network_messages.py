"""One uplink as each network's server writes it: port 1, count 7, payload 01, heard two seconds before noon."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

EUI = "00aabbccddeeff01"
HEARD = datetime(2026, 5, 4, 11, 59, 58, 500_000, UTC)
_MS = round(HEARD.timestamp() * 1000)

CHIRPSTACK: dict[str, Any] = {
    "deduplicationId": "d-1", "time": "2026-05-04T11:59:58.5+00:00", "dr": 5, "fCnt": 7, "fPort": 1,
    "devAddr": "00189440",
    "deviceInfo": {"applicationName": "rue", "deviceProfileName": "Capteur de présence", "devEui": EUI, "tags": None},
    "data": "AQ==", "object": None, "rxInfo": [{"gatewayId": "g", "rssi": -90}, {"rssi": None}, None],
}  # fmt: skip
CHIRPSTACK_V3: dict[str, Any] = {
    "applicationID": "1", "applicationName": "rue", "deviceName": "bay", "devEUI": EUI, "fCnt": 7, "fPort": 1,
    "rxInfo": [{"gatewayID": "g", "uplinkID": "d-1", "time": "2026-05-04T11:59:58.5Z", "rssi": -90, "loRaSNR": 9.8}],
    "txInfo": {"frequency": 868100000, "dr": 5}, "adr": True, "data": "AQ==", "object": None,
}  # fmt: skip
CHIRPSTACK_V3_PROTOBUF = CHIRPSTACK_V3 | {"devEUI": "AKq7zN3u/wE=", "applicationID": 1}
RAK = CHIRPSTACK_V3 | {"data": "01", "data_encode": "hexstring"}
THINGS_STACK: dict[str, Any] = {
    "end_device_ids": {"device_id": "bay", "application_ids": {"application_id": "rue"}, "dev_eui": EUI.upper()},
    "correlation_ids": ["as:up:1", "gs:uplink:d-1"], "received_at": "2026-05-04T11:59:59Z",
    "uplink_message": {
        "session_key_id": "k", "f_port": 1, "f_cnt": 7, "frm_payload": "AQ==", "decoded_payload": None,
        "rx_metadata": [{"rssi": -90}], "received_at": "2026-05-04T11:59:58.5Z",
    },
}  # fmt: skip
ACTILITY: dict[str, Any] = {
    "DevEUI_uplink": {
        "Time": "2026-05-04T13:59:58.5+02:00", "DevEUI": EUI.upper(), "FPort": "1", "FCntUp": "7", "payload_hex": "01",
        "LrrRSSI": "-97.000000", "Lrrs": {"Lrr": [{"Lrrid": "1", "LrrRSSI": "-90.000000"}]}, "CustomerID": "rue",
    },
}  # fmt: skip
ACTILITY_NUMBERS = {"DevEUI_uplink": ACTILITY["DevEUI_uplink"] | {"FPort": 1, "FCntUp": 7, "LrrRSSI": -90.2}}
LIVE_OBJECTS: dict[str, Any] = {
    "type": "dataMessage", "id": "d-1", "streamId": f"urn:lo:nsid:lora:{EUI.upper()}",
    "timestamp": "2026-05-04T11:59:58.5Z",
    "model": "lora_v0", "value": {"port": 1, "fcnt": 7, "payload": "01"}, "tags": [],
    "metadata": {
        "connector": "lora", "source": f"urn:lo:nsid:lora:{EUI.upper()}", "group": {"id": "root", "path": "rue"},
        "network": {"lora": {"devEUI": EUI.upper(), "port": 1, "fcnt": 7, "rssi": -90,
                             "messageType": "UNCONFIRMED_DATA_UP"}},
    },
}  # fmt: skip
WANESY: dict[str, Any] = {
    "id": "d-1", "endDevice": {"devEui": EUI.upper(), "devAddr": "02597230", "cluster": {"id": 1422, "name": "rue"}},
    "fPort": 1, "fCntDown": 2, "fCntUp": 7, "adr": False, "encrypted": False, "payload": "01", "encodingType": "HEXA",
    "recvTime": _MS + 200, "gwRecvTime": _MS, "gwInfo": [{"gwEui": "g", "rssi": -90, "latitude": None}],
}  # fmt: skip
LORIOT: dict[str, Any] = {
    "cmd": "gw", "seqno": 12, "EUI": EUI.upper(), "ts": _MS, "fcnt": 7, "port": 1, "data": "01", "bat": 255,
    "appid": "rue",
    "gws": [{"rssi": -90, "snr": 9, "gweui": "g"}, {"rssi": -97}],
}  # fmt: skip
HELIUM: dict[str, Any] = {
    "type": "uplink", "app_eui": "0", "dev_eui": EUI.upper(), "fcnt": 7, "port": 1, "payload": "AQ==",
    "hotspots": [{"name": "h", "rssi": -90.0, "reported_at": _MS}], "reported_at": _MS, "uuid": "d-1", "decoded": None,
    "metadata": {"labels": [{"id": "l", "name": "rue"}]},
}  # fmt: skip

UPLINKS: dict[str, dict[str, Any]] = {
    "chirpstack": CHIRPSTACK, "chirpstack_v3": CHIRPSTACK_V3, "chirpstack_v3_protobuf": CHIRPSTACK_V3_PROTOBUF,
    "rak": RAK,
    "things_stack": THINGS_STACK, "actility": ACTILITY, "actility_numbers": ACTILITY_NUMBERS,
    "live_objects": LIVE_OBJECTS, "wanesy": WANESY, "loriot": LORIOT, "helium": HELIUM,
}  # fmt: skip
PAYLOADS = frozenset({"data", "frm_payload", "payload_hex", "payload", "encodingType"})
PORTS = frozenset({"fPort", "f_port", "FPort", "port"})

_CHIRPSTACK_DEVICE = {"deviceInfo": CHIRPSTACK["deviceInfo"], "time": "2026-05-04T11:59:58.5Z"}
_V3_DEVICE = {"applicationID": "1", "devEUI": EUI, "deviceName": "bay"}
_THINGS_DEVICE = {"end_device_ids": THINGS_STACK["end_device_ids"], "received_at": "2026-05-04T11:59:58.5Z"}

JOINS: dict[str, dict[str, Any]] = {
    "chirpstack": _CHIRPSTACK_DEVICE | {"deduplicationId": "j", "devAddr": "00189440"},
    "chirpstack_v3": _V3_DEVICE | {"devAddr": "00189440", "rxInfo": [{"time": None}], "txInfo": {}},
    "things_stack": _THINGS_DEVICE | {"join_accept": {"session_key_id": "k"}},
    "actility": {"DevEUI_notification": {"Time": "2026-05-04T13:59:58+02:00", "DevEUI": EUI, "Type": "join"}},
    "live_objects": LIVE_OBJECTS | {"metadata": {"network": {"lora": {"devEUI": EUI, "messageType": "JOIN_REQUEST"}}}},
    "loriot": {"cmd": "join", "EUI": EUI, "ts": _MS},
    "helium": {"type": "join", "dev_eui": EUI, "reported_at": _MS},
}  # fmt: skip
STATUSES: dict[str, dict[str, Any]] = {
    "chirpstack": _CHIRPSTACK_DEVICE | {"margin": 7, "batteryLevel": 80.5},
    "chirpstack_v3": _V3_DEVICE | {"margin": 7, "externalPowerSource": False, "batteryLevelUnavailable": True},
}
ASIDES: dict[str, dict[str, Any]] = {
    **{name: _THINGS_DEVICE | {name: {"session_key_id": "k", "f_port": 1, "f_cnt": 3, "frm_payload": "AQ=="}}
       for name in ("downlink_ack", "downlink_nack", "downlink_sent", "downlink_queued", "downlink_failed",
                    "downlink_queue_invalidated", "location_solved", "service_data", "uplink_normalized")},
    "ack": _CHIRPSTACK_DEVICE | {"queueItemId": "q", "acknowledged": True, "fCntDown": 3},
    "txack": _CHIRPSTACK_DEVICE | {"downlinkId": 7, "queueItemId": "q", "gatewayId": "g", "txInfo": {}},
    "log": _CHIRPSTACK_DEVICE | {"level": "ERROR", "code": "UPLINK_F_CNT_RESET", "description": "reset"},
    "location": _CHIRPSTACK_DEVICE | {"location": {"latitude": 47.2}},
    "integration": _CHIRPSTACK_DEVICE | {"integrationName": "LoRaCloud", "object": {}},
    "v3 ack": _V3_DEVICE | {"acknowledged": True, "fCnt": 12},
    "v3 error": _V3_DEVICE | {"type": "UPLINK_FCNT_RETRANSMISSION", "error": "counter", "fCnt": 12},
    "v3 txack": _V3_DEVICE | {"gatewayID": "g", "fCnt": 12, "txInfo": {}},
    "DevEUI_downlink_Sent": {"DevEUI_downlink_Sent": {"DevEUI": EUI, "FPort": "1"}},
    "DevEUI_location": {"DevEUI_location": {"DevEUI": EUI, "DevLAT": "47.2"}},
    "dataDown": {"id": "q", "endDevice": {"devEui": EUI}, "status": "OK", "fCntDn": 7, "payload": "01", "fPort": 1},
    "txd": {"cmd": "txd", "EUI": EUI, "seqdn": 7},
    "deviceCreated": {"type": "deviceCreated", "streamId": "events"},
    "helium downlink": {"type": "downlink", "dev_eui": EUI},
}  # fmt: skip


def written(message: object) -> bytes:
    """As its server sends it."""
    return json.dumps(message, ensure_ascii=False).encode()


def without(message: object, names: frozenset[str], null: bool = False) -> Any:
    """The message with these fields left out, or null, however deep they stand."""
    if isinstance(message, dict):
        kept = {key: without(value, names, null) for key, value in message.items() if key not in names}
        return kept | ({key: None for key in message if key in names} if null else {})
    return [without(one, names, null) for one in message] if isinstance(message, list) else message


def now_in(message: object) -> Any:
    """The message as of this moment: what is older than a week is of a gateway without a clock."""
    if isinstance(message, dict):
        return {key: now_in(value) for key, value in message.items()}
    is_time = isinstance(message, str) and message.startswith("2026-05-04T")
    return datetime.now(UTC).isoformat() if is_time else message


def with_port(message: object, port: int) -> Any:
    """The message on another port."""
    if isinstance(message, dict):
        return {key: port if key in PORTS else with_port(value, port) for key, value in message.items()}
    return message
