"""Chaos: workers, Kafka and Valkey killed at random under load, and the end compared with the truth.

    make chaos                                   3 rounds of 20,000 events, a few minutes
    make chaos ROUNDS=10 EVENTS=100000 SEED=7    longer, and another story
    python -m tests.e2e.chaos --rounds 1 --events 5000 --seed 3 --faults 10

Each round makes up a day (``tests.e2e.days``), sends it late, out of order and partly twice to servers of its own, with
two workers, and meanwhile kills -9 one of them, Kafka or Valkey (which restarts empty) every few seconds. Then: every
number against the truth, every row of the history against its twins, and the whole state, byte by byte, against the
same day folded in order in this process. The exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ops.feeding import open_producer
from ops.local import process, stack
from ops.settings import Settings
from parking.catalogue.model import Catalogue
from parking.codec import encode_event
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.fold.table_rows import encode_state
from parking.words import ClockBasis
from streams.producer import make_tick
from tests.conftest import House
from tests.e2e.days import Day, groups, in_disorder, in_order, make_day, send_day
from tests.e2e.logs import changes_of, states_of, table_of
from tests.support import free_ports

TENANT = "madeup"
WORKERS = 2
err = Console(stderr=True)


class Outcome(NamedTuple):
    """What a round ended with."""

    sent: int
    kills: Counter[str]
    lost: int
    double: int
    wrong_places: list[str]
    wrong_states: int
    rows: int
    ended_by_themselves: int
    seconds: float


class Trial:
    """One round's servers and workers."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.ended_by_themselves = settings, 0
        self.house = House(settings, folder)
        self.workers = [self.house.start_worker() for _ in range(WORKERS)]

    def kill(self, chance: random.Random) -> str:
        """Kill something and let it come back after a moment."""
        what = chance.choice(("worker", "worker", "worker", "kafka", "valkey"))
        if what == "worker":
            victim = chance.randrange(WORKERS)
            self.workers[victim].kill()
            self.workers[victim].wait()
            time.sleep(chance.uniform(0, 3))
            self.workers[victim] = self.house.start_worker()
            return what
        found = process.find(what, self.settings.data_dir)
        if found is not None:
            found.kill()
            found.wait(10)
        time.sleep(chance.uniform(0, 4))
        stack.up(self.settings, lambda _: None, attached=True)
        return what

    def tend(self) -> None:
        """Start again what ended by itself, as whoever runs it in a city would."""
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.ended_by_themselves += 1
                self.workers[number] = self.house.start_worker()


def one_round(settings: Settings, day: Day, seed: int, faults: int, say: Callable[[str], None]) -> Outcome:
    """Play a day under fire, and judge it."""
    started, chance, kills = time.monotonic(), random.Random(seed), Counter[str]()
    arriving = in_disorder(day.observations, seed)
    trial = Trial(settings, settings.data_dir)
    trial.house.create_topics()

    async def send() -> None:
        async with open_producer(trial.house.settings) as producer:
            await send_day(producer, TENANT, day.places, arriving, day.ends_at, pause_s=faults * 4 / 40)

    sender = threading.Thread(target=lambda: asyncio.run(send()))
    sender.start()
    time.sleep(6)  # the workers are up
    while sender.is_alive() or kills.total() < faults:
        time.sleep(chance.uniform(1, 5))
        kills[trial.kill(chance)] += 1
        trial.tend()
        say(f"{kills.total()} kills")
    sender.join()
    deadline = time.monotonic() + 180
    while not trial.house.clock_is(TENANT, day.ends_at.isoformat()) and time.monotonic() < deadline:
        trial.tend()
        time.sleep(0.5)
    say("judging")
    shown = {site: row["vacant"] for site, row in trial.house.sites(TENANT).items()}
    states = states_of(table_of(trial.house))
    expected = fold_in_order(day)
    cars = [(shown.get(site), truth) for site, truth in day.truth.items() if site.startswith("t")]
    outcome = Outcome(
        len(arriving), kills,
        sum(max(0, (seen if seen is not None else truth + 1) - truth) for seen, truth in cars),
        sum(max(0, truth - (seen if seen is not None else truth)) for seen, truth in cars),
        [site for site, truth in day.truth.items() if shown.get(site) != truth],
        sum(states.get(key) != state for key, state in expected.items()),
        len(changes_of(trial.house)), trial.ended_by_themselves, time.monotonic() - started,
    )  # fmt: skip
    trial.house.stop()
    return outcome


def fold_in_order(day: Day) -> dict[bytes, object]:
    """The states that the day ends in when it is folded once, in order, on one partition, by the reference kernel."""
    catalogue, partition, rows = Catalogue(day.places), Partition(), []
    logged_ms = round(time.time() * 1000)
    place_of = {device.id: place.key for place in day.places for device in place.devices}
    for end, heard in [*groups(in_order(day.observations)), (day.ends_at, [])]:
        rows += [(place_of[seen.device_id].encode(), encode_event(seen)) for seen in heard]
        rows.append((b"", encode_event(make_tick(TENANT, end, ClockBasis.EVENT))))
    records = [Record(number, key, value, logged_ms) for number, (key, value) in enumerate(rows)]
    fold_batch(partition, records, catalogue.find_place, 1)
    return states_of({key.encode(): encode_state(held.state) for key, held in partition.places.items()})


def main() -> None:
    """Play the rounds; one line at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=8, help="kills a round, at least")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    outcomes = []
    for number in range(asked.rounds):
        seed = asked.seed + number
        day = make_day(seed, hours=3, pulses=max(400, int(asked.events / 1.1) - 4_000))
        with tempfile.TemporaryDirectory(prefix="placelibre-chaos-") as scratch, err.status("") as status:
            port = free_ports()
            settings = Settings(
                kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=Path(scratch)
            )
            stack.up(settings, lambda _: None, attached=True)
            try:
                say = lambda text, n=number: status.update(f"round {n + 1} of {asked.rounds}: {text}")  # noqa: E731
                outcomes.append(one_round(settings, day, seed, asked.faults, say))
            finally:
                stack.down(settings)
            err.print(f"  round {number + 1}, seed {seed}: {_line([outcomes[-1]])}", highlight=False)
    if asked.json:
        print(json.dumps([outcome._asdict() for outcome in outcomes]))
    else:
        print(f"chaos: {len(outcomes)} rounds, seed {asked.seed}: {_line(outcomes)}")
    sys.exit(any(one.lost or one.double or one.wrong_places or one.wrong_states for one in outcomes))


def _line(outcomes: list[Outcome]) -> str:
    kills = sum((one.kills for one in outcomes), Counter())
    told = ", ".join(f"{what} {count}" for what, count in sorted(kills.items()))
    states = sum(one.wrong_states for one in outcomes)
    return (
        f"{sum(one.sent for one in outcomes):,} events, {kills.total()} kills ({told}), "
        f"{sum(one.ended_by_themselves for one in outcomes)} workers ended by themselves: "
        f"{sum(one.lost for one in outcomes)} lost, {sum(one.double for one in outcomes)} double effects, "
        f"{sum(len(one.wrong_places) for one in outcomes)} numbers and {states} states "
        f"wrong; {sum(one.rows for one in outcomes):,} rows of history, none contradicting another; "
        f"{sum(one.seconds for one in outcomes):.0f} s"
    )


if __name__ == "__main__":
    main()
