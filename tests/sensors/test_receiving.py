"""A message on its way to its adapter: routed, held to its pace, read once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from aiomqtt import Topic
from hypothesis import given
from hypothesis import strategies as st

from parking.observations import DeviceHeartbeat
from parking.words import RejectReason, TimeBasis
from sensors.contract import Adapter, Decoded
from sensors.intake.deduplication import Deduplicator
from sensors.intake.flood import Admission, FloodGuard
from sensors.intake.receiving import MAX_MESSAGE_BYTES, Reading, hear, look_into
from sensors.intake.routing import RouteError, Server, kind_of, read_routes
from sensors.plain import decline
from sensors.sources.counter import adapter as counter
from sensors.uplink import MAX_UPLINK_BYTES, MessageKind, read_uplink
from tests.sensors.listening import EUI, FakeSensor, chirpstack, plain_adapter, things_stack, topic
from tests.support import NOON, TENANT


def read(
    body: bytes, known: Deduplicator | None = None, kind: MessageKind = MessageKind.UP, sensor: FakeSensor | None = None
) -> Reading:
    known = Deduplicator() if known is None else known
    with hear(sensor or FakeSensor(), body, known, TENANT, NOON, kind) as reading:
        return reading


def test_what_did_not_reach_kafka_is_not_known_and_comes_again() -> None:
    known = Deduplicator()
    with pytest.raises(ConnectionError), hear(FakeSensor(), chirpstack(), known, TENANT, NOON):
        raise ConnectionError
    assert not read(chirpstack(), known).is_duplicate
    assert read(chirpstack(), known).is_duplicate


def read_other(adapter: Adapter, body: bytes) -> Decoded:
    with hear(adapter, body, Deduplicator(), TENANT, NOON) as reading:
        return reading.decoded


@pytest.mark.parametrize("server", [chirpstack, things_stack])
def test_an_uplink_of_either_server_is_read_once(server) -> None:
    known = Deduplicator()
    assert len(read(server(), known).decoded.observations) == 1
    again = read(server(), known)
    assert again.is_duplicate
    assert again.decoded == ((), (), None)


@pytest.mark.parametrize("server", [chirpstack, things_stack])
def test_the_first_uplink_leaves_its_counter_out_and_is_number_0(server) -> None:
    assert b"Cnt" not in server(0)
    sensor = FakeSensor()
    read(server(0), sensor=sensor)
    assert sensor.heard[0].f_cnt == 0


def test_an_adapter_is_told_what_was_lost_before() -> None:
    sensor, known = FakeSensor(), Deduplicator()
    for n in (4, 5, 9):
        read(chirpstack(n), known, sensor=sensor)
    assert [one.missed for one in sensor.heard] == [0, 0, 3]


def test_a_made_up_device_is_labelled_and_its_uplinks_are_counted_all_the_same() -> None:
    device = {"devEui": EUI, "tags": {"simulated": "true"}}
    sensor, known = FakeSensor(), Deduplicator()
    for n in (4, 4, 9):
        read(chirpstack(n, deviceInfo=device), known, sensor=sensor)
    assert [(one.is_simulated, one.f_cnt, one.missed) for one in sensor.heard] == [(True, 4, 0), (True, 9, 4)]


@pytest.mark.parametrize("tags", [None, "simulated", ["simulated"], {"simulated": "false"}, {"simulated": True}, {}])
def test_only_the_tag_itself_makes_a_device_simulated(tags) -> None:
    assert not read_uplink(chirpstack(deviceInfo={"devEui": EUI, "tags": tags})).is_simulated


def test_an_uplink_from_a_console_has_no_counter() -> None:
    sensor, known = FakeSensor(), Deduplicator()
    from_console = json.dumps(json.loads(things_stack(40)) | {"simulated": True}).encode()
    for body in (things_stack(4), from_console, from_console, things_stack(5)):
        read(body, known, sensor=sensor)
    assert [(one.f_cnt, one.is_simulated, one.missed) for one in sensor.heard] == [
        (4, False, 0), (40, True, 0), (40, True, 0), (5, False, 0),
    ]  # fmt: skip


def test_a_join_is_a_heartbeat_and_begins_a_new_count() -> None:
    sensor, known = FakeSensor(), Deduplicator()
    read(chirpstack(4), known, sensor=sensor)
    join = {"end_device_ids": {"dev_eui": EUI.upper()}, "join_accept": {}, "received_at": "2026-05-04T11:00:00Z"}
    [beat] = read(json.dumps(join).encode(), known, MessageKind.JOIN).decoded.observations
    assert isinstance(beat, DeviceHeartbeat)
    assert (beat.device_id, beat.time_basis, beat.observed_at) == (EUI, TimeBasis.GATEWAY, NOON - timedelta(hours=1))
    read(chirpstack(9), known, sensor=sensor)
    assert sensor.heard[-1].missed == 0


def test_a_status_is_a_heartbeat_and_confirms_no_space() -> None:
    status = {"deviceInfo": {"devEui": EUI}, "time": "nonsense", "margin": 7, "batteryLevel": 80.5}
    [beat] = read(json.dumps(status).encode(), kind=MessageKind.STATUS).decoded.observations
    assert isinstance(beat, DeviceHeartbeat)
    assert (beat.time_basis, beat.observed_at) == (TimeBasis.ARRIVAL, NOON)


@pytest.mark.parametrize("kind", list(MessageKind))
@given(body=st.binary(max_size=60) | st.dictionaries(st.sampled_from(["deviceInfo", "end_device_ids", "time"]), st.none() | st.text() | st.dictionaries(st.just("devEui"), st.text())).map(lambda d: json.dumps(d).encode()))  # fmt: skip  # noqa: E501
def test_whatever_comes_is_accounted_for(kind: MessageKind, body: bytes) -> None:
    decoded = read(body, kind=kind).decoded
    if (beats := [seen for seen in decoded.observations if isinstance(seen, DeviceHeartbeat)]) != []:
        assert kind is not MessageKind.UP, "a join or a status whose drawn text happens to be the name of a device"
        assert ([beat.device_id.encode() in body.lower() for beat in beats], list(decoded.rejects)) == ([True], [])
    else:
        assert [reject.raw for reject in decoded.rejects] == [body]


def test_an_oversized_message_is_refused_unread() -> None:
    [reject] = read(b" " * MAX_UPLINK_BYTES + chirpstack()).decoded.rejects
    assert reject.reason is RejectReason.MALFORMED_BODY
    large = read_other(plain_adapter(), b" " * (MAX_MESSAGE_BYTES + 1))
    assert "at most" in large.rejects[0].detail


def test_a_source_that_is_no_lorawan_device_reads_its_own_body() -> None:
    assert read_other(plain_adapter(), b"12").rejects[0].detail == "read"


def test_a_counters_event_that_comes_twice_has_one_id_so_that_the_fold_knows_it() -> None:
    body = b'{"device":"in-1","at":"2026-05-04T11:59:00Z","type":"lane","entries":1}'
    first, again = (read_other(counter, body) for _ in range(2))
    assert first.observations == again.observations
    assert first.observations[0].event_id == again.observations[0].event_id


def test_a_sender_may_burst_and_is_then_held_to_its_pace() -> None:
    guard = FloodGuard(burst=3, per_second=1)
    first = [guard.admit("a", NOON) for _ in range(6)]
    assert first == [Admission.ADMITTED] * 3 + [Admission.FIRST_REFUSED] + [Admission.REFUSED] * 2
    assert guard.admit("b", NOON) is Admission.ADMITTED
    assert guard.admit("a", NOON + timedelta(seconds=1)) is Admission.ADMITTED
    assert guard.admit("a", NOON + timedelta(seconds=1)) is Admission.REFUSED, "the burst has not ended"
    later = NOON + timedelta(seconds=60)
    assert [guard.admit("a", later) for _ in range(4)][-1] is Admission.FIRST_REFUSED


def test_a_clock_that_goes_back_admits_nobody_for_ever() -> None:
    guard = FloodGuard(burst=1, per_second=1)
    guard.admit("a", NOON)
    assert guard.admit("a", NOON - timedelta(hours=1)) is Admission.FIRST_REFUSED


def test_the_guard_forgets_who_was_silent_longest() -> None:
    guard = FloodGuard(max_senders=2)
    for sender in "abc":
        guard.admit(sender, NOON)
    assert len(guard) == 2


def test_a_message_goes_by_its_topic_its_application_or_its_profile() -> None:
    default, bays, city, lanes = (FakeSensor(name) for name in ("default", "bays", "city", "lanes"))
    routes = read_routes(default, [("bays", bays), ("city", city), ("counters/+", lanes)])
    assert routes.find_by_topic(topic(application="x")) is None
    assert routes.find_by_names(look_into(chirpstack(), MessageKind.UP, decline).names) is bays
    assert routes.find_by_topic(topic(application="city")) is city
    assert routes.find_by_topic("v3/city@ttn/devices/d1/up") is city
    assert routes.find_by_names(look_into(things_stack(), MessageKind.UP, decline).names) is city
    assert routes.find_by_topic("counters/7") is lanes
    assert routes.find_by_topic("counters/7/more") is None
    assert routes.find_by_names(()) is default
    assert read_routes(None, [("bays", bays)]).find_by_names(("x",)) is None


def test_only_what_can_be_routed_is_subscribed_to() -> None:
    lanes = FakeSensor()
    assert read_routes(None, [("counters/#", lanes)]).filters(Server.BOTH) == ["counters/#"]
    assert read_routes(lanes, []).filters(Server.THINGS_STACK) == ["v3/+/devices/+/up", "v3/+/devices/+/join"]
    everything = read_routes(lanes, []).filters(Server.BOTH)
    assert any(Topic(topic("status")).matches(one) for one in everything)


def test_a_name_that_two_sources_claim_is_refused() -> None:
    with pytest.raises(RouteError, match="single source"):
        read_routes(None, [("a", FakeSensor()), ("a", FakeSensor())])
    with pytest.raises(RouteError, match="--source"):
        read_routes(None, [])


@pytest.mark.parametrize("pattern", ["a/b+", "a/#/b", "counters/#x"])
def test_what_is_no_topic_filter_is_refused_at_once(pattern: str) -> None:
    with pytest.raises(RouteError, match="no topic filter"):
        read_routes(None, [(pattern, FakeSensor())])


def test_topics_match_as_mqtt_says() -> None:
    def leads(pattern: str, name: str) -> bool:
        return read_routes(None, [(pattern, FakeSensor())]).find_by_topic(name) is not None

    assert leads("a/+/c", "a/b/c")
    assert leads("a/#", "a/b/c")
    assert leads("a/#", "a")
    assert not leads("a/+", "a/b/c")
    assert not leads("a/#", "b/c")
    assert (kind_of(topic("join")), kind_of("counters/7")) == (MessageKind.JOIN, MessageKind.UP)
