"""Every feed source polled live, for minutes, from a stand-in that pages for people, moves, tears, refuses and changes.

    make polled                          ten minutes, all sources at once in one process
    make polled MINUTES=1 SEED=7         shorter, and another story
    python -m tests.e2e.polled --minutes 2

The stand-in holds what every car park and bay says (``polled_world``), answers with ETags, and now and then with a
redirect, half a body, an error, a page for people or gzip. Meanwhile places are added, the city imports names of its
own, all addresses move, and the poller is started anew. Then everything stands still with one word of no use in each
city, and every place in Redis, and of one city in the gateway's answers, is compared with the truth. The exit code is 1
where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from ops.cataloguing import import_files
from ops.console import live_state
from ops.local import stack
from ops.settings import Settings
from parking.published.space_states import unpack_states
from parking.words import SpaceState
from sensors.catalogue.reading import read_file
from sensors.registry import ADAPTERS
from store.reader import read_snapshot
from streams.rejects import read_rejects
from tests.conftest import House
from tests.e2e.polled_world import SHAPES, World
from tests.feed_server import Answer, FeedServer, feed_server
from tests.support import ROOT, free_ports

LANES = "lanes"
SEEN_BY_A_DRIVER = "nantes"
SETTLING_S = 60.0
STEP_S = 1.0
COLUMNS = ("requests", "whole", "304", "redirects", "moved", "torn", "errors", "words", "of no use", "places", "right")
STATES = {SpaceState.FREE: 1, SpaceState.OCCUPIED: 0, SpaceState.UNKNOWN: None}
FAULTS = {
    "fine": 78, "gzip": 5, "redirect": 5, "line": 4, "body": 3, "500": 2, "429": 1, "people": 1, "empty": 1,
}  # fmt: skip


class Feed:
    """One source's address, which moves once, and what it answered."""

    def __init__(self, source: str, server: FeedServer, chance: random.Random) -> None:
        self.source, self.server, self.chance = source, server, chance
        self.world, self.count = World(SHAPES[source], chance), Counter[str]()
        self.has_moved, self.is_calm = False, False
        self.old, self.new, self.aside = (f"/{where}/{source}" for where in ("old", "new", "aside"))
        server.answering |= {self.old: self._at_old, self.new: self._answer, self.aside: self._whole}
        self.places = {place: f"{source}: {place}" for place in self.world.places}

    @property
    def tenant(self) -> str:
        """The city it tells of."""
        return ADAPTERS[self.source].INFO.tenant or LANES

    def _at_old(self) -> Answer:
        if self.has_moved:
            self.count["moved"] += 1
            return Answer(b"", 301, {"Location": self.new})
        return self._answer()

    def _whole(self) -> Answer:
        body = self.world.body()
        return Answer(body, headers={"ETag": f'"{hash(body)}"'})

    def _answer(self) -> Answer:
        whole = self._whole()
        fault = "fine" if self.is_calm else self.chance.choices(list(FAULTS), list(FAULTS.values()))[0]
        if fault == "body" and self.world.shape.is_text:
            fault = "line"  # half a table is a table: nobody can tell
        if fault == "redirect":
            return Answer(b"", self.chance.choice((302, 303, 307)), {"Location": self.aside})
        answers = {
            "gzip": Answer(gzip.compress(whole.body), headers=whole.headers),
            "line": whole._replace(torn=True), "body": whole._replace(body=whole.body[: len(whole.body) // 2]),
            "500": Answer(b"oh", 500), "429": Answer(b"slow", 429, {"Retry-After": "1"}),
            "people": Answer(b"<!DOCTYPE html><p>maintenance"), "empty": Answer(b""),
        }  # fmt: skip
        self.count["torn"] += fault in ("line", "body")
        self.count["errors"] += fault in ("500", "429", "people", "empty")
        return answers.get(fault, whole)

    def tell(self, sent: Iterable[tuple[str, Answer]]) -> None:
        """Count what went out."""
        own = [answer for path, answer in sent if path in (self.old, self.new, self.aside)]
        self.count["requests"] = len(own)
        self.count["304"] = sum(answer.status == 304 for answer in own)
        self.count["redirects"] = sum(answer.status in (302, 303, 307) for answer in own)
        good = [answer for answer in own if answer.status == 200]
        self.count["whole"] = len(good) - self.count["torn"] - sum(not a.body or a.body[:2] == b"<!" for a in good)


class Trial:
    """Worker, gateway and poller over the stand-in's feeds."""

    def __init__(self, house: House, server: FeedServer, seed: int) -> None:
        self.house, self.port = house, free_ports()
        self.feeds = [Feed(source, server, random.Random(f"{seed}/{source}")) for source in SHAPES]
        self.server, self.chance = server, random.Random(seed)
        self.env = os.environ | house.env | {"PLACELIBRE_TENANT": LANES}
        self.log = (house.log.parent / "poll.log").open("wb")
        self.poll: subprocess.Popen[bytes] | None = None

    def start_poll(self) -> None:
        """All sources in one process; what ran before ends."""
        self.stop_poll()
        named = [("--source", feed.source) for feed in self.feeds]
        named += [("--url", f"{feed.source}={self.server.url}{feed.old}") for feed in self.feeds]
        command = [sys.executable, "-m", "ops", "poll", *(part for pair in named for part in pair), "--every", "1"]
        self.poll = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log)

    def stop_poll(self) -> None:
        """End the poller, if it runs."""
        if self.poll is not None:
            self.poll.terminate()
            self.poll.wait(30)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything up, and down again at the end."""
        self.house.create_topics()
        self.house.start_worker()
        lanes = next(feed for feed in self.feeds if feed.tenant == LANES).world.places
        self.bring_in(LANES, "id,name,capacity\n" + "".join(f"{one},{one},90\n" for one in lanes))
        self.bring_in(LANES, "source,device,place\n" + "".join(f"counter,{d},{one}\n" for one, (d,) in lanes.items()))
        env = self.env | {"PLACELIBRE_LISTEN": f"127.0.0.1:{self.port}", "PLACELIBRE_TENANT": SEEN_BY_A_DRIVER}
        gateway = subprocess.Popen([sys.executable, "-m", "ops", "serve"], cwd=ROOT, env=env, stderr=self.log)
        try:
            self.start_poll()
            yield
        finally:
            self.stop_poll()
            gateway.terminate()
            gateway.wait(30)
            self.log.close()

    def bring_in(self, tenant: str, table: str) -> None:
        """An import of the city's."""
        read = read_file("city.csv", table.encode())
        outcome = asyncio.run(import_files(self.house.settings, tenant, read, dry_run=False))
        assert not outcome.merged.refusals, outcome.merged.refusals

    def live(self, seconds: float) -> None:
        """Let the time pass in which everything happens."""
        started = time.monotonic()
        events = [(0.2, self._grow), (0.35, self._rename), (0.5, self._move), (0.65, self.start_poll)]
        while (part := (time.monotonic() - started) / seconds) < 1:
            while events and part >= events[0][0]:
                events.pop(0)[1]()
            for feed in self.feeds:
                if self.chance.random() < 0.4:
                    feed.world.change(bad=self.chance.random() < 0.2)
            time.sleep(STEP_S)
        for feed in self.feeds:
            feed.is_calm = True
            feed.world.change(bad=True)

    def _grow(self) -> None:
        for feed in self.feeds:
            feed.world.grow()

    def _move(self) -> None:
        for feed in self.feeds:
            feed.has_moved = True

    def _rename(self) -> None:
        for feed in self.feeds:
            first = next(iter(feed.world.places))
            self.bring_in(feed.tenant, f"id,name\n{first},The city's {first}\n")

    def wrong(self) -> dict[str, list[str]]:
        """Whatever is not as the stand-in has it, by source."""
        return {feed.source: asyncio.run(self._wrong(feed)) for feed in self.feeds}

    async def _wrong(self, feed: Feed) -> list[str]:
        async with live_state(self.house.settings) as client:
            snapshot = await read_snapshot(client, feed.tenant, datetime.now(UTC))
        shown, names = dict[str, object](), dict[str, str]()
        for row in snapshot.places:
            states = unpack_states(row.availability.space_states, len(row.place.spaces))
            bays = {space.id: STATES.get(state) for space, state in zip(row.place.spaces, states, strict=True)}
            shown[row.place.id], names[row.place.id] = bays or row.availability.vacant, row.place.name
        truth, first = feed.world.truth(), next(iter(feed.world.places))
        found = [f"{one}: {shown.get(one, 'missing')}, in truth {said}" for one, said in truth.items()
                 if one not in shown or shown[one] != said]  # fmt: skip
        if names.get(first) != f"The city's {first}":
            found.append(f"{first}: called {names.get(first)!r}, and the city named it")
        return found + (self._wrong_for_a_driver(truth) if feed.source == SEEN_BY_A_DRIVER else [])

    def _wrong_for_a_driver(self, truth: dict[str, object]) -> list[str]:
        try:
            rows = httpx.get(f"http://127.0.0.1:{self.port}/v1/sites").json().get("places", [])
        except httpx.HTTPError as error:
            return [f"the gateway: {error!r}"]
        shown = {row["id"]: row["vacant"] for row in rows}
        return [f"{one}: the gateway says {shown.get(one)}" for one, said in truth.items() if shown.get(one) != said]

    def settle(self, patience_s: float = SETTLING_S) -> dict[str, list[str]]:
        """What is still wrong once everything had the time to arrive."""
        deadline = time.monotonic() + patience_s
        while any((wrong := self.wrong()).values()) and time.monotonic() < deadline:
            time.sleep(1)
        return wrong

    def rows(self, wrong: dict[str, list[str]]) -> Iterator[tuple[str, list[int]]]:
        """The table, a source a line."""
        rejects = asyncio.run(read_rejects(self.house.settings.kafka, self.house.settings.namespace))
        for feed in self.feeds:
            feed.tell(self.server.sent)
            devices, places = len(feed.world.said), len(feed.world.places)
            feed.count["words"] = feed.count["whole"] * devices
            feed.count["of no use"] = sum(kept.times for kept in rejects if kept.reject.source == feed.source)
            bad = {line.split(":")[0] for line in wrong[feed.source]}
            feed.count |= Counter({"places": places, "right": places - len(bad)})
            yield feed.source, [feed.count[name] for name in COLUMNS]


def play(house: House, seconds: float, seed: int) -> tuple[list[tuple[str, list[int]]], dict[str, list[str]]]:
    """One trial; its table, and what was wrong at its end."""
    with feed_server() as server:
        trial = Trial(house, server, seed)
        with trial.running():
            trial.live(seconds)
            wrong = trial.settle()
            return list(trial.rows(wrong)), wrong


def main() -> None:
    """Play it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked, port = parser.parse_args(), free_ports()
    with tempfile.TemporaryDirectory(prefix="placelibre-polled-") as scratch:
        at = {"kafka": f"127.0.0.1:{port}", "redis": f"redis://127.0.0.1:{port + 2}/0"}
        settings = Settings(**at, data_dir=Path(scratch))
        stack.up(settings, lambda _: None, attached=True)
        house = House(settings, Path(scratch))
        try:
            rows, wrong = play(house, asked.minutes * 60, asked.seed)
        finally:
            house.stop()
            stack.down(settings)
    if asked.json:
        print(json.dumps({source: dict(zip(COLUMNS, row, strict=True)) for source, row in rows}))
    else:
        table = Table("source", *COLUMNS)
        for source, row in [*rows, ("all", [sum(column) for column in zip(*(row for _, row in rows), strict=True)])]:
            table.add_row(source, *(f"{number:,}" for number in row))
        Console(width=150).print(table)
    for source, found in wrong.items():
        for line in found:
            print(f"wrong: {source}: {line}", file=sys.stderr)
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
