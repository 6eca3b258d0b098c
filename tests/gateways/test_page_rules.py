"""The page's own copy of the rules gives the same answers as the rules: vectors written here, judged in Node."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateways.api.city import ServedCity
from gateways.documents import place_document
from geo.reference import RADIUS_M, haversine, to_grid
from parking.published.availability import Availability, ByHand, CategoryCount, Change
from parking.published.eligibility import mask_of, words_of_place
from parking.published.freshness import as_of
from parking.published.level import fill_level
from parking.words import Audience, Basis, FillLevel, Opening, OverrideAspect, OverrideReason
from store.changes import ChangesPosition
from store.snapshots import Stored
from tests.support import NOON, ROOT, TENANT, site

Case = dict[str, Any]

NODE = shutil.which("node")
NEEDS = (Audience.PUBLIC, Audience.DISABLED, Audience.EV, Audience.SUBSCRIBER)
NAMES = ("a", "b", "c")
EPOCH = 1_780_000_000_000_000  # as large as those of real streams: microseconds since 1970
REVISIONS = ((1, 4), (1, 5), (1, 6), (2, 0), (2, 9), (3, 0), (EPOCH, 2**52), (EPOCH, 2**52 + 1), (EPOCH + 1, 0))
HERE = Path(__file__).parent / "page"


def some_availability(chance: random.Random) -> Availability:
    """A value as the fold may publish it: counted, summed up with its error, from bays of which some are silent.

    An operator's own threshold calls some full though a few are left. Of some only a level is said, or bounds.
    """
    if chance.random() < 0.2:
        return some_level(chance)
    kind = chance.choice(["counted", "derived", "bays", "unknown"])
    capacity = chance.choice([5, 40, 300]) if kind == "bays" else chance.choice([None, 0, 5, 40, 300])
    vacant = None if kind == "unknown" else chance.choice([0, 1, 3, chance.randrange(300)])
    silent = chance.choice([0, 1, 4]) if kind == "bays" else 0
    error = chance.choice([0, 1, 4]) if kind == "derived" else 0
    low = None if vacant is None else max(0, vacant - error)
    high = None if vacant is None else vacant + error + silent
    opening = chance.choice(list(Opening))
    others = [who for who in NEEDS[1:] if chance.random() < 0.4]
    counts = {who: CategoryCount(chance.choice([None, 0, 2]), chance.choice([None, 9])) for who in others}
    if vacant is not None or chance.random() < 0.5:
        counts[Audience.PUBLIC] = CategoryCount(vacant, capacity)
    return Availability(
        vacant=vacant, vacant_low=low, vacant_high=high, capacity=capacity, opening=opening,
        level=fill_level(low, high, capacity, opening, chance.choice([None, None, 2])), by_category=counts,
        reporting_share=0.0 if kind == "unknown" else 0.75 if silent else 1.0,
        observed_at=NOON, valid_until=chance.choice([None, NOON + timedelta(milliseconds=chance.randrange(2_000_000))]),
        basis=None if kind == "unknown" else Basis.DERIVED if kind == "derived" else Basis.COUNTED,
        revision=(chance.randrange(1, 3), chance.randrange(2**40)),
        by_hand=tuple(some_order(chance) for _ in range(chance.choice([0, 0, 1, 2]))),
    )  # fmt: skip


def some_order(chance: random.Random) -> ByHand:
    """Something that a person has set, which ends about when the number does."""
    until = NOON + timedelta(milliseconds=chance.randrange(2_000_000))
    return ByHand(
        aspect=OverrideAspect.NUMBER, reason=OverrideReason.WORKS, since=NOON, until=until, decision="d",
        category=Audience.PUBLIC, vacant=chance.choice([None, 3]),
    )  # fmt: skip


def some_level(chance: random.Random) -> Availability:
    """A value of a place whose source says no number: a level, or bounds, or that it cannot tell."""
    low, high = chance.choice([(None, None), (0, 9), (1, 9), (51, None), (51, 300)])
    opening = chance.choice(list(Opening))
    shut = opening in (Opening.CLOSED, Opening.CLOSED_ABNORMAL)
    return Availability(
        vacant_low=low, vacant_high=high, capacity=chance.choice([None, 300]), opening=opening,
        level=FillLevel.UNKNOWN if shut else chance.choice(list(FillLevel)), reporting_share=1.0,
        by_category={Audience.PUBLIC: CategoryCount(None, 300), Audience.DISABLED: CategoryCount(0, 2)},
        observed_at=NOON, valid_until=chance.choice([None, NOON + timedelta(minutes=15)]),
    )  # fmt: skip


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def freshness(held: Availability, now: datetime) -> Case:
    shown = place_document(site(), as_of(held, now))
    return {"place": place_document(site(), held), "now": milliseconds(now), "shown": shown}


def eligibility(held: Availability, need: Audience, now: datetime) -> Case:
    words = words_of_place(as_of(held, now))
    return {
        "place": place_document(site(), held), "need": need, "now": milliseconds(now),
        "offers": bool(words.free & mask_of([need])), "known": not words.unknown & mask_of([need]),
    }  # fmt: skip


def at_the_limit() -> list[tuple[Availability, datetime]]:
    """A value a millisecond before its limit, exactly at it, after it, and one that has none."""
    held = Availability(
        vacant=12, vacant_low=12, vacant_high=12, capacity=40, level=FillLevel.SPACES_AVAILABLE, opening=Opening.OPEN,
        by_category={Audience.PUBLIC: CategoryCount(12, 40), Audience.DISABLED: CategoryCount(1, 2)},
        reporting_share=1.0, observed_at=NOON, valid_until=NOON + timedelta(minutes=15), basis=Basis.COUNTED,
    )  # fmt: skip
    limit = NOON + timedelta(minutes=15)
    cases = [(held, limit + timedelta(milliseconds=step)) for step in (-1, 0, 1)]
    return [*cases, (msgspec.structs.replace(held, valid_until=None), limit + timedelta(days=9))]


def at_a_threshold() -> list[tuple[Availability, Audience]]:
    """Around an operator's threshold (full at 2), around nothing, with spaces of which nobody knows; for each need."""
    cases = []
    for low, high, basis in product((0, 1, 2, 3), (0, 2, 3, 9), (Basis.COUNTED, Basis.DERIVED)):
        for capacity, full_at, share, opening in product((None, 0, 40), (None, 2), (1.0, 0.75), Opening):
            if low > high or (share < 1) != (basis is Basis.COUNTED and high > low):
                continue
            for disabled in (None, CategoryCount(None, 2), CategoryCount(0, 2), CategoryCount(1, 2)):
                counts = {Audience.PUBLIC: CategoryCount(low, capacity)}
                held = Availability(
                    vacant=low, vacant_low=low, vacant_high=high, capacity=capacity, opening=opening,
                    level=fill_level(low, high, capacity, opening, full_at), reporting_share=share, basis=basis,
                    by_category=counts if disabled is None else counts | {Audience.DISABLED: disabled},
                    observed_at=NOON, valid_until=NOON + timedelta(minutes=15),
                )  # fmt: skip
                cases += [(held, need) for need in (Audience.PUBLIC, Audience.DISABLED)]
    return cases


