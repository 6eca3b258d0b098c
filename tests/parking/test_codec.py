import msgspec
import pytest

from parking import codec
from parking.errors import InvalidObservationError, MalformedEventError, NaiveTimeError, UnknownSchemaVersionError
from parking.fold import table_rows
from parking.fold.occupancy import conclude
from parking.fold.spaces import slots
from parking.fold.state import EMPTY, STATE_VERSION
from parking.observations import Observation, SiteCounted, SpaceObserved, make_event_id
from parking.words import Audience, SpaceState
from tests.support import NOON, envelope, zone

STATE_OF_VERSION_1 = bytes.fromhex(
    "970181a67075626c69639ad6ff69f88a4000b033323961633738663730346138633935a3737263a26431c204c0c0a7636f75"
    "6e74656481a67372632f6431d6ff69f88a40c080c400de000ba6766163616e7404aa766163616e745f6c6f7704ab76616361"
    "6e745f6869676804a8636170616369747964a56c6576656cab616c6d6f73745f66756c6cab62795f63617465676f727981a6"
    "7075626c696382a6766163616e7404a8636170616369747964af7265706f7274696e675f7368617265cb3ff0000000000000"
    "ab6f627365727665645f6174d6ff69f88a40ab76616c69645f756e74696cd6ff69f88dc4a56261736973a7636f756e746564"
    "a87265766973696f6e920107"
)
"""A Table value as the version before ``lanes`` wrote it: 4 of 100 vacant, counted at noon."""

STATE_OF_VERSION_2 = bytes.fromhex(
    "98028080c080c42c00000000000000000000000000000000000000000000001087abfc5006005c53bc61184e7df30000"
    "00000100de000ea6766163616e7401aa766163616e745f6c6f7701ab766163616e745f6869676803a863617061636974"
    "7903ae6f75745f6f665f7365727669636500a56c6576656cb07370616365735f617661696c61626c65ab62795f636174"
    "65676f727981a67075626c696382a6766163616e7401a8636170616369747903af7265706f7274696e675f7368617265"
    "cb3fd5555555555555ab6f627365727665645f6174d6ff69f88a40ab76616c69645f756e74696cd6ff69f8988ca56261"
    "736973a7636f756e746564a66661756c747391b6636f6d6d756e69636174696f6e735f6661696c757265ac7370616365"
    "5f737461746573c40104a87265766973696f6e920107c0"
)
"""A Table value as the version before vitals wrote it: of three spaces the second was free at noon."""

OBSERVATION_OF_VERSION_1 = (
    b'{"type":"site_counted","event_id":"329ac78f704a8c95","tenant":"testville","source":"src","device_id":"d1",'
    b'"observed_at":"2026-05-04T12:00:00Z","received_at":"2026-05-04T12:00:00Z","time_basis":"device","vacant":4}'
)


def test_an_observation_is_one_readable_line() -> None:
    line = codec.encode_event(SiteCounted(**envelope(), vacant=4))
    assert b'"type":"site_counted"' in line
    assert codec.decode_observation(line).vacant == 4


def test_another_schema_version_is_refused_not_misread() -> None:
    newer = SiteCounted(**envelope(), vacant=4, schema_version=2)
    with pytest.raises(UnknownSchemaVersionError, match="version 2, this placelibre reads 1"):
        codec.decode_observation(codec.encode_event(newer))


def test_a_table_value_of_another_version_is_refused_not_misread() -> None:
    newer = msgspec.msgpack.encode((STATE_VERSION + 1, {"something": "else"}, [1, 2]))
    with pytest.raises(UnknownSchemaVersionError, match=f"version {STATE_VERSION + 1}, this placelibre reads"):
        table_rows.decode_state(newer)
    assert table_rows.decode_state(table_rows.encode_state(EMPTY)) == EMPTY


def test_the_last_versions_bytes_are_read() -> None:
    state = table_rows.decode_state(STATE_OF_VERSION_1)
    assert state.version == STATE_VERSION
    assert state.lanes is None
    assert state.counts[Audience.PUBLIC].vacant == 4
    assert state.published is not None
    assert state.published.vacant == 4
    assert codec.decode_observation(OBSERVATION_OF_VERSION_1).observed_at == NOON


def test_single_spaces_from_before_vitals_are_read() -> None:
    state = table_rows.decode_state(STATE_OF_VERSION_2)
    assert (state.version, state.ranges) == (STATE_VERSION, {})
    said = list(slots(state.spaces, 3))
    assert [one.state for one in said] == [SpaceState.UNKNOWN, SpaceState.FREE, SpaceState.UNKNOWN]
    assert conclude(state, zone(3), NOON).availability.vacant == 1


def test_a_position_of_another_version_is_refused_not_misread() -> None:
    assert table_rows.decode_position(table_rows.encode_position(3, 2**40)) == (3, 2**40)
    with pytest.raises(UnknownSchemaVersionError, match="position"):
        table_rows.decode_position(msgspec.msgpack.encode((9, 1, 2)))


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


@pytest.mark.parametrize("names", [("src", "d1"), ("ville", "Cité/Congrès"), ('a","b', "c\\d")])
def test_the_text_of_a_device_stands_in_its_observations_and_in_no_other_s(names: tuple[str, str]) -> None:
    source, device = names
    seen = SpaceObserved(**envelope(0, device) | {"source": source}, state=SpaceState.FREE)
    text = codec.device_text(source, device)
    assert codec.encode_event(seen).count(b'"' + text + b'"') == 1
    assert codec.device_text(source + "x", device) != text != codec.device_text(source, device + "x")
    other = codec.encode_event(SpaceObserved(**envelope(0, "other"), state=SpaceState.FREE))
    assert b'"' + text + b'"' not in other


def test_no_kind_of_observation_puts_anything_between_a_source_and_its_device() -> None:
    for kind in Observation.__args__:
        fields = kind.__struct_encode_fields__
        assert fields[fields.index("source") + 1] == "device_id", kind
