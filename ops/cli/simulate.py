"""A made-up city's messages, for trying everything behind the broker without a sensor."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ops import simulating
from ops.console import err, out, print_json, settings_of
from sensors.simulator.scenario import VENDORS, Scenario, ScenarioError, local_day, with_faulty

Share = typer.Option(min=0, max=1, rich_help_panel="Faults, each a share")
_SHARES = {name: getattr(Scenario(), name) for name in ("miss", "bad_lanes", "start_share", "residents")}


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="folder to write to", file_okay=False)],
    bays: Annotated[int, typer.Option(help="street bays with a sensor each", min=0)] = 3_000,
    car_parks: Annotated[int, typer.Option(help="the 28 of Nantes first, then made-up ones", min=0)] = 28,
    date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="from midnight in Nantes", show_default="2026-11-20")
    ] = datetime(2026, 11, 20, tzinfo=UTC),
    hours: Annotated[float | None, typer.Option(help="default: that day, of 23 or 25 hours when clocks change")] = None,
    seed: Annotated[int, typer.Option(help="the same seed and settings give the same files")] = 44109,
    vendor: Annotated[list[str] | None, typer.Option(help="SOURCE or SOURCE=WEIGHT; default: all seven alike")] = None,
    start_share: Annotated[float, typer.Option(help="sensors switched on just now", min=0, max=1)] = 0.1,
    faulty: Annotated[float, Share] = 0.0,
    lost: Annotated[float, Share] = 0.0,
    duplicated: Annotated[float, Share] = 0.0,
    delayed: Annotated[float, Share] = 0.0,
    disorder: Annotated[float, Share] = 0.0,
    skew: Annotated[float, Share] = 0.0,
    miss: Annotated[float, Share] = _SHARES["miss"],
    bad_lanes: Annotated[float, Share] = _SHARES["bad_lanes"],
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """A made-up city that speaks as sensors do: the vendors' own frames and lane counts, with the truth beside them.

    Writes settings.json, places.jsonl, messages.jsonl, faults.jsonl and truth.jsonl (docs/simulator.md). --faulty is of
    sensors (a quarter each stuck, dead, flapping, coupled to the neighbour), --skew of gateways, --miss of cars at a
    lane, --bad-lanes of lanes that miss one car in twenty, the others of uplinks.

    [bold]Examples[/bold]: placelibre simulate --out day --date 2026-11-20 --seed 7 --faulty 0.05 --lost 0.01

    placelibre simulate --out week --bays 50000 --car-parks 200 --hours 168 --vendor placepod --vendor tekzipark=2
    """
    begin, of_day = local_day(date.date())
    scenario = Scenario(
        bays=bays, car_parks=car_parks, start=begin, hours=of_day if hours is None else hours, seed=seed,
        vendors=_weights(vendor), start_share=start_share, lost=lost, duplicated=duplicated, delayed=delayed,
        disorder=disorder, skew=skew, miss=miss, bad_lanes=bad_lanes,
    )  # fmt: skip
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("simulation", total=None)
        played = simulating.play(
            with_faulty(scenario, faulty),
            folder,
            settings_of(context).tenant,
            lambda done, of: bar.update(task, completed=done, total=of),
        )
    summary = played.summary
    if as_json:
        pace = {"seconds": played.seconds, "events_per_s": played.events_per_s}
        print_json({"folder": str(folder), "seed": seed, **summary._asdict(), **pace})
        return
    out.print(
        f"{summary.messages} messages ({summary.uplinks} uplinks, {summary.lane_messages} of lanes) and "
        f"{summary.truth} true changes in {folder}; {played.events_per_s} messages/s",
        highlight=False,
        soft_wrap=True,
    )
    for kind, count in summary.faults.items():
        out.print(f"{kind:>12} {count}", highlight=False)


def _weights(given: list[str] | None) -> dict[str, float]:
    if not given:
        return dict.fromkeys(VENDORS, 1.0)
    weights = {}
    for one in given:
        name, _, weight = one.partition("=")
        try:
            weights[name] = float(weight or 1)
        except ValueError as error:
            raise ScenarioError(f"--vendor {one}: give SOURCE or SOURCE=WEIGHT, like placepod=2") from error
    return weights
