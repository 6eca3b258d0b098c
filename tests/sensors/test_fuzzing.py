"""The fuzzer: nothing leaves an adapter by an exception, no byte vanishes, and it notices where one would."""

import pytest

from sensors import fuzzing
from sensors.contract import Decoded
from sensors.fuzzing import fuzz
from sensors.registry import FRAME_ADAPTERS
from sensors.samples import read_frames


def test_thousands_of_inputs_raise_nothing_and_lose_nothing() -> None:
    found = fuzz(5000, seed=7)
    assert (found.frames, found.bodies) == (5000, 625)
    assert (found.exceptions, found.bytes_lost, found.examples) == (0, 0, ())
    assert found.observations > 1000
    assert found.rejects > 1000


def test_a_seed_gives_the_same_and_another_gives_other() -> None:
    assert fuzz(300, seed=1) == fuzz(300, seed=1) != fuzz(300, seed=2)


def test_every_sensor_has_something_to_break() -> None:
    assert set(read_frames()) == set(FRAME_ADAPTERS)


def test_an_adapter_that_raises_or_swallows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*args: object, **more: object) -> Decoded:
        raise ValueError("no")

    monkeypatch.setattr(FRAME_ADAPTERS["placepod"], "decode_frame", raises)
    monkeypatch.setattr(FRAME_ADAPTERS["tekzipark"], "decode_frame", lambda uplink, **more: Decoded([], []))
    found = fuzz(20 * len(FRAME_ADAPTERS))
    assert found.exceptions >= 10
    assert found.bytes_lost > 0
    assert found.examples[0].startswith("placepod: ")


def test_a_bit_without_a_trace_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = FRAME_ADAPTERS["bosch_tps110"].decode_frame

    def forgetful(uplink: fuzzing.Uplink, **more: object) -> Decoded:
        return real(uplink._replace(f_port=1, payload=bytes(uplink.payload[:1]) or b"\0"), **more)

    monkeypatch.setattr(FRAME_ADAPTERS["bosch_tps110"], "decode_frame", forgetful)
    assert fuzz(300).bytes_lost > 0


def test_no_state_is_read_out_of_another_makes_frame_but_for_one_byte() -> None:
    found = fuzz(8000, seed=3)
    assert found.foreign > 1500
    assert found.believed == {}
    assert set(found.one_byte) == {"bosch_tps110", "nwave_nps310sm", "nwave_nps405"}


def test_a_reader_that_believes_whatever_it_gets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FRAME_ADAPTERS["placepod"], "decode_frame", FRAME_ADAPTERS["libelium_parking"].decode_frame)
    found = fuzz(16_000)  # more sources share the chance by now
    assert found.believed["placepod"] > 3
    assert any("of libelium_parking: read as a state" in example for example in found.examples)
