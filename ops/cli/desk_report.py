"""``placelibre desk report``: the month report as a file."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateways.desk.past import MonthAsked
from ops.console import TenantOption, err, out, settings_of
from ops.desk_report import make_report, write_month
from ops.past import PastError


class ReportForm(StrEnum):
    """What kind of file."""

    XLSX = "xlsx"
    CSV = "csv"


def report(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="by the city's clock")],
    form: Annotated[ReportForm, typer.Option(help="a workbook; or CSV, a zip of several")] = ReportForm.XLSX,
    table: Annotated[str | None, typer.Option(help="one table alone: summary, places, signs, …")] = None,
    path: Annotated[Path | None, typer.Option("--out", help="default: TENANT-MONTH.xlsx here")] = None,
    tenant: TenantOption = None,
) -> None:
    """Write what was known in a month and what was not, by place and cause; signs, devices, alarms.

    [bold]Examples[/bold]: placelibre desk report 2026-10 --tenant nantes ·
    placelibre desk report 2026-10 --form csv --table places --out places.csv
    """
    settings = settings_of(context)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(settings.language.say("desk_report.reading"), total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        made = make_report(settings, tenant, MonthAsked(month, table), show)
        name = written(path, lambda file: write_month(made, form.value, file))
    out.print(name, markup=False, highlight=False, soft_wrap=True)


def written(path: Path | None, write: Callable[[IO[bytes]], str]) -> str:
    """The path of a file that is there whole or not at all: as asked, or as ``write`` names it."""
    aside = (path or Path("placelibre")).with_suffix(".part")
    try:
        with aside.open("wb") as file:
            name = write(file)
        aside.replace(path or Path(name))
    except OSError as error:
        raise PastError(f"cannot write {path or aside}: {error.strerror}; give another --out") from error
    finally:
        aside.unlink(missing_ok=True)
    return str(path or name)
