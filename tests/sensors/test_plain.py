"""The native reader of network servers' messages answers as the long way does, or declines; whatever the bytes."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.contract import RecordRefusedError
from sensors.plain import NATIVE, decline
from sensors.samples import UPLINKS
from sensors.uplink import Uplink, read_message
from tests.support import ROOT, shared

pytestmark = pytest.mark.slow

native = pytest.mark.skipif(NATIVE is None, reason="the native reader was not built here")

CHIRPSTACK = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d", "time": "2026-05-04T11:59:00.123456789+00:00",
    "deviceInfo": {"deviceName": "Place 7", "devEui": "00DB1a2b3c4d5e6f", "tags": {"simulated": "true"}},
    "dr": 1, "fCnt": 9, "fPort": 2,
    "data": "ARU=", "object": {"a": [1, -2.5, True, None, {}], "b": []},
    "rxInfo": [{"gatewayId": "g1", "rssi": -97, "snr": 10.5}, {"gatewayId": "g2", "rssi": -36}],
}  # fmt: skip
THINGS = {
    "end_device_ids": {"device_id": "d", "dev_eui": "00DB1A2B3C4D5E6F"},
    "correlation_ids": ["as:up:01E0", "gs:uplink:01E0WZ", "gs:uplink:2"], "received_at": "2026-05-04T11:59:01Z",
    "uplink_message": {
        "session_key_id": "AXA50tHUGUucuzS/bCGMNw==", "f_port": 2, "f_cnt": 70000, "frm_payload": "ARUB",
        "rx_metadata": [{"rssi": -35, "snr": 5}], "received_at": "2026-05-04T11:59:00.5Z",
    },
    "simulated": True,
}  # fmt: skip
SMALL = {
    "deviceInfo": {"devEui": "00db1a2b3c4d5e6f"}, "fPort": 1, "fCnt": 3, "data": "AQ==",
    "time": "2026-05-04T11:59:00Z", "deduplicationId": "x", "rxInfo": [{"rssi": -5}],
}  # fmt: skip
LESS = {
    "end_device_ids": {"dev_eui": "00db1a2b3c4d5e6f"}, "received_at": "2026-05-04T11:59:01Z",
    "uplink_message": {"f_port": 1, "session_key_id": "k", "frm_payload": "AQ=="},
}  # fmt: skip
TAGGED = SMALL | {"deviceInfo": {"tags": {"street": "rue 7", "simulated": "true"}, "devEui": "00db1a2b3c4d5e6f"}}
MESSAGES = (CHIRPSTACK, THINGS, SMALL, LESS, TAGGED)
TOKENS = [
    b"", b"0", b"-", b"9", b".", b"e9", b'"', b"\\", b"\\u0041", b"\\n", b" ", b"\n", b",", b":", b"{", b"}", b"[",
    b"]", b"{}", b"[]", b"null", b"true", b"false", b"1e999", b"12345678901234567890", b"-0", b"00", b"1.0", b"=",
    b"/", b"\x00", b"\x1f", b"\x7f", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"fPort":1,',
    b"4294967296", b'"rssi":-1,', b'"f_cnt":2,', b'"deviceInfo":{},', b'"time":null,', b'"dev_eui":"0",', b'"a":1,',
    b',"data":""', b"255", b"256", b"Z",
    b'"tags":{},', b'"simulated":"true",', b'"simulated":true,', b'"true"', b'"false"',
]  # fmt: skip


def write(message: object, spaced: bool = False) -> bytes:
    return json.dumps(message, separators=None if spaced else (",", ":"), indent=1 if spaced else None).encode()


def answer(body: bytes, **how: Any) -> object:
    """What it is read as, but for the names in it, which the native reader leaves alone."""
    try:
        return read_message(body, **how)._replace(names=())
    except RecordRefusedError as error:
        return error.reason, error.detail, error.device_id


def same(body: bytes) -> None:
    assert NATIVE is not None
    assert answer(body, read_plain=NATIVE) == answer(body, read_plain=decline)


@native
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("spaced", [False, True])
def test_what_servers_write_is_plain_and_read_the_same(message: dict[str, Any], spaced: bool) -> None:
    """Otherwise the comparisons below would compare the long way with itself."""
    assert NATIVE is not None
    body = write(message, spaced)
    assert NATIVE(body) is not None
    assert isinstance(answer(body, read_plain=NATIVE), Uplink)
    same(body)


@native
def test_recorded_messages_and_samples_are_read_the_same() -> None:
    assert NATIVE is not None
    for name in ("chirpstack_v4_up_event", "ttn_v3_uplink_message"):
        body = shared(f"sensor_payloads/{name}.json").read_bytes()
        assert (NATIVE(body) is not None) is (name == "chirpstack_v4_up_event"), "the other has no port"
        same(body)
    for body in UPLINKS:
        same(body)


@native
def test_a_payload_that_is_still_encrypted_is_not_plain() -> None:
    assert NATIVE is not None
    key = {"app_s_key": {"encrypted_key": "AQ=="}}
    body = write(LESS | {"uplink_message": {"f_port": 1, "frm_payload": "AQ=="} | key})
    assert NATIVE(body) is None
    assert "AppSKey" in str(answer(body))


@native
@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(MESSAGES), st.booleans(), st.data())
def test_bytes_that_were_tampered_with_are_judged_the_same(message: object, spaced: bool, data: st.DataObject) -> None:
    raw = bytearray(write(message, spaced))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(raw)))
        raw[where : where + data.draw(st.integers(0, 3))] = data.draw(st.sampled_from(TOKENS))
    same(bytes(raw))


@native
def test_many_more_of_them_by_chance() -> None:
    chance = random.Random(44)
    plain = 0
    for _ in range(60_000):
        raw = bytearray(write(chance.choice(MESSAGES)))
        for _ in range(chance.randrange(1, 3)):
            where = chance.randrange(len(raw) + 1)
            raw[where : where + chance.randrange(3)] = chance.choice(TOKENS)
        body = bytes(raw)
        plain += NATIVE is not None and NATIVE(body) is not None
        same(body)
    assert plain > 5_000, "what was broken where nobody reads is plain still"


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.integers(-400, 300), st.floats(),
        st.text(max_size=8),
        st.binary(max_size=250).map(lambda raw: base64.b64encode(raw).decode()),
        st.sampled_from([
            "00db1a2b3c4d5e6f", "00DB1A2B3C4D5E6G", "AQ==", "A===", "AR==", "AQ", "gs:uplink:a", "x" * 70, "", "-1",
            "é" * 70,
            "2026-05-04T12:00:00+02:00", "2026-05-04T24:00:00Z", "2026-05-04T12:00:00", "2026-05-04T12:00:00.1234567Z",
        ]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["rssi", "devEui", "dev_eui", "f_port", "x", "é"]), inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip


@native
@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(MESSAGES), st.data())
def test_any_value_in_any_field_is_judged_the_same(message: dict[str, Any], data: st.DataObject) -> None:
    changed = json.loads(json.dumps(message))
    rooms = [changed, *(room for room in changed.values() if isinstance(room, dict))]
    rooms += [one for room in rooms for held in room.values() if isinstance(held, list) for one in held if held]
    room = data.draw(st.sampled_from([room for room in rooms if isinstance(room, dict)]))
    name = data.draw(st.sampled_from([*sorted(room), "novel", "rssi", "simulated", "time"]))
    if data.draw(st.booleans()):
        room.pop(name, None)
    else:
        room[name] = data.draw(values)
    ascii_only = data.draw(st.booleans())
    same(json.dumps(changed, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@native
@pytest.mark.parametrize(
    ("old", "new", "is_plain"),
    [
        (b'"fPort":1', b'"fPort":1,"fPort":2', False), (b'"rssi":-5', b'"rssi":-5,"rssi":-4', False),
        (b'"fPort":1', b'"other":1,"other":2,"fPort":1', True), (b'"fPort":1', b'"fPor\\u0074":1', False),
        (b'"fPort":1', b'"\\u0066Port":2,"fPort":1', False), (b'"fPort":1,', b"", False),
        (b'"fPort":1', b'"fPort":0', False), (b'"fPort":1', b'"fPort":223', True),
        (b'"fPort":1', b'"fPort":224', False), (b'"x"', b'"x","location":{}', True),
        (b'"time":', b'"end_device_ids":', False),
        (b'"fPort":1', b'"fPort":01', False), (b'"fPort":1', b'"fPort":-0', False),
        (b'"fPort":1', b'"fPort":1.0', False),
        (b'"fPort":1', b'"fPort":true', False), (b'"fPort":1', b'"fPort":256', False),
        (b'"fCnt":3', b'"fCnt":4294967296', False),
        (b'"fCnt":3', b'"fCnt":4294967295', True), (b'"AQ=="', b'"AR=="', True), (b'"AQ=="', b'"AQ="', False),
        (b'"AQ=="', b'"=="', False), (b'"AQ=="', b'""', False), (b'"AQ=="', b"null", False), (b'"x"', b'"\\/"', False),
        (b'"AQ=="', b'"' + base64.b64encode(bytes(242)) + b'"', True), (b'"AQ=="', b'"' + b"A" * 324 + b'"', False),
        (b'"x"', b'"' + b"y" * 70 + b'"', True), (b'"x"', b'"\xc3\xa9"', False), (b'"x"', b'"\xff"', False),
        (b'"fPort":1', b'"n":"\xc3\xa9\\"\\\\","fPort":1', True), (b'"fPort":1', b'"n":"\xff","fPort":1', False),
        (b'"fPort":1', b'"n":"\xed\xa0\x80","fPort":1', False), (b'"fPort":1', b'"n":"\\ud800","fPort":1', False),
        (b'"fPort":1', b'"n":1e999,"fPort":1', False), (b'"fPort":1', b'"n":' + b"9" * 400 + b',"fPort":1', False),
        (b'"fPort":1', b'"n":' + b"[" * 20 + b"]" * 20 + b',"fPort":1', True),
        (b'"fPort":1', b'"n":' + b"[" * 40 + b"]" * 40 + b',"fPort":1', False), (b"}]}", b"}]} \r\n\t", True),
        (b"}]}", b"}]}x", False), (b"}]}", b"},]}", False), (b"}]}", b"},7]}", False), (b"[{", b"[null,{", False),
        (b"-5}", b"-5.0}", False), (b"-5}", b"-300}", True), (b"-5}", b"99}", True),
        (b"-5}", b"100}", True), (b"-5}", b"-0}", True),
        (b'"2026', b'"26', True), (b'"2026-05-04T11:59:00Z"', b'""', True), (b'"2026-05-04T11:59:00Z"', b"null", False),
    ],
)  # fmt: skip
def test_every_odd_way_of_writing_is_judged_the_same(old: bytes, new: bytes, is_plain: bool) -> None:
    assert NATIVE is not None
    raw = write(SMALL)
    assert old in raw
    body = raw.replace(old, new, 1)
    assert (NATIVE(body) is not None) is is_plain
    same(body)


@native
@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_was_cut_anywhere_is_refused_the_same(message: object) -> None:
    raw = write(message)
    for end in range(len(raw)):
        assert NATIVE is None or NATIVE(raw[:end]) is None
        same(raw[:end])


@native
@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_at_all_are_judged_the_same(body: bytes) -> None:
    same(body)


def test_messages_are_read_alike_without_the_native_reader() -> None:
    without = "import sys; sys.modules['_accel.uplinks'] = None; from sensors.plain import PLAIN, decline; "
    run = (
        "assert PLAIN is decline; import pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', *sys.argv[1:]]))"
    )
    tests = ["tests/sensors/test_receiving.py", "tests/sensors/sources/test_bosch_tps110.py"]
    done = subprocess.run(
        [sys.executable, "-c", without + run, *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