def line(chance: random.Random) -> list[Case]:
    """What a gateway says to one page over some time, and after each word what the gateway would answer itself.

    Changes come late, twice and in any order, the gateway may be replaced by one that begins anew (a reset, then a
    snapshot whose revisions are lower), and limits pass meanwhile. One revision of a place is always one value.
    """
    now, said, sent, told = NOON, dict[tuple[str, int, int], Availability](), list[Change](), list[Case]()

    def value(name: str, epoch: int, offset: int) -> Availability:
        limit = NOON + timedelta(seconds=chance.randrange(40))
        number = chance.randrange(300)
        return said.setdefault((name, epoch, offset), Availability(
            vacant=number, vacant_low=number, vacant_high=number, capacity=300, level=FillLevel.SPACES_AVAILABLE,
            opening=Opening.OPEN, by_category={Audience.PUBLIC: CategoryCount(number, 300)}, reporting_share=1.0,
            observed_at=NOON, valid_until=limit, basis=Basis.COUNTED, revision=(epoch, offset),
        ))  # fmt: skip

    def anew() -> ServedCity:
        said.clear()
        sent.clear()
        city = ServedCity(TENANT)
        rows = [(site(id=name), value(name, 1, chance.randrange(5))) for name in NAMES]
        city.take_snapshot(Stored(TENANT, None, ChangesPosition("1", "1-0"), rows), now)
        return city

    city, event = anew(), "snapshot"
    for number in range(40):
        body = city.sites_body(city.at(now)) if event == "snapshot" else city.changes_body(sent[-3:], now)
        shown = msgspec.json.decode(city.sites_body(city.at(now)))["places"]
        told.append({"event": event, "data": msgspec.json.decode(body), "now": milliseconds(now), "shown": shown})
        now += timedelta(seconds=chance.choice([0, 1, 3]))
        event = chance.choice(["changes"] * 9 + ["snapshot", "reset"])
        if event == "reset":
            city, event = anew(), "snapshot"
        elif event == "changes":
            position = ChangesPosition("1", f"2-{number}")
            news = [Change(TENANT, name, value(name, chance.randrange(1, 3), chance.randrange(9))) for name in NAMES]
            city.take_changes([(position, change) for change in news], position, None, now)
            sent += chance.sample(news, len(news))
    return told


