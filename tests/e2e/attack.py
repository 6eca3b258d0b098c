"""Attack: what broke once is tried again, on loopback, in bounded time, and a table says what held.

    make attack                                every scene, some minutes
    make attack SCENES="flood poison"          some of them
    python -m tests.e2e.attack --list          which there are
    python -m tests.e2e.attack --json          for programs

A city of a few car parks lives on servers of its own: a Kafka with one partition, so that nobody is out of reach, a
Valkey, a worker and a gateway. Each scene does its worst to one of the car parks or to what lies between, and holds
where all others go on being answered right by the gateway within ``PATIENCE_S``, the worker that began is still there,
and what is said of the one attacked is true or unknown. The exit code is 1 where any broke.
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


def main() -> None:
    """Play the scenes asked for, each in a city that is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    parser.add_argument("--list", action="store_true", help="say which scenes there are")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.scenes) - {scene.name for scene in SCENES}:
        parser.error(f"there is no scene {', '.join(sorted(unknown))}; --list names them")
    if asked.list:
        print("\n".join(f"{scene.name:12} {scene.what}" for scene in SCENES))
        return
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
                    if not asked.scenes or scene.name in asked.scenes:
                        status.update(f"{scene.name}: {scene.what}")
                        played.append(play(scene, city))
                        err.print(f"  {played[-1].scene}: {'held' if played[-1].held else 'broke'}", highlight=False)
        finally:
            stack.down(settings)
    if asked.json:
        print(json.dumps([one._asdict() for one in played]))
    else:
        Console().print(table(played))
    sys.exit(any(not one.held for one in played))


if __name__ == "__main__":
    main()
