"""The dead man's switch: an address that is asked every minute for as long as all is well, so that silence is noticed.

A monitor outside the house raises the alarm when it has not been asked for some minutes: also where the machine of the
watcher is dead, or Kafka is, so that nothing can be recorded and so nobody can be told.
"""

import asyncio
import logging
import time
from collections.abc import Callable

import httpx

log = logging.getLogger(__name__)
HEARTBEAT_EVERY_S = 60.0
_WITHIN_S = 10.0


class DeadMansSwitch:
    """``run`` for as long as the desk does. The address is a secret: it is never logged."""

    def __init__(
        self, url: str, is_well: Callable[[], bool], client: httpx.AsyncClient, every_s: float = HEARTBEAT_EVERY_S
    ) -> None:
        self._url, self._is_well, self._client, self._every_s = url, is_well, client, every_s
        self._is_quiet = False
        self.beaten_s: float | None = None

    async def run(self) -> None:
        """Ask again and again while all is well; ends when cancelled. Where it is not, it is looked at every second."""
        while True:
            if self._is_well():
                await self._beat()
                await asyncio.sleep(self._every_s)
            else:
                self._say_quiet(True)
                await asyncio.sleep(min(1.0, self._every_s))

    async def _beat(self) -> None:
        self._say_quiet(False)
        try:
            async with asyncio.timeout(_WITHIN_S):
                reply = await self._client.get(self._url)
            if not reply.is_success:
                log.warning("the monitor of the setting desk_heartbeat_url answers %d", reply.status_code)
                return
            self.beaten_s = time.monotonic()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            log.warning("the monitor of desk_heartbeat_url does not answer (%s)", type(error).__name__)

    def _say_quiet(self, is_quiet: bool) -> None:
        if is_quiet != self._is_quiet:
            log.warning("the dead man's switch %s", "is silent: not all is well" if is_quiet else "is kept down again")
        self._is_quiet = is_quiet
