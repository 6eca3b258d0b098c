"""A mapping that cannot be used is one sentence: which file, which key, and what to write instead."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.errors import ParkingError
from parking.words import Audience
from sensors.registry import ADAPTERS, register
from sensors.sources.mapped.adapter import read_mapping
from sensors.sources.mapped.example import EXAMPLE
from sensors.sources.mapped.mapping import (
    BodyPart,
    CategoryPart,
    CountPart,
    PlacePart,
    RecordPart,
    SourcePart,
    SpacePart,
    StatusPart,
    TimePart,
)
from sensors.sources.mapped.reading_toml import MappingError
from tests.sensors.sources.test_mapped_twins import ALL, mapped
from tests.support import ROOT

GOOD = (
    '[source]\nname = "x"\nzone = "Europe/Paris"\nlicence = "none"\n[body]\nformat = "json"\n[record]\nid = "id"\n'
    '[[count]]\nvacant = "free"\n'
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zone =", "zoen =", "source.zoen is no key of a mapping: write 'zone'"),
        ("[record]", "[recrod]", "recrod is no key of a mapping: write 'record'"),
        ("vacant =", "free_places =", "count.free_places is no key of a mapping: known there are"),
        ('name = "x"\n', "", 'source.name is missing: write name = "exempleville"'),
        ('"x"', '"X Y"', "source.name 'X Y' must be 1-63 of a-z"),
        ('"x"', '"kafka"', "source.name 'kafka' is a name of the house"),
        ("Europe/Paris", "Paris", "source.zone 'Paris' is no zone: write Europe/Paris"),
        ('licence = "none"\n', "", "source.licence is missing: write licence ="),
        ('"json"', '"yaml"', "body.format: invalid enum value 'yaml'.*: write format = \"json\""),
        ("[record]", 'records = "a..b"\n[record]', "body.records 'a..b' is no path: write names with dots"),
        ('"id"', '"a..b"', "record.id 'a..b' is no path"),
        ('"id"', '{ path = "id", pattern = "P" }', "record.id pattern 'P' must have one group"),
        ('"id"', '{ path = "id", pattern = "(" }', "record.id pattern '\\(' is no regular expression"),
        ('"id"', '{ field = "id" }', "record.id must be a path like"),
        ("free", "", "count\\[0\\].vacant must be a path like"),
        (
            'vacant = "free"',
            'occupied = "taken"',
            "count\\[0\\].occupied says nothing of what is vacant without capacity",
        ),
        ('vacant = "free"', 'vacant = "free"\noccupied = "taken"', "count\\[0\\] must have one of vacant and occupied"),
        ('vacant = "free"', 'vacant = "free"\ncapacity = -4', "count\\[0\\].capacity is -4"),
        (
            'vacant = "free"',
            'vacant = "free"\nrequired = ["capacity"]',
            "required names capacity, which the count does not",
        ),
        ('vacant = "free"', 'vacant = "$cell"', "body.wide is missing"),
        ('vacant = "free"', 'vacant = "free"\n[[count]]\nvacant = "b"', "count has public twice"),
        (
            'vacant = "free"',
            'vacant = "free"\n[space]\nat = "s"\nfree = [0]\noccupied = [1]',
            "space and count contradict",
        ),
        ('[[count]]\nvacant = "free"', "", "count is missing: write"),
        ('vacant = "free"', 'vacant = "free"\n[[status]]\nat = "s"', "status\\[0\\] has no words: write open ="),
        (
            'vacant = "free"',
            'vacant = "free"\n[[status]]\nat = "s"\nopen = ["a"]\nclosed = ["A"]',
            "status\\[0\\] has 'a' under open and closed: a word means one thing",
        ),
        ('vacant = "free"', 'vacant = "free"\n[time]\nat = "t"\nformat = "ISO"', "time.format 'ISO' is none: write"),
        ('vacant = "free"', 'vacant = "free"\n[place]\nlon = "x"', "place.lon and place.lat go together"),
        (
            'vacant = "free"',
            'vacant = "free"\n[place]\npoint = "p"\nsystem = "EPSG:31467"',
            "'EPSG:31467' is not known",
        ),
        ('vacant = "free"', 'vacant = "free"\n[place]\npoint = "p"\nbox = [1.0]', "place.box must be west, south"),
        ("[body]", 'feeds = ["ftp://x"]\n[body]', "source.feeds 'ftp://x' is no address"),
        ("[body]", "valid_for_s = 0\n[body]", "source.valid_for_s 0 must be 1"),
        ('id = "id"', 'id = "id"\nreserved = true', "record.reserved needs"),
        ("[body]", "[body", "not readable as TOML"),
        ('"json"', '"xml"', "body.records is missing: write the name of the element"),
    ],
)
def test_each_mistake_names_file_key_and_remedy(old: str, new: str, said: str) -> None:
    read_mapping("x.toml", GOOD)
    with pytest.raises(MappingError, match=said) as refused:
        read_mapping("x.toml", GOOD.replace(old, new, 1))
    sentence = str(refused.value)
    assert sentence.startswith("x.toml: ")
    assert "\n" not in sentence


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_mapping_cut_and_changed_anywhere_is_a_source_or_a_sentence(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([EXAMPLE, *(path.read_text(encoding="utf-8") for path in ALL)]))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(text) - 1))
        text = (
            text[:where]
            + data.draw(st.sampled_from(["", '"', "[", "]", "=", "1", "x", "{", "true"]))
            + text[where + 1 :]
        )
    with suppress(MappingError):
        read_mapping("x.toml", text)


def test_mapped_sources_are_known_beside_ours_until_others_are() -> None:
    ours = set(ADAPTERS)
    try:
        register([mapped("nantes"), mapped("ulm")])
        assert set(ADAPTERS) - ours == {"nantes_by_mapping", "ulm_by_mapping"}
        with pytest.raises(ParkingError, match="taken by another source"):
            register([mapped("nantes"), mapped("nantes")])
    finally:
        register([])
    assert set(ADAPTERS) == ours


PAGE = (ROOT / "docs" / "mapping" / "mapped.md").read_text(encoding="utf-8")


def test_the_page_has_the_example_and_names_every_key_of_every_table() -> None:
    assert f'```toml title="exempleville.toml"\n{EXAMPLE}```' in PAGE
    audiences = {audience.value for audience in Audience}
    for part in (SourcePart, BodyPart, RecordPart, TimePart, CountPart, StatusPart, CategoryPart, SpacePart, PlacePart):
        keys = set(part.__struct_fields__) - audiences
        assert [key for key in sorted(keys) if f"`{key}" not in PAGE] == [], part.__name__
