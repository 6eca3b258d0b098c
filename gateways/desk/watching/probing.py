"""Asking each process whether it is there: /readyz or /healthz by HTTP, and whatever else the numbers go through.

Whoever does not answer once is asked again at the next look; for how long that goes on before it is an alarm is the
alarm's own rule.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias

import httpx

from gateways.desk.watching.components import component_of
from parking.health.alarms.sight import Component, Probed
from parking.printable import visible

_WITHIN_S = 3.0
Knock: TypeAlias = Callable[[], Awaitable[str | None]]
"""Asks once: None where it is well, else what is the matter in a sentence. Any error is that it does not answer."""


class Probe(NamedTuple):
    """Something that can be asked whether it is there."""

    component: Component
    name: str
    knock: Knock


def http_probes(addresses: Mapping[str, str], client: httpx.AsyncClient) -> list[Probe]:
    """One for each name and URL. Raises ProbeNameError."""

    def knock_at(url: str) -> Knock:
        async def knock() -> str | None:
            reply = await client.get(url)
            if reply.is_success:
                return None
            return f"answers {reply.status_code}: {reply.text[:200]}"

        return knock

    return [Probe(component_of(name), name, knock_at(url)) for name, url in addresses.items()]


class Prober:
    """Asks all of them, and remembers since when each is as it is. Two may not have one name."""

    def __init__(self, probes: list[Probe], within_s: float = _WITHIN_S) -> None:
        self._probes, self._within_s = probes, within_s
        self._last: dict[str, Probed] = {}

    async def look(self, now: datetime) -> list[Probed]:
        """What each says now. ``since`` is when it was first found away, or last found there."""
        found = await asyncio.gather(*(self._ask(probe, now) for probe in self._probes))
        self._last = {probed.name: probed for probed in found}
        return found

    def is_well(self, component: Component) -> bool:
        """Whether all of that kind were there when last asked."""
        return all(probed.is_there for probed in self._last.values() if probed.component is component)

    @property
    def last(self) -> list[Probed]:
        """What was found when last asked."""
        return list(self._last.values())

    async def _ask(self, probe: Probe, now: datetime) -> Probed:
        trouble = await self._knock(probe)
        last = self._last.get(probe.name)
        since = last.since if trouble is not None and last is not None and not last.is_there else now
        return Probed(
            component=probe.component, name=probe.name, is_there=trouble is None, since=since,
            detail=visible(trouble or "")[:300],
        )  # fmt: skip

    async def _knock(self, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(self._within_s):
                return await probe.knock()
        except TimeoutError:
            return f"gave no answer within {self._within_s:.0f} s"
        except Exception as error:  # a probe that cannot ask is one that nobody answers
            return f"does not answer ({type(error).__name__})"
