"""A mapped feed that is other than its mapping says: a word in a list, a gate against a lamp, an error as a record."""

from __future__ import annotations

import json
from typing import TypeVar

import pytest

from parking.observations import Observation, OpeningChanged, SiteCounted, SiteLevelled
from parking.words import FillLevel, Opening, RejectReason
from sensors.contract import Decoded
from sensors.sources.mapped.adapter import read_mapping
from sensors.sources.mapped.reading_toml import MappingError
from tests.sensors.sources.test_mapped import COUNT, NOW, ONE, PLAIN, SOURCE, counts, read

STATUS = PLAIN + '[[status]]\nat = "s"\nopen = ["open"]\nclosed = ["closed"]\nmissing = "nothing"\n' + COUNT
CATEGORY = PLAIN + '[[category]]\nat = "k"\ndisabled = ["PMR"]\n' + COUNT
Kind = TypeVar("Kind", bound=Observation)
NESTED = [["PMR"], {"a": 1}, [["x"]], [None], {"closed": True}]


def only(kind: type[Kind], decoded: Decoded) -> list[Kind]:
    return [one for one in decoded.observations if isinstance(one, kind)]


@pytest.mark.parametrize("value", NESTED)
@pytest.mark.parametrize(("mapping", "field"), [(CATEGORY, "k"), (STATUS, "s")])
def test_a_word_in_a_list_or_object_is_refused_and_never_taken_for_none(
    mapping: str, field: str, value: object
) -> None:
    decoded = read(mapping, [ONE | {field: value}])
    assert not counts(decoded)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.UNKNOWN_STATUS]


@pytest.mark.parametrize("value", [None, "", " ", [], {}])
@pytest.mark.parametrize(("mapping", "field"), [(CATEGORY, "k"), (STATUS, "s")])
def test_what_says_nothing_is_missing(mapping: str, field: str, value: object) -> None:
    assert counts(read(mapping, [ONE | {field: value}])) == [("P1", 3, 9)]


@pytest.mark.parametrize(("others", "found"), [("nothing", []), ("public", [("P1", 3, 9)])])
def test_a_list_is_a_word_of_no_list(others: str, found: object) -> None:
    decoded = read(CATEGORY.replace(COUNT, f'others = "{others}"\n{COUNT}'), [ONE | {"k": ["PMR"]}])
    assert counts(decoded) == found
    assert not decoded.rejects


def test_words_nested_in_xml_are_no_missing_word() -> None:
    mapping = SOURCE + '[body]\nformat = "xml"\nrecords = "lot"\n[record]\nid = "@id"\n'
    mapping += '[[category]]\nat = "k"\ndisabled = ["PMR"]\n' + COUNT
    body = b'<a><lot id="P1"><k><w>PMR</w></k><free>3</free><all>9</all></lot></a>'
    decoded = read(mapping, body)
    assert not counts(decoded)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.UNKNOWN_STATUS]


@pytest.mark.parametrize(
    ("key", "kind", "is_meant"),
    [
        ("unless", ["bike"], False),
        ("unless", ["car", "bike"], False),
        ("unless", {"type": "bike"}, False),
        ("unless", ["car"], True),
        ("unless", [], True),
        ("only", ["bike"], True),
        ("only", ["car"], False),
        ("only", [], False),
    ],
)
def test_records_are_chosen_by_the_words_in_a_list(key: str, kind: object, is_meant: bool) -> None:
    mapping = f'{SOURCE}[body]\nformat = "json"\n{key} = {{ kind = ["bike"] }}\n[record]\nid = "id"\n{COUNT}'
    assert bool(counts(read(mapping, [ONE | {"kind": kind}]))) is is_meant


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d %H:%m", "%Y %Y", "%Q", "%-d/%m/%Y", "%", "%Y-%m-%d %", "noon", "%H:%M %", "%d/%m %H:%M", "%H:%M"]
)
def test_a_format_that_strptime_cannot_read_is_refused_when_the_mapping_is_opened(form: str) -> None:
    with pytest.raises(MappingError, match=r"x\.toml: time\.format .* write "):
        read_mapping("x.toml", f'{PLAIN}[time]\nat = "t"\nformat = ["iso", {json.dumps(form)}]\n{COUNT}')


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S.%f%z", "%a, %d %b %y %I:%M %p"])
def test_a_format_that_strptime_reads_is_taken(form: str) -> None:
    read_mapping("x.toml", f'{PLAIN}[time]\nat = "t"\nformat = "{form}"\n{COUNT}')


