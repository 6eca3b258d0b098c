"""What adapters share: tables, and bays that become zones."""

import pytest

from parking.catalogue.model import Point
from parking.words import Audience, RejectReason
from sensors.bays import Bay, make_zones, natural_order
from sensors.bodies import CsvRecord, csv_records
from sensors.contract import RecordRefusedError
from sensors.registry import ADAPTERS

INFO = ADAPTERS["melbourne"].INFO


def zones(*bays: Bay):
    return make_zones(INFO, "t", bays, 60)


def test_bays_take_slots_in_the_order_given_and_their_devices_know_them() -> None:
    [zone] = zones(Bay("b", "z", "Z"), Bay("a", "z", "Z", Point(1, 2)), Bay("c", "z", "Z", Point(3, 4)))
    assert [space.id for space in zone.spaces] == ["b", "a", "c"]
    assert [(device.id, device.slot, device.valid_for_s) for device in zone.devices] == [
        ("b", 0, 60), ("a", 1, 60), ("c", 2, 60),
    ]  # fmt: skip
    assert zone.point == Point(2, 3)


def test_of_bays_with_one_id_the_first_counts_even_in_another_zone() -> None:
    [zone] = zones(Bay("a", "z", "Z", audiences=frozenset({Audience.EV})), Bay("a", "z", "Z"), Bay("a", "y", "Y"))
    assert (zone.id, len(zone.spaces), zone.spaces[0].audiences) == ("z", 1, {Audience.EV})


def test_every_128_make_a_part_and_appending_moves_nobody() -> None:
    many = [Bay(str(n), "z", "Z") for n in range(300)]
    assert [(zone.id, len(zone.spaces)) for zone in zones(*many)] == [("z", 128), ("z_2", 128), ("z_3", 44)]
    assert zones(*many, Bay("x", "z", "Z"))[:2] == zones(*many)[:2]


def test_a_zone_is_called_by_what_may_stand_in_an_address() -> None:
    assert [zone.id for zone in zones(Bay("a", "7/8 Main_St é", "Main"), Bay("b", "", "?"))] == ["-", "7-8-Main-St-"]


def test_numbers_sort_as_numbers() -> None:
    assert sorted(["10W", "9W", "C9", "C10", "9E"], key=natural_order) == ["9E", "9W", "10W", "C9", "C10"]


def test_a_line_of_a_table_carries_its_header_and_a_torn_one_costs_itself() -> None:
    columns, lines = csv_records(b'\xef\xbb\xbfa,b\r\n1,"2,3"\r\n"torn\n\n4\n')
    first, torn, short = lines
    assert columns == ["a", "b"]
    assert first == CsvRecord(b'a,b\n1,"2,3"', {"a": "1", "b": "2,3"})
    assert all(isinstance(one, RecordRefusedError) for one in (torn, short))
    assert (torn.raw, short.raw) == (b'a,b\n"torn', b"a,b\n4")


@pytest.mark.parametrize("body", [b"", b"\n1\n", b"a,a\n", b'"a\n', b"\xff\xfe"])
def test_a_body_without_a_usable_header_is_refused_whole(body: bytes) -> None:
    with pytest.raises(RecordRefusedError) as refused:
        csv_records(body)
    assert refused.value.reason is RejectReason.MALFORMED_BODY
