"""Bringing observations in: poll a live source, or replay a recording."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from redis.exceptions import RedisError
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.cities import find_city
from ops.console import err, live_state, out, read_speed, run, settings_of
from ops.feeding import access_to, follow_catalogue, open_client
from ops.mappings import register_mappings
from ops.settings import Settings
from parking.errors import ParkingError
from parking.instants import in_text
from parking.words import ClockBasis
from sensors.contract import Adapter, Paging
from sensors.intake import replay as replaying
from sensors.intake.access import shown
from sensors.intake.polling import poll_source
from sensors.registry import get_public, list_public
from store.reader import read_clock
from streams.known import find_tenant
from streams.topics import create_topics

UNMAPPED = "mapped"
"""The kind of source that is nothing without its mapping."""

_SOURCES = ", ".join(list_public())


class FeedError(ParkingError):
    """A recording cannot be replayed there, or a feed did not answer; the message says what to do."""


def poll(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option(help=f"one or more of: {_SOURCES}", show_default=False)] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="a mapping (*.toml): poll the feed that it describes (docs/mapping/mapped.md)")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="the city; default: the source's own")] = None,
    every: Annotated[
        float | None, typer.Option(help="seconds between polls; default: the source's pace", min=1)
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(help="poll these addresses instead of the source's own; with several sources as SOURCE=ADDRESS"),
    ] = None,
    paging: Annotated[
        Paging | None, typer.Option(help="how these addresses are cut into pages; default: as the source's own")
    ] = None,
    once: Annotated[bool, typer.Option(help="poll each feed once and end")] = False,
) -> None:
    """Ask live sources again and again: no more than they allow, and ever more rarely while they do not answer.

    [bold]Examples[/bold]: placelibre poll --source nantes ·
    placelibre poll --source ulm --url http://127.0.0.1:8000 --once ·
    placelibre poll --mapping samples/feeds/exempleville.toml --url http://127.0.0.1:8000/parkings --once
    """
    settings = settings_of(context)
    mapped = register_mappings(settings, mapping)
    names = [*(source or ()), *([mapped.INFO.id] if mapped else ())]
    if not names:
        raise ParkingError("what shall be polled? name it with --source, or give --mapping FILE")
    wanted = addresses_of(list(dict.fromkeys(names)), url or [])
    cities = {name: run(find_city(settings, tenant, get_public(name).INFO)) for name in wanted}

    async def work() -> bool:
        async with follow_catalogue(settings) as producer, open_client(settings) as client, asyncio.TaskGroup() as all_:
            polls = [
                all_.create_task(
                    poll_source(
                        get_public(name), urls, cities[name], producer, client, every, once,
                        access_to(name, settings), paging,
                    )
                )
                for name, urls in wanted.items()
            ]  # fmt: skip
        return all(poll.result() for poll in polls)

    if not run(work()):
        raise FeedError("a feed did not answer; the log above says which and why")


def addresses_of(sources: list[str], urls: list[str]) -> dict[str, list[str]]:
    """The addresses to poll, by source; none for its own. Raises ParkingError where that cannot be said."""
    wanted: dict[str, list[str]] = {name: [] for name in sources}
    for url in urls:
        name, named, address = url.partition("=")
        if named and name in wanted:
            wanted[name].append(address)
        elif len(sources) == 1:
            wanted[sources[0]].append(url)
        else:
            raise ParkingError(f"whose address is {shown(url)}? with several sources write --url SOURCE=ADDRESS")
    for name, own in wanted.items():
        if name == UNMAPPED:
            raise ParkingError("which mapping? poll a feed of your own with --mapping FILE (docs/mapping/mapped.md)")
        if not (own or get_public(name).INFO.feeds):
            raise ParkingError(f"source {name!r} has no live feed; replay a recording of it, or give --url")
        for url in own:
            if not url.startswith(("http://", "https://")):
                raise ParkingError(f"{shown(url)} is no address to poll: it begins with https:// or http://")
    return wanted


def replay(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="one recorded file", show_default=False)],
    source: Annotated[str | None, typer.Option(help=f"one of: {_SOURCES}")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="a mapping (*.toml), by which it is read (docs/mapping/mapped.md)")
    ] = None,
    speed: Annotated[str, typer.Option(help="how many times faster than it happened, or max")] = "max",
    clock: Annotated[
        ClockBasis,
        typer.Option(help="event: by the recording's own time; wall: as if it happened now, labelled simulated"),
    ] = (ClockBasis.EVENT),
    tenant: Annotated[str | None, typer.Option(help="the city; default: the source's own")] = None,
) -> None:
    """Send a recording the way that live data goes. Its own day's clock decides what is too old, unless --clock wall.

    [bold]Examples[/bold]: placelibre replay samples/a-day/2026-05-04.csv --source german_series
    --tenant exempleville-2026 ·
    placelibre replay samples/a-day/2026-05-04.csv --source german_series --tenant exempleville-slow --speed 600 ·
    placelibre replay samples/feeds/exempleville.json --mapping samples/feeds/exempleville.toml
    --tenant exempleville-once
    """
    settings = settings_of(context)
    mapped = register_mappings(settings, mapping)
    if (source is None) == (mapped is None):
        raise ParkingError("who recorded it? name one of them: --source, or --mapping FILE")
    adapter: Adapter = mapped or get_public(source or "")
    pace = read_speed(speed)
    name = run(find_city(settings, tenant, adapter.INFO))
    recording = replaying.read_recording(path, adapter, name, clock)
    progress = run(_replay(settings, recording, pace))
    language = settings.language
    out.print(
        language.say(
            "ask.replayed", sent=progress.sent, rejected=progress.rejected,
            clock=in_text(progress.clock) if progress.clock else language.say("ask.no_clock"),
        ),
        highlight=False,
    )  # fmt: skip
    commands = f"placelibre sites --tenant {name} · placelibre rejects --tenant {name}"
    out.print(language.say("ask.see_them", commands=commands), highlight=False, soft_wrap=True)


async def _replay(settings: Settings, recording: replaying.Recording, speed: float | None) -> replaying.Progress:
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    await _refuse_a_wrong_tenant(settings, recording)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        name = settings.language.say("ask.replay")
        task = bar.add_task(name, total=len(recording.observations))

        def show(progress: replaying.Progress) -> None:
            clock = f" {progress.clock:%Y-%m-%d %H:%M}" if progress.clock else ""
            bar.update(task, completed=progress.sent + progress.rejected_on_the_way, description=name + clock)

        async with follow_catalogue(settings) as producer:
            return await replaying.replay(recording, producer, speed, show)


async def _refuse_a_wrong_tenant(settings: Settings, recording: replaying.Recording) -> None:
    """A live tenant is not taken over, and a clock never goes back: an older recording would be stale throughout."""
    if recording.tenant.clock is ClockBasis.WALL or recording.ends_at is None:
        return
    own = f"--tenant {recording.tenant.id}-{recording.ends_at:%Y-%m-%d}"
    known = await find_tenant(settings.kafka, settings.namespace, recording.tenant.id)
    if known is not None and known.clock is ClockBasis.WALL:
        raise FeedError(
            f"city {recording.tenant.id!r} is judged by the real time (its data is live or simulated), but a "
            f"recording by its own time: replay it into a city of its own, with {own}; "
            f"or as if it happened now, with --clock wall"
        )
    try:
        async with live_state(settings) as client:
            clock = await read_clock(client, recording.tenant.id)
    except RedisError as error:
        err.print(f"Redis does not answer, so the tenant's clock is not checked: {escape(str(error))}")
        return
    if clock is not None and clock.at > recording.ends_at:
        raise FeedError(
            f"city {recording.tenant.id!r} has already reached {clock.at:%Y-%m-%d %H:%M} ({clock.basis} clock), "
            f"and this recording ends at {recording.ends_at:%Y-%m-%d %H:%M}: replay it into a city of its own, "
            f"with {own}"
        )
