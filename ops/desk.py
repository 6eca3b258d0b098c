"""The operators' desk put together: what each room of it is given, and the server that they share."""

from contextlib import AsyncExitStack

from gateways.desk.live.serve import LiveDesk
from gateways.desk.pages.books import BooksPort, DeskBooks
from gateways.desk.pages.live import DeskView
from gateways.desk.pages.serve import DeskPages
from gateways.desk.reporting import LooksBack
from gateways.desk.serve import DeskRoom, create_desk_app
from gateways.signs.at_redis import SignsInRedis
from ops.deciding import open_record
from ops.desk_access import open_access
from ops.desk_audit import DeskAudit
from ops.desk_commands import commanding_room
from ops.desk_pages import PagesInRedis
from ops.desk_parts import DeskParts
from ops.desk_past import DeskPast
from ops.desk_signs import signs_room
from ops.desk_watch import WatchRoom
from ops.ending import end_in_time
from ops.http import policy_of
from ops.settings import Settings
from serving.server import make_server
from store.connecting import open_redis
from store.mirror import Mirror


async def furnish(parts: DeskParts) -> list[DeskRoom]:
    """The rooms of a desk, a line each; a path that two have is the first one's."""
    past, audit = DeskPast(parts.settings, parts.tenant), DeskAudit(parts.settings, parts.tenant)
    mirror = Mirror(parts.tenant)
    view = DeskView(mirror)
    watch = WatchRoom(parts.settings, parts.client, parts.record, parts.access.require, mirror, view)
    view.show_alarms(watch.book)
    live, looks_back = LiveDesk(watch.overview, parts.access, parts.tenant), LooksBack(past, audit, parts.access)
    port = PagesInRedis(parts.client, parts.tenant)
    pages = DeskPages(view, port, parts.access.require, parts.access.while_signed_in).room()
    books = DeskBooks(BooksPort(looks_back, past, audit, watch.refused, parts.access.require, view)).room()
    commands = await commanding_room(parts, mirror)
    signs = signs_room(
        SignsInRedis(parts.client, parts.tenant), parts.record, parts.access, parts.settings.signs_two_persons
    )
    return [parts.access.room(), live.room(), commands, looks_back.room(), watch.room(), books, pages, signs]


async def run_desk(settings: Settings, tenant: str, at: tuple[str, int]) -> None:
    """Serve the desk of a city until a signal. Raises KafkaError where Kafka is away at the start."""
    settings = settings.model_copy(update={"tenant": tenant})
    policy = policy_of(settings, settings.rate_limit)
    async with AsyncExitStack() as held:
        client = open_redis(settings.redis, connect_s=3, reply_s=5)
        held.push_async_callback(client.aclose)
        record = await held.enter_async_context(open_record(settings))
        access = open_access(settings, tenant, client)
        rooms = await furnish(DeskParts(settings, tenant, client, record, access, held))
        app = create_desk_app(rooms, policy)
        await make_server(app, *at, end_in_time, doors=policy.doors()).serve()
