"""Attack: what broke once is tried again, on loopback, in bounded time, and a table says what held.

    make attack                                every scene and every test of every line; some minutes
    make attack SCENES="flood poison"          some of the scenes, and no test
    python -m tests.e2e.attack --list          which scenes there are, and by what each line is held
    python -m tests.e2e.attack --json          for programs

A city of a few car parks lives on servers of its own: a Kafka with one partition, so that nobody is out of reach, a
Valkey, a worker and a gateway. Each scene does its worst to one of the car parks or to what lies between, and holds
where all others go on being answered right by the gateway within ``PATIENCE_S``, the worker that began is still there,
and what is said of the one attacked is true or unknown. What needs no whole city is held by tests; ``attack_lines.py``
has the report line by line. The exit code is 1 where any broke.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console
from rich.table import Table

from ops.local import stack
from ops.settings import Settings
from tests.e2e.attack_lines import LINES, Verdict, judge, run_tests
from tests.e2e.attacked import City, PlayedError
from tests.e2e.attacks import SCENES, Scene
from tests.support import free_ports

err = Console(stderr=True)


class Played(NamedTuple):
    """How a scene ended."""

    scene: str
    what: str
    held: bool
    detail: str
    seconds: float


def play(scene: Scene, city: City) -> Played:
    """One scene, and after it a look whether everybody else is answered right."""
    started = time.monotonic()
    try:
        detail = scene.play(city)
        city.require_well(f"after {scene.name}")
        held = True
    except (PlayedError, pytest.fail.Exception) as error:
        held, detail = False, str(error)
    except Exception as error:  # what a scene could not even do did not hold, and the others are played all the same
        held, detail = False, repr(error)
    return Played(scene.name, scene.what, held, detail, round(time.monotonic() - started, 1))


def table(played: list[Played]) -> Table:
    """What was tried, and what became of it."""
    drawn = Table(title="attack")
    for name in ("scene", "what was done", "", "what became of it", "s"):
        drawn.add_column(name, justify="right" if name == "s" else "left")
    for one in played:
        drawn.add_row(one.scene, one.what, "held" if one.held else "[red]broke[/]", one.detail, f"{one.seconds:.0f}")
    return drawn


def by_line(verdicts: list[Verdict]) -> Table:
    """The report, line by line."""
    drawn = Table(title="line by line")
    for name in ("line", "severity", "what was done", "", "held by", "did not hold"):
        drawn.add_column(name, justify="right" if name in ("line", "held by") else "left")
    for line, held, broke, skipped in verdicts:
        said = "[red]broke[/]" if broke else "held"
        more = ", ".join((*broke, *(f"{name} was skipped" for name in skipped)))
        drawn.add_row(str(line.number), line.severity, line.what, said, str(held), more)
    return drawn


def say_what_there_is() -> None:
    """The scenes, and the lines with what holds them."""
    print("\n".join(f"{scene.name:12} {scene.what}" for scene in SCENES))
    for line in LINES:
        print(f"\n{line.number}. {line.what} ({line.severity})")
        print("\n".join(f"   {held}" for held in (*line.scenes, *line.tests)))


def play_all(names: list[str]) -> list[Played]:
    """The scenes of these names, or all, in a city of their own."""
    played = []
    with tempfile.TemporaryDirectory(prefix="placelibre-attack-") as scratch, err.status("starting") as status:
        port = free_ports()
        settings = Settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=Path(scratch), partitions=1
        )
        stack.up(settings, lambda _: None, attached=True)
        try:
            with City(settings, Path(scratch)) as city:
                for scene in SCENES:
                    if not names or scene.name in names:
                        status.update(f"{scene.name}: {scene.what}")
                        played.append(play(scene, city))
                        err.print(f"  {played[-1].scene}: {'held' if played[-1].held else 'broke'}", highlight=False)
        finally:
            stack.down(settings)
    return played


def main() -> None:
    """Play the scenes asked for, each in a city that is well; or all, and the tests of each line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    parser.add_argument("--list", action="store_true", help="say which scenes there are")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.scenes) - {scene.name for scene in SCENES}:
        parser.error(f"there is no scene {', '.join(sorted(unknown))}; --list names them")
    if asked.list:
        say_what_there_is()
        return
    played, verdicts = play_all(asked.scenes), []
    if not asked.scenes:
        with tempfile.TemporaryDirectory(prefix="placelibre-attack-") as scratch:
            tests = run_tests(LINES, Path(scratch))
        scenes = {one.scene: one.held for one in played}
        verdicts = [judge(line, scenes, tests) for line in LINES]
    if asked.json:
        lines = [{"line": one.line.number, "held": one.held, "broke": one.broke} for one in verdicts]
        print(json.dumps({"scenes": [one._asdict() for one in played], "lines": lines}))
    else:
        Console().print(table(played))
        if verdicts:
            Console().print(by_line(verdicts))
    sys.exit(any(not one.held for one in played) or any(one.broke for one in verdicts))


if __name__ == "__main__":
    main()
