"""``placelibre signs run``: the controller of a city's signs."""

import typer

from ops.cities import only_city
from ops.console import TenantOption, run, settings_of
from ops.signs import run_signs


def run_(context: typer.Context, tenant: TenantOption = None) -> None:
    """Keep every sign of a city at what its plan says; several may run, and one at a time speaks to the signs.

    What it shows and why is recorded before it is shown; a sign that has nothing true to show is dark, and one that
    nobody speaks to any more goes dark by itself. See docs/signs.md.

    [bold]Example[/bold]: placelibre signs run --tenant nantes
    """
    settings = settings_of(context)
    named = tenant or settings.tenant or run(only_city(settings))
    run(run_signs(settings, named))
