"""Who is told of alarms, from the settings."""

from collections.abc import Callable

from gateways.desk.watching.sending import AppriseSender, is_address, kind_of
from gateways.desk.watching.telling import RouteAddresses, Telling
from gateways.words.city_clock import CityClock
from gateways.words.language import get_language
from ops.settings import Settings, SettingsError
from parking.decisions.acting import RecordPort


def open_telling(settings: Settings, tenant: str, record: RecordPort, clock: Callable[[], CityClock]) -> Telling:
    """The routes of these settings. Raises SettingsError where Apprise does not know an address."""
    routes = []
    for name, given in settings.desk_routes.items():
        urls = tuple(url.get_secret_value() for url in given.urls)
        if strange := [kind_of(url) for url in urls if not is_address(url)]:
            raise SettingsError(
                f"settings: desk_routes.{name} has an address ({strange[0]}://…) that is none for Apprise; "
                f"https://github.com/caronc/apprise/wiki lists what there is"
            )
        routes.append(RouteAddresses(given.route(name), urls, get_language(given.language), given.least_spaces))
    desk_url = settings.desk_url or f"http://{settings.desk_listen}/"
    return Telling(tenant, routes, AppriseSender(), record, clock, desk_url)
