"""Counters' events: each becomes one observation, or a reject with its own bytes; nothing is guessed or dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking import codec
from parking.observations import (
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Diagnostics,
    LaneCounted,
    LaneTotalled,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
)
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Decoded
from sensors.sources.counter.adapter import decode
from tests.support import NOON, TENANT, shared

AT = "2026-05-04T13:59:30.5+02:00"


def event(**fields: Any) -> dict[str, Any]:
    return {"device": "in-1", "at": AT, "type": "lane", "entries": 1} | fields


def read(*events: dict[str, Any], recorded: bool = False) -> Decoded:
    body = b"\n".join(json.dumps(one).encode() for one in events)
    return decode(body, tenant=TENANT, received_at=NOON, recorded=recorded)


def one(**fields: Any) -> Observation:
    decoded = read(event(**fields))
    assert not decoded.rejects
    [seen] = decoded.observations
    return seen


def refused(**fields: Any) -> tuple[RejectReason, str]:
    decoded = read({name: value for name, value in event(**fields).items() if value != "absent"})
    assert not decoded.usable or fields.get("type") == "opening"
    [reject] = decoded.rejects
    return reject.reason, reject.detail


def test_a_lane_counts_for_one_audience_by_the_counters_own_clock() -> None:
    seen = one(entries=2, exits=1, category="subscriber", seq=2**32 - 1)
    assert isinstance(seen, LaneCounted)
    assert (seen.entries, seen.exits, seen.category, seen.seq) == (2, 1, Audience.SUBSCRIBER, 2**32 - 1)
    assert (seen.source, seen.device_id, seen.time_basis) == ("counter", "in-1", TimeBasis.DEVICE)
    assert (seen.observed_at, seen.received_at) == (NOON - timedelta(seconds=29.5), NOON)
    assert (seen.simulated, seen.diagnostics) == (False, None)


def test_what_a_lane_leaves_out_is_0_but_not_both_and_what_it_does_not_know_is_not() -> None:
    [seen] = read({"device": "out-1", "at": AT, "type": "lane", "exits": 0}).observations
    assert isinstance(seen, LaneCounted)
    assert (seen.entries, seen.exits, seen.category) == (0, 0, Audience.PUBLIC)
    assert refused(entries="absent")[0] is RejectReason.MISSING_FIELD
    assert refused(entries=None)[0] is RejectReason.MISSING_FIELD
    assert refused(exits=None)[0] is RejectReason.MISSING_FIELD


def test_counts_of_a_counter_and_by_eye() -> None:
    counted = one(type="count", vacant=5, capacity=9, full_at=1, category="ev", entries=None)
    assert isinstance(counted, SiteCounted)
    assert (counted.vacant, counted.capacity, counted.full_at, counted.category) == (5, 9, 1, Audience.EV)
    plain = one(type="count", vacant=5, capacity=None)
    assert isinstance(plain, SiteCounted)
    assert (plain.capacity, plain.full_at) == (None, None)
    by_eye = one(type="recount", vacant=7)
    assert isinstance(by_eye, SiteRecounted)
    assert (by_eye.vacant, by_eye.category) == (7, Audience.PUBLIC)


def test_a_level_or_bounds_are_told_where_nobody_counts() -> None:
    lamp = one(type="level", level="almost_full", category="ev", entries="absent")
    assert isinstance(lamp, SiteLevelled)
    assert (lamp.level, lamp.vacant_low, lamp.vacant_high, lamp.category) == (
        FillLevel.ALMOST_FULL, None, None, Audience.EV,
    )  # fmt: skip
    bound = one(type="level", vacant_high=9, capacity=5)
    assert isinstance(bound, SiteLevelled)
    assert (bound.level, bound.vacant_low, bound.vacant_high, bound.capacity) == (FillLevel.UNKNOWN, None, 9, 5)


def test_openings_lives_starts_and_faults() -> None:
    opened = one(type="opening", opening="subscribers_only")
    assert isinstance(opened, OpeningChanged)
    assert opened.opening is Opening.SUBSCRIBERS_ONLY
    assert isinstance(one(type="alive"), DeviceHeartbeat)
    assert isinstance(one(type="started"), DeviceStarted)
    faults = [one(type="fault"), one(type="fault", fault="calibrating")]
    assert [seen.fault for seen in faults if isinstance(seen, DeviceFault)] == [Fault.DEVICE_FAULT, Fault.CALIBRATING]


@pytest.mark.parametrize("word", ["lowered", "raised", "unknown"])
def test_a_barrier_that_moves_shows_that_its_counter_lives(word: str) -> None:
    seen = one(type="barrier", barrier=word)
    assert isinstance(seen, DeviceHeartbeat)
    assert seen.diagnostics == Diagnostics(more={"entries": 1, "barrier": word})


@pytest.mark.parametrize("word", ["held_open", "broken"])
def test_past_a_barrier_that_does_not_move_cars_drive_uncounted(word: str) -> None:
    seen = one(type="barrier", barrier=word)
    assert isinstance(seen, DeviceFault)
    assert seen.fault is Fault.COUNTING_OUT_OF_SERVICE
    assert seen.diagnostics == Diagnostics(more={"entries": 1, "barrier": word})


def test_made_up_events_stay_labelled() -> None:
    assert one(simulated=True).simulated
    assert not one(simulated=None).simulated
    assert refused(simulated="yes")[0] is RejectReason.WRONG_TYPE


def test_everything_else_is_kept_as_a_diagnostic() -> None:
    seen = one(
        battery_v=3, temperature_c=-4.5, firmware="2.1", loop_hz=81.5, vacant=3, note="wet", reversed=False, x=None
    )
    more = {"loop_hz": 81.5, "vacant": 3, "note": "wet", "reversed": False}
    assert seen.diagnostics == Diagnostics(battery_v=3, temperature_c=-4.5, firmware="2.1", more=more)
    strange = one(battery_v="low", temperature_c=True, firmware=7)
    assert strange.diagnostics == Diagnostics(more={"battery_v": "low", "temperature_c": True, "firmware": 7})


@pytest.mark.parametrize("extra", [[1], {"a": 1}, "x" * 600, [[[[]]]]])
def test_what_cannot_be_kept_costs_itself_and_stays_with_its_event(extra: object) -> None:
    decoded = read(event(extra=extra, w=1))
    [seen], [reject] = decoded.observations, decoded.rejects
    assert seen.diagnostics == Diagnostics(more={"w": 1})
    assert (reject.reason, reject.device_id) == (RejectReason.WRONG_TYPE, "in-1")
    assert json.loads(reject.raw) == event(extra=extra, w=1)
    assert "'extra'" in reject.detail


@pytest.mark.parametrize("extra", [b"1e999", b'"\xff"', b"[" * 200 + b"]" * 200])
def test_what_json_can_write_and_nobody_can_read_costs_itself(extra: bytes) -> None:
    body = json.dumps(event(extra=1)).encode().replace(b'"extra": 1', b'"extra": ' + extra)
    decoded = decode(body, tenant=TENANT, received_at=NOON, recorded=False)
    assert len(decoded.observations) == 1
    assert [reject.raw for reject in decoded.rejects] == [body]


def test_a_flood_of_fields_is_bounded() -> None:
    decoded = read(event(**{f"f{n}": n for n in range(100)}))
    assert len(decoded.observations) == len(decoded.rejects) == 1


@pytest.mark.parametrize(
    ("fields", "reason", "word"),
    [
        ({"device": "absent"}, RejectReason.MISSING_FIELD, "device"),
        ({"device": ["in-1"]}, RejectReason.WRONG_TYPE, "device"),
        ({"device": "x" * 65}, RejectReason.WRONG_TYPE, "device"),
        ({"at": "absent"}, RejectReason.MISSING_FIELD, "offset"),
        ({"at": "2026-05-04T12:00:00"}, RejectReason.BAD_TIME, "offset"),
        ({"at": "noon"}, RejectReason.BAD_TIME, "noon"),
        ({"at": True}, RejectReason.BAD_TIME, "True"),
        ({"at": "0001-01-01T00:00:00+14:00"}, RejectReason.BAD_TIME, "range"),
        ({"at": "2026-05-04T12:05:01Z"}, RejectReason.FUTURE_TIME, "clock"),
        ({"type": "absent"}, RejectReason.MISSING_FIELD, "lane, count"),
        ({"type": "lanes"}, RejectReason.UNKNOWN_STATUS, "known are lane, count"),
        ({"type": 3}, RejectReason.UNKNOWN_STATUS, "known are lane, count"),
        ({"type": {"lane": 1}}, RejectReason.WRONG_TYPE, "type"),
        ({"seq": -1}, RejectReason.WRONG_TYPE, "seq"),
        ({"seq": 2**32}, RejectReason.WRONG_TYPE, "seq"),
        ({"seq": True}, RejectReason.WRONG_TYPE, "seq"),
        ({"category": "vip"}, RejectReason.UNKNOWN_STATUS, "public"),
        ({"entries": -1}, RejectReason.NEGATIVE_COUNT, "entries"),
        ({"entries": 1.5}, RejectReason.WRONG_TYPE, "entries"),
        ({"entries": True}, RejectReason.WRONG_TYPE, "entries"),
        ({"entries": [1]}, RejectReason.WRONG_TYPE, "entries"),
        ({"entries": 2**31}, RejectReason.WRONG_TYPE, "entries"),
        ({"type": "count"}, RejectReason.MISSING_FIELD, "vacant"),
        ({"type": "count", "vacant": None}, RejectReason.MISSING_FIELD, "no 0"),
        ({"type": "count", "vacant": 10, "capacity": 9}, RejectReason.FREE_ABOVE_CAPACITY, "10"),
        ({"type": "recount", "vacant": -3}, RejectReason.NEGATIVE_COUNT, "-3"),
        ({"type": "level"}, RejectReason.MISSING_FIELD, "neither a level nor a bound"),
        ({"type": "level", "level": "unknown"}, RejectReason.MISSING_FIELD, "leave the event out"),
        ({"type": "level", "level": "red"}, RejectReason.UNKNOWN_STATUS, "almost_full"),
        ({"type": "level", "vacant_low": 5, "vacant_high": 4}, RejectReason.MALFORMED_RECORD, "exchange them"),
        ({"type": "level", "vacant_low": 5, "capacity": 4}, RejectReason.FREE_ABOVE_CAPACITY, "5"),
        ({"type": "level", "vacant_high": -1}, RejectReason.NEGATIVE_COUNT, "-1"),
        ({"type": "opening"}, RejectReason.MISSING_FIELD, "open, subscribers_only"),
        ({"type": "opening", "opening": "ajar"}, RejectReason.UNKNOWN_STATUS, "ajar"),
        ({"type": "barrier"}, RejectReason.MISSING_FIELD, "lowered"),
        ({"type": "barrier", "barrier": "bent"}, RejectReason.UNKNOWN_STATUS, "held_open"),
        ({"type": "fault", "fault": "rust"}, RejectReason.UNKNOWN_STATUS, "device_fault"),
    ],
)
def test_a_bad_field_costs_its_event_and_says_what_is_wrong(
    fields: dict[str, Any], reason: RejectReason, word: str
) -> None:
    found, detail = refused(**fields)
    assert found is reason
    assert word in detail


def test_one_event_an_array_and_one_a_line_say_the_same() -> None:
    events = [event(seq=1), event(seq=2, device="out-1")]
    lines = read(*events).observations
    for body in (json.dumps(events), json.dumps(events, indent=2), " \n" + json.dumps(events)):
        assert decode(body.encode(), tenant=TENANT, received_at=NOON, recorded=False).observations == lines
    alone = decode(json.dumps(events[0], indent=2).encode(), tenant=TENANT, received_at=NOON, recorded=False)
    assert alone.observations == lines[:1]
    assert decode(b"[]", tenant=TENANT, received_at=NOON, recorded=False)[:2] == ([], [])


def test_a_bad_event_costs_its_own_bytes_alone() -> None:
    good, bad = json.dumps(event()).encode(), json.dumps(event(entries=-1)).encode()
    for body in (b"\n".join([good, bad]), b"[" + b",".join([good, bad]) + b"]", b"\r\n".join([bad, good, b""])):
        decoded = decode(body, tenant=TENANT, received_at=NOON, recorded=False)
        assert len(decoded.usable) == 1
        assert [reject.raw for reject in decoded.rejects] == [bad]
    torn = decode(good + b"\n{torn\n" + good + b"\n7", tenant=TENANT, received_at=NOON, recorded=False)
    assert len(torn.observations) == 2
    assert [reject.raw for reject in torn.rejects] == [b"{torn", b"7"]
    mixed = decode(b"[" + good + b", 7, null]", tenant=TENANT, received_at=NOON, recorded=False)
    assert [reject.raw for reject in mixed.rejects] == [b"7", b"null"]


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"nonsense", b"null", b"[1,", b"<html>\n<p>\n</html>", b'{"a":' + b"[" * 9999]
)
def test_what_is_no_body_of_events_is_kept_whole(body: bytes) -> None:
    decoded = decode(body, tenant=TENANT, received_at=NOON, recorded=False)
    assert [(reject.reason, reject.raw) for reject in decoded.rejects] == [(RejectReason.MALFORMED_BODY, body)]


def test_sent_again_it_is_the_same_event_and_anything_else_is_another() -> None:
    def id_of(**fields: Any) -> str:
        return one(**fields).event_id

    assert id_of() == id_of() == id_of(exits=0) == id_of(battery_v=3.1)
    others = [id_of(), id_of(seq=1), id_of(entries=2), id_of(exits=1), id_of(category="ev"), id_of(device="in-2"),
              id_of(at="2026-05-04T11:59:31Z"), id_of(type="count", vacant=1), id_of(type="recount", vacant=1),
              id_of(type="level", level="full"), id_of(type="level", level="almost_full"),
              id_of(type="level", vacant_low=1), id_of(type="level", vacant_high=1),
              id_of(type="barrier", barrier="raised"), id_of(type="barrier", barrier="lowered"), id_of(type="alive"),
              id_of(type="barrier", barrier="broken"), id_of(type="barrier", barrier="held_open")]  # fmt: skip
    assert len(set(others)) == len(others)
    assert id_of(at="2026-05-04T11:59:30.500Z") == id_of()


def test_a_recorded_event_arrived_when_it_was_observed() -> None:
    decoded = read(event(), event(at="2026-05-04T10:00:00Z"), recorded=True)
    assert [seen.received_at for seen in decoded.observations] == [seen.observed_at for seen in decoded.observations]
    assert decoded.ends_at == decoded.observations[0].observed_at


NAMES = ["device", "at", "type", "seq", "category", "simulated", "entries", "exits", "vacant", "capacity", "full_at",
         "vacant_low", "vacant_high", "level", "opening", "barrier", "fault", "battery_v", "firmware", "x",
         "é\n"]  # fmt: skip
WORDS = ["lane", "count", "recount", "level", "opening", "barrier", "alive", "fault", "started", "open", "broken",
         "full", "ev", AT, "a"]  # fmt: skip
values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.just([1])
)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), values).map(lambda more: event() | more), max_size=3))
def test_whatever_the_fields_each_event_is_accounted_for(events: list[dict[str, Any]]) -> None:
    body = json.dumps(events).encode()
    decoded = decode(body, tenant=TENANT, received_at=NOON, recorded=False)
    assert len(events) <= len(decoded.observations) + len(decoded.rejects) <= 2 * len(events)
    assert all(reject.raw in body for reject in decoded.rejects)
    for seen in decoded.observations:
        assert codec.decode_observation(codec.encode_event(seen)) == seen


def test_a_number_beyond_all_counting_costs_itself_and_not_the_cars() -> None:
    body = b'{"device":"in-1","at":"2026-05-04T12:00:00Z","type":"lane","entries":7,"battery_v":1' + b"0" * 310 + b"}"
    decoded = decode(body, tenant="t", received_at=NOON, recorded=False)
    (seen,) = decoded.observations
    assert isinstance(seen, LaneCounted)
    assert seen.entries == 7
    assert codec.decode_observation(codec.encode_event(seen)) == seen
    assert len(decoded.rejects) == 1


@pytest.mark.parametrize(
    "at",
    [1777895999, 1777895999.0, 1777895999000, 1777895999000000, 1777895999000000000, "1777895999", "1777895999000",
     "1777895999.000"],
)  # fmt: skip
def test_a_time_may_be_counted_since_1970_in_seconds_or_parts_of_one(at: Any) -> None:
    assert one(at=at).observed_at == NOON - timedelta(seconds=1)
    assert one(at=1777895999.25).observed_at == NOON - timedelta(seconds=0.75)


@pytest.mark.parametrize(
    "at", [0, -5, 86400, "0", "1970-01-01T00:00:00Z", 1e300, "1777895999 s", "17778959990000000000000", True, "NaN"]
)
def test_a_number_that_is_no_time_of_ours_is_refused(at: Any) -> None:
    decoded = read(event(at=at))
    assert decoded.rejects[0].reason in (RejectReason.BAD_TIME, RejectReason.FUTURE_TIME)
    assert not [seen for seen in decoded.observations if isinstance(seen, LaneCounted)]


def test_running_totals_are_told_as_such() -> None:
    both, out = one(entries_total=184223, exits_total=184001, entries="absent"), one(exits_total="7")
    assert isinstance(both, LaneTotalled)
    assert isinstance(out, LaneTotalled)
    assert (both.entries, both.exits, both.category) == (184223, 184001, Audience.PUBLIC)
    assert (out.entries, out.exits) == (None, 7)
    assert one(entries_total=2**40).entries == 2**40
    for wrong in (-1, 1.5, "many", True, 2**60):
        assert read(event(entries_total=wrong)).rejects


def test_what_is_occupied_of_how_many_leaves_the_rest_vacant() -> None:
    seen = one(type="count", occupied=7, capacity=9, category="ev")
    assert isinstance(seen, SiteCounted)
    assert (seen.vacant, seen.capacity, seen.category) == (2, 9, Audience.EV)
    assert seen.diagnostics == Diagnostics(more={"entries": 1, "occupied": "7"})
    assert read(event(type="count", occupied=10, capacity=9)).rejects[0].reason is RejectReason.FREE_ABOVE_CAPACITY
    assert read(event(type="count", occupied=7)).rejects[0].reason is RejectReason.MISSING_FIELD
    both = one(type="count", vacant=3, occupied=7, capacity=9)
    assert isinstance(both, SiteCounted)
    assert both.vacant == 3, "what it says is vacant goes before"


def test_one_event_may_speak_of_several_categories() -> None:
    body = event(type="count", by_category={"public": {"vacant": 12, "capacity": 90}, "ev": {"vacant": 2}, "moon": {}})
    decoded = read(body)
    counted = [seen for seen in decoded.observations if isinstance(seen, SiteCounted)]
    assert [(seen.category, seen.vacant, seen.capacity) for seen in counted] == [
        (Audience.PUBLIC, 12, 90), (Audience.EV, 2, None),
    ]  # fmt: skip
    assert len({seen.event_id for seen in counted}) == 2
    assert len(decoded.rejects) == 1


def test_a_table_is_an_event_a_row() -> None:
    rows = [
        "device,at,type,entries,exits_total,vacant,capacity,category,battery_v",
        f"in-1,{AT},lane,2,,,,,3.1",
        "desk,1777895970,count,,,40,90,ev,",
        f"out-1,{AT},lane,,184001,,,,",
        f"out-1,{AT},lane,x,,,,,",
        "torn",
    ]
    body = ("\ufeff" + "\r\n".join(rows)).encode()
    decoded = decode(body, tenant=TENANT, received_at=NOON, recorded=False)
    told = [seen for seen in decoded.observations if isinstance(seen, LaneCounted | SiteCounted | LaneTotalled)]
    assert [type(seen).__name__ for seen in told] == ["LaneCounted", "SiteCounted", "LaneTotalled"]
    assert (told[0].entries, told[0].diagnostics.battery_v) == (2, 3.1)
    assert (told[1].vacant, told[1].category, told[2].exits) == (40, Audience.EV, 184001)
    assert len(decoded.rejects) == 2
    again = decode(decoded.rejects[0].raw, tenant=TENANT, received_at=NOON, recorded=False)
    assert again.rejects[0].detail == decoded.rejects[0].detail, "a row is read again alone, with its header"


def test_a_table_without_its_columns_is_refused_as_a_whole() -> None:
    decoded = decode(b"id,free\nP1,3\n", tenant=TENANT, received_at=NOON, recorded=False)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_BODY]


def test_the_recorded_bodies_are_read() -> None:
    def recorded(name: str) -> Decoded:
        body = shared(f"field/{name}.json").read_bytes()
        return decode(body, tenant=TENANT, received_at=datetime(2026, 11, 27, 15, tzinfo=UTC), recorded=False)

    (counted,) = recorded("19c-counter-epoch-ms").observations
    assert isinstance(counted, SiteCounted)
    assert (counted.vacant, counted.observed_at) == (12, datetime(2026, 11, 27, 14, 2, 49, 92000, tzinfo=UTC))
    (totalled,) = recorded("19e-counter-cumulative-totals").observations
    assert isinstance(totalled, LaneTotalled)
    assert (totalled.entries, totalled.exits) == (184223, 184001)
