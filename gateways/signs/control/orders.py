"""What operators said, heard from Redis: orders and tasks of every sign, asked for together about once a second."""

from collections.abc import Iterable
from datetime import datetime

import redis.asyncio as aioredis

from gateways.signs.control.post import SignPost
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.decisions.words import Occasion
from parking.signs.model import Sign
from parking.signs.orders import find_task, override_subject, task_subject
from store.decisions import find_many


class OrderBook:
    """Hands each post what was said to its sign; a task once, for as long as it may still be done."""

    def __init__(self, client: "aioredis.Redis", tenant: str) -> None:
        self._client, self._tenant = client, tenant
        self._asked: dict[Occasion, tuple[SignPost, datetime]] = {}

    async def recall(self, sign: Sign) -> dict[int, DecisionNow]:
        """The last decision about each line of a sign. Raises RedisError where Redis is away."""
        subjects = {sign.subject_of(line.number): line.number for line in sign.lines}
        known = await find_many(self._client, self._tenant, list(subjects))
        return {subjects[subject]: decided for subject, decided in known.items()}

    async def hear(self, posts: Iterable[SignPost]) -> None:
        """Pass on what is new. Raises RedisError where Redis is away: what was said before holds on."""
        by_subject = {}
        for post in posts:
            by_subject[override_subject(post.sign.id)] = post
            by_subject[task_subject(post.sign.id)] = post
        for subject, said in (await find_many(self._client, self._tenant, list(by_subject))).items():
            post = by_subject[subject]
            if subject == override_subject(post.sign.id):
                post.order(said)
            elif find_task(said.decision) and said.is_open and said.decision.valid_until > post.bench.now():
                self._ask(post, said.decision)
        self._asked = {one: asked for one, asked in self._asked.items() if asked[1] > asked[0].bench.now()}

    def _ask(self, post: SignPost, task: Decision) -> None:
        """Once of a post; a post that has taken its place since is asked again."""
        asked = self._asked.get(task.occasion)
        if asked is None or asked[0] is not post:
            self._asked[task.occasion] = (post, task.valid_until)
            post.ask(task)