def vectors(chance: random.Random) -> dict[str, list[Any]]:
    """What the rules say in many cases, as plain JSON."""
    found: dict[str, list[Any]] = {}
    held = [some_availability(chance) for _ in range(2000)]
    moments = [
        chance.choice([NOON, (one.valid_until or NOON) + timedelta(milliseconds=chance.choice([-1, 0, 1, 60_000]))])
        for one in held
    ]
    found["freshness"] = [freshness(*case) for case in [*zip(held, moments, strict=True), *at_the_limit()]]
    found["eligibility"] = [
        *(eligibility(one, chance.choice(NEEDS), now) for one, now in zip(held, moments, strict=True)),
        *(eligibility(one, need, NOON) for one, need in at_a_threshold()),
        *(eligibility(one, need, now) for one, now in at_the_limit() for need in NEEDS),
    ]
    found["revisions"] = [
        {"held": one, "arriving": other, "replaces": one is None or other >= one}
        for one, other in product((None, *REVISIONS), REVISIONS)
    ]
    found["lines"] = [line(chance) for _ in range(40)]
    found["distances"] = []
    for _ in range(300):
        at, to = ((chance.uniform(-180, 180), chance.uniform(-85, 85)) for _ in range(2))
        if chance.random() < 0.7:  # within a city
            to = (at[0] + chance.uniform(-0.02, 0.02), at[1] + chance.uniform(-0.02, 0.02))
        found["distances"].append({
            "from": {"lon": at[0], "lat": at[1]}, "to": {"lon": to[0], "lat": to[1]}, "metres": metres(at, to),
        })  # fmt: skip
    return found


def metres(at: tuple[float, float], to: tuple[float, float]) -> float:
    """The index's own distance."""
    return 2 * RADIUS_M * math.asin(math.sqrt(haversine(*map(to_grid, (*at, *to)))))


NEEDS_NODE = pytest.mark.skipif(
    NODE is None, reason="no node here to run the page's scripts: install Node.js 20 or newer"
)


def test_the_vectors_reach_the_boundaries() -> None:
    found = vectors(random.Random(2026))
    limits = [(case["place"]["valid_until"], case["now"]) for case in found["freshness"]]
    gaps = {now - milliseconds(datetime.fromisoformat(until)) for until, now in limits if until}
    assert {-1, 0, 1} <= gaps
    assert any(until is None for until, _ in limits)
    outcomes = {(case["need"], case["offers"], case["known"]) for case in found["eligibility"]}
    assert outcomes >= {(need, *told) for need in NEEDS for told in ((True, True), (False, True), (False, False))}
    levels = {case["place"]["level"] for case in found["eligibility"] if case["place"]["vacant"] == 2}
    assert levels == set(FillLevel), "two left are full, almost full, free or unknown, by the threshold"
    steps = [step for told in found["lines"] for step in told]
    passed = [
        place["valid_until"] == step["data"]["now"] for step in steps for place in step["data"]["places"]
    ]  # fmt: skip
    assert any(passed), "a limit exactly when it is told"
    lower = [
        after["data"]["places"][0]["revision"] < before["shown"][0]["revision"]
        for told in found["lines"] for before, after in pairwise(told) if after["event"] == "snapshot"
    ]  # fmt: skip
    assert any(lower), "a snapshot that goes back"


@NEEDS_NODE
def test_the_page_gives_the_same_answers_as_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps(vectors(random.Random(2026))))
    run_in_node(HERE / "rules.test.mjs", {"VECTORS": str(file)})


@NEEDS_NODE
@pytest.mark.parametrize("file", sorted((HERE / "units").glob("*.test.mjs")), ids=lambda file: file.name.split(".")[0])
def test_each_part_of_the_page_by_itself(file: Path) -> None:
    run_in_node(file, {})


def run_in_node(file: Path, env: dict[str, str]) -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", str(file)], cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert int(re.findall(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[0]) > 0
