"""The controller of a city's signs put together: Redis, the record, the lease, drivers, probes."""

import logging
import os
import signal

from pydantic import SecretStr

from gateways.signs.control.bench import Bench
from gateways.signs.control.controller import SignController
from gateways.signs.control.meters import SignMeters
from gateways.signs.opening import SignSecret, open_drivers
from ops.deciding import open_record
from ops.settings import Settings
from ops.wall import showing_wall
from serving.probes import Probes, Wellbeing, answering, exposition
from store.connecting import open_redis
from store.decisions import list_latest
from store.leases import Lease, work_under_lease
from store.mirror import Mirror

log = logging.getLogger(__name__)
FAULT = "PLACELIBRE_FAULT"


def signs_job(tenant: str) -> str:
    """The job of which one process at a time has the lease."""
    return f"signs/{tenant}"


class FaultPoint:
    """Where a test may kill a controller, as by kill -9: ``PLACELIBRE_FAULT=record->act:3``; nothing else sets it."""

    def __init__(self, asked: str) -> None:
        self._point, _, count = asked.partition(":")
        self._left = int(count or 1)

    def __call__(self, point: str) -> None:
        """Die here if the environment says so."""
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _secrets(settings: Settings) -> dict[str, SignSecret]:
    return {
        name: SignSecret(_clear(given.community), _clear(given.read_community), _clear(given.password))
        for name, given in settings.signs_secrets.items()
    }


def _clear(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


async def run_signs(settings: Settings, tenant: str) -> None:
    """Wait for the lease, and keep the signs for as long as it lasts; again with the next. Ends when cancelled."""
    settings = settings.model_copy(update={"tenant": tenant})
    meters = SignMeters()
    client = open_redis(settings.redis, connect_s=3, reply_s=5)
    passing = FaultPoint(os.environ.get(FAULT, ""))
    controllers: list[SignController] = []

    def readiness() -> Wellbeing:
        return Wellbeing(True, {"status": "ok", "speaks": bool(controllers)})

    probes = Probes(lambda: exposition(meters.registry), readiness=readiness)
    try:
        async with (
            answering(probes, settings.metrics_at),
            open_record(settings) as record,
            open_drivers(_secrets(settings)) as open_driver,
        ):

            async def work(lease: Lease) -> None:
                bench = Bench(Mirror(tenant), record, lease, settings.signs_minutes, passing)
                controller = SignController(client, bench, lease, open_driver, meters)
                controllers[:] = [controller]
                log.info("this process speaks to the signs of %s (fence %d)", tenant, lease.fence)
                try:
                    await controller.run()
                finally:
                    controllers.clear()

            async with showing_wall(settings, tenant, record):
                fences = [known.decision.fence or 0 for known in await list_latest(client, tenant)]
                await work_under_lease(client, signs_job(tenant), work, above=max(fences, default=0))
    finally:
        await client.aclose()
