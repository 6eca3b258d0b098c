"""The controller of a city's signs, for as long as its lease lasts: a post for each sign, woken by what changes.

    mirror (Redis) ──wakes──┐
    its inventory ──────────┼──► posts, one a sign ──► drivers ──► signs
    orders (Redis) ─────────┘         └──► statuses (Redis), meters

Redis silent: numbers age and go dark by themselves, and so does every sign that ends by itself. Shortly before the
lease runs out, those that do not are blanked.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec
import redis.asyncio as aioredis

from gateways.signs.control.bench import Bench
from gateways.signs.control.meters import SignMeters
from gateways.signs.control.orders import OrderBook
from gateways.signs.control.post import SignPost
from gateways.signs.driver import SignDriver
from parking.published.availability import Change
from parking.signs.model import Sign
from parking.signs.status import SignStatus
from parking.words import ClockBasis
from store.changes import StreamResetError
from store.following import REDIS_AWAY, Following
from store.heeding import heeding
from store.leases import Lease
from store.mirror import Loaded
from store.sign_status import forget_status, write_status
from store.signs import list_standing

log = logging.getLogger(__name__)
OpenDriver = Callable[[Sign], SignDriver]
ROSTER_AGAIN_S = 1.0
HEARD_EVERY_S = 1.0
TOLD_EVERY_S = 1.0
TOLD_ALL_EVERY = 15
LAST_MOMENT_S = 1.8
"""Of a lease of ten seconds, whose renewals are three seconds apart: this little is left only where two have failed."""


class SignController:
    """Keeps every sign of a city under one lease (``run``)."""

    def __init__(
        self, client: "aioredis.Redis", bench: Bench, lease: Lease, open_driver: OpenDriver, meters: SignMeters
    ) -> None:
        self._client, self._bench, self._lease, self._open, self._meters = client, bench, lease, open_driver, meters
        self._following = Following(client, bench.mirror, self)
        self._book = OrderBook(client, bench.mirror.tenant)
        self.posts: dict[str, SignPost] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._by_place: dict[str, set[str]] = {}
        self._roster_due = asyncio.Event()
        self._said: dict[str, bytes] = {}
        self._left_out: set[str] = set()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """For ever. Raises LeaseLostError where the job is somebody else's."""
        self._meters.ours(True)
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (
                    self._following.run(), self._keep_roster(), self._hear(), self._tell(), self._guard(), self._fail(),
                ):  # fmt: skip
                    tasks.create_task(work)
        except* Exception as group:
            raise group.exceptions[0] from None
        finally:
            self._meters.ours(False)
            await self._stop(list(self.posts), is_removed=False)

    async def _fail(self) -> None:
        await self._failed

    async def _keep_roster(self) -> None:
        """Have a post for each sign of the inventory, and none for others."""
        while True:
            await self._roster_due.wait()
            self._roster_due.clear()
            try:
                with heeding():
                    await self._take_roster(list_standing(self._bench.mirror.signs))
            except REDIS_AWAY as error:
                log.warning("what was decided of new signs cannot be read now (%s); it is tried again", error)
                await asyncio.sleep(ROSTER_AGAIN_S)
                self._roster_due.set()

    async def _take_roster(self, signs: list[Sign]) -> None:
        named = {sign.id: sign for sign in signs}
        changed = [name for name, post in self.posts.items() if named.get(name) != post.sign]
        removed = [name for name in changed if name not in named]
        await self._stop([name for name in changed if name in named], is_removed=False)
        await self._stop(removed, is_removed=True)
        await forget_status(self._client, self._bench.mirror.tenant, removed)
        new = [sign for name, sign in named.items() if name not in self.posts]
        posts = [post for sign in new if (post := self._make_post(sign)) is not None]
        for post in posts:
            post.recall(await self._book.recall(post.sign))
        await self._book.hear(posts)
        self.posts |= {post.sign.id: post for post in posts}
        by_place = defaultdict(set)
        for post in self.posts.values():
            for place in post.sign.members:
                by_place[place].add(post.sign.id)
        self._by_place = dict(by_place)
        for post in posts:
            task = self._tasks[post.sign.id] = asyncio.create_task(post.run(), name=f"sign {post.sign.id}")
            task.add_done_callback(self._note_the_end)
        if posts or removed:
            log.info("%d signs: %d new or changed, %d gone", len(self.posts), len(posts), len(removed))

    def _make_post(self, sign: Sign) -> SignPost | None:
        """A post, or None where the sign cannot even be spoken to: that one is left out, and said once."""
        try:
            post = SignPost(sign, self._open(sign), self._bench)
        except Exception as error:
            if sign.id not in self._left_out:
                self._left_out.add(sign.id)
                log.error("sign %s is left out: %s", sign.id, error)
            return None
        self._left_out.discard(sign.id)
        return post

    def _note_the_end(self, task: "asyncio.Task[None]") -> None:
        """A post ends by being cancelled, or because the job is somebody else's."""
        if not task.cancelled() and (error := task.exception()) is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _stop(self, names: list[str], is_removed: bool) -> None:
        tasks = [self._tasks.pop(name) for name in names if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        posts = [self.posts.pop(name) for name in names]
        await asyncio.gather(*(post.close(is_removed) for post in posts), return_exceptions=True)
        for name in names:
            self._said.pop(name, None)

    async def _hear(self) -> None:
        """Listen to operators."""
        while True:
            try:
                with heeding():
                    await self._book.hear(list(self.posts.values()))
            except REDIS_AWAY:
                pass  # said by the follower
            await asyncio.sleep(HEARD_EVERY_S)

    async def _tell(self) -> None:
        """Write what is known of the signs: what is new every second, all of it now and then."""
        turn = 0
        while True:
            statuses = [post.status() for post in list(self.posts.values())]
            self._meters.count(statuses)
            new = statuses if turn % TOLD_ALL_EVERY == 0 else [one for one in statuses if self._is_news(one)]
            try:
                with heeding():
                    await write_status(self._client, self._bench.mirror.tenant, new)
                self._said |= {status.sign: _gist(status) for status in new}
            except REDIS_AWAY:
                pass
            turn += 1
            await asyncio.sleep(TOLD_EVERY_S)

    def _is_news(self, status: SignStatus) -> bool:
        return self._said.get(status.sign) != _gist(status)

    async def _guard(self) -> None:
        """The last act under a lease that is running out: blank what would not go dark by itself."""
        while True:
            await asyncio.sleep(0.1)
            left_s = self._lease.left_s
            endless = [post for post in self.posts.values() if post.driver.fail_safe.within_s is None]
            if 0 < left_s < LAST_MOMENT_S and not all(post.is_last_act for post in endless):
                log.error("the lease cannot be renewed: %d signs that have no end of their own go dark", len(endless))
                await asyncio.gather(*(post.end_in_the_dark(left_s) for post in endless))
            elif left_s > 2 * LAST_MOMENT_S:
                for post in endless:
                    post.go_on()

    def snapshot(self, loaded: Loaded) -> None:
        """See store.following.Listener: the catalogue may be another one, and the inventory with it."""
        self._roster_due.set()
        self._wake(self.posts)

    def changed(self, changes: list[Change]) -> None:
        """See Listener."""
        self._wake_for(change.place_id for change in changes)

    def expired(self, place_ids: list[str]) -> None:
        """See Listener."""
        self._wake_for(place_ids)

    def reset(self, because: StreamResetError) -> None:
        """See Listener; a snapshot follows."""

    def status(self) -> None:
        """See Listener: a recording's time moves in steps."""
        if self._bench.mirror.basis is ClockBasis.EVENT:
            self._wake(self.posts)

    def _wake_for(self, place_ids: Iterable[str]) -> None:
        self._wake({sign for place in place_ids for sign in self._by_place.get(place, ())})

    def _wake(self, names: Iterable[str]) -> None:
        for name in list(names):
            if (post := self.posts.get(name)) is not None:  # else it is being replaced
                post.wake()


def _gist(status: SignStatus) -> bytes:
    """A status but for the times that pass anyway."""
    shown = msgspec.structs.replace(status.shown, at=status.since) if status.shown else None
    return msgspec.json.encode(
        msgspec.structs.replace(status, at=status.since, written_at=status.since, dark_at=None, shown=shown)
    )
