"""What all ground sensors share: envelopes, order, lost uplinks, bodies; and that no bytes leave it by an exception."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Device
from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.spaces import slots
from parking.fold.state import EMPTY
from parking.observations import DeviceStarted, SpaceObserved
from parking.words import Basis, RejectReason, SpaceState, TimeBasis
from sensors.frames import FrameContent, observe, unreadable
from sensors.fuzzing import is_accounted_for
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from sensors.uplink import Uplink
from tests.sensors.uplinks import ARRIVED, EUI, chirpstack, hear, kinds, state, things_stack
from tests.support import NOON, shared, zone

STARTS = {
    "bosch_tps110": (3, "240300007503000000000000001D020301"),
    "nwave_nps405": (3, "0204090201"),
    "nwave_nps310sm": (3, "010D000201"),
    "placepod": (1, "3F0101156601"),
    "libelium_parking": (1, "840106160801010100014B"),
    "tekzipark": (1, "A21502"),
}
every_sensor = pytest.mark.parametrize("source", sorted(FRAME_ADAPTERS))


def space_of(source: str, observations) -> SpaceState:
    place = zone(1, devices=(Device(source=source, id=EUI, slot=0, valid_for_s=3600),))
    held = EMPTY
    for seen in observations:
        held = register(held, seen, place, None)
    conclude(held, place, NOON)
    return next(slots(held.spaces, 1)).state


def read(body: bytes, recorded: bool = False, source: str = "bosch_tps110"):
    return ADAPTERS[source].decode(body, tenant="t", received_at=ARRIVED, recorded=recorded)


def test_a_frame_that_was_refused_and_is_read_by_now_says_its_state_in_whatever_order() -> None:
    info, uplink = ADAPTERS["bosch_tps110"].INFO, Uplink(EUI, 1, 7, b"\x00", NOON)

    def refuse(_: Uplink) -> FrameContent:
        raise unreadable("not known yet")

    def read_it(_: Uplink) -> FrameContent:
        return FrameContent(state=SpaceState.FREE)

    refused, again = (observe(info, uplink, how, "t", ARRIVED).observations for how in (refuse, read_it))
    assert space_of("bosch_tps110", refused) is SpaceState.UNKNOWN
    assert space_of("bosch_tps110", refused + again) is SpaceState.FREE
    assert space_of("bosch_tps110", again + refused) is SpaceState.FREE


@every_sensor
@settings(max_examples=300, deadline=None)
@given(payload=st.binary(max_size=40), port=st.integers(0, 255), missed=st.integers(0, 2), where=st.integers(0, 319))
def test_any_bytes_on_any_port_return_and_each_is_accounted_for(
    source: str, payload: bytes, port: int, missed: int, where: int
) -> None:
    uplink = Uplink(EUI, port, 7, payload, NOON, missed=missed)
    decoded = FRAME_ADAPTERS[source].decode_frame(uplink, tenant="t", received_at=ARRIVED)
    assert decoded.observations or decoded.rejects
    assert all(reject.raw == payload for reject in decoded.rejects)
    for seen in decoded.observations:
        assert codec.decode_observation(codec.encode_event(seen)) == seen
    assert len({seen.event_id for seen in decoded.observations}) == len(decoded.observations)
    if payload:
        assert is_accounted_for(FRAME_ADAPTERS[source], uplink, decoded, where % (8 * len(payload)), ARRIVED)


@pytest.mark.parametrize("source", sorted(STARTS))
def test_a_start_with_a_state_leaves_the_state_whatever_their_order(source: str) -> None:
    port, payload = STARTS[source]
    decoded = hear(source, payload, port)
    assert kinds(decoded) == ["DeviceStarted", "SpaceObserved"]
    for observations in (decoded.observations, decoded.observations[::-1]):
        assert space_of(source, observations) is SpaceState.OCCUPIED
    lone = [seen for seen in decoded.observations if isinstance(seen, DeviceStarted)]
    assert space_of(source, lone) is SpaceState.UNKNOWN


def test_the_envelope_is_the_uplinks() -> None:
    (seen,) = hear("bosch_tps110", "01", f_cnt=9, rssi_dbm=-97).observations
    assert (seen.device_id, seen.seq, seen.observed_at, seen.received_at) == (EUI, 9, NOON, ARRIVED)
    assert seen.time_basis is TimeBasis.GATEWAY
    assert seen.diagnostics.rssi_dbm == -97


def test_without_the_networks_time_it_is_the_arrival_and_says_so() -> None:
    (seen,) = hear("bosch_tps110", "01", heard_at=None).observations
    assert (seen.observed_at, seen.time_basis) == (ARRIVED, TimeBasis.ARRIVAL)


def test_a_gateway_that_is_ahead_is_refused() -> None:
    decoded = hear("bosch_tps110", "01", heard_at=ARRIVED + timedelta(minutes=6))
    assert not decoded.observations
    assert (decoded.rejects[0].reason, decoded.rejects[0].device_id) == (RejectReason.FUTURE_TIME, EUI)


def test_one_uplink_through_two_networks_is_one_event() -> None:
    first, second = read(chirpstack("01", 1)).observations[0], read(things_stack("01", 1)).observations[0]
    assert first.event_id == second.event_id
    assert first.observed_at != second.observed_at
    others = (chirpstack("01", 1, f_cnt=8), chirpstack("00", 1), chirpstack("01", 2))
    assert len({read(body).observations[0].event_id for body in (chirpstack("01", 1), *others)}) == 4


def test_a_lost_uplink_is_repaired_from_the_minutes_in_the_state_before() -> None:
    repaired, seen = hear("nwave_nps405", "95", missed=1).observations
    assert isinstance(repaired, SpaceObserved)
    assert (repaired.state, repaired.basis) == (SpaceState.FREE, Basis.DERIVED)
    assert repaired.observed_at == NOON - timedelta(minutes=74)
    assert (seen.state, seen.basis, seen.observed_at) == (SpaceState.OCCUPIED, Basis.COUNTED, NOON)
    assert repaired.event_id != seen.event_id
    assert seen == hear("nwave_nps405", "95").observations[0], "its own event is the same, repaired or not"
    assert space_of("nwave_nps405", [seen, repaired]) is SpaceState.OCCUPIED


@pytest.mark.parametrize(
    ("code", "minutes"), [(0, None), (1, 1), (89, 89), (90, 90), (119, 235), (120, None), (126, None), (127, None)]
)
def test_only_minutes_that_are_exact_enough_repair(code: int, minutes: int | None) -> None:
    decoded = hear("nwave_nps405", bytes([code << 1]), missed=3)
    derived = [seen for seen in decoded.observations if seen.basis is Basis.DERIVED]
    assert [NOON - seen.observed_at for seen in derived] == ([] if minutes is None else [timedelta(minutes=minutes)])
    assert all(seen.state is SpaceState.OCCUPIED for seen in derived)


def test_nothing_is_repaired_where_nothing_was_lost_or_no_change_was_sent() -> None:
    assert len(hear("nwave_nps405", "95").observations) == 1
    assert len(hear("nwave_nps405", "D1201F345678", 10, missed=1).observations) == 1
    assert len(hear("nwave_nps310sm", "01", missed=1).observations) == 1


def test_a_body_is_one_message_or_one_a_line() -> None:
    lines = b"\n".join([chirpstack("01", 1), b"", things_stack("00", 1, 8), b"{torn", chirpstack("0102", 1, 9)])
    decoded = read(lines + b"\r\n")
    assert [seen.state for seen in decoded.usable] == ["occupied", "free"]
    assert [reject.raw for reject in decoded.rejects] == [b"{torn", chirpstack("0102", 1, 9)]
    spread = chirpstack("01", 1).replace(b",", b",\n")
    assert state(read(spread)) is SpaceState.OCCUPIED


def test_a_rejected_message_can_be_decoded_again_alone() -> None:
    reject = read(chirpstack("01", 77)).rejects[0]
    assert reject.reason is RejectReason.UNKNOWN_STATUS
    assert read(reject.raw).rejects == [reject]


def test_a_frame_read_in_part_keeps_its_message_too() -> None:
    message = chirpstack("050002060000376600", 2)
    decoded = read(message, source="placepod")
    assert state(decoded) is SpaceState.FREE
    (reject,) = decoded.rejects
    assert (reject.raw, reject.device_id, reject.rejected_at) == (message, EUI, ARRIVED)


def test_a_torn_message_is_one_reject_with_all_its_bytes() -> None:
    torn = chirpstack("01", 1).replace(b",", b",\n")[:-9]
    decoded = read(torn)
    assert [(reject.reason, reject.raw) for reject in decoded.rejects] == [(RejectReason.MALFORMED_BODY, torn)]


def test_a_recorded_uplink_arrived_when_it_was_heard() -> None:
    decoded = read(chirpstack("01", 1), recorded=True)
    assert decoded.observations[0].received_at == decoded.ends_at == NOON


def test_the_recorded_messages_of_both_servers_are_read() -> None:
    (seen,) = read(shared("sensor_payloads/chirpstack_v4_up_event.json").read_bytes(), recorded=True).observations
    assert (seen.device_id, seen.state, seen.diagnostics.rssi_dbm) == ("0101010101010101", SpaceState.FREE, -36)
    assert seen.diagnostics.more == {"reserved_bits": 0xAA >> 1}
    decoded = read(shared("sensor_payloads/ttn_v3_uplink_message.json").read_bytes(), recorded=True)
    assert kinds(decoded) == ["DeviceHeartbeat"], "it leaves out its port, which is then 0: the network's own"
    for event in ("chirpstack_v4_join_event", "chirpstack_v4_status_event", "ttn_v3_join_accept"):
        decoded = read(shared(f"sensor_payloads/{event}.json").read_bytes(), recorded=True)
        assert (kinds(decoded), decoded.rejects) == (["DeviceHeartbeat"], [])


@pytest.mark.parametrize("field", ["time", "fCnt", "fPort", "data", "deduplicationId"])
@pytest.mark.parametrize("shape", ["[", '{"a":'])
def test_a_value_nested_as_deep_as_can_be_costs_its_message_alone(field: str, shape: str) -> None:
    closing = {"[": "]", '{"a":': "}"}[shape]
    for depth in range(880, 1030):
        nest = shape * depth + "1" + closing * depth
        body = f'{{"deviceInfo":{{"devEui":"{EUI}"}},"{field}":{nest}}}'.encode()
        decoded = FRAME_ADAPTERS["bosch_tps110"].decode(body, tenant="t", received_at=ARRIVED, recorded=False)
        assert len(decoded.usable) + len(decoded.rejects) == 1


def test_an_uplink_made_up_at_a_console_is_labelled() -> None:
    body = json.dumps(json.loads(things_stack("01", 1)) | {"simulated": True}).encode()
    (seen,) = FRAME_ADAPTERS["bosch_tps110"].decode(body, tenant="t", received_at=ARRIVED, recorded=False).observations
    assert seen.simulated


def test_a_gateway_whose_clock_lost_its_year_is_told_so() -> None:
    late = hear("bosch_tps110", "01", heard_at=datetime(2000, 1, 1, tzinfo=UTC))
    assert [reject.reason for reject in late.rejects] == [RejectReason.BAD_TIME]
    assert hear("bosch_tps110", "01", heard_at=ARRIVED - timedelta(days=6)).observations, "a broker's backlog"
