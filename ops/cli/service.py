"""The long-running commands: run (everything on a laptop), worker (the fold alone), and doctor."""

import logging
from typing import Annotated

import faust
import redis.asyncio as aioredis
import typer

from ops.cli.local import say
from ops.console import err, live_state, out, print_json, settings_of
from ops.console import run as run_coroutine
from ops.health import examine
from ops.running import Stack, run_until_stopped
from ops.settings import Settings
from store.functions import load
from streams.app import create_app
from streams.topics import create_topics

_SIGNS = {"ok": "[green]✓[/green]", "note": "[yellow]·[/yellow]", "bad": "[red]✗[/red]"}


def run(
    context: typer.Context,
    simulate: Annotated[bool, typer.Option(help="play a simulated day even with internet")] = False,
) -> None:
    """Start Kafka, Valkey, the worker and a feed, and show the live table. Ctrl-C stops all of it.

    With internet it polls the two live data sets of Nantes; without, it says so and plays a simulated day over the 28
    real car parks, every number labelled simulated.
    """
    settings = settings_of(context)
    logging.getLogger().setLevel(logging.WARNING)
    with Stack(settings, say) as stack:
        run_until_stopped(stack, simulate)
    err.print("tout est arrêté · everything has stopped")


async def _prepare(settings: Settings) -> None:
    """Fail now, with a sentence, rather than hang: Faust waits silently for a Kafka that is not there."""
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    async with live_state(settings) as client:
        await load(client)


def worker(context: typer.Context) -> None:
    """Fold observations into availability: Kafka in, Kafka and Redis out. Start as many as there are partitions.

    [bold]Example[/bold]: placelibre --kafka broker:9092 --redis redis://cache:6379/0 worker
    """
    settings = settings_of(context)
    run_coroutine(_prepare(settings))
    data_dir = settings.data_dir / "faust"  # Faust wants a folder, though its Table lives in memory
    data_dir.mkdir(parents=True, exist_ok=True)
    live = aioredis.from_url(settings.redis, socket_connect_timeout=5, socket_timeout=30)
    app = create_app(settings.kafka, settings.namespace, settings.partitions, settings.stream_epoch, live, data_dir)
    raise SystemExit(faust.Worker(app, loglevel=settings.log_level, quiet=True).execute_from_commandline())


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False
) -> None:
    """Look at everything placelibre needs, and say what to do about what is missing; exit code 1 if something is.

    [bold]Example[/bold]: placelibre doctor
    """
    findings = run_coroutine(examine(settings_of(context)))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            out.print(f"{_SIGNS[finding.state]} {finding.what}: {finding.detail}", highlight=False, soft_wrap=True)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
