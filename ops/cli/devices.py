"""Questions about devices: which there are, and which somebody should look at."""

from typing import Annotated

import typer

from gateways.terminal.repairs import count_problems, repairs_document, repairs_table
from gateways.words.city_clock import clock_of
from gateways.words.language import Language
from ops.cli.query import snapshot_of
from ops.console import AsJson, TenantOption, live_state, out, print_json, run, settings_of
from ops.settings import Settings
from parking.health.repairs import Finding, ranked
from parking.words import Problem
from store.repairs import read_repairs
from store.snapshots import Snapshot


def devices(
    context: typer.Context,
    health: Annotated[
        bool, typer.Option("--health", help="only the devices to look at, the most urgent first")
    ] = False,
    problem: Annotated[Problem | None, typer.Option(help="only this problem")] = None,
    limit: Annotated[int, typer.Option(help="lines of the table", min=1)] = 30,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Count the sensors and counters of a city; with --health, show which to repair first (docs/devices.md).

    A device is urgent when many spaces depend on it and when it is certainly broken. Findings may be a minute old.

    [bold]Examples[/bold]: placelibre devices --health · placelibre devices --health --problem flapping --json
    """
    settings = settings_of(context)
    snapshot, found = run(_read(settings, tenant))
    mine = ranked(finding for finding in found if problem is None or finding.problem is problem)
    names = {row.place.id: row.place.name for row in snapshot.places}
    if health or problem:
        if as_json:
            print_json(repairs_document(mine, snapshot.now, names))
        elif mine:
            out.print(
                repairs_table(
                    settings.language, clock_of(snapshot.tenant, snapshot.city), mine, snapshot.now, names, limit
                )
            )
        else:
            out.print(settings.language.say("devices.nothing"))
        return
    _list_all(settings.language, snapshot, mine, as_json)


async def _read(settings: Settings, tenant: str | None) -> tuple[Snapshot, list[Finding]]:
    snapshot = await snapshot_of(settings, tenant)
    async with live_state(settings) as client:
        found = await read_repairs(client, snapshot.tenant)
    return snapshot, [finding for of_place in found.values() for finding in of_place]


def _list_all(language: Language, snapshot: Snapshot, found: list[Finding], as_json: bool) -> None:
    clock = clock_of(snapshot.tenant, snapshot.city)
    problems = {(finding.place_id, finding.source, finding.device_id): finding.problem.value for finding in found}
    rows = [
        {
            "place_id": row.place.id,
            "source": device.source,
            "device_id": device.id,
            "slot": device.slot,
            "valid_for_s": device.valid_for_s,
            "in_service": device.observes_at(snapshot.now),
            "problem": problems.get((row.place.id, device.source, device.id)),
        }
        for row in snapshot.places
        for device in row.place.devices
    ]
    if as_json:
        print_json(rows)
        return
    sources: dict[str, int] = {}
    for row in rows:
        sources[str(row["source"])] = sources.get(str(row["source"]), 0) + 1
    for source, count in sorted(sources.items()):
        out.print(f"{source:22} {language.number(count):>8}", highlight=False)
    out.print(f"{language.say('devices.in_all'):22} {language.number(len(rows)):>8}", highlight=False)
    for kind, count in count_problems(found).items():
        out.print(language.say("devices.with_problem", count=count, problem=language.word(kind)), highlight=False)
    out.print(language.say("devices.flags", time=clock.tell_hour(language, snapshot.now)), style="dim", highlight=False)
