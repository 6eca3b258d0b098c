"""A made-up city's messages, for trying everything behind the broker without a sensor."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gateways.terminal.score import score_view
from ops.console import err, out, print_json, read_speed, run, settings_of
from sensors.simulator.scenario import VENDORS, Scenario, ScenarioError, local_day, with_faulty

T = TypeVar("T")
_SHARES = {name: getattr(Scenario(), name) for name in ("miss", "bad_lanes", "start_share", "residents")}


def _share(about: str) -> Any:
    """An option that says which share of something goes wrong."""
    return typer.Option(help=about, min=0, max=1, rich_help_panel="Faults, each a share")


def simulate(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="folder to write to; default with --score or --mqtt: one that is removed"),
    ] = None,
    bays: Annotated[int, typer.Option(help="street bays, each with a sensor", min=0)] = 3_000,
    car_parks: Annotated[int, typer.Option(help="car parks: the 28 of Nantes first, then made-up ones", min=0)] = 28,
    date: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="from midnight in Nantes", show_default="2026-11-20")
    ] = datetime(2026, 11, 20, tzinfo=UTC),
    hours: Annotated[float | None, typer.Option(help="default: that day, of 23 or 25 hours when clocks change")] = None,
    seed: Annotated[int, typer.Option(help="the same seed and settings give the same files")] = 44109,
    vendor: Annotated[list[str] | None, typer.Option(help="SOURCE or SOURCE=WEIGHT; default: all seven alike")] = None,
    start_share: Annotated[
        float, typer.Option(help="share of the sensors that are switched on at the beginning", min=0, max=1)
    ] = 0.1,
    faulty: Annotated[
        float, _share("sensors, a quarter each stuck, dead, flapping, or reacting to the next bay")
    ] = 0.0,
    lost: Annotated[float, _share("uplinks that never arrive")] = 0.0,
    duplicated: Annotated[float, _share("uplinks that arrive twice")] = 0.0,
    delayed: Annotated[float, _share("uplinks that arrive late")] = 0.0,
    disorder: Annotated[float, _share("uplinks that arrive out of order")] = 0.0,
    skew: Annotated[float, _share("gateways whose clock is wrong")] = 0.0,
    miss: Annotated[float, _share("cars that a lane misses")] = _SHARES["miss"],
    bad_lanes: Annotated[float, _share("lanes that miss one car in twenty")] = _SHARES["bad_lanes"],
    score: Annotated[
        bool, typer.Option("--score", help="compute what would be published, and compare it with the truth")
    ] = (False),
    skip: Annotated[float, typer.Option(help="hours at the beginning that the score leaves out", min=0)] = 0.0,
    mqtt: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="send it to a broker, mqtt://host; with --score, score what the worker published"
        ),
    ] = None,
    speed: Annotated[str, typer.Option(help="with --mqtt: how many times faster than life, or max")] = "1440",
    tenant: Annotated[
        str | None, typer.Option(help="the simulated city's name; default: the setting, or with --mqtt simulated-DATE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Make up a city and its day: what sensors and counters would say, and beside it what was really so.

    Writes settings.json, places.jsonl, messages.jsonl, faults.jsonl and truth.jsonl (docs/simulator.md).

    --score computes the day in this process, with the code of a worker: no server is needed. It takes about a minute.
    With --mqtt the day goes the whole way, from a broker to Redis, and what was published is compared.

    [bold]Examples[/bold]: placelibre simulate --out day --date 2026-11-20 --seed 7 --faulty 0.05 --lost 0.01
    · placelibre simulate --score --bays 200 --car-parks 4 --hours 6 --faulty 0.05 --lost 0.01 --json
    · placelibre simulate --mqtt mqtt://127.0.0.1 --speed 720 --score
    · placelibre simulate --out week --bays 50000 --car-parks 200 --hours 168 --vendor placepod --vendor tekzipark=2
    """
    from ops import simulating  # here: nobody else needs it, and a worker would carry 20 MB of it
    from ops.scoring import card_document, fold_here, score_run
    from sensors.intake.mqtt import read_broker
    from sensors.simulator.files import DEFAULT_CITY, read_run

    begin, of_day = local_day(date.date())
    scenario = Scenario(
        bays=bays, car_parks=car_parks, start=begin, hours=of_day if hours is None else hours, seed=seed,
        vendors=_weights(vendor), start_share=start_share, lost=lost, duplicated=duplicated, delayed=delayed,
        disorder=disorder, skew=skew, miss=miss, bad_lanes=bad_lanes,
    )  # fmt: skip
    settings = settings_of(context)
    if folder is None and not (score or mqtt):
        raise ScenarioError("nothing to do: give --out FOLDER, --score or --mqtt URL")
    if score and skip >= scenario.hours:
        raise ScenarioError(f"--skip {skip:g} leaves nothing of the {scenario.hours:g} hours to score")
    name = tenant or (f"simulated-{date:%Y-%m-%d}" if mqtt else settings.tenant or DEFAULT_CITY)
    password = settings.mqtt_password.get_secret_value() if settings.mqtt_password else None
    session = f"placelibre-{settings.namespace}-simulation"
    broker = read_broker(mqtt, session, password, settings.mqtt_files) if mqtt else None
    with ExitStack() as stack:
        into = folder or Path(stack.enter_context(TemporaryDirectory(prefix="placelibre-")))
        played = _with_bar("simulation", lambda show: simulating.play(with_faulty(scenario, faulty), into, name, show))
        document: dict[str, Any] = {
            "folder": str(folder) if folder else None, "seed": seed, **played.summary._asdict(),
            "seconds": played.seconds, "events_per_s": played.events_per_s,
        }  # fmt: skip
        if not as_json:
            _print_summary(document)
        made = read_run(into)
        if broker:
            pace = read_speed(speed)
            told = _with_bar("MQTT", lambda show: run(simulating.tell(settings, made, broker, name, pace, show)))
            document |= {"tenant": name, "told": told}
        if score:
            published = (
                run(simulating.await_published(settings, made, name))
                if broker
                else _with_bar("fold", lambda show: fold_here(made, name, show))
            )
            card = score_run(made, published, skip)
            document |= {"skipped_hours": skip, **card_document(card)}
            if not as_json:
                out.print(score_view(settings.language, card.sites, card.zones, card.places, card.repairs))
    if as_json:
        print_json(document)


def _with_bar(what: str, work: Callable[[Callable[[int, int], None]], T]) -> T:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(what, total=None)
        return work(lambda done, of: bar.update(task, completed=done, total=of))


def _print_summary(made: dict[str, Any]) -> None:
    where = f" in {made['folder']}" if made["folder"] else ""
    out.print(
        f"{made['messages']} messages ({made['uplinks']} uplinks, {made['lane_messages']} of lanes) and "
        f"{made['truth']} true changes{where}; {made['events_per_s']} messages/s",
        highlight=False,
        soft_wrap=True,
    )
    for kind, count in made["faults"].items():
        out.print(f"{kind:>12} {count}", highlight=False)


def _weights(given: list[str] | None) -> dict[str, float]:
    if not given:
        return dict.fromkeys(VENDORS, 1.0)
    weights = {}
    for vendor in given:
        name, _, weight = vendor.partition("=")
        try:
            weights[name] = float(weight or 1)
        except ValueError as error:
            raise ScenarioError(f"--vendor {vendor}: give SOURCE or SOURCE=WEIGHT, like placepod=2") from error
    return weights
