"""The long-running commands: run (everything on a laptop), worker (the fold alone), and doctor."""

import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ops.addresses import refuse_taken, refuse_taken_probes
from ops.cities import only_city
from ops.console import err, live_state, out, print_json, say, settings_of
from ops.console import run as run_coroutine
from ops.ending import end_in_time
from ops.health import examine
from ops.running import Stack, choose_city, run_until_stopped
from ops.settings import Settings, load_settings
from store.connecting import open_redis
from store.functions import load
from streams.topics import create_topics

if TYPE_CHECKING:
    from streams.worker_app import Plan

_SIGNS = {"ok": "[green]✓[/green]", "note": "[yellow]·[/yellow]", "bad": "[red]✗[/red]"}


def run(
    context: typer.Context,
    simulate: Annotated[bool, typer.Option(help="play a simulated day even with internet")] = False,
) -> None:
    """Start Kafka, Valkey, a worker, a feed, the history and the map, and show the live table. Ctrl-C stops all of it.

    With internet it polls the two live data sets of Nantes; without, it says so and plays a simulated day over the 28
    real car parks and 3,000 made-up street bays, every number labelled simulated.

    [bold]Examples[/bold]: placelibre run · placelibre run --simulate
    """
    settings, live = choose_city(settings_of(context), simulate)
    logging.getLogger().setLevel(logging.WARNING)
    with Stack(settings, say) as stack:
        run_until_stopped(stack, live, simulate)
    err.print(settings.language.say("live.all_stopped"))


async def _prepare(settings: Settings) -> None:
    """Fail now, with a sentence, rather than hang: Faust waits silently for a Kafka that is not there."""
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    async with live_state(settings) as client:
        await load(client)


def plan_of(settings: Settings) -> "Plan":
    """What a worker is told by the settings."""
    from streams.worker_app import Plan

    data_dir = settings.data_dir / "faust"  # Faust wants a folder, though its Table lives in memory
    data_dir.mkdir(parents=True, exist_ok=True)
    return Plan(
        settings.kafka, settings.namespace, settings.partitions, settings.stream_epoch, settings.transport, data_dir,
        settings.metrics_at, _end,
    )  # fmt: skip


def _end(code: int) -> None:
    logging.shutdown()  # what the log holds back is said
    os._exit(code)


def worker(context: typer.Context) -> None:
    """Work out how many spaces are free from what sensors and counters say. Several workers share the city's places.

    It reads observations from Kafka, and writes each change to Kafka (for the history) and to Redis (for the answers).

    [bold]Example[/bold]: placelibre --kafka broker:9092 --redis redis://cache:6379/0 worker
    """
    import faust  # here: it takes half a second, and no other command needs it

    from streams.app import create_app
    from streams.meters import WorkerMeters
    from streams.worker_app import STOP_PATIENCE_S

    settings = settings_of(context)
    refuse_taken_probes(settings)
    run_coroutine(_prepare(settings))
    live = open_redis(settings.redis, connect_s=5, reply_s=30)
    app = create_app(plan_of(settings), live, WorkerMeters())

    class Worker(faust.Worker):
        """Faust's, that ends when it is told to."""

        def _on_sigterm(self) -> None:
            end_in_time(STOP_PATIENCE_S + 2)
            super()._on_sigterm()

    process = Worker(app, loglevel=settings.log_level, quiet=True, override_logging=False)
    process.spinner = None  # it writes to terminals only, and into every log
    raise SystemExit(process.execute_from_commandline())


def serve(
    context: typer.Context,
    listen: Annotated[str | None, typer.Option(help="host:port; 0.0.0.0:8080 is open to everyone")] = None,
) -> None:
    """Serve one city over HTTP: nearest places, all sites, live changes, and the map.

    Start as many as you like: all give the same answers.

    [bold]Examples[/bold]: placelibre serve · PLACELIBRE_TENANT=exempleville placelibre serve --listen 127.0.0.1:18081
    """
    settings = settings_of(context)
    if listen is not None:
        settings = load_settings(**settings.model_dump() | {"listen": listen})
    from gateways.api.serve import create_app as create_gateway  # here: a worker needs none of it, nor its memory
    from gateways.api.serve import run_server
    from ops.http import policy_of

    host, port = settings.listen_at
    refuse_taken(settings, "the gateway", (host, port), "PLACELIBRE_LISTEN")
    client = open_redis(settings.redis, connect_s=3, reply_s=5)
    tenant = settings.tenant or run_coroutine(only_city(settings))
    say(f"http://{settings.listen}/ · {tenant} · {settings.language.say('live.stop_with')}")
    policy = policy_of(settings, settings.rate_limit)
    app = create_gateway(client, tenant, settings.basemap_url, settings.metrics_at, policy)
    run_server(app, host, port, policy.doors(), end_in_time)


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False
) -> None:
    """Check everything placelibre needs, and say what to do about what is missing; exit code 1 if something is.

    [bold]Example[/bold]: placelibre doctor
    """
    findings = run_coroutine(examine(settings_of(context)))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            out.print(
                f"{_SIGNS[finding.state]} {finding.what}: {escape(finding.detail)}", highlight=False, soft_wrap=True
            )
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
