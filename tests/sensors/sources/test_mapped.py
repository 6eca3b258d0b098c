"""A mapped feed: what a mapping can say of records, numbers, words, times, places; and that nothing is made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parking.observations import DeviceFault, OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded
from sensors.sources.mapped.adapter import read_mapping

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOURCE = '[source]\nname = "x"\nzone = "Europe/Paris"\nlicence = "none"\n'
COUNT = '[[count]]\nvacant = "free"\ncapacity = "all"\n'
PLAIN = SOURCE + '[body]\nformat = "json"\n[record]\nid = "id"\n'


def read(mapping: str, body: object, recorded: bool = False) -> Decoded:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_mapping("x.toml", mapping).decode(payload, tenant="t", received_at=NOW, recorded=recorded)


def places(mapping: str, body: object) -> Declared:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_mapping("x.toml", mapping).places(payload, {}, tenant="t", received_at=NOW)


def counts(decoded: Decoded) -> list[tuple[str, int, int | None]]:
    return [
        (seen.device_id, seen.vacant, seen.capacity) for seen in decoded.observations if isinstance(seen, SiteCounted)
    ]


def body_of(format_: str, records: str | None = None, more: str = "", record: str = 'id = "id"') -> str:
    where = "" if records is None else f'records = "{records}"\n'
    return f'{SOURCE}[body]\nformat = "{format_}"\n{where}{more}[record]\n{record}\n{COUNT}'


ONE = {"id": "P1", "free": 3, "all": 9}


@pytest.mark.parametrize(
    ("mapping", "body"),
    [
        (body_of("json"), [ONE]),
        (body_of("json", "data.lots"), {"data": {"lots": [ONE]}}),
        (body_of("json", "cities.*.lots"), {"cities": [{"lots": [ONE]}, {"lots": []}]}),
        (body_of("json", "lots.*", record='id = "$key"'), {"lots": {"P1": {"free": 3, "all": 9}}}),
        (body_of("json", "lot"), {"lot": ONE}),
        (body_of("geojson"), {"features": [{"type": "Feature", "properties": ONE}]}),
        (body_of("xml", "lot"), b"<a><lot><id>P1</id><free>3</free><all>9</all></lot></a>"),
        (
            body_of("xml", "lots.lot"),
            b'<a xmlns="u:x"><lots><lot><id>P1</id><free>3</free><all>9</all></lot></lots></a>',
        ),
        (body_of("csv"), b"id,free,all\nP1,3,9\n"),
        (body_of("csv"), '\ufeffid;free;all\r\nP1;"3";9\r\n'.encode()),
    ],
)
def test_records_of_every_format_and_nesting(mapping: str, body: object) -> None:
    decoded = read(mapping, body)
    assert counts(decoded) == [("P1", 3, 9)]
    assert not decoded.rejects


def test_what_is_around_a_record_can_be_its_own_and_a_reject_keeps_it() -> None:
    mapping = (
        SOURCE + '[body]\nformat = "json"\nrecords = "cities.*.lots"\n[record]\n'
        'id = { join = ["^.name", "id"], between = "-" }\n[time]\nat = "/updated"\n' + COUNT
    )
    body = {
        "updated": "2026-05-04T13:59:00",
        "cities": [{"name": "A", "lots": [ONE]}, {"name": "B", "lots": [ONE | {"free": -2}]}],
    }
    decoded = read(mapping, body)
    assert counts(decoded) == [("A-P1", 3, 9)]
    [reject] = decoded.rejects
    assert (reject.device_id, reject.reason) == ("B-P1", RejectReason.NEGATIVE_COUNT)
    assert json.loads(reject.raw) == {
        "updated": "2026-05-04T13:59:00",
        "cities": [{"name": "B", "lots": [ONE | {"free": -2}]}],
    }
    [again] = read(mapping, reject.raw).rejects
    assert (again.device_id, again.raw) == ("B-P1", reject.raw)


def test_an_attribute_and_what_is_around_an_element() -> None:
    mapping = (
        SOURCE + '[body]\nformat = "xml"\nrecords = "lot"\n[record]\nid = "@code"\n[time]\nat = "^.@at"\n'
        '[[count]]\nvacant = "n.free"\n'
    )
    body = (
        b'<r><town at="2026-05-04T11:58:00Z"><lot code="P1"><n><free>7</free></n></lot>'
        b'<lot code="P2"><n/></lot></town></r>'
    )
    decoded = read(mapping, body)
    assert counts(decoded) == [("P1", 7, None)]
    assert [type(seen) for seen in decoded.observations] == [SiteCounted, DeviceFault]
    assert {seen.observed_at.minute for seen in decoded.observations} == {58}


@pytest.mark.parametrize("nothing", [-1, 9999, "9999", "", "n/a", "N/A", None])
def test_what_stands_for_no_number_is_unknown_and_ends_the_number(nothing: object) -> None:
    mapping = PLAIN + 'missing = [-1, 9999, "n/a"]\n' + COUNT
    decoded = read(mapping, [ONE | {"free": nothing}])
    [fault] = decoded.observations
    assert isinstance(fault, DeviceFault)
    assert (fault.fault, decoded.rejects) == (Fault.UNUSABLE, [])


def test_an_unlisted_sentinel_is_refused_and_ends_the_number_too() -> None:
    decoded = read(PLAIN + COUNT, [ONE | {"free": -1}])
    assert [seen.fault for seen in decoded.observations if isinstance(seen, DeviceFault)] == [Fault.UNUSABLE]
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.NEGATIVE_COUNT]


@pytest.mark.parametrize(("occupied", "vacant"), [(2, 7), ("9", 0), (0, 9)])
def test_what_is_occupied_of_how_many(occupied: object, vacant: int) -> None:
    mapping = PLAIN + '[[count]]\noccupied = "taken"\ncapacity = "all"\n'
    assert counts(read(mapping, [{"id": "P1", "taken": occupied, "all": 9}])) == [("P1", vacant, 9)]


@pytest.mark.parametrize("record", [{"taken": 2}, {"taken": 2, "all": 0}, {"all": 9}, {"taken": 10, "all": 9}])
def test_what_is_occupied_of_nobody_knows_how_many_is_unknown(record: dict[str, int]) -> None:
    mapping = PLAIN + '[[count]]\noccupied = "taken"\ncapacity = "all"\n'
    decoded = read(mapping, [{"id": "P1"} | record])
    assert [type(seen) for seen in decoded.observations] == [DeviceFault]


def test_several_categories_of_one_record_and_a_bad_one_costs_no_other() -> None:
    mapping = (
        PLAIN + COUNT + '[[count]]\ncategory = "disabled"\nvacant = "pmr"\n[[count]]\ncategory = "ev"\nvacant = "ev"\n'
    )
    decoded = read(mapping, [ONE | {"pmr": -4, "ev": 2}])
    said = {seen.category: seen.vacant for seen in decoded.observations if isinstance(seen, SiteCounted)}
    assert said == {Audience.PUBLIC: 3, Audience.EV: 2}
    assert [seen.category for seen in decoded.observations if isinstance(seen, DeviceFault)] == [Audience.DISABLED]
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.NEGATIVE_COUNT]


def test_a_category_that_a_word_of_the_record_says() -> None:
    mapping = PLAIN + '[[category]]\nat = "who"\ndisabled = ["PMR"]\npublic = ["tous"]\n' + COUNT
    decoded = read(mapping, [ONE | {"who": "pmr"}, ONE | {"id": "P2", "who": "tous"}])
    assert [seen.category for seen in decoded.observations if isinstance(seen, SiteCounted)] == [
        Audience.DISABLED,
        Audience.PUBLIC,
    ]


CATEGORY = '[[category]]\nat = "type"\npublic = ["all"]\ndisabled = ["pmr"]\nnothing = ["taxi"]\n'
PARTS = [{"type": "all", "free": 12, "all": 90}, {"type": "PMR", "free": -2}, {"type": "taxi", "free": 3}]


@pytest.mark.parametrize(
    ("where", "body"),
    [
        (
            'format = "json"\nrecords = "lots.*.counts"\n[record]\nid = "^.id"',
            {"lots": [{"id": "P1", "counts": PARTS}]},
        ),
        ('format = "json"\n[record]\nid = "id"', [{"id": "P1", **part} for part in PARTS]),
        (
            'format = "xml"\nrecords = "count"\n[record]\nid = "^.@id"',
            b'<r><lot id="P1"><count><type>all</type><free>12</free><all>90</all></count><count><type>PMR</type>'
            b"<free>-2</free></count><count><type>taxi</type><free>3</free></count></lot></r>",
        ),
        ('format = "csv"\n[record]\nid = "id"', b"id,type,free,all\nP1,all,12,90\nP1,PMR,-2,\nP1,taxi,3,\n"),
    ],
)
def test_a_place_with_a_record_for_each_audience(where: str, body: object) -> None:
    decoded = read(SOURCE + f"[body]\n{where}\n" + CATEGORY + COUNT, body)
    assert counts(decoded) == [("P1", 12, 90)]
    assert [seen.category for seen in decoded.observations if isinstance(seen, DeviceFault)] == [Audience.DISABLED]
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.NEGATIVE_COUNT]


@pytest.mark.parametrize(("others", "said"), [("refuse", 0), ("public", 1), ("nothing", 0)])
def test_an_audience_is_never_guessed(others: str, said: int) -> None:
    decoded = read(PLAIN + CATEGORY + f'others = "{others}"\n' + COUNT, [ONE | {"type": "coach"}])
    assert len(counts(decoded)) == said
    assert len(decoded.rejects) == (others == "refuse")


def test_a_bay_whose_word_stands_for_nothing_is_unknown() -> None:
    mapping = PLAIN + 'missing = ["?"]\n[space]\nat = "s"\nfree = [0]\noccupied = [1]\n'
    [seen] = read(mapping, [{"id": "B1", "s": "?"}]).observations
    assert isinstance(seen, SpaceObserved)
    assert seen.state is SpaceState.UNKNOWN


WORDS = '[[status]]\nat = "state"\nusual = true\n'


@pytest.mark.parametrize(
    ("word", "opening"),
    [
        ("OUVERT", Opening.OPEN),
        ("geschlossen", Opening.CLOSED),
        ("Abonnés", Opening.SUBSCRIBERS_ONLY),
        ("Voll", Opening.OPEN),
    ],
)
def test_usual_words_of_several_languages(word: str, opening: Opening) -> None:
    decoded = read(PLAIN + WORDS + COUNT, [ONE | {"state": word}])
    assert [seen.opening for seen in decoded.observations if isinstance(seen, OpeningChanged)] == [opening]
    assert counts(decoded) == [("P1", 3, 9)]


@pytest.mark.parametrize(
    ("word", "level"),
    [("complet", FillLevel.FULL), ("viele frei", FillLevel.SPACES_AVAILABLE), ("almost full", FillLevel.ALMOST_FULL)],
)
@pytest.mark.parametrize("field", ["state", "free"])
def test_a_word_for_a_level_becomes_a_level_and_never_a_number(word: str, level: FillLevel, field: str) -> None:
    mapping = PLAIN + f'[[status]]\nat = "{field}"\nusual = true\nothers = "nothing"\nmissing = "nothing"\n' + COUNT
    decoded = read(mapping, [{"id": "P1", field: word, "all": 9}])
    assert not counts(decoded)
    assert not decoded.rejects
    assert [seen.level for seen in decoded.observations if isinstance(seen, SiteLevelled)] == [level]
    assert counts(read(mapping, [ONE])) == [("P1", 3, 9)], "a number in the same field is one"


def test_a_word_in_place_of_a_number_that_no_status_knows_is_refused() -> None:
    decoded = read(PLAIN + COUNT, [ONE | {"free": "complet"}])
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.WRONG_TYPE]
    assert [type(seen) for seen in decoded.observations] == [DeviceFault]


def test_an_unknown_word_is_refused_and_ends_the_number() -> None:
    decoded = read(PLAIN + WORDS + COUNT, [ONE | {"state": "blorg"}])
    assert [seen.opening for seen in decoded.observations if isinstance(seen, OpeningChanged)] == [Opening.UNKNOWN]
    assert not counts(decoded)
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.UNKNOWN_STATUS]


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ('"iso"', "2026-05-04T13:59:00"),
        ('"iso"', "2026-05-04T11:59:00Z"),
        ('"epoch_s"', 1777895940),
        ('"epoch_s"', "1777895940.0"),
        ('"epoch_ms"', 1777895940000),
        ('"%d/%m/%Y %H:%M"', "04/05/2026 13:59"),
        ('["iso", "%d.%m.%Y %H:%M"]', "04.05.2026 13:59"),
    ],
)
def test_times_of_every_format_in_the_zone_of_the_source(form: str, value: object) -> None:
    mapping = PLAIN + f'[time]\nat = "t"\nformat = {form}\n' + COUNT
    [seen] = read(mapping, [ONE | {"t": value}]).observations
    assert seen.observed_at == datetime(2026, 5, 4, 11, 59, tzinfo=UTC)
    assert seen.time_basis is TimeBasis.DEVICE


@pytest.mark.parametrize("value", ["soon", 1e300, True, ["x"], "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z"])
def test_what_is_no_time_is_refused_and_ends_the_number(value: object) -> None:
    decoded = read(PLAIN + '[time]\nat = "t"\nformat = ["iso", "epoch_s"]\n' + COUNT, [ONE | {"t": value}])
    assert decoded.rejects[0].reason in (RejectReason.BAD_TIME, RejectReason.FUTURE_TIME)
    assert [type(seen) for seen in decoded.observations] == [DeviceFault]


def test_a_time_in_two_fields_and_a_missing_one() -> None:
    mapping = PLAIN + '[time]\nat = { join = ["day", "hour"] }\nformat = "%Y-%m-%d %H:%M"\noptional = true\n' + COUNT
    decoded = read(mapping, [ONE | {"day": "2026-05-04", "hour": "13:50"}, ONE | {"id": "P2", "day": "2026-05-04"}])
    assert [(seen.observed_at.minute, seen.time_basis) for seen in decoded.observations] == [
        (50, TimeBasis.DEVICE),
        (0, TimeBasis.ARRIVAL),
    ]


def test_single_spaces_and_their_zones() -> None:
    mapping = (
        PLAIN
        + '[space]\nat = "s"\nfree = [0, "libre"]\noccupied = [1]\nzone = "street"\n[place]\nlon = "x"\nlat = "y"\n'
    )
    body = [{"id": f"B{n}", "s": s, "street": "Rue A", "x": -1.5, "y": 47.2} for n, s in enumerate([0, 1, "Libre", 7])]
    decoded = read(mapping, body)
    states = [seen.state for seen in decoded.observations if isinstance(seen, SpaceObserved)]
    assert states == [SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.FREE]
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.UNKNOWN_STATUS]
    [zone] = places(mapping, body).places
    assert (zone.name, len(zone.spaces), zone.point) == ("Rue A", 4, (-1.5, 47.2) and zone.point)


POINT = '[place]\npoint = "p"\n'


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("", {"type": "Point", "coordinates": [-1.5, 47.2]}),
        ("", "POINT (-1.5 47.2)"),
        ("", "SRID=4326;Point(-1.5 47.2)"),
        ("", {"lon": -1.5, "lat": "47,2"}),
        ("", [-1.5, 47.2]),
        ('order = "lat,lon"', "47.2, -1.5"),
        ('order = "lat,lon"', [47.2, -1.5]),
        ('order = "lat,lon"', "47,2 -1,5"),
        ("box = [-2.0, 47.0, -1.0, 48.0]", [47.2, -1.5]),
    ],
)
def test_positions_however_they_are_written(said: str, value: object) -> None:
    [place] = places(PLAIN + COUNT + POINT + said, [ONE | {"p": value}]).places
    assert place.point is not None
    assert (place.point.lon, place.point.lat) == (-1.5, 47.2)


@pytest.mark.parametrize(
    "value", ["here", {"type": "Polygon", "coordinates": []}, [1], [None, None], "POINT EMPTY", 7, [500, 900]]
)
def test_a_position_that_is_none_is_told_and_costs_the_place_nothing_else(value: object) -> None:
    found = places(PLAIN + COUNT + POINT, [ONE | {"p": value}])
    assert [(place.id, place.point, place.capacity) for place in found.places] == [("P1", None, 9)]
    assert [reject.reason for reject in found.rejects] == [RejectReason.BAD_COORDINATES]


def test_only_the_records_that_are_meant() -> None:
    mapping = (
        SOURCE
        + '[body]\nformat = "json"\nonly = { kind = ["car", "p+r*"] }\nunless = { off = [true] }\n'
        + '[record]\nid = "id"\n'
        + COUNT
    )
    kinds: list[dict[str, Any]] = [
        {"kind": "bike"},
        {"kind": "Car"},
        {"kind": "P+R North"},
        {"kind": "car", "off": True},
    ]
    decoded = read(mapping, [ONE | {"id": str(n)} | kind for n, kind in enumerate(kinds)])
    assert [seen.device_id for seen in decoded.observations] == ["1", "2"]


def test_a_body_of_another_shape_is_one_refusal() -> None:
    for body in ({"error": "maintenance"}, b"<html/>", b"", b"{", {"lots": 3}, "text"):
        decoded = read(body_of("json", "lots"), body)
        assert not decoded.observations
        assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_BODY]


def test_a_mapping_without_place_declares_none() -> None:
    assert places(PLAIN + COUNT, [ONE]).places == ()
    assert places(PLAIN + COUNT + "[place]\ndeclare = false\n", [ONE]).places == ()


def test_0_of_a_stated_0_is_no_number_unless_the_mapping_says_that_0_is_none() -> None:
    nothing = {"id": "P1", "free": 0, "all": 0}
    decoded = read(body_of("json"), [nothing])
    assert (counts(decoded), [type(one) for one in decoded.observations]) == ([], [DeviceFault])
    assert counts(read(body_of("json") + 'zero_capacity = "none"\n', [nothing])) == [("P1", 0, 0)]
    assert counts(read(body_of("json"), [nothing | {"free": 2}])) == [("P1", 2, None)]
