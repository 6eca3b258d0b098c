"""A record in a real Kafka that somebody has changed: the audit finds it, however it was done."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from parking.decisions.acting import ActResult, confirm
from parking.decisions.model import DecisionInput, decide
from streams.reading import open_topic
from streams.record import open_recorder
from streams.topics import create_topics, names_of
from tests.conftest import House
from tests.e2e.signs_world import CITY

Records = list[tuple[int, bytes, bytes]]


class Register:
    """The topic of decisions, written by our recorder, and then by somebody else."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.heads = house, folder / "heads.jsonl"
        self._topic = names_of(house.settings.namespace).decisions

    def decide(self, number: int) -> None:
        async def work() -> None:
            at = self.house.settings
            async with open_recorder(at.kafka, at.namespace, at.partitions) as record:
                for n in range(number):
                    now = datetime.now(UTC)
                    given = (DecisionInput(place_id="p1", revision=(1, n)),)
                    decision = decide(
                        CITY, f"sign:A{n % 3}/1", ("signs.plan", 1), given, {"text": str(n)}, now,
                        now + timedelta(minutes=5),
                    )  # fmt: skip
                    await record(decision)
                    await record(confirm(decision, ActResult.ACTED, {"shown": str(n)}, now))

        asyncio.run(work())

    def read(self) -> Records:
        async def work() -> Records:
            async with open_topic(self.house.settings.kafka, self._topic) as topic:
                return [(one.partition, one.key, one.value) async for one in topic.read()]

        return asyncio.run(work())

    def replace(self, records: Records) -> None:
        """The topic is made anew, with other records in it."""

        async def work() -> None:
            at = self.house.settings
            admin = AIOKafkaAdminClient(bootstrap_servers=at.kafka)
            await admin.start()
            await admin.delete_topics([self._topic])
            while self._topic in await admin.list_topics():
                await asyncio.sleep(0.1)
            await admin.close()
            await asyncio.sleep(1)
            await create_topics(at.kafka, at.namespace, at.partitions)
            producer = AIOKafkaProducer(bootstrap_servers=at.kafka)
            await producer.start()
            for partition, key, value in records:
                await producer.send_and_wait(self._topic, value, key=key, partition=partition)
            await producer.stop()

        asyncio.run(work())

    def verify(self, *more: str) -> tuple[int, list[str], str]:
        done = self.house.run(
            "signs", "audit", "--verify", "--tenant", CITY, "--heads", str(self.heads), "--json", *more, check=False
        )
        if not done.stdout:
            return done.returncode, [done.stderr], ""
        found = json.loads(done.stdout)["verified"]
        return done.returncode, [one["what"] for one in found["findings"]], found["head"]


def test_any_change_of_the_record_is_found(house: House, tmp_path: Path) -> None:
    house.create_topics()
    register = Register(house, tmp_path)
    register.decide(6)
    code, findings, head = register.verify()
    assert (code, findings) == (0, [])
    assert register.verify("--expect", head)[0] == 0, "the same again is as it was"
    kept = register.heads.read_bytes()
    good = register.read()
    last = good[-1][0]
    attacks: dict[str, Records] = {
        "one byte": [(p, k, v.replace(b'"text":"1"', b'"text":"7"')) for p, k, v in good],
        "one entry": good[:2] + good[3:],
        "the end": good[:-1],
        "a partition": [one for one in good if one[0] != last],
        "another's": [*good, (last, good[-1][1], good[-1][2].replace(b"acted", b"failed"))],
    }
    for what, records in attacks.items():
        register.heads.write_bytes(kept)
        register.replace(records)
        code, findings, _ = register.verify()
        assert code == 1, what
        assert findings, what
    shutil.copy(register.heads, tmp_path / "copy")
    register.heads.write_bytes(b"")
    code, told, _ = register.verify("--expect", head)
    assert code == 2, "whoever replaced the seals has not the one that was written down"
    assert "no seal" in told[0]


def test_the_audit_lists_who_and_why(house: House, tmp_path: Path) -> None:
    house.create_topics()
    Register(house, tmp_path).decide(4)
    done = house.run("signs", "audit", "--tenant", CITY, "--sign", "A1", "--json")
    acts = json.loads(done.stdout)["acts"]
    assert [(act["decision"]["subject"], act["state"]) for act in acts] == [("sign:A1/1", "acted")]
    assert "sign:A0/1" in house.run("signs", "audit", "--tenant", CITY).stdout
