"""``placelibre desk link``: a one-time link into the desk of this machine."""

from getpass import getuser

import typer

from ops.cities import only_city
from ops.console import TenantOption, run, settings_of
from ops.desk_access import make_link


def link(context: typer.Context, tenant: TenantOption = None) -> None:
    """Print a link by which one browser on this machine comes into the desk, with every role.

    It is good once, for ten minutes, and only where no identity provider is set. Who may write to Redis can make one.

    [bold]Example[/bold]: placelibre desk link
    """
    settings = settings_of(context)
    named = tenant or settings.tenant or run(only_city(settings))
    typer.echo(run(make_link(settings, named, getuser())))
