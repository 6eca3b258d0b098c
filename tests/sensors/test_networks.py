"""Each network's messages: an uplink is read, a blank one is a sign of life, everything else is let by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from parking.observations import DeviceHeartbeat, SpaceObserved
from parking.words import RejectReason, SpaceState
from sensors.contract import RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.receiving import Reading, hear
from sensors.plain import decline
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from sensors.uplink import Aside, LifeSign, MessageKind, Uplink, read_message
from tests.sensors.network_messages import (
    ASIDES,
    EUI,
    HEARD,
    JOINS,
    LORIOT,
    PAYLOADS,
    PORTS,
    STATUSES,
    THINGS_STACK,
    UPLINKS,
    WANESY,
    with_port,
    without,
    written,
)
from tests.support import NOON, TENANT, shared

EACH = pytest.mark.parametrize("network", sorted(UPLINKS))


def read(body: bytes, source: str = "bosch_tps110", now: datetime = NOON) -> Reading:
    with hear(ADAPTERS[source], body, Deduplicator(), TENANT, now) as reading:
        return reading


@EACH
def test_an_uplink_of_any_network_says_the_same(network: str) -> None:
    told = read_message(written(UPLINKS[network]), decline)
    assert isinstance(told, Uplink)
    assert (told.dev_eui, told.f_port, told.f_cnt, told.payload) == (EUI, 1, 7, b"\x01")
    assert (told.heard_at, told.rssi_dbm, "rue" in told.names) == (HEARD, -90, True)
    (seen,) = read(written(UPLINKS[network])).decoded.observations
    assert isinstance(seen, SpaceObserved)
    assert (seen.device_id, seen.state, seen.observed_at) == (EUI, SpaceState.OCCUPIED, HEARD)


ACTILITY_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<DevEUI_uplink xmlns="http://uri.actility.com/lora"><Time>2026-05-04T13:59:58.5+02:00</Time><DevEUI>{EUI.upper()}</DevEUI>
<FPort>1</FPort><FCntUp>7</FCntUp><payload_hex>01</payload_hex><LrrRSSI>-97.0</LrrRSSI><CustomerID>rue</CustomerID>
<Lrrs><Lrr><LrrRSSI>-97.0</LrrRSSI></Lrr><Lrr><LrrRSSI>-90.0</LrrRSSI></Lrr></Lrrs></DevEUI_uplink>"""


def test_thingpark_says_the_same_in_xml() -> None:
    assert read_message(ACTILITY_XML.encode(), decline) == read_message(written(UPLINKS["actility"]), decline)._replace(
        message=ACTILITY_XML.encode()
    )
    (seen,) = read(ACTILITY_XML.encode()).decoded.observations
    assert isinstance(seen, SpaceObserved)
    blank = ACTILITY_XML.replace("<payload_hex>01</payload_hex>", "<payload_hex/>").replace("<FPort>1</FPort>", "")
    (alive,) = read(blank.encode()).decoded.observations
    assert isinstance(alive, DeviceHeartbeat)
    sent = read(b"<DevEUI_downlink_Sent><DevEUI>00</DevEUI></DevEUI_downlink_Sent>")
    assert not any(sent.decoded[:2]), "a downlink says nothing of the sensor"


