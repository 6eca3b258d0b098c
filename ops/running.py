"""``placelibre run``: servers, worker, feed, history, map, signs, desk and live table, started and stopped together."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from getpass import getuser
from importlib.util import find_spec
from types import FrameType, TracebackType

from gateways.signs.software.server import running
from gateways.terminal.serve import watch
from ops.addresses import refuse_taken_probes
from ops.console import live_state, out
from ops.demo_signs import make_demo_signs
from ops.desk_access import make_link
from ops.feeding import (
    SIMULATED_SPEED,
    SimulatedDay,
    access_to,
    follow_catalogue,
    is_reachable,
    open_client,
    open_producer,
    simulated_tenant,
)
from ops.local import process, stack
from ops.logs import speaks_json
from ops.settings import Settings
from sensors.intake.polling import poll_source
from sensors.sources.nantes import adapter as nantes
from sensors.sources.nantes.places import car_park_ids
from streams.producer import ObservationProducer

WORKER, GATEWAY, HISTORY, SIGNS, DESK = "worker", "gateway", "history", "signs", "desk"
GATEWAY_PATIENCE_S = 20
ROLLED_EVERY_S = 10
COMMANDS = {
    WORKER: ("worker",),
    GATEWAY: ("serve",),
    HISTORY: ("history", "--follow", "--every", str(ROLLED_EVERY_S)),
    SIGNS: ("signs", "run"),
    DESK: ("desk", "run"),
}
"""What `run` starts of ours, in this order; it stops them in the reverse one."""


class Stack:
    """Kafka, Valkey, a worker, a gateway, the history, the signs and the desk for as long as the ``with`` lasts.

    What ran before keeps running after. Without the extra ``history`` there is none, and that is said; without an
    address for their wall (``signs_listen``) there are no signs, and without one (``desk_listen``) no desk.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.settings, self._say = settings, say
        self._servers: list[str] = []
        self._own = [name for name in COMMANDS if name != HISTORY or find_spec("pyarrow") is not None]
        if settings.signs_at is None:
            self._own.remove(SIGNS)
        if settings.desk_at is None:
            self._own.remove(DESK)

    def __enter__(self) -> "Stack":
        signal.signal(signal.SIGTERM, _interrupt)
        data_dir = self.settings.data_dir.absolute()
        if (other := process.find(WORKER, data_dir)) is not None:
            raise process.LocalError(
                f"placelibre run is running here already (its worker is process {other.pid}): stop it first, or set "
                f"PLACELIBRE_DATA_DIR, PLACELIBRE_KAFKA, PLACELIBRE_REDIS, PLACELIBRE_LISTEN, "
                f"PLACELIBRE_SIGNS_LISTEN and PLACELIBRE_DESK_LISTEN for a second one"
            )
        host, port = self.settings.listen_at
        process.refuse_foreign("the map", host, port, "PLACELIBRE_LISTEN")
        if self.settings.signs_at is not None:
            process.refuse_foreign("the wall of signs", *self.settings.signs_at, "PLACELIBRE_SIGNS_LISTEN")
        if self.settings.desk_at is not None:
            process.refuse_foreign("the desk", *self.settings.desk_at, "PLACELIBRE_DESK_LISTEN")
        refuse_taken_probes(self.settings, count=len(self._own))
        self._servers = stack.up(self.settings, self._say, attached=True)
        try:
            self._say("starting " + ", ".join(self._own))
            if HISTORY not in self._own:
                self._say(
                    "no history is kept (no `at`, no `plot`): `pip install 'placelibre[history]'` brings what it needs"
                )
            for number, name in enumerate(self._own):
                words = [sys.executable, "-m", "ops", *COMMANDS[name]]
                process.start(name, words, data_dir, attached=True, env=self._environment(number))
            process.wait_until_open(GATEWAY, host, port, data_dir, GATEWAY_PATIENCE_S)
        except BaseException:
            self._stop()
            raise
        self._say(self.settings.language.say("live.map_at", address=self.address))
        if self.wall:
            self._say(self.settings.language.say("live.wall_at", address=self.wall))
        if self.settings.desk_at is not None:
            self._say(self._way_into_desk())
        return self

    def _way_into_desk(self) -> str:
        """Its address; where no identity provider knows people, as a link that is good once, on this machine."""
        say = self.settings.language.say
        if self.settings.desk_oidc is not None or speaks_json():  # a log is no place for a link
            return say("live.desk_at", address=f"http://{self.settings.desk_listen}/")
        link = asyncio.run(make_link(self.settings, self.settings.tenant or DEMO, getuser()))
        return say("live.desk_link", address=link)

    def _environment(self, number: int) -> dict[str, str]:
        """A child's settings. No two processes can share one address for probes: each has the next port."""
        env = self.settings.as_environment()
        if self.settings.metrics:
            host, _, port = self.settings.metrics.rpartition(":")
            env["PLACELIBRE_METRICS"] = f"{host}:{int(port) + number}"
        env["PLACELIBRE_DESK_PROBES"] = json.dumps(self._probes())
        return env

    def _probes(self) -> dict[str, str]:
        """What the desk watches of ours, by name; what the settings say of it goes first."""
        found = {GATEWAY: f"{self.address}readyz"}
        if self.wall and SIGNS in self._own:
            found[SIGNS] = f"{self.wall}readyz"
        if self.settings.metrics:
            found[WORKER] = f"http://{self.settings.metrics}/readyz"
        return found | self.settings.desk_probes

    @property
    def address(self) -> str:
        """Where the map is."""
        return f"http://{self.settings.listen}/"

    @property
    def wall(self) -> str | None:
        """Where the wall of signs is, if there are any."""
        return f"http://{self.settings.signs_listen}/" if self.settings.signs_at else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("stopping")
        self._stop()

    def _stop(self) -> None:
        for name in reversed(self._own):
            process.stop(name, self.settings.data_dir.absolute())
        stack.down(self.settings, self._servers)

    def list_stopped(self) -> list[str]:
        """Which of ours are no longer there."""
        data_dir = self.settings.data_dir.absolute()
        return [name for name in self._own if process.find(name, data_dir) is None]


