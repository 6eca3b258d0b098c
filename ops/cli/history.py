"""The history: rolling it, asking what was published then, and a place's day as a picture.

pyarrow and matplotlib are imported when they are needed: without the extra ``history``, all else works.
"""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateways.documents import Document
from gateways.terminal.render import snapshot_table
from ops.addresses import refuse_taken_probes
from ops.cli.query import print_place
from ops.console import AsJson, TenantOption, err, out, print_json, run, settings_of
from ops.past import PastError, list_stood, open_past
from ops.settings import Settings
from ops.times import Understood, local_day, understand
from parking.instants import in_text
from parking.published.timeline import list_spans
from parking.words import ClockBasis
from store.changes import ChangesPosition
from store.snapshots import Snapshot
from streams.topics import names_of

if TYPE_CHECKING:
    from store.history.decided import DecidedWriter
    from store.history.reader import Period
    from store.history.writer import HistoryWriter
    from streams.history import OnProgress, RollProgress


def history(
    context: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", help="keep going until stopped")] = False,
    every: Annotated[float, typer.Option(help="with --follow: seconds between two rounds", min=1)] = 60,
) -> None:
    """Write what was published into Parquet files, by city and day. It may be stopped and started at any moment.

    [bold]Examples[/bold]: placelibre history · placelibre history --follow --every 300
    """
    from store.history.decided import FOLDER, DecidedWriter
    from store.history.writer import HistoryWriter
    from streams import history as rolling

    settings = settings_of(context)
    name = settings.language.say("ask.history")
    if err.is_terminal:  # the bar says it
        logging.getLogger(rolling.__name__).setLevel(logging.WARNING)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    names = names_of(settings.namespace)
    with (
        HistoryWriter(settings.history_at, names.changes) as writer,
        DecidedWriter(settings.history_at / FOLDER, names.decisions) as decisions,
        Progress(*columns, console=err) as bar,
    ):
        task = bar.add_task(name, total=None)

        def show(progress: "RollProgress") -> None:
            until = f", {progress.rolled_at:%H:%M:%S} UTC" if progress.rolled_at else ""
            bar.update(task, completed=progress.read, total=progress.total, description=name + until)

        if follow:
            refuse_taken_probes(settings)
            run(_follow(settings, writer, decisions, show, every))
        progress = run(rolling.roll(settings.kafka, writer, show))
        decided = run(rolling.roll(settings.kafka, decisions, lambda _: None))
    out.print(
        settings.language.say(
            "ask.history_rolled",
            written=progress.written,
            repeated=progress.repeated,
            unreadable=progress.unreadable,
            lost=progress.lost,
            folder=settings.history_at,
        ),
        highlight=False,
        soft_wrap=True,
    )
    if decided.read:
        written = settings.language.say("ask.decisions_rolled", written=decided.written, lost=decided.lost)
        out.print(written, highlight=False, soft_wrap=True)


async def _follow(
    settings: Settings, writer: "HistoryWriter", decisions: "DecidedWriter", show: "OnProgress", every_s: float
) -> None:
    """Roll again and again, and tell keepers how far it is."""
    from serving.probes import answering
    from streams import history as rolling
    from streams.rolling_meters import RollingMeters, rolling_probes

    meters = RollingMeters()

    def tell(progress: "RollProgress") -> None:
        show(progress)
        meters.show(progress)
        meters.note("changes", progress.trouble)

    def tell_of_decisions(progress: "RollProgress") -> None:
        meters.note("decisions", progress.trouble)

    async with answering(rolling_probes(meters, every_s), settings.metrics_at), asyncio.TaskGroup() as both:
        both.create_task(rolling.follow(settings.kafka, writer, tell, every_s))
        both.create_task(rolling.follow(settings.kafka, decisions, tell_of_decisions, every_s))


def at(
    context: typer.Context,
    time: Annotated[
        str, typer.Argument(metavar="TIME", help="2026-05-04T14:30 is the city's time; or with Z or +02:00")
    ],
    site: Annotated[str | None, typer.Option(metavar="ID", help="one place, with everything that was known")] = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what had been published by then: the last value of each place, or unknown where it had expired.

    [bold]Examples[/bold]: placelibre at 2026-05-04T14:30 --tenant exempleville-2026 ·
    placelibre at 2026-05-04T12:30Z --tenant exempleville-2026 --site theatre --json
    """
    settings = settings_of(context)
    language = settings.language
    past = open_past(settings, tenant)
    asked = understand(time, past.clock.zone)
    if asked.assumed:
        understood = language.say("ask.understood", time=f"{asked.local.isoformat()} ({past.clock.zone})")
        err.print(understood, highlight=False, soft_wrap=True)
    stood = list_stood(past, asked.instant, site)
    if site is not None and not stood:
        past.refuse_place(site)
    rows, documents = [one.row for one in stood], [one.document for one in stood]
    if as_json:
        of_all = {"tenant": past.tenant, "history": _bounds(past.bounds), "places": documents}
        print_json(_asked(asked) | (documents[0] if site is not None else of_all))
    elif site is not None:
        print_place(language, rows[0], asked.instant, past.clock)
    else:
        snapshot = Snapshot(past.tenant, asked.instant, ClockBasis.WALL, ChangesPosition("", "0-0"), rows)
        table = snapshot_table(
            language, snapshot, f"{past.tenant}, {past.clock.tell(language, asked.instant)}", out.width
        )
        table.caption = language.say("ask.as_published", time=past.clock.tell(language, past.bounds.last))
        out.print(table)


def _asked(asked: Understood) -> Document:
    return {"at": in_text(asked.instant), "understood": asked.local.isoformat(), "zone_assumed": asked.assumed}


def _bounds(bounds: "Period") -> Document:
    return {"first": in_text(bounds.first), "last": in_text(bounds.last)}


def plot(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="the id of a place, such as 284")],
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="from midnight to midnight by the city's clocks")],
    tenant: TenantOption = None,
    path: Annotated[Path | None, typer.Option("--out", help="default: TENANT-SITE-DAY.png here")] = None,
) -> None:
    """Draw a place's day as a picture (PNG): vacant spaces as published, and gaps where nothing was known.

    [bold]Example[/bold]: placelibre plot theatre --day 2026-05-04 --tenant exempleville-2026 --out theatre.png
    """
    from gateways.plot.curve import Curve
    from gateways.plot.render import draw_png

    settings = settings_of(context)
    past = open_past(settings, tenant)
    start, end = local_day(day, past.clock.zone)
    first, last = past.bounds
    if last < start or first >= end:
        raise PastError(
            f"nothing is known of {past.tenant} on {day}: its history goes from {past.tell(first)} to {past.tell(last)}"
        )
    published = past.reader.list_published(past.tenant, site, start, end)
    if not published:
        past.refuse_place(site)
    spans = list_spans(published, start, end)
    name = past.place(site).name
    curve = Curve(name, site, past.tenant, past.source, past.clock.zone, start, end, first, last, spans)
    path = path or Path(f"{past.tenant}-{''.join(c if c.isalnum() else '_' for c in site)}-{day}.png")
    try:
        path.write_bytes(draw_png(curve, settings.language))
    except OSError as error:
        raise PastError(f"cannot write {path}: {error.strerror}; give another --out") from error
    out.print(str(path), markup=False, highlight=False, soft_wrap=True)
