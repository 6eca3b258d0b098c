"""No make reads a state out of another's frames, but where a frame is one byte: then the catalogue says whose it is."""

import json

import msgspec
import pytest

from parking.catalogue.model import Device
from parking.fold.admission import find_refusal
from parking.observations import SpaceObserved
from parking.words import RejectReason
from sensors.makes import says_a_number
from sensors.registry import FRAME_ADAPTERS
from sensors.samples import read_frames
from tests.sensors.uplinks import ARRIVED, EUI, hear
from tests.support import shared, zone

OURS = {"pni_placepod": "placepod", "libelium_smart_parking_v3": "libelium_parking", "dingtek_do202": "dingtek_do200"}
FIELD = {"40": "moko_lw009sm", "41": "cicicom_slgi3", "45": "nwave_ncc405"}
ONE_BYTE = {"bosch_tps110", "nwave_nps310sm", "nwave_nps405"}
"""Their status, and a heartbeat of the first two, is one byte on the same port."""

every_make = pytest.mark.parametrize("make", sorted(FRAME_ADAPTERS))


def believed(make: str, frames: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """The frames of others out of which this make reads a state or a count."""
    return [
        (other, port, frame)
        for other, port, frame in frames
        if other != make and says_a_number(hear(make, frame, port))
    ]


def ambiguous(make: str, frames: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """One byte on fPort 1 or 2, of the three makes that send such."""
    return [
        (other, port, frame)
        for other, port, frame in frames
        if {make, other} <= ONE_BYTE and other != make and len(frame) == 2 and (port == 1 or make != "nwave_nps405")
    ]


@every_make
def test_a_frame_of_another_make_is_no_state_but_for_one_byte(make: str) -> None:
    frames = [(other, port, frame) for other, rows in read_frames().items() for port, frame in rows]
    assert believed(make, frames) == ambiguous(make, frames)


@every_make
def test_nor_is_a_recorded_one_on_any_port_that_it_may_have_come_by(make: str) -> None:
    vectors = json.loads(shared("sensor_payloads/test_vectors.json").read_text())
    frames = [(OURS.get(row["sensor"], row["sensor"]), row["fport"] or 1, row["hex"]) for row in vectors]
    files = sorted(shared("field/README.md").parent.glob("4*.hex"))
    frames += [(FIELD[path.name[:2]], int(path.stem[-1]), path.read_text().strip()) for path in files]
    assert believed(make, frames) == ambiguous(make, frames)


def test_one_byte_is_believed_of_the_make_that_the_catalogue_names_alone() -> None:
    place = zone(1, devices=(Device(source="nwave_nps310sm", id=EUI, slot=0, valid_for_s=3600),))
    (ours,), (others,) = hear("nwave_nps310sm", "01").observations, hear("bosch_tps110", "01").observations
    assert isinstance(others, SpaceObserved)
    ours, others = (msgspec.structs.replace(seen, tenant=place.tenant) for seen in (ours, others))
    assert find_refusal(ours, place, ARRIVED) is None
    refused = find_refusal(others, place, ARRIVED)
    assert refused is not None
    assert refused.reason is RejectReason.UNKNOWN_DEVICE


@pytest.mark.parametrize(
    ("make", "port", "frame", "whose"),
    [
        ("nwave_nps405", 3, "010D000201", "NPS310SM"),
        ("nwave_nps310sm", 3, "0204090201", "NPS405"),
    ],
)
def test_a_start_of_the_same_layout_is_told_by_its_firmware(make: str, port: int, frame: str, whose: str) -> None:
    """The device has started, whichever it is; what it says of its space is left out."""
    decoded = hear(make, frame, port)
    assert [type(seen).__name__ for seen in decoded.observations] == ["DeviceStarted"]
    assert whose in decoded.rejects[0].detail
