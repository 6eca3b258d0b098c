"""Poison for every topic: records that nobody of ours has written, by the thousand, made of sound ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from parking import codec
from parking.catalogue.model import Tenant
from parking.decisions.chain import ChainLink, DecisionEntry
from parking.decisions.codec import encode_entry
from parking.fold.records import Record
from parking.observations import DeviceFault, LaneCounted, OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from parking.published.availability import Availability, CategoryCount, Change
from parking.rejects import Redriven, make_reject
from parking.words import Audience, Basis, ClockBasis, FillLevel, Opening, RejectReason, SpaceState
from tests.parking.decisions.test_decisions import decided
from tests.support import TENANT, at, envelope, site, tick, zone

TEXTS = ["", "x" * 5_000, "\x00", "a/b", "../../../tmp", "\ud800", "}{", "\u202e", "#folded/0", "9" * 400]
TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-05-04T12:00:00", "2026-02-31T00:00:00Z"]
NUMBERS = [-1, 0, 2**31, 2**53 + 1, 2**63, 2**64, 10**400, 1e308, 0.5]
WEIRD: list[object] = [None, True, [], {}, [[]], {"": 0}, *TEXTS, *TIMES, *NUMBERS]
RAW = [
    None, b"", b"\x00", b"\xff\xfe", b"{", b"[]", b"{}", b"null", b"NaN", b"1" * 5_000, b"[" * 20_000,
    b'"\xed\xa0\x80"',
    b'{"a":' * 5_000, b'{"type":"clock_ticked"}', b"\xef\xbb\xbf{}", b"x" * 100_000,
]  # fmt: skip
KEYS = [
    None, b"", b"\xff\xfe", b"/", b"//", b"#folded/0", b"#clock/x/0", b"#clock/x/y", TENANT.encode(), b"\xff/\xff",
    b"a/b/c", f"{TENANT}/p1".encode(), f"{TENANT}/".encode(), b"k" * 5_000,
]  # fmt: skip


def sound() -> dict[str, list[bytes]]:
    """What we write, by topic."""
    said = Availability(
        vacant=7, by_category={Audience.EV: CategoryCount(1, 2)}, observed_at=at(0), valid_until=at(15),
        basis=Basis.COUNTED, revision=(1, 5),
    )  # fmt: skip
    reject = make_reject(TENANT, "src", RejectReason.LATE, "late", b"raw", at(0), "d1", "p1", (1, 2))
    made = encode_entry(DecisionEntry(event=decided(), link=ChainLink(chain="c", number=1)))
    seen = [
        SiteCounted(**envelope(), vacant=3, capacity=9),
        SiteLevelled(**envelope(), level=FillLevel.ALMOST_FULL, vacant_low=1, vacant_high=9),
        SpaceObserved(**envelope(), state=SpaceState.FREE),
        LaneCounted(**envelope(), entries=2),
        OpeningChanged(**envelope(), opening=Opening.OPEN),
        DeviceFault(**envelope()),
        tick(0),
    ]
    return {
        "observations": list(map(codec.encode_event, seen)),
        "catalogue": [
            codec.encode_event(entry) for entry in (site(), zone(), Tenant(id=TENANT, clock=ClockBasis.EVENT))
        ],
        "changes": [codec.encode_event(Change(TENANT, "p1", said, at(0)))],
        "rejects": [codec.encode_event(reject), codec.encode_event(Redriven(redriven=reject.reject_id, up_to_ms=1))],
        "decisions": [made],
    }


def _bent(value: object) -> Iterator[object]:
    """A sound value with one thing in it that is not."""
    yield from WEIRD
    if isinstance(value, dict):
        for name in value:
            yield {key: held for key, held in value.items() if key != name}
            for bent in _bent(value[name]):
                yield {**value, name: bent}
        yield {**value, "unheard_of": 1}
    elif isinstance(value, list):
        for place, held in enumerate(value):
            for bent in _bent(held):
                yield [*value[:place], bent, *value[place + 1 :]]


def _far_decisions(good: dict) -> Iterator[bytes]:
    """Decisions that make sense but for a number or a time that no column holds."""
    event, link = good["event"], good["link"]
    for number in (2**53, 2**63, 2**64, 10**30):
        yield json.dumps({**good, "link": {**link, "number": number, "before": "x"}}).encode()
        yield json.dumps({**good, "event": {**event, "fence": number}}).encode()
    for name, other in (("decided_at", "0001-01-01T00:00:00Z"), ("valid_until", "9999-12-31T23:59:59Z")):
        yield json.dumps({**good, "event": {**event, name: other}}).encode()
    yield json.dumps({**good, "link": {**link, "chain": "x" * 100_000}}).encode()


def values(topic: str) -> Iterator[bytes | None]:
    """Poison for a topic: no JSON at all, what belongs into another one, and its own with one thing bent."""
    yield from RAW
    ours = sound()
    for name, theirs in ours.items():
        if name != topic:
            yield from theirs
    if topic == "decisions":
        yield from _far_decisions(json.loads(ours[topic][0]))
    for good in ours[topic]:
        yield good[:-1]
        yield good + b"x"
        for bent in _bent(json.loads(good)):
            text = json.dumps(bent)
            yield text.encode()


def records(topic: str) -> list[Record]:
    """All of it as records, under keys that are none as well."""
    logged_ms = round((at(0) + timedelta(minutes=1)).timestamp() * 1000)
    found = [(KEYS[n % len(KEYS)], value) for n, value in enumerate(values(topic))]
    found += [(f"{TENANT}/p1".encode(), value) for value in values(topic)]
    found += [(key, value) for key in KEYS for value in sound()[topic]]
    return [Record(n, key, value, logged_ms) for n, (key, value) in enumerate(found)]