@pytest.mark.parametrize("count", ['vacant = "free"\ncapacity = 99999999999', 'vacant = "free"\nfull_at = 2147483648'])
def test_a_stated_number_that_no_count_can_be_is_refused_when_the_mapping_is_opened(count: str) -> None:
    with pytest.raises(MappingError, match=r"x\.toml: count\[0\]\.(capacity|full_at) is [0-9]+: a count is 0 or more"):
        read_mapping("x.toml", f"{PLAIN}[[count]]\n{count}\n")


GATE = (
    '[[status]]\nat = "gate"\nopen = ["open"]\nclosed = ["closed"]\nclosed_abnormal = ["fire"]\n'
    'subscribers_only = ["cards"]\nunknown = ["?"]\n'
)
LAMP = '[[status]]\nat = "lamp"\nspaces_available = ["green"]\nalmost_full = ["amber"]\nfull = ["red"]\n'


@pytest.mark.parametrize("tables", [GATE + LAMP, LAMP + GATE])
@pytest.mark.parametrize(
    ("gate", "opening"),
    [
        ("open", Opening.OPEN),
        ("closed", Opening.CLOSED),
        ("fire", Opening.CLOSED_ABNORMAL),
        ("cards", Opening.SUBSCRIBERS_ONLY),
        ("?", Opening.OPEN),
    ],
)
def test_a_closed_gate_is_closed_whatever_the_lamp_shows_and_in_whatever_order(
    tables: str, gate: str, opening: Opening
) -> None:
    decoded = read(PLAIN + tables + COUNT, [ONE | {"gate": gate, "lamp": "green"}])
    assert [one.opening for one in only(OpeningChanged, decoded)] == [opening]
    assert counts(decoded) == [("P1", 3, 9)]


@pytest.mark.parametrize("tables", [GATE + LAMP, LAMP + GATE])
@pytest.mark.parametrize(
    ("lamp", "level"),
    [("red", FillLevel.FULL), ("amber", FillLevel.ALMOST_FULL), ("green", FillLevel.SPACES_AVAILABLE)],
)
def test_an_open_gate_does_not_hide_how_full_the_lamp_says_it_is(tables: str, lamp: str, level: FillLevel) -> None:
    decoded = read(PLAIN + tables + COUNT, [ONE | {"free": None, "gate": "open", "lamp": lamp}])
    assert [(one.level, one.capacity) for one in only(SiteLevelled, decoded)] == [(level, 9)]
    [counted] = only(SiteCounted, read(PLAIN + tables + COUNT, [ONE | {"gate": "open", "lamp": lamp}]))
    assert counted.full_at == (3 if level is FillLevel.FULL else None)


@pytest.mark.parametrize("tables", [GATE + LAMP, LAMP + GATE])
@pytest.mark.parametrize(
    ("gate", "lamp", "opening"),
    [
        ("closed", "mauve", Opening.CLOSED),
        ("open", "mauve", Opening.OPEN),
        ("ajar", "green", Opening.UNKNOWN),
        ("ajar", "mauve", Opening.UNKNOWN),
    ],
)
def test_beside_a_word_of_no_list_only_what_was_said_outright_is_told(
    tables: str, gate: str, lamp: str, opening: Opening
) -> None:
    decoded = read(PLAIN + tables + COUNT, [ONE | {"gate": gate, "lamp": lamp}])
    assert [one.opening for one in only(OpeningChanged, decoded)] == [opening]
    assert not counts(decoded)
    assert len(decoded.rejects) == 1


@pytest.mark.parametrize("tables", [GATE + LAMP, LAMP + GATE])
@pytest.mark.parametrize(("lamp", "vacant"), [("red", [0]), ("green", [])])
def test_a_zero_is_believed_beside_the_word_of_any_table(tables: str, lamp: str, vacant: list[int]) -> None:
    mapping = PLAIN + tables + COUNT + 'zero_beside = ["full"]\n'
    decoded = read(mapping, [ONE | {"free": 0, "gate": "open", "lamp": lamp}])
    assert [one.vacant for one in only(SiteCounted, decoded)] == vacant
    assert decoded.observations[0].observed_at == NOW
