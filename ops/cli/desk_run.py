"""``placelibre desk run``: the server of a city's desk."""

import sys
from getpass import getuser

import typer

from ops.addresses import refuse_taken
from ops.cities import only_city
from ops.console import TenantOption, run, say, settings_of
from ops.desk import run_desk
from ops.desk_access import make_link
from ops.local.process import LocalError


def run_(context: typer.Context, tenant: TenantOption = None) -> None:
    """Serve the desk of a city at the setting `desk_listen`: its pages, and /v1/desk/… for other systems.

    What somebody orders there is recorded in Kafka before it is done; a desk that starts again finishes what it finds
    open. See docs/desk.md.

    [bold]Example[/bold]: placelibre desk run --tenant nantes
    """
    settings = settings_of(context)
    if (at := settings.desk_at) is None:
        raise LocalError("PLACELIBRE_DESK_LISTEN is empty: the desk has no address; write 127.0.0.1:18110")
    refuse_taken(settings, "the desk", at, "PLACELIBRE_DESK_LISTEN")
    named = tenant or settings.tenant or run(only_city(settings))
    say(f"http://{settings.desk_listen}/ · {named} · {settings.language.say('live.stop_with')}")
    if sys.stderr.isatty():  # a log is no place for it
        say(f"{run(make_link(settings, named, getuser()))} · once, within ten minutes, on this machine")
    run(run_desk(settings, named, at))
