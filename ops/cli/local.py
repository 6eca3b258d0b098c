"""Kafka and Valkey on this machine: local up, local down, local status."""

from typing import Annotated

import typer

from ops.console import err, out, print_json, say, settings_of
from ops.hiding import without_user
from ops.local import stack

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="A real Kafka and a real Valkey on this machine, "
    "without Docker or root.\n\n[bold]Example[/bold]: placelibre local up",
)


@app.command()
def up(context: typer.Context) -> None:
    """Start Kafka and Valkey, and create the topics; what runs already is left alone.

    [bold]Example[/bold]: placelibre local up
    """
    settings = settings_of(context)
    with err.status("Kafka, Valkey …"):
        started = stack.up(settings, say)
    out.print(f"started: {', '.join(started) or 'nothing, all was running'}")
    live, data = without_user(settings.redis), settings.data_dir.absolute()
    out.print(f"Kafka {settings.kafka} · Valkey {live} · data and logs in {data}")


@app.command()
def down(context: typer.Context) -> None:
    """Stop what `local up` started here. Kafka keeps its data; Valkey's is written again by the workers.

    [bold]Example[/bold]: placelibre local down
    """
    stopped = stack.down(settings_of(context))
    out.print(f"stopped: {', '.join(stopped) or 'nothing, nothing was running'}")


@app.command()
def status(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False
) -> None:
    """Show what runs here, and whether it answers; exit code 1 unless everything answers.

    [bold]Example[/bold]: placelibre local status --json
    """
    rows = stack.status(settings_of(context))
    if as_json:
        print_json(rows)
    else:
        for name, row in rows.items():
            what = f"runs, process {row['pid']}, {row['memory_mb']} MB" if row["running"] else "was not started here"
            answers = "answers" if row["answers"] else "does not answer"
            out.print(f"{name:7} {what}; {row['address']} {answers}; log {row['log']}", highlight=False)
    if not all(row["answers"] for row in rows.values()):
        raise typer.Exit(1)
