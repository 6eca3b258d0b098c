"""DATEX II records whose number went missing, or is 0 of 0: the number before must not stand beside an open gate."""

from __future__ import annotations

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled
from parking.words import Audience, Fault, Opening, RejectReason
from tests.sensors.sources.datex2_bodies import described, facility, kinds, only, publication, read, site, tags

EMPTY = "<{0}></{0}>"


def whole(*names: str) -> bytes:
    return facility("open").replace(b"</parkingFacilityStatusTime>", b"</parkingFacilityStatusTime>" + "".join(
        EMPTY.format(name) for name in names).encode())  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        whole("totalNumberOfVacantParkingSpaces"),
        whole("totalNumberOfVacantParkingSpaces", "totalNumberOfOccupiedParkingSpaces"),
        whole("parkingFacilityOccupancy"),
        publication(site(vacant="")),
        publication(site(vacant=None)),
        publication(site(spaces=None, vacant="")),
    ],
)
def test_open_and_without_its_number_ends_the_number(payload: bytes) -> None:
    seen = only(payload)
    assert seen.keys() == {(OpeningChanged, None), (DeviceFault, Audience.PUBLIC)}
    assert seen[DeviceFault, Audience.PUBLIC].fault is Fault.UNUSABLE


def test_a_gate_alone_leaves_the_number_alone() -> None:
    assert only(facility("closed")).keys() == {(OpeningChanged, None)}
    gate = f'<parkingRecordStatus><parkingRecordReference id="P1"/>{tags(parkingSiteOpeningStatus="closed")}'
    assert only(publication(f"{gate}</parkingRecordStatus>")).keys() == {(OpeningChanged, None)}


def test_a_level_needs_no_number() -> None:
    words = tags(parkingSiteStatus="full")
    assert only(publication(site(vacant="", more=words))).keys() == {
        (OpeningChanged, None), (SiteLevelled, Audience.PUBLIC),
    }  # fmt: skip


def test_an_older_group_without_its_number_ends_that_groups() -> None:
    seen = only(facility("open", groups={"1": (7, 3), "2": ("", "")}))
    faults = [one for (kind, _), one in seen.items() if kind is DeviceFault]
    counted = [category for kind, category in seen if kind is SiteCounted]
    assert [one.fault for one in faults] == [Fault.UNUSABLE]
    assert len(counted) == 1
    assert faults[0].category not in counted


def test_what_is_taken_of_nobody_knows_how_many_keeps_the_gate_and_is_refused() -> None:
    for payload in (facility("closed", occupied=170), publication(site(spaces=None, vacant=None, opening="closed",
                    parkingNumberOfOccupiedSpaces=170))):  # fmt: skip
        decoded = read(payload)
        assert [one.reason for one in decoded.rejects] == [RejectReason.MISSING_FIELD]
        gate, end = decoded.observations
        assert isinstance(gate, OpeningChanged)
        assert isinstance(end, DeviceFault)
        assert (gate.opening, end.fault) == (Opening.CLOSED, Fault.UNUSABLE)


def test_a_capacity_of_0_is_not_known() -> None:
    for numbers in ({"vacant": 0}, {"vacant": 0, "parkingNumberOfOccupiedSpaces": 0}):
        decoded = read(publication(site(spaces=0, **numbers)))
        assert not [one for one in decoded.observations if isinstance(one, SiteCounted)]
        assert [one.fault for one in decoded.observations if isinstance(one, DeviceFault)] == [Fault.UNUSABLE]
    taken = read(publication(site(spaces=0, vacant=None, parkingNumberOfOccupiedSpaces=0)))
    assert [type(one) for one in taken.observations] == [OpeningChanged, DeviceFault]
    count = kinds(publication(site(spaces=0, vacant=30)))[SiteCounted]
    assert (count.vacant, count.capacity) == (30, None)


def test_an_older_capacity_of_0_is_not_known_either() -> None:
    def of_none(vacant: int) -> bytes:
        stated = tags(totalParkingCapacityOverride=0, totalNumberOfVacantParkingSpaces=vacant)
        return facility("open").replace(
            b"</parkingFacilityStatusTime>", f"</parkingFacilityStatusTime>{stated}".encode()
        )

    assert only(of_none(0)).keys() == {(OpeningChanged, None), (DeviceFault, Audience.PUBLIC)}
    assert kinds(of_none(7))[SiteCounted].vacant == 7


def test_groups_are_for_whom_the_table_of_the_same_body_says() -> None:
    groups = "".join(
        f'<groupOfParkingSpacesStatus groupIndex="{index}"><groupOfParkingSpacesStatus>'
        f"{tags(parkingNumberOfVacantSpaces=free)}</groupOfParkingSpacesStatus></groupOfParkingSpacesStatus>"
        for index, free in {1: 3, 2: 30}.items()
    )
    whom = "<onlyAssignedParking><applicableForUser>disabled</applicableForUser></onlyAssignedParking>"
    basics = f"<parkingSpaceBasics>{whom}</parkingSpaceBasics>"
    about = described("P1", "Dom", 100, f'<groupOfParkingSpaces groupIndex="1">{basics}</groupOfParkingSpaces>')
    both = publication(
        f"<parkingTable>{about}</parkingTable></n:parkingTablePublication><n:parkingStatusPublication>"
        f"{site(more=groups)}</n:parkingStatusPublication><n:parkingTablePublication>",
        kind="parkingTablePublication",
    )
    seen = only(both)
    assert (seen[SiteCounted, Audience.PUBLIC].vacant, seen[SiteCounted, Audience.DISABLED].vacant) == (37, 3)
    assert only(publication(site(more=groups)))[SiteCounted, Audience.PUBLIC].vacant == 40
    without_total = only(both.replace(tags(parkingNumberOfVacantSpaces=40).encode(), b""))
    assert without_total.keys() == {
        (SiteCounted, Audience.DISABLED), (OpeningChanged, None), (DeviceFault, Audience.PUBLIC),
    }  # fmt: skip
    without_group = only(both.replace(tags(parkingNumberOfVacantSpaces=3).encode(), b"<parkingNumberOfVacantSpaces/>"))
    level = without_group[SiteLevelled, Audience.PUBLIC]
    assert (level.vacant_low, level.vacant_high) == (0, 40), "nobody knows how many of the 40 are the group's"
    assert without_group[DeviceFault, Audience.DISABLED].fault is Fault.UNUSABLE
    assert (SiteCounted, Audience.PUBLIC) not in without_group