def _interrupt(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C does: a running loop ends its work in order. Raised here, it could end up in any task of that loop."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
        return
    raise KeyboardInterrupt


DEMO = "nantes"
"""The city that `run` shows."""


def choose_city(settings: Settings, simulate: bool) -> tuple[Settings, bool]:
    """Nantes live where its portal answers, else a simulated Nantes, which is a city of its own: nothing made up stays.

    Returns the settings for it, and whether it is live.
    """
    live = not simulate and asyncio.run(is_reachable(nantes, settings))
    tenant = DEMO if live else simulated_tenant(DEMO)
    return settings.model_copy(update={"tenant": tenant}), live


def run_until_stopped(running: Stack, live: bool, simulate: bool) -> None:
    """Feed and show until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(running, live, simulate))


async def _run(started: Stack, live: bool, simulate: bool) -> None:
    day, settings = SimulatedDay(datetime.now(UTC)), started.settings
    tenant, language = settings.tenant or DEMO, settings.language

    def title() -> str:
        stopped = started.list_stopped()
        state = "   " + language.say("live.map_at", address=started.address)
        if started.wall:
            state += "   " + language.say("live.wall_at", address=started.wall)
        if stopped:
            state += "   ⚠ " + language.say("live.stopped", names=", ".join(stopped), folder=settings.data_dir)
        if live:
            return language.say("live.from", city="Nantes", url=nantes.INFO.url) + state
        why = language.say("live.asked_for" if simulate else "live.no_internet")
        pace = language.say("live.pace", count=round(24 * 60 / SIMULATED_SPEED))
        return f"{language.say('live.simulated', city='Nantes', why=why)}, {pace} ({SIMULATED_SPEED}×){state}"

    async with (
        open_producer(started.settings) as producer,
        live_state(started.settings) as client,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_feed(live, tenant, started.settings, day, producer))
        tasks.create_task(watch(client, tenant, language, out, title))
        if started.wall:
            tasks.create_task(_stand_signs(tenant, 1.0 if live else float(SIMULATED_SPEED), producer))


async def _stand_signs(tenant: str, pace: float, producer: ObservationProducer) -> None:
    """Have software signs at the approaches, whose clocks go as fast as the city's day."""
    declared = nantes.places(None, {}, tenant=tenant, received_at=datetime.now(UTC))
    signs = make_demo_signs(tenant, [place for place in declared.places if place.id in car_park_ids()])
    async with running(signs, pace):
        await producer.declare_signs(signs)
        await asyncio.Event().wait()


async def _feed(live: bool, tenant: str, settings: Settings, day: SimulatedDay, producer: ObservationProducer) -> None:
    if live:
        async with follow_catalogue(settings) as following, open_client(settings) as client:
            await poll_source(nantes, None, tenant, following, client, None, False, access_to(DEMO, settings))
    else:
        await day.play(tenant, producer)
