import msgspec
import pytest

from parking import codec
from parking.errors import InvalidObservationError, MalformedEventError, NaiveTimeError, UnknownSchemaVersionError
from parking.observations import SiteCounted, make_event_id
from parking.state import EMPTY
from tests.support import NOON, envelope


def test_an_observation_is_one_readable_line() -> None:
    line = codec.encode_event(SiteCounted(**envelope(), vacant=4))
    assert b'"type":"site_counted"' in line
    assert codec.decode_observation(line).vacant == 4


def test_another_schema_version_is_refused_not_misread() -> None:
    newer = SiteCounted(**envelope(), vacant=4, schema_version=2)
    with pytest.raises(UnknownSchemaVersionError, match="version 2, this placelibre reads 1"):
        codec.decode_observation(codec.encode_event(newer))


def test_a_table_value_of_another_version_is_refused_not_misread() -> None:
    newer = msgspec.msgpack.encode((2, {"something": "else"}, [1, 2]))
    with pytest.raises(UnknownSchemaVersionError):
        codec.decode_state(newer)
    assert codec.decode_state(codec.encode_state(EMPTY)) == EMPTY


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"type":"no_such_thing"}',
        codec.encode_event(SiteCounted(**envelope(), vacant=4)).replace(b'"vacant":4', b'"vacant":-4'),
        codec.encode_event(SiteCounted(**envelope(), vacant=4)).replace(b"12:00:00Z", b"12:00:00"),
    ],
)
def test_nonsense_is_malformed(line: bytes) -> None:
    with pytest.raises(MalformedEventError):
        codec.decode_observation(line)


def test_types_refuse_nonsense_on_construction() -> None:
    with pytest.raises(InvalidObservationError):
        SiteCounted(**envelope(), vacant=-1)
    with pytest.raises(InvalidObservationError):
        SiteCounted(**envelope() | {"event_id": "XYZ"}, vacant=1)
    with pytest.raises(NaiveTimeError):
        SiteCounted(**envelope() | {"received_at": NOON.replace(tzinfo=None)}, vacant=1)


def test_the_same_fact_has_the_same_id() -> None:
    assert make_event_id("s", "d", NOON, 1) == make_event_id("s", "d", NOON, 1)
    assert make_event_id("s", "d", NOON, 1) != make_event_id("s", "d", NOON, 2)
    assert make_event_id("s", "d1", NOON, 1) != make_event_id("s", "d", NOON, 11)