@pytest.mark.parametrize(
    "body", [b"<", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><DevEUI_uplink/>", b"<DevEUI_uplink/>"]
)
def test_xml_of_nobody_is_refused(body: bytes) -> None:
    with pytest.raises(RecordRefusedError):
        read_message(body, decline)


@EACH
@pytest.mark.parametrize("source", sorted(FRAME_ADAPTERS))
def test_what_is_blank_or_of_the_network_is_a_sign_of_life_for_every_maker(network: str, source: str) -> None:
    uplink = UPLINKS[network]
    blank = [without(uplink, names, null) for names in (PAYLOADS, PORTS, PAYLOADS | PORTS) for null in (False, True)]
    for message in (*blank, *(with_port(uplink, port) for port in (0, 224, 225, 255))):
        reading = read(written(message), source)
        assert [type(seen) for seen in reading.decoded.observations] == [DeviceHeartbeat], message
        assert (list(reading.decoded.rejects), reading.decoded.observations[0].device_id) == ([], EUI)


@EACH
def test_a_null_is_as_a_field_left_out(network: str) -> None:
    nulls = {
        "object": None,
        "strange": None,
        "error": None,
        "location": None,
        "acknowledged": None,
        "join_accept": None,
    }
    assert read(written(nulls | UPLINKS[network])).decoded == read(written(UPLINKS[network])).decoded


@pytest.mark.parametrize("network", sorted(JOINS))
def test_a_join_is_known_by_its_body_and_begins_a_new_count(network: str) -> None:
    body, known = written(JOINS[network]), Deduplicator()
    told = read_message(body)
    assert isinstance(told, LifeSign)
    assert (told.kind, told.dev_eui) == (MessageKind.JOIN, EUI)
    for message in (UPLINKS["chirpstack"], JOINS[network]):
        with hear(ADAPTERS["placepod"], written(message), known, TENANT, NOON) as reading:
            assert not reading.is_duplicate
    with hear(ADAPTERS["bosch_tps110"], written(UPLINKS["chirpstack"] | {"fCnt": 90}), known, TENANT, NOON) as reading:
        assert reading.missed == 0


@pytest.mark.parametrize("network", sorted(STATUSES))
def test_a_status_is_known_by_its_body(network: str) -> None:
    told = read_message(written(STATUSES[network]))
    assert isinstance(told, LifeSign)
    assert (told.kind, told.dev_eui) == (MessageKind.STATUS, EUI)


@pytest.mark.parametrize("what", sorted(ASIDES))
def test_what_says_nothing_of_a_sensor_is_let_by(what: str) -> None:
    body = written(ASIDES[what])
    assert isinstance(read_message(body), Aside)
    reading = read(body)
    assert (reading.decoded[:2], bool(reading.aside)) == (((), ()), True)
    (reject,) = ADAPTERS["bosch_tps110"].decode(body, tenant=TENANT, received_at=NOON, recorded=True).rejects
    assert "says nothing of a sensor" in reject.detail, "in a file it is told which line that was"


@pytest.mark.parametrize(
    "message",
    [
        WANESY | {"encrypted": True},
        {name: value for name, value in LORIOT.items() if name != "data"} | {"encdata": "ff"},
        THINGS_STACK | {"uplink_message": THINGS_STACK["uplink_message"] | {"app_s_key": {"key": "AQ=="}}},
        {"DevEUI_uplink": UPLINKS["actility"]["DevEUI_uplink"] | {"payload_encryption": "1"}},
    ],
)
def test_a_payload_that_is_still_encrypted_is_no_state_and_says_what_to_do(message: dict) -> None:
    (reject,) = read(written(message)).decoded.rejects
    assert (reject.reason, reject.device_id) == (RejectReason.MALFORMED_RECORD, EUI)
    assert "AppSKey" in reject.detail


@EACH
def test_what_is_wrong_with_a_field_is_said_with_the_device_and_the_application(network: str) -> None:
    for message in (with_port(UPLINKS[network], 300), with_port(UPLINKS[network], -1)):
        with pytest.raises(RecordRefusedError) as refusal:
            read_message(written(message))
        assert (refusal.value.reason, refusal.value.device_id) == (RejectReason.WRONG_TYPE, EUI)
        assert "rue" in refusal.value.names


@pytest.mark.parametrize("message", [{}, {"uplink": 1}, {"deviceInfo": None}, {"end_device_ids": {"device_id": "x"}}])
def test_a_message_of_nobody_says_who_is_known(message: dict) -> None:
    with pytest.raises(RecordRefusedError) as refusal:
        read_message(json.dumps(message).encode())
    assert refusal.value.reason in (RejectReason.MALFORMED_BODY, RejectReason.MISSING_FIELD)


@pytest.mark.parametrize(
    ("name", "source", "state"),
    [
        ("11-ttn-blank-uplink", "placepod", None),
        ("12a-ttn-fport0-libelium-11-bytes", "libelium_parking", None),
        ("12b-ttn-fport0-placepod", "placepod", None),
        ("14a-chirpstack-v4-data-null", "bosch_tps110", None),
        ("14b-chirpstack-v4-mac-only", "nwave_nps405", None),
        ("15a-chirpstack-v3-json", "bosch_tps110", SpaceState.OCCUPIED),
        ("15c-actility-thingpark-deveui-uplink", "bosch_tps110", SpaceState.OCCUPIED),
    ],
)
def test_the_cases_from_the_field(name: str, source: str, state: SpaceState | None) -> None:
    now = datetime(2026, 11, 27, 14, tzinfo=UTC)
    reading = read(shared(f"field/{name}.json").read_bytes(), source, now)
    (seen,) = reading.decoded.observations
    assert not reading.decoded.rejects
    assert getattr(seen, "state", None) is state
    assert isinstance(seen, SpaceObserved if state else DeviceHeartbeat)
    assert now - timedelta(minutes=2) < seen.observed_at < now
