"""Receiving: uplinks and counters that others send, by MQTT or to a webhook."""

from collections.abc import Iterable
from typing import Annotated

import typer

from ops.addresses import refuse_taken, refuse_taken_probes
from ops.cities import find_city
from ops.console import run, say, settings_of
from ops.feeding import follow_catalogue
from ops.settings import Settings, load_settings, revealed
from parking.errors import ParkingError
from parking.words import ClockBasis
from sensors.contract import Adapter
from sensors.intake.deduplication import Deduplicator
from sensors.intake.event_clock import EventClock
from sensors.intake.flood import PER_SECOND, FloodGuard
from sensors.intake.meters import IntakeMeters
from sensors.intake.mqtt_messages import NO_SOURCE, Reader
from sensors.intake.permissions import Permissions
from sensors.intake.routing import RouteError, Routes, Server, read_routes, require_filter, require_group
from sensors.registry import get_public, list_public
from serving.credentials import Credentials
from serving.probes import Probes, answering, exposition

_SOURCES = ", ".join(list_public())
Pace = Annotated[float, typer.Option(help="messages a second that one device may send on average", min=0.001)]
Tenant = Annotated[str | None, typer.Option(help="the city; default: the source's own, or the only one there is")]


def mqtt(
    context: typer.Context,
    broker: Annotated[str, typer.Argument(help="mqtt://[user@]host[:port], or mqtts", show_default=False)],
    source: Annotated[
        str | None, typer.Option(help=f"the source of every device that --map does not name; {_SOURCES}")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="NAME=SOURCE", help="the source of the devices of an application, profile or topic"
        ),
    ] = None,
    server: Annotated[Server, typer.Option(help="whose topics to subscribe to")] = Server.BOTH,
    tenant: Tenant = None,
    client_id: Annotated[
        str | None, typer.Option(help="name of the session that the broker keeps; default: placelibre-NAMESPACE")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="share the messages with other processes of this group: each gets to one of them"),
    ] = None,
    pace: Pace = PER_SECOND,
    clock: Annotated[
        ClockBasis, typer.Option(help="event: follow the clock that a simulation of --tenant publishes on the broker")
    ] = ClockBasis.WALL,
) -> None:
    """Listen to an MQTT broker: LoRaWAN sensors by their network's server, and car-park counters.

    A message (of QoS 1) is acknowledged only after Kafka has it: docs/intake.md. Run one process per session: two with
    the same --client-id disconnect each other. Several share the work by --group. The password is
    PLACELIBRE_MQTT_PASSWORD.

    [bold]Examples[/bold]: placelibre mqtt mqtt://127.0.0.1 --source nwave_nps405 --tenant exempleville
    · placelibre mqtt mqtts://city@eu1.example --map rue-des-lilas=nwave_nps405 --map 'counters/+/events=counter'
    """
    from sensors.intake.mqtt import follow_broker, read_broker  # here: nobody else needs it

    settings = settings_of(context)
    password = settings.mqtt_password.get_secret_value() if settings.mqtt_password else None
    refuse_taken_probes(settings)
    at = read_broker(broker, client_id or f"placelibre-{settings.namespace}", password, settings.mqtt_files)
    if group is not None:
        require_group(group)
        if client_id is None:
            raise ParkingError(f"give each process of group {group} a --client-id of its own: one throws out the other")
        if clock is ClockBasis.EVENT:
            raise ParkingError("--clock event needs messages and clock in their order, and a --group has none")
    if clock is ClockBasis.EVENT and tenant is None:
        raise ParkingError("--clock event follows one simulated city: name it with --tenant")
    event_clock = EventClock(tenant) if clock is ClockBasis.EVENT and tenant else None
    guard = FloodGuard(per_second=pace)
    routes = _routes(source, to or [])
    city = _city_of(settings, tenant, routes.adapters)
    for topic in settings.mqtt_devices:
        require_filter(topic, "PLACELIBRE_MQTT_DEVICES")
    known = Deduplicator(tells_losses=group is None)  # of a device's uplinks, others of the group hear some
    permissions = Permissions(settings.mqtt_devices, "PLACELIBRE_MQTT_DEVICES")
    reader = Reader(routes, tenant, city, guard=guard, clock=event_clock, known=known, permissions=permissions)

    async def work() -> None:
        probes = _probes_of(reader.meters)
        async with answering(probes, settings.metrics_at), follow_catalogue(settings) as producer:
            await follow_broker(at, server, reader, producer, group)

    run(work())


