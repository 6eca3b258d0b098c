"""``placelibre desk trouble``: what is wrong now, as a file to take along."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cities import find_city
from ops.cli.desk_report import ReportForm, written
from ops.console import TenantOption, out, run, settings_of
from ops.desk_past import DeskPast


def trouble(
    context: typer.Context,
    form: Annotated[ReportForm, typer.Option(help="a workbook, or a zip of CSV files")] = ReportForm.XLSX,
    path: Annotated[Path | None, typer.Option("--out", help="default: TENANT-TIME.xlsx here")] = None,
    tenant: TenantOption = None,
) -> None:
    """Write what is wrong now: places of which nothing is known, devices to look at, alarms.

    [bold]Example[/bold]: placelibre desk trouble --out trouble.xlsx --tenant nantes
    """
    settings = settings_of(context)
    past = DeskPast(settings, run(find_city(settings, tenant)))
    name = written(path, lambda file: past.write_trouble(form.value, file))
    out.print(name, markup=False, highlight=False, soft_wrap=True)
