"""The smallest gateway that acts: it shows one place's number on one sign, which is a file, and can be killed between.

    python -m tests.tiny_gateway SIGN VACANT [record->act | act->confirm]

What a gateway may know is imported at the top; only ``main`` composes, as ``ops`` does.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis.asyncio as aioredis

from parking.decisions.acting import ActResult, RecordPort, confirm
from parking.decisions.model import Decision, decide, input_of
from parking.published.availability import Availability
from store.decisions import find_latest

SUBJECT = "sign:tiny"
TENANT = "testville"


class FileSign:
    """The other side: it shows a text, and says which decision it shows and how often it was told to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_back(self) -> dict:
        return json.loads(self._path.read_text()) if self._path.exists() else {"decision": None, "told": 0}

    def show(self, decision: Decision) -> None:
        told = self.read_back()["told"] + 1
        self._path.write_text(json.dumps({"decision": decision.id, "text": decision.output["text"], "told": told}))


class TinyGateway:
    """Decide, record, act, confirm; and after a restart, first settle what was left open."""

    def __init__(self, client: aioredis.Redis, record: RecordPort, sign: FileSign, fault: str = "") -> None:
        self._client, self._record, self._sign, self._fault = client, record, sign, fault

    async def settle(self) -> None:
        """Only the sign knows whether an open decision was acted on: ask it, and say what it said."""
        latest = await find_latest(self._client, TENANT, SUBJECT)
        if latest is not None and latest.is_open:
            said = self._sign.read_back()
            result = ActResult.ACTED if said["decision"] == latest.decision.id else ActResult.FAILED
            await self._record(confirm(latest.decision, result, said, datetime.now(UTC)))

    async def update(self, place_id: str, availability: Availability, now: datetime) -> None:
        decision = decide(
            TENANT, SUBJECT, ("tiny.plan", 1), [input_of(place_id, availability, "vacant_low")],
            {"text": str(availability.vacant_low)}, now, now + timedelta(minutes=1),
        )  # fmt: skip
        if decision.id == self._sign.read_back()["decision"]:
            return
        await self._record(decision)
        self._die_at("record->act")
        self._sign.show(decision)
        self._die_at("act->confirm")
        await self._record(confirm(decision, ActResult.ACTED, self._sign.read_back(), datetime.now(UTC)))

    def _die_at(self, point: str) -> None:
        if point == self._fault:
            os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    from ops.console import live_state
    from ops.deciding import open_record
    from ops.settings import load_settings

    path, vacant, fault = sys.argv[1], int(sys.argv[2]), "".join(sys.argv[3:])
    settings = load_settings(tenant=TENANT)
    async with open_record(settings) as record, live_state(settings) as client:
        gateway = TinyGateway(client, record, FileSign(Path(path)), fault)
        await gateway.settle()
        availability = Availability(vacant=vacant, vacant_low=vacant, revision=(1, vacant))
        await gateway.update("p1", availability, datetime.now(UTC))


if __name__ == "__main__":
    asyncio.run(main())