def _city_of(settings: Settings, tenant: str | None, adapters: Iterable[Adapter]) -> str:
    """The city of those sources that have none of their own. Raises WhichCityError where nobody says which it is."""
    without = [adapter.INFO for adapter in adapters if adapter.INFO.tenant is None]
    return run(find_city(settings, tenant, without[0])) if without else tenant or settings.tenant or NO_SOURCE


def _routes(source: str | None, maps: list[str]) -> Routes:
    pairs = []
    for route in maps:
        name, equals, wanted = route.rpartition("=")
        if not equals:
            raise RouteError(f"--map {route}: it must be APPLICATION=SOURCE, PROFILE=SOURCE or TOPIC=SOURCE")
        pairs.append((name, get_public(wanted)))
    return read_routes(get_public(source) if source else None, pairs)


def webhook(
    context: typer.Context,
    listen: Annotated[str | None, typer.Option(help="host:port; 0.0.0.0:8080 is open to everyone")] = None,
    tenant: Tenant = None,
    pace: Pace = PER_SECOND,
) -> None:
    """Receive by HTTP what sensors' network servers and counters POST to /v1/uplinks/SOURCE; 202: it is kept in Kafka.

    PLACELIBRE_WEBHOOK_TOKENS and PLACELIBRE_WEBHOOK_SECRETS say who may send for which source, each as a JSON object
    by source, or by SOURCE/WHO where there are several; PLACELIBRE_WEBHOOK_DEVICES says for which devices. Put a proxy
    that speaks TLS in front of it (docs/intake.md).

    [bold]Example[/bold]: PLACELIBRE_WEBHOOK_TOKENS='{"counter": "sixteen-characters-or-more"}' placelibre webhook
    --listen 127.0.0.1:18090 --tenant exempleville
    """
    settings = settings_of(context)
    if listen is not None:
        settings = load_settings(**settings.model_dump() | {"webhook_listen": listen})
    credentials = Credentials(revealed(settings.webhook_tokens), revealed(settings.webhook_secrets))
    if not credentials.names:
        raise ParkingError("nobody may send yet: set PLACELIBRE_WEBHOOK_TOKENS or PLACELIBRE_WEBHOOK_SECRETS")
    if unknown := sorted({*settings.webhook_devices} - {*credentials.names}):
        raise ParkingError(
            f"PLACELIBRE_WEBHOOK_DEVICES names {', '.join(unknown)}, which has neither token nor secret: it would hold "
            "nobody back; write it as PLACELIBRE_WEBHOOK_TOKENS does"
        )
    adapters = {name: get_public(name) for name in dict.fromkeys(name.partition("/")[0] for name in credentials.names)}
    host, port = settings.webhook_at
    refuse_taken(settings, "the webhook", (host, port), "PLACELIBRE_WEBHOOK_LISTEN")
    city = _city_of(settings, tenant, adapters.values())
    from ops.http import policy_of
    from sensors.intake.webhook import Webhook, serve_webhook  # here: nobody else needs it

    async def work() -> None:
        meters, guard = IntakeMeters("webhook"), FloodGuard(per_second=pace)
        async with answering(_probes_of(meters), settings.metrics_at), follow_catalogue(settings) as producer:
            permissions = Permissions(settings.webhook_devices, "PLACELIBRE_WEBHOOK_DEVICES")
            taking = Webhook(adapters, credentials, producer, tenant, meters, guard, city, permissions=permissions)
            where, stop_with = f"http://{settings.webhook_listen}/v1/uplinks/", settings.language.say("live.stop_with")
            say(f"{where} · {', '.join(adapters)} · {stop_with}")
            await serve_webhook(taking, host, port, policy_of(settings, settings.webhook_rate_limit))

    run(work())


def _probes_of(meters: IntakeMeters) -> Probes:
    return Probes(lambda: exposition(meters.registry))
