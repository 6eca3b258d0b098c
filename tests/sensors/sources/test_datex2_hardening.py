"""DATEX II bodies of bad will or bad luck: bombs, sizes, depths, encodings, torn ends. Bounded in memory.

What takes squared time takes minutes here, and runs into the timeout of the tests.
"""

from __future__ import annotations

import random
import tracemalloc

import pytest

from parking.observations import SiteCounted
from parking.words import RejectReason
from sensors.bodies import MAX_BODY_BYTES, MAX_VALUES
from tests.sensors.sources.datex2_bodies import declared, kinds, publication, read, reason, site, tags
from tests.sensors.sources.words import believed

SOUND = publication(site(more=tags(parkingStatusDescription="Mäuse ≠ Bären".replace("≠", "und"))))

BOMBS = (
    '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><parkingStatusPublication>&b;</parkingStatusPublication>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><parkingStatusPublication/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><parkingStatusPublication>&x;</parkingStatusPublication>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><parkingStatusPublication/>',
)


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
def test_no_entity_is_read_in_whatever_encoding(bomb: str, encoding: str) -> None:
    assert reason(bomb.encode(encoding)) is RejectReason.MALFORMED_BODY


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "utf-16"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-16"),  # says otherwise
        ("", "utf-16-le"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "latin-1"),
        ('<?xml version="1.0" encoding="windows-1252"?>', "cp1252"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "cp1252"),  # says otherwise
        ("", "latin-1"),
        ('\n <?xml version="1.0"?>', "utf-8"),
    ],
)
def test_a_body_is_read_in_the_encoding_it_is_in(declaration: str, encoding: str) -> None:
    body = (declaration + SOUND.decode()).encode(encoding)
    assert read(body).observations == read(SOUND).observations
    assert [place.id for place in declared(body).places] == ["DE-X:P1"]


def test_a_body_torn_anywhere_is_one_reject_with_its_bytes() -> None:
    for end in range(0, len(SOUND), 7):
        decoded = read(SOUND[:end])
        assert [(one.reason, one.raw) for one in decoded.rejects] == [(RejectReason.MALFORMED_BODY, SOUND[:end])]


def peak_bytes(body: bytes) -> int:
    """How much memory it takes to read a body, at most."""
    tracemalloc.start()
    try:
        read(body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_100_mb_are_refused_at_once_and_unread() -> None:
    body = b"<parkingStatusPublication>" + b" " * 100_000_000
    assert peak_bytes(body) < 20_000_000
    refused = read(body).rejects[0]
    assert (refused.reason, refused.raw_length) == (RejectReason.MALFORMED_BODY, len(body))
    assert str(MAX_BODY_BYTES) in refused.detail


@pytest.mark.parametrize(
    "body",
    [
        b"<parkingStatusPublication>" + b"<a/>" * (MAX_VALUES + 1) + b"</parkingStatusPublication>",
        b"<parkingStatusPublication " + b' a=""' * (MAX_VALUES + 1) + b"/>",
        b'{"payload":[' + b"{}," * (MAX_VALUES + 1) + b"{}]}",
    ],
)
def test_more_values_than_any_publication_has_are_refused_before_they_cost_memory(body: bytes) -> None:
    assert reason(body) is RejectReason.MALFORMED_BODY
    assert peak_bytes(body) < 4 * len(body)


def test_more_records_than_a_country_has_are_refused_as_a_whole() -> None:
    assert reason(b"<parkingStatusPublication>" + b"<a/>" * 1_000_000 + b"</parkingStatusPublication>") is (
        RejectReason.MALFORMED_BODY
    )


@pytest.mark.parametrize(
    "record",
    [
        f"<parkingRecordStatus>{'<a>' * 50_000}{'</a>' * 50_000}</parkingRecordStatus>",
        f"{'<parkingFacilityStatus>' * 20_000}{'</parkingFacilityStatus>' * 20_000}",
        f"{'<parkingAreaStatus>' * 20_000}<b/>{'</parkingAreaStatus>' * 20_000}",
    ],
)
def test_a_well_costs_itself_alone(record: str) -> None:
    decoded = read(publication(record, site()))
    assert {seen.device_id for seen in believed(decoded)} == {"DE-X:P1"}
    assert decoded.rejects


def test_publications_in_publications_cost_no_more_than_their_length() -> None:
    deep = b"<payload>" * 30_000 + SOUND + b"</payload>" * 30_000
    assert kinds(deep)[SiteCounted].vacant == 40


def test_ten_thousand_records_are_read() -> None:
    body = publication(*(site(f"P{number}") for number in range(10_000)))
    assert len(read(body).observations) == 20_000


def test_bytes_changed_at_random_never_raise() -> None:
    luck = random.Random(35)
    for _ in range(400):
        body = bytearray(SOUND)
        for _ in range(luck.randint(1, 5)):
            where = luck.randrange(len(body))
            body[where : where + luck.randint(0, 9)] = luck.randbytes(luck.randint(0, 3))
        decoded = read(bytes(body), recorded=luck.random() < 0.5)
        assert all(one.detail for one in decoded.rejects)
        declared(bytes(body))
