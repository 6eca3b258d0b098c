"""Whose frame it is: which makes read it whole, and what the audit is told of a refused one."""

import pytest

from parking.rejects import Reject, make_reject
from parking.words import RejectReason
from sensors.makes import makes_of, makes_of_reject
from sensors.uplink import Uplink
from tests.sensors.uplinks import ARRIVED, EUI, chirpstack, hear
from tests.support import NOON


def rejected(source: str, payload: str, port: int) -> Reject:
    (reject,) = hear(source, payload, port, message=chirpstack(payload, port)).rejects
    return reject


def test_one_byte_is_of_several_makes_and_a_longer_frame_of_one() -> None:
    assert makes_of(Uplink(EUI, 1, 7, b"\x01", NOON), ARRIVED) == ["bosch_tps110", "nwave_nps310sm", "nwave_nps405"]
    assert makes_of(Uplink(EUI, 1, 7, b"K13.55+22.0", NOON), ARRIVED) == ["cicicom_slgi3"]
    assert makes_of(Uplink(EUI, 1, 7, b"\xff" * 40, NOON), ARRIVED) == []


@pytest.mark.parametrize(
    ("heard_as", "payload", "port", "whose"),
    [
        ("bosch_tps110", "4331", 1, ["cicicom_slgi3"]),
        ("nwave_nps310sm", "00D3D800590B", 2, ["nwave_nps405"]),
        ("nwave_nps405", "A86661", 2, ["nwave_ncc405"]),
        ("tekzipark", "01755C03824408040000", 85, ["milesight_em"]),
        ("bosch_tps110", "01020304", 2, []),
        ("placepod", "AA376600", 1, []),
    ],
)
def test_a_refused_message_says_whose_frame_it_is(heard_as: str, payload: str, port: int, whose: list[str]) -> None:
    assert makes_of_reject(rejected(heard_as, payload, port)) == whose


def test_what_is_no_message_of_a_sensor_says_nothing() -> None:
    for source, raw in (("nantes", chirpstack("4331", 1)), ("bosch_tps110", b"torn"), ("bosch_tps110", b"")):
        assert not makes_of_reject(make_reject("t", source, RejectReason.MALFORMED_RECORD, "", raw, ARRIVED, EUI))
    late = make_reject("t", "bosch_tps110", RejectReason.FUTURE_TIME, "", chirpstack("4331", 1), ARRIVED, EUI)
    assert not makes_of_reject(late)
