"""The page's own copy of the rules gives the same answers as the rules: vectors written here, judged in Node."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateways.documents import place_document
from geo.reference import RADIUS_M, haversine, to_grid
from parking.published.availability import Availability, CategoryCount
from parking.published.eligibility import mask_of, words_of_place
from parking.published.freshness import as_of
from parking.published.level import fill_level
from parking.words import Audience, Basis, Opening
from tests.support import NOON, ROOT, site

NODE = shutil.which("node")
NEEDS = (Audience.PUBLIC, Audience.DISABLED, Audience.EV, Audience.SUBSCRIBER)
HERE = Path(__file__).parent / "page"


def some_availability(chance: random.Random) -> Availability:
    """A value as the fold may publish it: counted, summed up with its error, from bays of which some are silent.

    An operator's own threshold calls some full though a few are left.
    """
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
    )  # fmt: skip


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def vectors(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """What the rules say in many cases, as plain JSON."""
    found: dict[str, list[dict[str, Any]]] = {"freshness": [], "eligibility": [], "revisions": [], "distances": []}
    for _ in range(2000):
        held = some_availability(chance)
        near_limit = (held.valid_until or NOON) + timedelta(milliseconds=chance.choice([-1, 0, 1, 60_000]))
        now = chance.choice([NOON, near_limit])
        place, shown = place_document(site(), held), as_of(held, now)
        found["freshness"].append({"place": place, "now": milliseconds(now), "shown": place_document(site(), shown)})
        need = chance.choice(NEEDS)
        words = words_of_place(shown)
        found["eligibility"].append({
            "place": place, "need": need, "now": milliseconds(now), "offers": bool(words.free & mask_of([need])),
            "known": not words.unknown & mask_of([need]),
        })  # fmt: skip
    for _ in range(300):
        held, arriving = (
            chance.choice([None, (1, 5), (2, 0), (2, 9)]),
            chance.choice([(1, 4), (1, 5), (2, 0), (3, 0)]),
        )
        found["revisions"].append({"held": held, "arriving": arriving, "replaces": held is None or arriving >= held})
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


@pytest.mark.skipif(NODE is None, reason="no node here to run the page's scripts: install Node.js 20 or newer")
def test_the_page_gives_the_same_answers_as_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps(vectors(random.Random(2026))))
    done = subprocess.run(
        [NODE, "--test", str(HERE / "rules.test.mjs")], cwd=ROOT, env=os.environ | {"VECTORS": str(file)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
