"""People are told once: recorded before, confirmed after, again only where it certainly was not taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateways.desk.watching.sending import AppriseSender, Delivery, SendResult
from gateways.desk.watching.telling import RouteAddresses, Telling
from gateways.words.city_clock import CityClock
from gateways.words.language import get_language
from parking.decisions.acting import ActResult, Confirmation
from parking.decisions.model import Decision
from parking.health.alarms.acts import Acknowledge
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from parking.health.alarms.notices import NoticeRoute
from parking.health.alarms.recorded import NOTICE_RULE, handle, word_to_decision
from tests.gateways.desk.watching.servers import mail_server, web_server
from tests.gateways.desk.watching.watch_world import Kept, WatchWorld
from tests.support import TENANT, at, free_ports

HOSTILE = "P1\r\nBcc: x@evil.example <script>@here \x1b[2J https://evil.example"
CLOCK = CityClock("Nantes", ZoneInfo("Europe/Paris"))


def raised(cause: str, minutes: float = 0, spaces: int = 280, name: str = "", **more: Any) -> AlarmWord:
    condition = AlarmCondition(
        kind=TroubleKind.FEED_SILENT,
        cause=cause,
        name=name or cause,
        places=("p1", "p2"),
        spaces=spaces,
        since=at(minutes),
    )
    given: dict[str, Any] = {"phase": Phase.ACTIVE, "phase_since": at(minutes), "raised_at": at(minutes)}
    return AlarmWord(condition=condition, **given | more)


class World:
    """A book of alarms, routes, and a sender that is a list or real."""

    def __init__(
        self,
        routes: Sequence[RouteAddresses],
        kept: Kept | None = None,
        send: Any = None,
        pauses_s: Sequence[float] = (),
    ) -> None:
        self.kept = kept or Kept()
        self.book = WatchWorld(self.kept).book
        self.sent: list[tuple[str, str, str]] = []
        self.answers: list[SendResult] = []
        self.telling = Telling(
            TENANT, routes, send or self._send, self.kept, lambda: CLOCK, "https://desk.example/", pauses_s
        )

    async def _send(self, url: str, title: str, text: str) -> SendResult:
        assert any(isinstance(event, Decision) for event in self.kept.events), "recorded before it is sent"
        self.sent.append((url, title, text))
        return self.answers.pop(0) if self.answers else SendResult(Delivery.SENT)

    def say(self, word: AlarmWord) -> None:
        self.kept.events.append(word_to_decision(TENANT, word, word.phase_since))
        self.book.say(word)

    async def look(self, minutes: float) -> None:
        await self.book.read()
        self.telling.look(self.book, at(minutes), 7)
        await self.telling.settle()

    @property
    def notices(self) -> list[Decision]:
        return [one for one in self.kept.decisions if (one.rule, one.rule_version) == NOTICE_RULE]

    @property
    def confirmations(self) -> list[Confirmation]:
        return [one for one in self.kept.events if isinstance(one, Confirmation)]


def way(
    name: str = "duty", urls: tuple[str, ...] = ("json://x",), least_spaces: int = 0, **more: Any
) -> RouteAddresses:
    return RouteAddresses(NoticeRoute(name=name, **more), tuple(urls), get_language("fr"), least_spaces)


async def test_a_raised_alarm_is_told_once_and_its_end_too() -> None:
    world = World([way()])
    word = raised("feed:src")
    world.say(word)
    for minutes in (0, 0.1, 5):
        await world.look(minutes)
    assert len(world.sent) == 1
    _, title, text = world.sent[0]
    assert title.startswith("Alarme · Nantes · feed:src")
    assert "2 lieux" in text
    assert "280" in text
    assert text.endswith(f"https://desk.example/#alarm={word.id}")
    (notice,), (confirmation,) = world.notices, world.confirmations
    assert notice.fence == 7
    assert (confirmation.occasion, confirmation.result) == (notice.occasion, ActResult.ACTED)
    world.say(raised("feed:src", phase=Phase.RETURNED, returned_at=at(9), number=2))
    await world.look(10)
    await world.look(11)
    assert [title.split(" · ")[0] for _, title, _ in world.sent] == ["Alarme", "Terminé"]


async def test_nobody_answers_and_the_next_is_told_who_answers_ends_it() -> None:
    world = World([way("duty", repeats=0), way("chief", after_min=10, repeats=0)])
    world.say(raised("feed:src"))
    await world.look(0)
    await world.look(11)
    assert [title.split(" · ")[0] for _, title, _ in world.sent] == ["Alarme", "Sans réponse"]
    other = World([way("duty", repeats=0), way("chief", after_min=10, repeats=0)])
    other.say(raised("feed:src"))
    await other.look(0)
    (entry,) = other.book.entries()
    other.kept.events.append(handle(entry.alarm, Acknowledge(), "m.durand", at(5), TENANT))
    await other.look(11)
    assert len(other.sent) == 1


async def test_a_desk_that_starts_again_tells_nobody_twice() -> None:
    world = World([way(repeats=0)])
    world.say(raised("feed:src"))
    await world.look(0)
    heir = World([way(repeats=0)], world.kept)
    for minutes in (1, 2):
        await heir.look(minutes)
    assert heir.sent == []


async def test_what_a_dead_desk_left_open_is_closed_as_not_known_and_not_sent_again() -> None:
    world = World([way(repeats=0)])
    world.say(raised("feed:src"))
    await world.look(0)
    world.kept.events = [event for event in world.kept.events if isinstance(event, Decision)]
    heir = World([way(repeats=0)], world.kept)
    await heir.look(1)
    assert heir.sent == []
    (closed,) = heir.confirmations
    assert closed.result is ActResult.FAILED
    assert "not known" in closed.said["why"]
    await heir.look(2)
    assert len(heir.confirmations) == 1


async def test_who_refuses_is_asked_again_and_who_may_have_it_is_not() -> None:
    world = World([way(urls=("json://a",))], pauses_s=(0.01, 0.01))
    world.answers = [SendResult(Delivery.REFUSED, "no"), SendResult(Delivery.REFUSED, "no"), SendResult(Delivery.SENT)]
    world.say(raised("feed:src"))
    await world.look(0)
    assert len(world.sent) == 3
    assert world.confirmations[0].result is ActResult.ACTED
    assert world.telling.failing_since is None
    unsure = World([way(urls=("json://a",))], pauses_s=(0.01, 0.01))
    unsure.answers = [SendResult(Delivery.UNSURE, "no answer")]
    unsure.say(raised("feed:src"))
    await unsure.look(0)
    assert len(unsure.sent) == 1
    assert unsure.confirmations[0].result is ActResult.FAILED
    assert unsure.telling.failing_since is not None


async def test_without_kafka_nobody_is_told_and_with_it_everybody_once() -> None:
    world = World([way()])
    world.say(raised("feed:src"))
    world.kept.is_kafka_away = True
    await world.look(0)
    assert world.sent == []
    world.kept.is_kafka_away = False
    await world.look(1)
    await world.look(2)
    assert len(world.sent) == 1


async def test_many_at_once_are_one_letter() -> None:
    world = World([way()])
    for number in range(14):
        world.say(raised(f"feed:{number}"))
    await world.look(0)
    ((_, title, text),) = world.sent
    assert "14 alarmes" in title
    assert "4 de plus" in text
    assert len(world.notices) == 14
    assert len(world.confirmations) == 14


async def test_too_little_hangs_on_it_for_that_route() -> None:
    world = World([way(least_spaces=500)])
    world.say(raised("feed:src", spaces=280))
    await world.look(0)
    assert world.sent == []
    world.say(raised("feed:large", spaces=900))
    await world.look(1)
    assert len(world.sent) == 1


async def test_real_mail_and_real_hooks_get_a_hostile_name_and_nothing_happens() -> None:
    with mail_server() as mail, web_server() as web:
        urls = (
            f"mailto://127.0.0.1:{mail.port}?from=desk@city.example&to=ops@city.example",
            f"json://127.0.0.1:{web.port}/hook",
            f"ntfy://127.0.0.1:{web.port}/parkings",
        )
        world = World([way(urls=urls)], send=AppriseSender())
        world.say(raised("feed:src", name=HOSTILE))
        await world.look(0)
        await world.look(1)
        assert (len(mail.mails), len(web.bodies)) == (1, 2)
        assert mail.mails[0]["bcc"] is None
        for body in (web.bodies[0]["message"], web.bodies[1]["message"]):
            for hostile in ("\r", "\x1b", "<script", "@here", "https://evil"):
                assert hostile not in body
            assert "https://desk.example/#alarm=" in body
        (confirmation,) = world.confirmations
        assert [one["kind"] for one in confirmation.said["addresses"]] == ["mailto", "json", "ntfy"]
        assert "desk@city.example" not in str(confirmation.said), "an address is a secret"


async def test_one_dead_address_does_not_keep_it_from_the_other() -> None:
    with web_server() as web:
        urls = (f"json://127.0.0.1:{free_ports()}/", f"json://127.0.0.1:{web.port}/")
        world = World([way(urls=urls)], send=AppriseSender(), pauses_s=(0.01,))
        world.say(raised("feed:src"))
        await world.look(0)
        assert len(web.bodies) == 1
        (confirmation,) = world.confirmations
        assert confirmation.result is ActResult.ACTED
        assert [one["delivery"] for one in confirmation.said["addresses"]] == ["refused", "sent"]


@pytest.mark.parametrize("is_asked_again", [True, False])
async def test_who_answers_meanwhile_is_not_told_again(is_asked_again: bool) -> None:
    world = World([way()], pauses_s=(0.05, 0.05))
    world.answers = [SendResult(Delivery.REFUSED, "no")] * 3
    world.say(raised("feed:src"))
    await world.book.read()
    world.telling.look(world.book, at(0), 7)
    await asyncio.sleep(0.01)
    if not is_asked_again:
        (entry,) = world.book.entries()
        world.book.take([handle(entry.alarm, Acknowledge(), "m.durand", at(0), TENANT)])
    await world.telling.settle()
    assert len(world.sent) == (3 if is_asked_again else 1)
