"""Which city is meant where nobody says: the one that the setting names, or the only one there is. Never a guess."""

import asyncio
from collections.abc import Collection

from ops.console import live_state
from ops.settings import Settings
from parking.errors import ParkingError
from sensors.contract import SourceInfo
from store.reader import list_tenants
from streams.known import read_catalogue
from streams.topics import TopicsError


class WhichCityError(ParkingError):
    """It is not said which city is meant, and not one alone is known; the message lists those that are."""


def choose_known(asked: str | None, known: Collection[str]) -> str:
    """The city that was asked for, or the only one known. Raises WhichCityError."""
    if asked:
        return asked
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise WhichCityError(
            "no city is known yet: start a worker and a feed, replay a recording, or name a new one with --tenant in "
            "`placelibre city set` or `placelibre catalogue import` (docs/catalogue.md)"
        )
    listed = ", ".join(sorted(known))
    raise WhichCityError(f"which city? give --tenant, or set PLACELIBRE_TENANT (known: {listed})")


async def find_city(settings: Settings, asked: str | None, by: SourceInfo | None = None) -> str:
    """The city whose catalogue is meant: as asked, as the source says, as set, or the only one that Kafka knows.

    Raises WhichCityError, or KafkaError where Kafka must be asked and does not answer.
    """
    if named := asked or (by and by.tenant) or settings.tenant:
        return named
    try:
        known = (await read_catalogue(settings.kafka, settings.namespace)).tenants
    except TopicsError:
        known = {}
    try:
        return choose_known(None, known)
    except WhichCityError as error:
        if by is None:
            raise
        raise WhichCityError(f"{by.name} tells of no city of its own, so say where it stands: {error}") from None


async def only_city(settings: Settings) -> str:
    """The only city that Redis knows; it is waited for as long as there is none. Raises WhichCityError for several."""
    async with live_state(settings) as client:
        while not (known := await list_tenants(client)):  # noqa: ASYNC110  another process writes it
            await asyncio.sleep(1)
    return choose_known(None, known)
