"""Coordinates as sources write them."""

import pytest

from parking.catalogue.model import Point
from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.points import read_point


def test_a_point_is_read_from_numbers_or_texts() -> None:
    assert read_point("-1.5", 47) == Point(-1.5, 47)


@pytest.mark.parametrize(("lon", "lat"), [(None, 1), (True, 1), ("east", 1), (1, 91), (float("nan"), 1), (10**400, 1)])
def test_what_is_no_point_is_refused(lon: object, lat: object) -> None:
    with pytest.raises(RecordRefusedError) as refused:
        read_point(lon, lat)
    assert refused.value.reason is RejectReason.BAD_COORDINATES
